// The fault table: each fault of the lab, at each step it can strike, on each side and on both. Whatever
// befalls a run: nothing is left on, nothing is left behind, and every planned item is accounted for.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>
#include <vector>

#include "scenarios/safety_cells.hpp"

namespace {

struct Fault {
    std::string name;        ///< as the lab is told, without @LINE
    std::string line;        ///< where it strikes; empty: where it always does
    int exit;                ///< expected with the fault on one side
    int exit_of_both;        ///< and on both
    std::string debug = {};  ///< expected outcome of the debug capture where it strikes; empty: any
    std::string scenario = "healthy";
    std::string endpoint = {};  ///< further settings of the endpoints it strikes
};

/// The lines of the plan at which a session can be lost, in the order of the run.
const std::vector<std::string> steps_with_logins{"show version", "show clock"};
const std::vector<std::string> steps{"write terminal",
                                     "show crypto isakmp sa",
                                     "show failover",
                                     "show ssh sessions",
                                     "show cpu usage",
                                     "show debug",
                                     "show running-config logging",
                                     "no debug crypto",
                                     "debug crypto isakmp",
                                     "debug crypto ipsec",
                                     "packet-tracer",
                                     "show crypto ipsec sa",
                                     "exit"};

/// Those that strike at a line of the plan.
const std::vector<std::string> losses{"drop-mid-show", "stall-mid-show", "half-open", "drop-mid-debug"};

std::vector<Fault> faults_of_their_own() {
    return {
        {"refuse", "", 3, 4, "not-attempted"},
        {"wrong-hostkey", "", 3, 4, "not-attempted"},
        {"auth-fail", "", 3, 4, "not-attempted"},
        {"enable-fail", "", 3, 4, "not-attempted"},
        {"never-prompt", "", 3, 4, "not-attempted"},
        {"no-slots", "", 3, 4, "not-attempted"},
        {"second-session-refused", "", 0, 0, "ok"},
        {"one-time-password", "", 0, 0, "ok", "healthy", "one-time-password = true"},
        {"drip=5", "", 0, 0, "ok"},
        {"drop-mid-debug", "", 3, 3, "disconnected"},
        {"half-open", "", 3, 3, "disconnected"},
        {"reload-mid-debug", "", 3, 3, "disconnected"},
        {"debug-no-ack", "", 3, 3},
        {"debug-no-ack=ignored", "", 3, 3},
        {"undebug-refused", "", 0, 0, "ok"},
        {"undo-denied-by-aaa", "", 3, 3, "denied"},
        {"slow-undebug", "", 0, 0, "ok"},
        {"config-in-progress", "", 0, 0, "ok"},
        {"cpu-high", "", 3, 3, "not-attempted"},
        {"cpu-high", "armed", 3, 3, "truncated", "peer-unreachable"},
        {"flood", "", 3, 3, "truncated", "peer-unreachable"},
        {"syslog-noise", "", 0, 0, "ok"},
        {"preexisting-debug", "", 0, 0, "ok"},
        {"foreign-debug-in-window", "", 0, 0, "ok"},
        {"preexisting-condition", "", 0, 0, "ok"},
        {"debug-trace", "", 3, 3, "denied"},
        {"standby", "", 3, 3, "not-attempted"},
        {"clock-step", "", 0, 0, "ok"},
        {"operator-inside-vpn", "", 0, 0, "ok"},
        {"garbage", "", 0, 0, "ok"},
        {"infinite-show", "", 3, 3},
        {"renew-keys", "", 0, 0, "ok"},
        {"renew-keys=64", "", 0, 0, "ok"},
    };
}

std::vector<Fault> faults_at_steps() {
    std::vector<Fault> all;
    for (const std::string& line : steps_with_logins)
        for (const std::string& name : losses) all.push_back({name, line, 3, -1});
    for (const std::string& line : steps)
        for (const std::string& name : losses) all.push_back({name, line, -1, -1});
    for (const std::string& line : steps)
        if (line.starts_with("show")) all.push_back({"garbage", line, -1, -1});
    for (const auto* lines : {&steps_with_logins, &steps})
        for (const std::string& line : *lines) all.push_back({"renew-keys", line, 0, 0, "ok"});
    return all;
}

struct Cell {
    Fault fault;
    std::vector<std::string> sides;
    bool on_a_terminal;  ///< what is said is seen by a person there as in a pipe
    std::string name() const {
        return fault.name + (fault.line.empty() ? "" : "@" + fault.line) + " on " +
               (sides.size() == 2 ? "both" : sides.front());
    }
};

const std::vector<std::vector<std::string>> all_sides{{"left"}, {"right"}, {"left", "right"}};

std::vector<Cell> every_cell() {
    std::vector<Fault> faults = faults_of_their_own();
    std::ranges::copy(faults_at_steps(), std::back_inserter(faults));
    std::vector<Cell> cells;
    for (const Fault& fault : faults)
        for (const auto& sides : all_sides) cells.push_back({fault, sides, sides == all_sides.front()});
    return cells;
}

/// Every fault once and every step once; where, goes round. Each of them on a terminal.
std::vector<Cell> a_sample() {
    std::vector<Cell> cells;
    const auto add = [&](const Fault& fault) {
        cells.push_back({fault, all_sides[cells.size() % all_sides.size()], true});
    };
    for (const Fault& fault : faults_of_their_own()) add(fault);
    const std::vector<Fault> at_steps = faults_at_steps();
    const std::size_t lines = steps_with_logins.size() + steps.size();
    for (std::size_t i = 0; i < lines; ++i) add(at_steps[i * losses.size() + i % losses.size()]);
    return cells;
}

std::string judge(const Cell& cell) {
    const bool one_line = cell.fault.line != "armed";
    std::vector<std::string> arguments{"--time-scale", "0.1", "--scenario", cell.fault.scenario};
    for (const std::string& side : cell.sides)
        arguments.insert(arguments.end(), {"--fault", side + ":" + cell.fault.name +
                                                          (cell.fault.line.empty() ? "" : "@" + cell.fault.line)});
    stage::Lab lab(arguments);
    stage::Incident incident(lab);
    // At a thousand bytes a second all that a window is for takes longer to be shown; and a flood is one when three
    // seconds in a row were read at that rate, which a busy machine may not manage at once.
    const std::string window = cell.fault.name.starts_with("drip") || cell.fault.name == "flood" ? "20s" : "6s";
    const std::string bytes = cell.fault.name == "infinite-show" ? "64KiB" : "8MiB";
    incident.top = "debug-window = \"" + window +
                   "\"\nsettle = \"300ms\"\ncommand-timeout = \"2s\"\nconnect-timeout = \"6s\"\nbyte-limit = \"" +
                   bytes + "\"\n";
    // No question about the other end holds it up.
    if (cell.on_a_terminal) {
        incident.terminal_columns = 100;
        incident.arguments = {"--json", "--yes"};
    }
    for (const std::string& side : cell.sides) incident.endpoint_lines[lab.side(side).at("name")] = cell.fault.endpoint;
    const stage::Run run = incident.run();

    std::string said;
    const int expected = cell.sides.size() == 2 ? cell.fault.exit_of_both : cell.fault.exit;
    const bool usual = run.exit == 0 || run.exit == 3 || (cell.sides.size() == 2 && run.exit == 4);
    if (expected >= 0 ? run.exit != expected : !usual) said += "exit " + std::to_string(run.exit) + "; ";
    // The device closes a session of its own accord a little after the run has gone.
    stage::comes_true(std::chrono::seconds{3}, [&] { return stage::debugs_left_on(lab).empty(); });
    said += stage::debugs_left_on(lab);
    if ((run.exit == 0 || run.exit == 3) == run.bundle.empty()) said += "exit and bundle do not go together; ";
    if (!run.bundle.empty()) said += stage::invalid_bundle(run, incident) + stage::unexplained(run);
    if (!run.bundle.empty() && !cell.fault.debug.empty())
        for (const std::string& side : cell.sides) {
            const std::string outcome = stage::outcome_of(run, lab.side(side).at("name"), "debug/debug-crypto");
            if (outcome == cell.fault.debug) continue;
            // The guard that trips first closes the window of both; the other's stream is whole until then.
            const std::string other =
                stage::outcome_of(run, lab.side(side == "left" ? "right" : "left").at("name"), "debug/debug-crypto");
            if (cell.fault.debug != "truncated" || outcome != "ok" || other != "truncated")
                said += side + "'s debug is " + outcome + "; ";
        }
    if (cell.on_a_terminal) said += stage::missing_on_terminal(run);
    said += stage::secrets_left(incident);
    for (const auto& left : stage::state_files(incident, "")) said += "left behind: " + left.filename().string() + "; ";
    if (!said.empty() && one_line) said += "\n" + run.err;
    return said;
}

}  // namespace

TEST_CASE("each fault at each step on each side and on both") {
    std::vector<Cell> cells = stage::is_sample() ? a_sample() : every_cell();
    // TACBUNDLE_FAULT: those of this name only, while somebody works on that fault.
    if (const char* name = std::getenv("TACBUNDLE_FAULT"))
        std::erase_if(cells, [&](const Cell& cell) { return !cell.fault.name.starts_with(name); });
    const auto said =
        stage::run_cells(cells.size(), stage::cells_at_a_time(), [&](std::size_t i) { return judge(cells[i]); });
    std::size_t passed = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (said[i].empty())
            ++passed;
        else
            MESSAGE(cells[i].name(), ": ", said[i]);
    }
    std::printf("fault table: %zu of %zu passed\n", passed, cells.size());
    CHECK(passed == cells.size());
}
