// Every platform of the field against the lab, both ends alike: what is armed, what is shown, what is off
// afterwards, and how a device is told by what it says.

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "formats/bundle/manifest.hpp"
#include "scenarios/safety_cells.hpp"
#include "scenarios/stage.hpp"

using nlohmann::json;
using stage::Incident;
using stage::Lab;
using stage::Run;

namespace {

std::vector<std::string> pair_of(const std::string& platform, std::vector<std::string> more = {}) {
    more.insert(more.end(), {"--time-scale", "0.1", "--left", platform, "--right", platform});
    return more;
}

std::string text_of(const Run& run, const std::string& member) { return stage::read_text(run.unpacked / member); }

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

formats::Manifest manifest_of(const Run& run) {
    auto manifest = formats::parse_manifest(text_of(run, "manifest.xml"));
    if (!manifest) FAIL(manifest.error().message());
    return *manifest;
}

std::set<std::string> lines_sent(const Lab& lab) {
    std::set<std::string> lines;
    for (const json& entry : lab.log())
        if (entry.value("event", "") == "line") lines.insert(entry.value("text", ""));
    return lines;
}

/// What must hold at the end of any whole run.
void check_whole(const Run& run, const Lab& lab, const Incident& incident, const std::string& platform) {
    CAPTURE(run.err);
    REQUIRE(run.exit == 0);
    CHECK(stage::invalid_bundle(run, incident) == "");
    CHECK(stage::debugs_left_on(lab) == "");
    CHECK(stage::secrets_left(incident) == "");
    CHECK(stage::sessions_beyond_two(lab) == "");
    for (const auto& endpoint : manifest_of(run).endpoints) {
        CHECK(endpoint.platform == platform);
        CHECK(endpoint.debug.proven == formats::DebugRecord::Proven::yes);
    }
    // Never, whatever the platform.
    for (const std::string& line : lines_sent(lab)) {
        CAPTURE(line);
        CHECK_FALSE(line.starts_with("undebug"));
        CHECK_FALSE(line.starts_with("conf"));
        CHECK_FALSE(line.starts_with("clear"));
        CHECK(line != "no debug all");
    }
}

}  // namespace

TEST_CASE("ASA: the debugs that the map entry needs, limited to the peer") {
    for (const bool one_byte : {false, true}) {
        CAPTURE(one_byte);
        const Lab lab(pair_of("asa", one_byte ? std::vector<std::string>{"--one-byte"} : std::vector<std::string>{}));
        Incident incident(lab);
        const Run run = incident.run();
        check_whole(run, lab, incident, "asa");
        const auto sent = lines_sent(lab);
        CHECK(sent.contains("debug crypto ikev1 127"));
        CHECK(sent.contains("debug crypto ipsec 127"));
        CHECK(sent.contains("debug crypto condition peer 203.0.113.1"));
        CHECK(sent.contains("no debug crypto condition peer 203.0.113.1"));
        // This configuration has no IKEv2 in it.
        CHECK_FALSE(sent.contains("debug crypto ikev2 protocol 127"));
        CHECK(has(text_of(run, "endpoints/hq/debug/debug-crypto.txt"), "[IKEv1]"));
        CHECK(has(text_of(run, "endpoints/branch/debug/debug-crypto.txt"), "PHASE 2 COMPLETED"));
        const auto hq = manifest_of(run).endpoints[0];
        CHECK(hq.version == "9.1(7)");
        CHECK(has(hq.algorithms, "kex diffie-hellman-group14-sha1"));
        CHECK(hq.banner.starts_with("SSH-2.0-"));
        CHECK(hq.host_key.starts_with("ssh-rsa SHA256:"));
    }
}

