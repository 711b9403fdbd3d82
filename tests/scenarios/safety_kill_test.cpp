// kill -9 at every step of a run, and what is left then; and that many runs on end leave nothing at all.

#include <doctest/doctest.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <cstdio>

#include "scenarios/safety_cells.hpp"

namespace {

using namespace std::chrono_literals;

/// How often one of these has happened in the lab: what a run does, as the devices see it.
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

std::atomic<std::size_t> killed_alive{0};  ///< kill points that struck a run under way

/// Kills the run once the devices have seen so many steps; what does not hold then.
std::string kill_at(std::size_t step, const std::vector<std::string>& faults) {
    std::vector<std::string> arguments{"--time-scale", "0.1"};
    for (const std::string& fault : faults) arguments.insert(arguments.end(), {"--fault", fault});
    stage::Lab lab(arguments);
    stage::Incident incident(lab);
    incident.top = "debug-window = \"5s\"\nsettle = \"300ms\"\n";
    auto run = incident.start();
    std::vector<int> children;
    const bool reached = stage::comes_true(60s, [&] {
        if (children.empty()) children = stage::children_of(run->pid());
        return steps_seen(lab) >= step || !run->is_running();
    });
    std::string said;
    if (!reached) said += "the step was not reached; ";
    run->signal(SIGKILL);
    const auto killed = std::chrono::steady_clock::now();
    if (!stage::comes_true(10s, [&] { return stage::debugs_left_on(lab).empty(); }))
        said += "after 10 s: " + stage::debugs_left_on(lab);
    if (!stage::comes_true(20s, [&] { return children.empty() || stage::is_gone(children.front()); }))
        said += "the guardian is still there; ";
    const stage::Run end = incident.finish(*run);
    if (end.exit == 128 + SIGKILL) ++killed_alive;
    if (std::chrono::steady_clock::now() - killed > 25s) said += "it took longer than 25 s; ";
    said += stage::secrets_left(incident);
    for (const auto& left : stage::state_files(incident, "journal-"))
        said += "left behind: " + left.filename().string() + "; ";
    if (!stage::comes_true(3s, [&] { return stage::sessions_beyond_two(lab).empty(); }))
        said += stage::sessions_beyond_two(lab);

    const auto spools = stage::state_files(incident, "spool-");
    if (end.exit == 0) return spools.empty() ? said : said + "a finished run left its spool; ";
    // Killed so early that there is nothing to pack, or when it had just packed.
    if (spools.empty()) return end.bundle.empty() ? said + "neither spool nor bundle; " : said;
    stage::fs::remove(end.bundle);
    stage::fs::remove_all(incident.folder() / "unpacked");
    stage::Process recover({stage::program(), "recover", spools.front(), "--output", incident.output()},
                           {{"XDG_STATE_HOME", incident.state()}}, incident.folder() / "stdout",
                           incident.folder() / "stderr");
    const stage::Run recovered = incident.finish(recover);
    if (recovered.exit != 3 || recovered.bundle.empty())
        return said + "recover: exit " + std::to_string(recovered.exit) + " " + recovered.err;
    return said + stage::invalid_bundle(recovered, incident) + stage::unexplained(recovered) +
           stage::secrets_left(incident);
}

/// Kills a run at every `stride`th step.
void kill_at_steps(std::size_t stride, const std::vector<std::string>& faults = {}) {
    const std::size_t points = 72 / stride;
    killed_alive = 0;
    const auto said = stage::run_cells(points, stage::cells_at_a_time(),
                                       [&](std::size_t i) { return kill_at(i * stride + 1, faults); });
    std::size_t passed = 0;
    for (std::size_t i = 0; i < points; ++i) {
        if (said[i].empty())
            ++passed;
        else
            MESSAGE("killed at step ", i * stride + 1, ": ", said[i]);
    }
    std::printf("kill points: %zu of %zu passed, %zu of them struck a run under way\n", passed, points,
                killed_alive.load());
    CHECK(killed_alive >= points * 2 / 3);
    CHECK(passed == points);
}

}  // namespace

TEST_CASE("a run that is killed at any step leaves no debug, no process and no secret, and can be recovered") {
    kill_at_steps(stage::is_sample() ? 6 : 1);
}

TEST_CASE("a run whose devices renew their keys all the time, the guardian's sessions too, can be killed as well") {
    kill_at_steps(stage::is_sample() ? 12 : 4, {"left:renew-keys=256", "right:renew-keys=256"});
}

TEST_CASE("many runs on end leave no file, process, session or debug") {
    const std::size_t runs = stage::is_sample() ? 20 : 200;
    const auto said = stage::run_cells(runs, stage::cells_at_a_time(), [&](std::size_t) {
        stage::Lab lab({"--time-scale", "0.02"});
        stage::Incident incident(lab);
        incident.top = "debug-window = \"5s\"\nsettle = \"100ms\"\n";
        auto process = incident.start();
        std::vector<int> children;
        stage::comes_true(
            60s, [&] { return !(children = stage::children_of(process->pid())).empty() || !process->is_running(); });
        const stage::Run run = incident.finish(*process);
        std::string left = run.exit == 0 ? "" : "exit " + std::to_string(run.exit) + " " + run.err;
        for (const auto& file : stage::state_files(incident, "")) left += file.filename().string() + "; ";
        for (const int child : children)
            if (!stage::is_gone(child)) left += "a process; ";
        stage::comes_true(3s, [&] { return stage::sessions_beyond_two(lab).empty(); });
        return left + stage::debugs_left_on(lab) + stage::sessions_beyond_two(lab);
    });
    std::size_t passed = 0;
    for (std::size_t i = 0; i < runs; ++i) {
        if (said[i].empty())
            ++passed;
        else
            MESSAGE("run ", i + 1, ": ", said[i]);
    }
    std::printf("soak: %zu of %zu passed\n", passed, runs);
    CHECK(passed == runs);
}
