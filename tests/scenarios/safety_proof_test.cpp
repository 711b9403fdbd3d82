// What is proven off and what is not: devices that refuse to say, that list what they were told to turn off, that lose
// the session that armed. The lab knows the truth.

#include <doctest/doctest.h>
#include <signal.h>

#include <chrono>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/safety_cells.hpp"

namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using stage::comes_true;
using stage::Incident;
using stage::Lab;
using stage::Run;

bool is_debugging(const Lab& lab, const std::string& side) {
    return lab.control("state").at(side).at("debugging").get<bool>();
}
bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::vector<std::string> pair_of(const std::string& platform, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"--time-scale", "0.1", "--left", platform, "--right", platform};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

std::vector<std::string> lines_sent(const Lab& lab, const std::string& side) {
    std::vector<std::string> lines;
    for (const json& entry : lab.log())
        if (entry.value("event", "") == "line" && entry.value("side", "") == side)
            lines.push_back(entry.value("text", ""));
    return lines;
}

bool any_begins(const std::vector<std::string>& lines, const std::string& beginning) {
    for (const std::string& line : lines)
        if (line.starts_with(beginning)) return true;
    return false;
}

/// When the lab logged such an entry first, in seconds since its start.
std::optional<double> time_of(const Lab& lab, const std::string& side, const std::string& event) {
    for (const json& entry : lab.log())
        if (entry.value("event", "") == event && entry.value("side", "") == side) return entry.at("mono").get<double>();
    return std::nullopt;
}

struct Cell {
    std::string platform, fault;
    bool is_left_on = true;  ///< where a debug ends with its session it is not
};

const std::vector<Cell> refused_proofs{
    {"ios", "proof-refused"},
    {"ios", "proof-refused=% Error: no response from AAA server"},
    {"ios", "off-ignored=plain"},
    {"ios", "off-ignored=glued"},
    {"ios", "off-ignored=bare"},
    {"ios", "off-ignored=late"},
    {"pix6", "proof-refused=% Bad command"},
    {"pix6", "off-ignored=capitals"},
    {"pix7", "proof-refused", false},
    {"pix7", "off-ignored=glued", false},
};

/// A run whose window stays open until something ends it, on devices that prove nothing afterwards.
struct Refusing {
    Lab lab;
    Incident incident{lab};
    std::unique_ptr<stage::Process> run;

    explicit Refusing(const Cell& cell)
        : lab(pair_of(cell.platform, {"--scenario", "peer-unreachable", "--fault", "left:" + cell.fault})) {
        incident.top = "debug-window = \"60s\"\nprobe = \"none\"\n";
        run = incident.start();
        REQUIRE(comes_true(30s, [&] { return stage::both_poll(lab); }));
    }
    Run cleanup(const std::string& journal) {
        std::map<std::string, std::string> environment{{"HOME", incident.home()}, {"XDG_STATE_HOME", incident.state()}};
        for (const char* side : {"left", "right"}) {
            environment[std::string("PASSWORD_") + side] = lab.side(side).at("password");
            environment[std::string("ENABLE_") + side] = lab.side(side).at("enable");
        }
        stage::Process process({stage::program(), "cleanup", journal}, environment, incident.folder() / "stdout",
                               incident.folder() / "stderr");
        return incident.finish(process);
    }
};

}  // namespace

TEST_CASE("a run whose disarm cannot be proven ends with 6, names each line to type, and keeps its journal") {
    const auto said = stage::run_cells(refused_proofs.size(), stage::cells_at_a_time(), [](std::size_t index) {
        const Cell& cell = refused_proofs[index];
        Lab lab(pair_of(cell.platform, {"--fault", "left:" + cell.fault}));
        Incident incident(lab);
        incident.top = "debug-window = \"3s\"\nsettle = \"300ms\"\n";
        const Run run = incident.run();
        std::string against;
        const int expected = cell.is_left_on ? 6 : run.exit == 0 ? 0 : 3;
        if (run.exit != expected) against += "exit " + std::to_string(run.exit) + "; ";
        if (is_debugging(lab, "left") != cell.is_left_on) against += "the lab's own state is not what it should be; ";
        if (is_debugging(lab, "right")) against += "the other end is left on; ";
        if (cell.is_left_on) {
            if (!has(run.err, "hq MAY STILL BE DEBUGGING")) against += "it is not said; ";
            for (const char* line : {"\n    no debug crypto ipsec\n", "\n    no debug crypto isakmp\n"})
                if (!has(run.err, line)) against += std::string("not named: ") + line;
            if (stage::state_files(incident, "journal-").size() != 1) against += "no journal; ";
        }
        return against.empty() ? against : cell.platform + " " + cell.fault + ": " + against + run.err;
    });
    for (const std::string& cell : said) CHECK(cell == "");
}