TEST_CASE("a terminal that is too narrow for a line: its echo is known by the part that is shown") {
    for (const std::string platform : {"pix6", "pix7", "asa", "ios"})
        for (const bool one_byte : {false, true}) {
            if (one_byte && platform != "ios") continue;  // all of it together takes half a minute
            CAPTURE(platform);
            CAPTURE(one_byte);
            // A byte a packet: fifty log lines a second would be five thousand packets for each session.
            auto options = std::vector<std::string>{
                "--fault", "left:narrow=40", "--fault", "right:narrow=44",
                "--fault", "right:redrawn",  "--fault", one_byte ? "right:syslog-noise=1" : "right:syslog-noise"};
            if (one_byte) options.emplace_back("--one-byte");
            const Lab lab(pair_of(platform, options));
            Incident incident(lab);
            const Run run = incident.run();
            check_whole(run, lab, incident, platform);
            const std::string sa = text_of(run, "endpoints/hq/before/show-crypto-ipsec-sa.txt");
            CHECK_FALSE(has(sa, "$"));
            CHECK_FALSE(has(sa, "hq# "));
        }
}

TEST_CASE("prompts that fall into log lines are asked for again, and nothing is lost or doubled") {
    for (const std::string platform : {"pix6", "ios"}) {  // each prompt costs a second
        CAPTURE(platform);
        const Lab lab(pair_of(
            platform, {"--one-byte", "--fault", "left:prompt-in-log-line", "--fault", "right:prompt-in-log-line=8"}));
        Incident incident(lab);
        const Run run = incident.run();
        check_whole(run, lab, incident, platform);
    }
}

TEST_CASE("ASA: a key that differs shows at both ends") {
    const Lab lab(pair_of("asa", {"--scenario", "psk-mismatch"}));
    Incident incident(lab);
    incident.top = "debug-window = \"4s\"\n";
    const Run run = incident.run();
    check_whole(run, lab, incident, "asa");
    CHECK(has(text_of(run, "endpoints/branch/debug/debug-crypto.txt"), "mismatched pre-shared key"));
}

TEST_CASE("IOS: debugs of the device, shown by terminal monitor, all of it taken back by name") {
    for (const bool one_byte : {false, true}) {
        CAPTURE(one_byte);
        const Lab lab(pair_of("ios", one_byte ? std::vector<std::string>{"--one-byte"} : std::vector<std::string>{}));
        Incident incident(lab);
        const Run run = incident.run();
        check_whole(run, lab, incident, "ios");
        std::vector<std::string> order;
        for (const json& entry : lab.log())
            if (entry.value("side", "") == "left")
                for (const std::string event :
                     {"condition-on", "monitor-on", "debug-on", "debug-off", "condition-off", "monitor-off"})
                    if (entry.value("event", "") == event) order.push_back(event);
        CHECK(order == std::vector<std::string>{"condition-on", "monitor-on", "debug-on", "debug-on", "debug-off",
                                                "debug-off", "condition-off", "monitor-off"});
        CHECK(has(text_of(run, "endpoints/hq/debug/debug-crypto.txt"), "IKE_P1_COMPLETE"));
        CHECK(lines_sent(lab).contains("ping 10.2.2.1 source GigabitEthernet0/1 repeat 2 timeout 1"));
    }
}

TEST_CASE("IOS: a key that differs shows at both ends") {
    const Lab lab(pair_of("ios", {"--scenario", "psk-mismatch"}));
    Incident incident(lab);
    incident.top = "debug-window = \"4s\"\n";
    const Run run = incident.run();
    check_whole(run, lab, incident, "ios");
    CHECK(has(text_of(run, "endpoints/hq/debug/debug-crypto.txt"), "retransmitting phase 1 MM_KEY_EXCH"));
}

