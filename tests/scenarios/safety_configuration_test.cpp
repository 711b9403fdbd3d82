// --allow-config-mode: a PIX 6 that knows debug and clear lines in configuration mode only. Nothing but those lines is
// typed there, none of them with a letter missing, nobody stays there, and the configuration is shown to be unchanged.

#include <doctest/doctest.h>
#include <signal.h>

#include <chrono>
#include <map>
#include <set>

#include "scenarios/procedure_witness.hpp"
#include "scenarios/safety_cells.hpp"

using namespace stage;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const Lines both_pix6{"--left", "pix6", "--right", "pix6"};
const Lines only_there{"--fault", "left:config-mode-only", "--fault", "right:config-mode-only"};
const std::string short_window = "debug-window = \"4s\"\nsettle = \"300ms\"\n";

/// What was typed in configuration mode and has no business there, and sessions that stayed in it.
std::string strayed(const Lab& lab) {
    const std::set<std::string> allowed{"debug crypto isakmp",
                                        "debug crypto ipsec",
                                        "no debug crypto isakmp",
                                        "no debug crypto ipsec",
                                        "clear crypto ipsec sa peer 203.0.113.1",
                                        "clear crypto ipsec sa peer 198.51.100.1",
                                        "clear crypto ipsec sa",
                                        "clear crypto isakmp sa",
                                        "exit"};
    std::map<std::pair<std::string, int>, std::string> last;
    std::string said;
    for (const json& entry : lab.log()) {
        const std::pair session{entry.value("side", ""), entry.value("session", 0)};
        if (entry.value("event", "") == "close" && last.contains(session) && last[session] == "inside")
            last[session] = "closed inside";
        if (entry.value("event", "") != "line") continue;
        const std::string text = entry.value("text", "");
        const bool inside = entry.value("configuring", false);
        if (inside && !allowed.contains(text)) said += "`" + text + "` was typed in configuration mode; ";
        last[session] = text == "configure terminal" || (inside && text != "exit") ? "inside" : "outside";
    }
    for (const auto& [session, where] : last)
        if (where != "outside") said += session.first + ": a session was left " + where + "; ";
    return said;
}

std::size_t entered(const Lab& lab) {
    std::size_t times = 0;
    for (const json& entry : lab.log())
        times += entry.value("event", "") == "line" && entry.value("text", "") == "configure terminal" ? 1 : 0;
    return times;
}

/// One run with consent, against two that know the lines there only and have what else befalls them.
struct Allowed {
    Lab lab;
    Incident incident{lab};
    Run run;
    explicit Allowed(const Lines& faults) : lab(both_pix6 + only_there + Lines{"--time-scale", "0.1"} + faults) {
        incident.top = "debug-window = \"6s\"\nsettle = \"300ms\"\n";
        incident.arguments = {"--allow-config-mode"};
        run = incident.run();
    }
};

std::string findings(const Run& run) {
    std::string ids;
    for (const auto& finding : manifest_of(run).findings) ids += finding.id + " ";
    return ids;
}

}  // namespace

TEST_CASE("without consent configuration mode is not entered, and the run says what would help") {
    const Lab lab(both_pix6 + only_there);
    Incident incident(lab);
    incident.top = short_window;
    const Run run = incident.run();
    CAPTURE(run.err);
    CHECK(run.exit == 3);
    CHECK(run.err.find("--allow-config-mode") != std::string::npos);
    CHECK(entered(lab) == 0);
    CHECK(outcome_of(run, "hq", "debug/debug-crypto") == "denied");
    CHECK(debugs_left_on(lab) == "");
}

TEST_CASE(
    "with consent the debugs are armed and disarmed there, whichever end needs it, and the configuration is proven "
    "unchanged") {
    struct Cell {
        Lines lab;
        bool is_needed;
    };
    const Lines left{"--fault", "left:config-mode-only"}, right{"--fault", "right:config-mode-only"};
    const Lines one_session{"--fault", "left:second-session-refused", "--fault", "right:second-session-refused"};
    const std::vector<Cell> cells{
        {left, true},
        {right, true},
        {only_there, true},
        {{}, false},
        {only_there + one_session, true},
        {only_there + Lines{"--one-byte"}, true},
        {only_there + Lines{"--scenario", "psk-mismatch"}, true},
        {only_there + Lines{"--fault", "left:syslog-noise=1", "--fault", "right:syslog-noise=1"}, true}};
    const auto said = run_cells(cells.size(), cells_at_a_time(), [&](std::size_t i) {
        const Lab lab(both_pix6 + cells[i].lab + Lines{"--time-scale", "0.1"});
        Incident incident(lab);
        incident.top = short_window;
        incident.arguments = {"--allow-config-mode"};
        const Run run = incident.run();
        std::string wrong;
        if (run.exit != 0) wrong += "exit " + std::to_string(run.exit) + "; ";
        if ((entered(lab) > 0) != cells[i].is_needed) wrong += "entered " + std::to_string(entered(lab)) + " times; ";
        if (!run.bundle.empty() &&
            (findings(run).find("configuration-unchanged") != std::string::npos) != cells[i].is_needed)
            wrong += "findings " + findings(run);
        for (const char* name : {"hq", "branch"})
            if (const auto outcome = outcome_of(run, name, "debug/debug-crypto"); outcome != "ok")
                wrong += std::string(name) + "'s debug is " + outcome + "; ";
        wrong += strayed(lab) + unannounced(lab, read_text(run.unpacked / "plan.txt")) + debugs_left_on(lab) +
                 invalid_bundle(run, incident) + unexplained(run) + secrets_left(incident);
        return wrong.empty() ? wrong : joined(cells[i].lab) + ": " + wrong + run.err;
    });
    for (const std::string& wrong : said) CHECK(wrong == "");
}

