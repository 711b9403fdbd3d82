// Interrupts while debugs are on: how soon the off lines go out, and what is left after one, two and three.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "formats/text/utc_time.hpp"
#include "scenarios/safety_cells.hpp"
#include "support/pty.hpp"

namespace {

using namespace std::chrono_literals;
using stage::comes_true;

/// The lab's own time of the first line that begins so after `since`; negative: none.
double time_of_line(const stage::Lab& lab, const std::string& beginning, double since) {
    for (const auto& entry : lab.log())
        if (entry.value("event", "") == "line" && entry.value("mono", 0.0) > since &&
            entry.value("text", "").starts_with(beginning))
            return entry.value("mono", 0.0);
    return -1;
}

double last_time(const stage::Lab& lab) {
    const auto log = lab.log();
    return log.empty() ? 0 : log.back().value("mono", 0.0);
}

struct Armed {
    stage::Lab lab;
    stage::Incident incident;
    std::unique_ptr<stage::Process> run;

    explicit Armed(std::vector<std::string> arguments = {"--scenario", "peer-unreachable"})
        : lab(arguments), incident(lab) {
        incident.top = "debug-window = \"60s\"\nprobe = \"none\"\n";
    }
    void start() {
        run = incident.start();
        await();
    }
    bool both_debug() const {
        const auto state = lab.control("state");
        return state.at("left").at("debugging").get<bool>() && state.at("right").at("debugging").get<bool>();
    }
    void await() {
        REQUIRE(comes_true(30s, [&] {
            return both_debug() &&
                   stage::read_text(incident.folder() / "stderr").find("waiting for real traffic") != std::string::npos;
        }));
    }
};

}  // namespace

TEST_CASE("one interrupt turns debugs off at once and ends with a bundle") {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        CAPTURE(signal);
        Armed armed;
        armed.start();
        const double before = last_time(armed.lab);
        const auto sent = std::chrono::steady_clock::now();
        armed.run->signal(signal);
        CHECK(comes_true(10s, [&] { return time_of_line(armed.lab, "no debug", before) > 0; }));
        MESSAGE("off line after ",
                std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - sent).count(),
                " ms");
        const auto run = armed.incident.finish(*armed.run);
        CHECK(run.exit == 130);
        REQUIRE_FALSE(run.bundle.empty());
        CHECK(stage::invalid_bundle(run, armed.incident).empty());
        CHECK(stage::unexplained(run).empty());
        CHECK(stage::debugs_left_on(armed.lab).empty());
        CHECK(stage::state_files(armed.incident, "").empty());
    }
}

TEST_CASE("an interrupt before anything is armed ends with what there is, or with nothing") {
    stage::Lab lab({"--fault", "left:drip=50"});
    stage::Incident incident(lab);
    auto process = incident.start();
    REQUIRE(lab.wait_for([](const auto& entry) { return entry.value("event", "") == "line"; }));
    process->signal(SIGINT);
    const auto run = incident.finish(*process);
    CHECK(run.exit == 130);
    CHECK(stage::debugs_left_on(lab).empty());
    if (!run.bundle.empty()) CHECK(stage::unexplained(run).empty());
    CHECK(stage::state_files(incident, "").empty());
}

TEST_CASE("a run that is to arm at a time waits for it with both sessions, and an interrupt ends the wait") {
    for (const bool is_interrupted : {false, true}) {
        CAPTURE(is_interrupted);
        // A device that closes what is idle for as long as it takes to arm.
        Armed waiting({"--scenario", "healthy", "--idle-timeout", "5"});
        const formats::UtcTime start = formats::utc_now() + (is_interrupted ? 600s : 12s);
        waiting.incident.arguments = {"--start-at", formats::to_seconds(start)};
        waiting.run = waiting.incident.start();
        const auto says = [&](const char* words) {
            return stage::read_text(waiting.incident.folder() / "stderr").find(words) != std::string::npos;
        };
        REQUIRE(comes_true(30s, [&] { return says("to arm"); }));
        if (is_interrupted) waiting.run->signal(SIGINT);
        bool is_early = false;
        REQUIRE(comes_true(40s, [&] {
            is_early = is_early || (waiting.both_debug() && formats::utc_now() < start - 1s);
            return says(is_interrupted ? "INTERRUPTED" : "armed and proven");
        }));
        CHECK_FALSE(is_early);
        if (!is_interrupted) waiting.run->signal(SIGINT);
        const auto run = waiting.incident.finish(*waiting.run);
        CHECK(run.exit == 130);
        CHECK((run.err.find("armed and proven") == std::string::npos) == is_interrupted);
        CHECK(run.err.find("the session ended") == std::string::npos);
        CHECK(stage::unexplained(run).empty());
        CHECK(stage::debugs_left_on(waiting.lab).empty());
    }
}