TEST_CASE("the extended set: what a platform does not know is no loss, and its lines are filled in") {
    struct Row {
        std::string platform, filled;
    };
    for (const Row& row : std::vector<Row>{{"pix7", "show access-list VPN_ACL"},
                                           {"asa", "show xlate local 10.1.1.10"},
                                           {"ios", "show access-lists 150"}}) {
        CAPTURE(row.platform);
        const Lab lab(pair_of(row.platform));
        Incident incident(lab);
        incident.arguments = {"--set", "extended", "--no-debug", "--probe", "none"};
        const Run run = incident.run();
        CAPTURE(run.err);
        CHECK(run.exit == 0);
        CHECK(stage::secrets_left(incident) == "");
        CHECK(lines_sent(lab).contains(row.filled));
        CHECK(stage::outcome_of(run, "hq", "before/show-logging") == "ok");
        const auto manifest = manifest_of(run);
        CHECK(manifest.outcome == "complete");
        CHECK(std::any_of(manifest.endpoints[0].captures.begin(), manifest.endpoints[0].captures.end(),
                          [](const auto& c) { return c.outcome == formats::Outcome::unsupported; }));
        CHECK(has(run.err, "items this platform does not have"));
        CHECK_FALSE(has(run.err, "missing or cut short"));
        CHECK(has(text_of(run, "SUMMARY.txt"), "this platform does not have"));
        // The basic set asks for none of it.
        Incident basic(lab);
        basic.arguments = {"--no-debug", "--probe", "none"};
        CHECK(stage::outcome_of(basic.run(), "hq", "before/show-logging") == "not in the manifest");
    }
}

TEST_CASE("IOS: not armed where no terminal line shows a log; a console that would choke needs the limit to the peer") {
    const stage::Folder replay;
    const auto logging = [&](const std::string& console, const std::string& monitor) {
        std::ofstream(replay.path() / "show-logging.txt") << "Syslog logging: enabled\n    Console logging: " << console
                                                          << "\n    Monitor logging: " << monitor << "\n";
    };
    SUBCASE("monitor logging is off") {
        logging("disabled", "disabled");
        const Lab lab(pair_of("ios", {"--replay", "left:" + replay.path().string()}));
        Incident incident(lab);
        incident.top = "debug-window = \"3s\"\n";
        const Run run = incident.run();
        CAPTURE(run.err);
        CHECK(run.exit == 3);
        CHECK(has(run.err, "not armed: this device shows no log on terminal lines"));
        CHECK(stage::debugs_left_on(lab) == "");
        for (const json& entry : lab.log())
            if (entry.value("side", "") == "left") CHECK(entry.value("event", "") != "debug-on");
    }
    SUBCASE("the console takes debugs, limited to the peer") {
        logging("level debugging, 4 messages logged", "level debugging, 0 messages logged");
        const Lab lab(pair_of("ios", {"--replay", "left:" + replay.path().string()}));
        Incident incident(lab);
        const Run run = incident.run();
        check_whole(run, lab, incident, "ios");
    }
}

TEST_CASE("IOS: a write terminal that says nothing is asked for by its other name") {
    const stage::Folder replay;
    std::ofstream(replay.path() / "write-terminal.txt") << "";
    const Lab lab(pair_of("ios", {"--replay", "left:" + replay.path().string()}));
    Incident incident(lab);
    incident.arguments = {"--no-debug", "--probe", "none"};
    const Run run = incident.run();
    CAPTURE(run.err);
    REQUIRE(run.exit == 0);
    CHECK(lines_sent(lab).contains("show running-config"));
    CHECK(has(text_of(run, "endpoints/hq/before/write-terminal.txt"), "crypto map VPN 10 ipsec-isakmp"));
    CHECK(stage::outcome_of(run, "hq", "before/write-terminal") == "ok");
}

TEST_CASE("a profile of one's own is used like a built-in one, and stands in the plan") {
    const Lab lab(pair_of("pix7"));
    Incident incident(lab);
    const auto folder = incident.folder() / "config" / "tacbundle" / "platforms";
    stage::fs::create_directories(folder);
    std::string profile = stage::read_text(TACBUNDLE_SOURCE_DIR "/formats/platform/profiles/pix7.toml");
    profile.replace(profile.find("name = \"pix7\""), 13, "name = \"mybox\"");
    std::ofstream(folder / "mybox.toml") << profile;
    for (const char* end : {"hq", "branch"}) incident.endpoint_lines[end] = "platform = \"mybox\"\n";
    const Run run = incident.run();
    check_whole(run, lab, incident, "mybox");
    CHECK(has(text_of(run, "plan.txt"), "as mybox (PIX and ASA 7.0 to 8.3"));
    // One that is wrong is said with its place, and nothing is contacted.
    std::ofstream(folder / "mybox.toml") << profile << "\n[pagr]\n";
    const std::size_t before = lab.log().size();
    Incident wrong(lab);
    stage::fs::create_directories(wrong.folder() / "config" / "tacbundle");
    stage::fs::copy(folder, wrong.folder() / "config" / "tacbundle" / "platforms");
    const Run refused = wrong.run();
    CHECK(refused.exit == 2);
    CHECK(has(refused.err, "did you mean `pager`?"));
    CHECK(lab.log().size() == before);
}

