// A machine that runs out of something in the middle of a run: memory, threads, a guardian that is stopped. At any
// step, nothing is left on.

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <sstream>

#include "scenarios/safety_cells.hpp"

namespace {

using namespace std::chrono_literals;
namespace fs = stage::fs;

/// What a run does, as the devices see it; as many as a healthy run has.
constexpr std::size_t all_steps = 72;

std::size_t steps_seen(const stage::Lab& lab) {
    std::size_t seen = 0;
    for (const auto& entry : lab.log()) {
        const std::string event = entry.value("event", "");
        if (event == "open" || event == "auth" || event == "enable" || event == "line" || event == "debug-on" ||
            event == "debug-off")
            ++seen;
    }
    return seen;
}

/// A run of its own, its guardian, and the moment at which something befalls them.
struct Striking {
    std::string name;
    std::string through_shell;  ///< how the program is started
    std::function<void(int run, int guardian)> strike;
    std::vector<int> exits;  ///< that may come of it
};

rlim_t address_space_of(int pid) {
    std::size_t pages = 0;
    std::istringstream(stage::read_text("/proc/" + std::to_string(pid) + "/statm")) >> pages;
    return pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
}

void no_more_memory(int pid, rlim_t beyond) {
    const rlim_t now = address_space_of(pid) + beyond;
    const rlimit limit{now, now};
    ::prlimit(pid, RLIMIT_AS, &limit, nullptr);
}

void no_more_threads(int pid) {
    const rlimit limit{1, 1};
    ::prlimit(pid, RLIMIT_NPROC, &limit, nullptr);
}

constexpr unsigned nobody = 54321;  // a process limit does not bind root

const std::vector<Striking>& strikes() {
    const std::string as_nobody = "exec setpriv --reuid 54321 --regid 54321 --clear-groups \"$@\"";
    static const std::vector<Striking> all{
        {"memory, of the run", "", [](int run, int) { no_more_memory(run, 0); }, {0, 1, 3, 4, 5, 128 + SIGABRT}},
        {"memory, of both",
         "",
         [](int run, int guardian) {
             no_more_memory(guardian, 0);
             no_more_memory(run, 256 << 10);
         },
         {0, 1, 3, 4, 5, 128 + SIGABRT}},
        {"threads, of both",
         as_nobody,
         [](int run, int guardian) {
             no_more_threads(guardian);
             no_more_threads(run);
         },
         {0, 1, 3}},
        {"threads, and the run is killed",
         as_nobody,
         [](int run, int guardian) {
             no_more_threads(guardian);
             ::kill(run, SIGKILL);
         },
         {0, 3, 128 + SIGKILL}},
        {"memory of the guardian, and the run is killed",
         "",
         [](int run, int guardian) {
             no_more_memory(guardian, 0);
             ::kill(run, SIGKILL);
         },
         {0, 3, 128 + SIGKILL}},
        {"the guardian is stopped", "", [](int, int guardian) { ::kill(guardian, SIGSTOP); }, {0, 3}},
        {"the guardian is killed", "", [](int, int guardian) { ::kill(guardian, SIGKILL); }, {0, 3}},
    };
    return all;
}

std::atomic<std::size_t> struck_alive{0};

std::string strike_at(const Striking& striking, std::size_t step) {
    stage::Lab lab({"--time-scale", "0.1", "--scenario", "peer-unreachable"});
    stage::Incident incident(lab);
    incident.top = "debug-window = \"3s\"\nsettle = \"300ms\"\ncommand-timeout = \"10s\"\n";
    if (!striking.through_shell.empty()) {
        if (::getuid() != 0) return "";
        incident.through_shell = striking.through_shell;
        (void)incident.command();  // what it writes is to be theirs
        fs::create_directories(incident.state());
        for (const auto& entry : fs::recursive_directory_iterator(incident.folder()))
            (void)::chown(entry.path().c_str(), nobody, nobody);
        (void)::chown(incident.folder().c_str(), nobody, nobody);
    }
    auto run = incident.start();
    std::vector<int> children;
    const bool reached = stage::comes_true(60s, [&] {
        if (children.empty()) children = stage::children_of(run->pid());
        return steps_seen(lab) >= step || !run->is_running();
    });
    std::string said = reached ? "" : "the step was not reached; ";
    if (children.empty()) return said + "no guardian";
    if (run->is_running()) {
        striking.strike(run->pid(), children.front());
        ++struck_alive;
    }
    const stage::Run end = incident.finish(*run);
    if (std::find(striking.exits.begin(), striking.exits.end(), end.exit) == striking.exits.end())
        said += "exit " + std::to_string(end.exit) + "; ";
    if (!stage::comes_true(10s, [&] { return stage::debugs_left_on(lab).empty(); }))
        said += "after 10 s: " + stage::debugs_left_on(lab);
    if (!stage::comes_true(20s, [&] { return stage::is_gone(children.front()); }))
        said += "the guardian is still there; ";
    if (!end.bundle.empty()) said += stage::invalid_bundle(end, incident);
    said += stage::secrets_left(incident);
    for (const auto& left : stage::state_files(incident, "journal-"))
        said += "left behind: " + left.filename().string() + "; ";
    if (!stage::comes_true(3s, [&] { return stage::sessions_beyond_two(lab).empty(); }))
        said += stage::sessions_beyond_two(lab);
    return said.empty() ? said : said + "\n" + end.err;
}

}  // namespace

TEST_CASE("whatever a machine runs out of at any step of a run, nothing is left on") {
    // Each kind at other steps: all of them together meet every one.
    const std::size_t points = stage::is_sample() ? 3 : 12, stride = all_steps / points;
    const std::size_t cells = strikes().size() * points;
    const auto step_of = [&](std::size_t i) {
        return (i / strikes().size()) * stride + i % strikes().size() * stride / strikes().size() + 1;
    };
    const auto said = stage::run_cells(cells, stage::cells_at_a_time(), [&](std::size_t i) {
        return strike_at(strikes()[i % strikes().size()], step_of(i));
    });
    std::size_t passed = 0;
    for (std::size_t i = 0; i < cells; ++i) {
        if (said[i].empty())
            ++passed;
        else
            MESSAGE(strikes()[i % strikes().size()].name, " at step ", step_of(i), ": ", said[i]);
    }
    std::printf("limits: %zu of %zu passed, %zu of them struck a run under way\n", passed, cells, struck_alive.load());
    CHECK(struck_alive >= cells / 2);
    CHECK(passed == cells);
}

TEST_CASE("a run without standard streams is a run like any other, but for what nobody can read") {
    for (const std::string closed : {"<&- >&- 2>&-", "<&-", ">&-", "2>&-"}) {
        CAPTURE(closed);
        stage::Lab lab({"--time-scale", "0.1"});
        stage::Incident incident(lab);
        incident.top = "debug-window = \"5s\"\nsettle = \"300ms\"\n";
        incident.through_shell = "exec \"$@\" " + closed;
        const auto run = incident.run();
        CAPTURE(run.err);
        // The path could not be told: the bundle is there all the same, and the caller learns that something is amiss.
        const bool is_told = closed.find(">&-") == std::string::npos || closed.starts_with("2>");
        CHECK(run.exit == (is_told ? 0 : 1));
        REQUIRE_FALSE(run.bundle.empty());
        CHECK(stage::invalid_bundle(run, incident).empty());
        CHECK(stage::debugs_left_on(lab).empty());
        CHECK(stage::state_files(incident, "").empty());
    }
}