TEST_CASE("neither the guardian nor cleanup takes a refused proof for one") {
    const auto said = stage::run_cells(refused_proofs.size(), stage::cells_at_a_time(), [](std::size_t index) {
        const Cell& cell = refused_proofs[index];
        Refusing refusing(cell);
        const int guardian = stage::children_of(refusing.run->pid()).front();
        refusing.run->signal(SIGKILL);
        refusing.run->wait();
        std::string against;
        if (!comes_true(60s, [&] { return stage::is_gone(guardian); })) against += "the guardian does not end; ";
        const Run dead = refusing.incident.left_by(137);
        const auto journals = stage::state_files(refusing.incident, "journal-");
        if (is_debugging(refusing.lab, "left") != cell.is_left_on)
            against += "the lab's own state is not what it should be; ";
        if (has(dead.err, "hq: debugs are off and proven") == cell.is_left_on)
            against += "the guardian said: " + dead.err;
        if (journals.size() != (cell.is_left_on ? 1U : 0U)) against += std::to_string(journals.size()) + " journals; ";
        if (cell.is_left_on && !journals.empty()) {
            const Run refused = refusing.cleanup(journals.front());
            if (refused.exit != 6) against += "cleanup: exit " + std::to_string(refused.exit) + ": " + refused.err;
            if (stage::state_files(refusing.incident, "journal-").size() != 1)
                against += "cleanup removed the journal; ";
            refusing.lab.control("clear-fault left");
            const Run done = refusing.cleanup(journals.front());
            if (done.exit != 0 || is_debugging(refusing.lab, "left"))
                against += "cleanup of an honest device: exit " + std::to_string(done.exit) + ": " + done.err;
        }
        return against.empty() ? against : cell.platform + " " + cell.fault + ": " + against;
    });
    for (const std::string& cell : said) CHECK(cell == "");
}

TEST_CASE("a listening session that is lost in the window: off within ten seconds, and the rest of the run goes on") {
    struct Row {
        std::string platform, fault;
    };
    const std::vector<Row> rows{{"ios", "drop-mid-debug"},
                                {"ios", "half-open"},
                                {"pix6", "drop-mid-debug"},
                                {"pix6", "half-open"},
                                {"pix7", "drop-mid-debug"}};
    const auto said = stage::run_cells(rows.size(), stage::cells_at_a_time(), [&](std::size_t index) {
        const Row& row = rows[index];
        Lab lab(pair_of(row.platform, {"--scenario", "peer-unreachable", "--fault", "left:" + row.fault}));
        Incident incident(lab);
        incident.top = "debug-window = \"20s\"\n";
        const Run run = incident.run();
        std::string against;
        if (run.exit != 3) against += "exit " + std::to_string(run.exit) + "; ";
        const std::string lost = row.fault == "half-open" ? "half-open" : "close";
        const auto lost_at = time_of(lab, "left", lost), off_at = time_of(lab, "left", "debug-off"),
                   other_off_at = time_of(lab, "right", "debug-off");
        if (!lost_at || !off_at || !other_off_at)
            return row.platform + " " + row.fault + ": not lost, or not off; " + run.err;
        if (*off_at - *lost_at > 10) against += "off after " + std::to_string(*off_at - *lost_at) + " s; ";
        if (*other_off_at - *lost_at < 12)
            against += "the other end stopped after " + std::to_string(*other_off_at - *lost_at) + " s; ";
        if (stage::outcome_of(run, "hq", "debug/debug-crypto") != "disconnected")
            against += "not said to be disconnected; ";
        if (stage::outcome_of(run, "branch", "debug/debug-crypto") != "ok") against += "the other end is not whole; ";
        against += stage::debugs_left_on(lab) + stage::sessions_beyond_two(lab);
        if (!stage::state_files(incident, "journal-").empty()) against += "a journal is left; ";
        return against.empty() ? against : row.platform + " " + row.fault + ": " + against + run.err;
    });
    for (const std::string& row : said) CHECK(row == "");
}

TEST_CASE("a number that somebody else got meanwhile is not ours, and nobody else is ended") {
    for (const std::string platform : {"pix7", "ios"}) {
        CAPTURE(platform);
        const Lab lab(pair_of(platform, {"--fault", "left:drop-mid-debug", "--fault", "left:number-reused"}));
        Incident incident(lab);
        incident.top = "debug-window = \"6s\"\nsettle = \"300ms\"\n";
        const Run run = incident.run();
        CAPTURE(run.err);
        CHECK(run.exit == 3);
        CHECK(stage::debugs_left_on(lab) == "");
        CHECK(time_of(lab, "left", "stranger"));
        for (const std::string& line : lines_sent(lab, "left"))
            CHECK_FALSE((line.starts_with("ssh disconnect") || line.starts_with("clear line")));
    }
}