TEST_CASE("shows may be called anything: what a run reads in them is said by what they tell") {
    const Lab lab(pair_of("pix7"));
    Incident incident(lab);
    const auto folder = incident.folder() / "config" / "tacbundle" / "platforms";
    stage::fs::create_directories(folder);
    std::string profile = stage::read_text(TACBUNDLE_SOURCE_DIR "/formats/platform/profiles/pix7.toml");
    const auto replace_all = [&](const std::string& from, const std::string& to) {
        for (auto at = profile.find(from); at != std::string::npos; at = profile.find(from, at + to.size()))
            profile.replace(at, from.size(), to);
    };
    replace_all("name = \"pix7\"", "name = \"mybox\"");
    replace_all("id = \"write-terminal\"\n", "id = \"what-is-configured\"\n");
    replace_all("id = \"show-crypto-isakmp-sa\"\n", "id = \"one\"\n");
    replace_all("id = \"show-crypto-ipsec-sa\"\n", "id = \"two\"\n");
    replace_all("file = \"write-terminal.txt\"", "file = \"configured.txt\"");
    replace_all("file = \"show-crypto-ipsec-sa.txt\"", "file = \"two.txt\"");
    std::ofstream(folder / "mybox.toml") << profile;
    for (const char* end : {"hq", "branch"}) incident.endpoint_lines[end] = "platform = \"mybox\"\n";
    const Run run = incident.run();
    check_whole(run, lab, incident, "mybox");
    CHECK(has(run.err, "the debug window is closed: tunnel up"));
    CHECK(stage::outcome_of(run, "hq", "before/what-is-configured") == "ok");
    CHECK(stage::outcome_of(run, "hq", "during/two") == "ok");
}

TEST_CASE("ASA in multiple context mode: debugs in the context that is named, and back where it came from") {
    struct Row {
        std::string device, back;
    };
    for (const Row& row : std::vector<Row>{{"asamc", "changeto system"}, {"asamc-admin", "changeto context admin"}}) {
        CAPTURE(row.device);
        const Lab lab({"--time-scale", "0.1", "--left", row.device, "--right", "asa"});
        Incident incident(lab);
        incident.endpoint_lines["hq"] = "context = \"vpn\"\n";
        const Run run = incident.run();
        check_whole(run, lab, incident, "asa");
        CHECK(manifest_of(run).endpoints[0].hostname == "hq/vpn");
        // Both sessions, there and back, in this order, and nothing about crypto anywhere else.
        std::map<std::string, std::vector<std::string>> by_session;
        for (const json& entry : lab.log())
            if (entry.value("event", "") == "line" && entry.value("side", "") == "left")
                by_session[entry.at("session").dump()].push_back(entry.value("text", ""));
        CHECK(by_session.size() == 2);
        for (const auto& [session, lines] : by_session) {
            const auto there = std::find(lines.begin(), lines.end(), "changeto context vpn");
            const auto back = std::find(lines.begin(), lines.end(), row.back);
            REQUIRE(there != lines.end());
            REQUIRE(back != lines.end());
            CHECK(std::next(back, 2) == lines.end());
            CHECK(lines.back() == "exit");
            for (auto line = lines.begin(); line != lines.end(); ++line)
                if (has(*line, "crypto")) CHECK((line > there && line < back));
        }
        const std::string plan = text_of(run, "plan.txt");
        CHECK(stage::is_announced(plan, "changeto context vpn"));
        CHECK(stage::is_announced(plan, row.back));
    }
}