TEST_CASE("two interrupts turn debugs off, keep the spool, name it and leave without a bundle") {
    Armed armed;
    armed.start();
    armed.run->signal(SIGINT);
    armed.run->signal(SIGTERM);
    const auto run = armed.incident.finish(*armed.run);
    CHECK(run.exit == 130);
    CHECK(run.bundle.empty());
    CHECK(stage::debugs_left_on(armed.lab).empty());
    const auto spools = stage::state_files(armed.incident, "spool-");
    REQUIRE(spools.size() == 1);
    CHECK(run.err.find(spools.front().string()) != std::string::npos);
    CHECK(stage::state_files(armed.incident, "journal-").empty());
    CHECK(stage::secrets_left(armed.incident).empty());
}

TEST_CASE("three interrupts leave at once, and the guardian turns the debugs off") {
    // The undo takes its time, so that the third one finds it under way.
    Armed armed(
        {"--scenario", "peer-unreachable", "--fault", "left:slow-undebug=8000", "--fault", "right:slow-undebug=8000"});
    armed.start();
    const auto children = stage::children_of(armed.run->pid());
    const double before = last_time(armed.lab);
    armed.run->signal(SIGINT);
    REQUIRE(comes_true(10s, [&] { return time_of_line(armed.lab, "no debug", before) > 0; }));
    armed.run->signal(SIGTERM);
    armed.run->signal(SIGHUP);
    // Signals of one kind are not counted while one is pending: each is of another kind.
    const auto run = armed.incident.finish(*armed.run);
    CHECK(run.exit == 6);
    CHECK(comes_true(15s, [&] { return stage::debugs_left_on(armed.lab).empty(); }));
    REQUIRE(children.size() == 1);
    CHECK(comes_true(30s, [&] { return stage::is_gone(children.front()); }));
    CHECK(stage::read_text(armed.incident.folder() / "stderr").find("hq: debugs are off and proven") !=
          std::string::npos);
    CHECK(stage::state_files(armed.incident, "journal-").empty());
}

TEST_CASE("the death of the parent counts as an interrupt when that is asked for") {
    Armed armed;
    armed.incident.top += "watch-parent = true\n";
    // A shell between: what it says comes at its end only, so that it stays.
    armed.incident.through_shell = "\"$@\"; true";
    armed.run = armed.incident.start();
    armed.await();
    const auto program = stage::children_of(armed.run->pid());
    REQUIRE(program.size() == 1);
    armed.run->signal(SIGKILL);
    CHECK(comes_true(15s, [&] { return stage::debugs_left_on(armed.lab).empty() && stage::is_gone(program.front()); }));
    const auto run = armed.incident.finish(*armed.run);
    CHECK_FALSE(run.bundle.empty());
}

TEST_CASE("a reader that has stopped, or is gone, does not hold the disarm up") {
    for (const char* reader : {"\"$@\" --json | sleep 100", "\"$@\" --json >&-", "\"$@\" --json 2>&1 | sleep 100"}) {
        CAPTURE(reader);
        Armed armed;
        armed.incident.through_shell = reader;
        armed.run = armed.incident.start();
        REQUIRE(comes_true(30s, [&] { return armed.both_debug(); }));
        std::vector<int> program;
        for (const int child : stage::children_of(armed.run->pid()))
            if (stage::read_text("/proc/" + std::to_string(child) + "/comm").starts_with("tacbundle"))
                program.push_back(child);
        REQUIRE(program.size() == 1);
        ::kill(program.front(), SIGINT);
        CHECK(comes_true(5s, [&] { return stage::debugs_left_on(armed.lab).empty(); }));
        // The result waits for a slow reader for five seconds, not longer.
        CHECK(comes_true(20s, [&] { return stage::is_gone(program.front()); }));
        for (const int child : stage::children_of(armed.run->pid())) ::kill(child, SIGKILL);
    }
}

TEST_CASE("a terminal that was stopped with Ctrl-S does not hold the disarm up") {
    for (const int signal : {SIGTERM, SIGHUP}) {
        CAPTURE(signal);
        Armed armed;
        auto command = armed.incident.command();
        support::Pty pty([&] { return command.execute(); });
        const bool begun = pty.read_until("state before anything is touched");
        CAPTURE(pty.seen());
        REQUIRE(begun);
        pty.type("\x13");
        REQUIRE(comes_true(30s, [&] { return armed.both_debug(); }));
        ::kill(pty.child(), signal);
        CHECK(comes_true(5s, [&] { return stage::debugs_left_on(armed.lab).empty(); }));
        // The rest is said when somebody types Ctrl-Q; the bundle does not wait for that.
        CHECK(comes_true(20s, [&] { return !armed.incident.left_by(0).bundle.empty(); }));
        pty.type("\x11");
        CHECK(pty.end() == 130);
    }
}