TEST_CASE(
    "resets that are known in configuration mode only are sent from there, with their own consent, from one session as "
    "from two") {
    const std::vector<Lines> cells{
        {}, {"--fault", "left:second-session-refused", "--fault", "right:second-session-refused"}};
    const auto said = run_cells(cells.size(), cells.size(), [&](std::size_t i) {
        const Lab lab(both_pix6 + only_there + cells[i] + Lines{"--time-scale", "0.1", "--scenario", "psk-mismatch"});
        Incident incident(lab);
        incident.top = "debug-window = \"3s\"\nsettle = \"300ms\"\n";
        incident.arguments = named_resets + Lines{"--allow-config-mode"};
        const Run run = incident.run();
        std::string wrong = strayed(lab) + debugs_left_on(lab) + invalid_bundle(run, incident);
        if (run.exit != 0) wrong += "exit " + std::to_string(run.exit) + "; ";
        std::size_t clears = 0;
        for (const json& entry : lab.log())
            if (entry.value("event", "") == "line" && entry.value("text", "").starts_with("clear crypto") &&
                entry.value("configuring", false))
                ++clears;
        if (clears != 6) wrong += std::to_string(clears) + " clears from configuration mode; ";
        if (count(lab, "clear") != 6) wrong += std::to_string(count(lab, "clear")) + " clears obeyed; ";
        return wrong.empty() ? wrong : joined(cells[i]) + ": " + wrong + run.err;
    });
    for (const std::string& wrong : said) CHECK(wrong == "");
}

TEST_CASE("a configuration that is another one afterwards is told, and the run is not complete") {
    const Allowed allowed({"--fault", "left:config-changed"});
    const auto& [lab, incident, run] = allowed;
    CAPTURE(allowed.run.err);
    CHECK(run.exit == 3);
    CHECK(run.err.find("look at who changed it") != std::string::npos);
    CHECK(has_finding(manifest_of(run), "configuration-unproven"));
    CHECK(has_finding(manifest_of(run), "configuration-unchanged"));  // the other end
    CHECK(debugs_left_on(lab) == "");
}

TEST_CASE("a line that lost a letter on its way is not obeyed: nothing is armed, and the session goes") {
    const Allowed allowed({"--fault", "left:lost-key"});
    const auto& [lab, incident, run] = allowed;
    CAPTURE(allowed.run.err);
    CHECK(run.exit == 3);
    CHECK(run.err.find("came back as") != std::string::npos);
    for (const json& entry : lab.log())
        if (entry.value("event", "") == "line" && entry.value("side", "") == "left")
            CHECK_FALSE(entry.value("configuring", false));
    CHECK(outcome_of(run, "branch", "debug/debug-crypto") == "ok");
    CHECK(debugs_left_on(lab) == "");
    CHECK(state_files(incident, "").empty());
}

TEST_CASE("a flood of debug lines does not keep it from being turned off there") {
    const Allowed allowed({"--fault", "left:flood", "--scenario", "peer-unreachable"});
    const auto& [lab, incident, run] = allowed;
    CAPTURE(allowed.run.err);
    CHECK(run.exit == 3);
    CHECK(strayed(lab).find("was typed") == std::string::npos);
    CHECK(debugs_left_on(lab) == "");
    CHECK(state_files(incident, "").empty());
}