TEST_CASE("a device that asks before it ends a session is answered") {
    const Lab lab(pair_of("ios", {"--fault", "left:half-open"}));
    Incident incident(lab);
    incident.top = "debug-window = \"12s\"\nsettle = \"300ms\"\n";
    const Run run = incident.run();
    CAPTURE(run.err);
    CHECK(run.exit == 3);
    CHECK(any_begins(lines_sent(lab, "left"), "clear line "));
    CHECK(stage::sessions_beyond_two(lab) == "");
    CHECK(stage::debugs_left_on(lab) == "");
}

TEST_CASE("where debugs are the device's, those of others are neither taken nor narrowed") {
    SUBCASE("all of ours are on: nothing is armed, and they stay on") {
        const Lab lab(pair_of("ios", {"--fault", "left:preexisting-debug"}));
        Incident incident(lab);
        incident.top = "debug-window = \"3s\"\n";
        const Run run = incident.run();
        CAPTURE(run.err);
        CHECK(run.exit == 3);
        CHECK(is_debugging(lab, "left"));
        CHECK_FALSE(any_begins(lines_sent(lab, "left"), "debug crypto"));
        CHECK_FALSE(time_of(lab, "left", "debug-off"));
    }
    SUBCASE("one of ours is on: the other is armed, without a condition") {
        const Lab lab(pair_of("ios", {"--fault", "left:preexisting-debug=ipsec"}));
        Incident incident(lab);
        incident.top = "debug-window = \"6s\"\nsettle = \"300ms\"\n";
        const Run run = incident.run();
        CAPTURE(run.err);
        CHECK(run.exit == 0);
        const auto lines = lines_sent(lab, "left");
        CHECK(any_begins(lines, "debug crypto isakmp"));
        CHECK_FALSE(any_begins(lines, "debug crypto condition"));
        CHECK_FALSE(any_begins(lines, "no debug crypto ipsec"));
        CHECK(is_debugging(lab, "left"));
        CHECK(any_begins(lines_sent(lab, "right"), "debug crypto condition"));
    }
}

TEST_CASE("where others have set a condition, none of ours is set") {
    for (const std::string platform : {"pix80", "ios"}) {
        CAPTURE(platform);
        const Lab lab(pair_of(platform, {"--fault", "left:preexisting-condition"}));
        Incident incident(lab);
        incident.top = "debug-window = \"6s\"\nsettle = \"300ms\"\n";
        const Run run = incident.run();
        CAPTURE(run.err);
        CHECK(run.exit == 0);
        CHECK_FALSE(any_begins(lines_sent(lab, "left"), "debug crypto condition"));
        CHECK_FALSE(any_begins(lines_sent(lab, "left"), "no debug crypto condition"));
        CHECK(any_begins(lines_sent(lab, "right"), "debug crypto condition"));
    }
}

TEST_CASE("IOS: a console that takes debugs and no limit to the peer: not armed") {
    const stage::Folder replay;
    std::ofstream(replay.path() / "show-logging.txt")
        << "Syslog logging: enabled\n    Console logging: level debugging, 4 messages logged\n    Monitor logging: "
           "level debugging, 0 messages logged\n";
    const Lab lab(
        pair_of("ios", {"--replay", "left:" + replay.path().string(), "--fault", "left:preexisting-condition"}));
    Incident incident(lab);
    incident.top = "debug-window = \"3s\"\n";
    const Run run = incident.run();
    CAPTURE(run.err);
    CHECK(run.exit == 3);
    CHECK(has(run.err, "the serial console would receive the debugs as well"));
    CHECK_FALSE(any_begins(lines_sent(lab, "left"), "debug crypto"));
}

TEST_CASE("what the last list still shows of ours turns any exit into 6") {
    // It is on again after the proof, as if the off line had been obeyed by half of a cluster.
    const Lab lab(pair_of("ios", {"--fault", "left:on-again"}));
    Incident incident(lab);
    incident.top = "debug-window = \"6s\"\nsettle = \"300ms\"\n";
    const Run run = incident.run();
    CAPTURE(run.err);
    CHECK(run.exit == 6);
    CHECK(has(run.err, "off and proven"));
    CHECK(has(run.err, "hq MAY STILL BE DEBUGGING"));
    CHECK(has(run.err, "\n    no debug crypto isakmp\n"));
    const auto journals = stage::state_files(incident, "journal-");
    REQUIRE(journals.size() == 1);
    CHECK(has(run.err, "result   STILL DEBUGGING: hq; the bundle is written: "));
    CHECK(run.err.ends_with("tacbundle cleanup " + journals.front().string() + "\n"));
    CHECK(has(stage::read_text(run.unpacked / "manifest.xml"), "proven=\"false\""));
}