TEST_CASE("ASA in multiple context mode: a context that is not there, and a platform that has none") {
    const Lab lab({"--time-scale", "0.1", "--left", "asamc", "--right", "pix7"});
    const auto lines_of = [&](const std::string& side) {
        std::set<std::string> lines;
        for (const json& entry : lab.log())
            if (entry.value("event", "") == "line" && entry.value("side", "") == side)
                lines.insert(entry.value("text", ""));
        return lines;
    };
    SUBCASE("not there: said with the device's words, and nothing else is sent") {
        Incident incident(lab);
        incident.endpoint_lines["hq"] = "context = \"vpm\"\n";
        incident.arguments = {"--no-debug", "--probe", "none"};
        const Run run = incident.run();
        CAPTURE(run.err);
        CHECK(run.exit == 3);
        CHECK(has(run.err, "it does not change to the context vpm: ERROR: 'vpm' is not valid"));
        CHECK(lines_of("left") == std::set<std::string>{"show version", "enable", "changeto context vpm"});
    }
    SUBCASE("found to be another platform") {
        Incident incident(lab);
        incident.sides = {"right"};
        incident.endpoint_lines["branch"] = "context = \"vpn\"\n";
        incident.arguments = {"--no-debug", "--probe", "none"};
        const Run run = incident.run();
        CAPTURE(run.err);
        CHECK(run.exit == 4);
        CHECK(has(run.err, "it is a pix7, which has no contexts"));
        CHECK(lines_of("right") == std::set<std::string>{"show version"});
    }
    SUBCASE("named as another platform: nothing is contacted") {
        const std::size_t before = lab.log().size();
        Incident incident(lab);
        incident.endpoint_lines["branch"] = "platform = \"pix7\"\ncontext = \"vpn\"\n";
        const Run run = incident.run();
        CHECK(run.exit == 2);
        CHECK(has(run.err, "platform pix7 has no contexts"));
        CHECK(lab.log().size() == before);
    }
}

TEST_CASE("auto: what the server calls itself is part of what was seen") {
    const Lab lab(pair_of("asa"));
    Incident incident(lab);
    incident.arguments = {"--no-debug", "--probe", "none"};
    const Run run = incident.run();
    CAPTURE(run.err);
    CHECK(run.exit == 0);
    CHECK(has(run.err, "platform asa: `show version` at the prompt of hq said"));
    CHECK(has(run.err, "; its server calls itself SSH-2.0-"));
}

TEST_CASE("pre-shared keys of every platform are compared as far as it shows them") {
    struct Row {
        std::string left, right, scenario, verdict;
    };
    for (const Row& row : std::vector<Row>{{"asa", "asa", "healthy", "psk-match"},
                                           {"asa", "asa", "psk-mismatch", "psk-differ"},
                                           {"pix80", "asa", "psk-mismatch", "psk-differ"},
                                           // IOS shows them in `write terminal` and has no further line for it.
                                           {"ios", "ios", "healthy", "psk-match"},
                                           {"ios", "asa", "healthy", "psk-match"},
                                           {"ios", "asa", "psk-mismatch", "psk-differ"},
                                           // PIX 6 never shows them on a terminal.
                                           {"pix6", "asa", "psk-mismatch", "psk-unverifiable"}}) {
        CAPTURE(row.left);
        CAPTURE(row.right);
        CAPTURE(row.scenario);
        const Lab lab({"--time-scale", "0.1", "--scenario", row.scenario, "--left", row.left, "--right", row.right});
        Incident incident(lab);
        incident.arguments = {"--compare-keys", "--no-debug"};
        const Run run = incident.run();
        CAPTURE(run.err);
        REQUIRE(run.exit == 0);
        std::vector<std::string> verdicts;
        for (const auto& finding : manifest_of(run).findings)
            if (finding.id.starts_with("psk-")) verdicts.push_back(finding.id);
        CHECK(verdicts == std::vector<std::string>{row.verdict});
        CHECK(stage::secrets_left(incident) == "");
        for (const json& entry : lab.log())
            if (entry.value("text", "").starts_with("more ")) {
                const std::string& platform = entry.value("side", "") == "left" ? row.left : row.right;
                CHECK((platform == "asa" || platform == "pix80"));
            }
    }
}