TEST_CASE("an interrupt while a session stands in configuration mode: it is left first") {
    // Slow enough for the interrupt to find it there, wherever it strikes.
    const std::vector<std::string> when{"configure terminal", "no debug crypto ipsec", "debug crypto isakmp"};
    const auto said = run_cells(when.size(), when.size(), [&](std::size_t i) {
        const Lab lab(both_pix6 + only_there +
                      Lines{"--fault", "left:drip=4", "--time-scale", "0.5", "--scenario", "peer-unreachable"});
        Incident incident(lab);
        incident.top = "debug-window = \"60s\"\nprobe = \"none\"\n";
        incident.arguments = {"--allow-config-mode"};
        auto process = incident.start();
        bool inside = false;
        const bool there = comes_true(60s, [&] {
            for (const json& entry : lab.log()) {
                if (entry.value("event", "") != "line" || entry.value("side", "") != "left") continue;
                inside = inside || entry.value("text", "") == "configure terminal";
                if (inside && entry.value("text", "") == when[i]) return true;
            }
            return false;
        });
        if (!there) return when[i] + " was not sent: " + read_text(incident.folder() / "stderr");
        process->signal(SIGINT);
        const Run run = incident.finish(*process);
        comes_true(5s, [&] { return debugs_left_on(lab).empty(); });
        std::string wrong = strayed(lab) + debugs_left_on(lab);
        if (run.exit != 130) wrong += "exit " + std::to_string(run.exit) + "; ";
        if (findings(run).find("configuration-unchanged") == std::string::npos) wrong += "findings " + findings(run);
        if (!state_files(incident, "").empty()) wrong += "something is left behind; ";
        return wrong.empty() ? wrong : when[i] + ": " + wrong + run.err;
    });
    for (const std::string& wrong : said) CHECK(wrong == "");
}

TEST_CASE(
    "an interrupt, a death of the run and a death of both: the debugs go off there too, and the plan's lines alone") {
    enum class End { interrupt, run_killed, both_killed };
    const std::vector<End> ends{End::interrupt, End::run_killed, End::both_killed};
    const auto said = run_cells(ends.size(), ends.size(), [&](std::size_t i) {
        const Lab lab(both_pix6 + only_there + Lines{"--scenario", "peer-unreachable"});
        Incident incident(lab);
        incident.top = "debug-window = \"60s\"\nprobe = \"none\"\n";
        incident.arguments = {"--allow-config-mode"};
        auto process = incident.start();
        std::string wrong;
        const auto is_armed = [&](const char* side) {
            return lab.control("state").at(side).at("debugging").get<bool>();
        };
        // Both debugs of both: the last line of arming has been obeyed. An interrupt may find them inside; what is killed
        // there closes its sessions inside, and that is no stray.
        const bool armed = comes_true(30s, [&] {
            std::set<std::string> on;
            for (const json& entry : lab.log())
                if (entry.value("event", "") == "debug-on")
                    on.insert(entry.value("side", "") + entry.value("kind", ""));
            return on.size() == 4 && (ends[i] == End::interrupt || strayed(lab).empty());
        });
        if (!armed || !is_armed("left") || !is_armed("right"))
            return "not armed: " + read_text(incident.folder() / "stderr");
        const auto children = children_of(process->pid());
        if (ends[i] == End::interrupt) {
            process->signal(SIGINT);
        } else {
            process->signal(SIGSTOP);
            if (ends[i] == End::both_killed)
                for (const int child : children) ::kill(child, SIGKILL);
            process->signal(SIGKILL);
        }
        const Run run = incident.finish(*process);
        if (ends[i] == End::interrupt && run.exit != 130) wrong += "exit " + std::to_string(run.exit) + "; ";
        if (ends[i] == End::interrupt && findings(run).find("configuration-unchanged") == std::string::npos)
            wrong += "findings " + findings(run);
        if (ends[i] == End::both_killed) {
            const auto journals = state_files(incident, "journal-");
            if (journals.size() != 1) return std::string("no journal");
            auto cleanup = incident.command("cleanup");
            cleanup.words = {program(), "cleanup", journals.front()};
            Process cleaning(cleanup.words, cleanup.environment, incident.folder() / "stdout",
                             incident.folder() / "stderr");
            const Run cleaned = incident.finish(cleaning);
            if (cleaned.exit != 0) wrong += "cleanup ends with " + std::to_string(cleaned.exit) + ": " + cleaned.err;
            if (cleaned.err.find("configure terminal") == std::string::npos)
                wrong += "cleanup does not show what it sends: " + cleaned.err;
        }
        comes_true(60s, [&] { return debugs_left_on(lab).empty() && state_files(incident, "journal-").empty(); });
        wrong += debugs_left_on(lab) + strayed(lab);
        if (!state_files(incident, "journal-").empty()) wrong += "the journal is still there; ";
        // Nobody but the run has a digest from before to compare with.
        const std::string told = read_text(incident.folder() / "stderr");
        if (ends[i] != End::interrupt && told.find("its configuration was not compared") == std::string::npos)
            wrong += "not said that nothing was compared: " + told;
        return wrong.empty() ? wrong : wrong + told;
    });
    for (const std::string& wrong : said) CHECK(wrong == "");
}
