// The ways to a device besides SSH: telnet and any program in a pseudo-terminal, mixed in one run; and a platform
// that nobody named.

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "formats/bundle/manifest.hpp"
#include "scenarios/safety_cells.hpp"
#include "scenarios/stage.hpp"
#include "support/openssh_server.hpp"
#include "support/temporary_folder.hpp"

using nlohmann::json;
using stage::Incident;
using stage::Lab;
using stage::Run;

namespace {

std::vector<std::string> quick(std::vector<std::string> more) {
    more.insert(more.end(), {"--time-scale", "0.1"});
    return more;
}

formats::Manifest manifest_of(const Run& run) {
    auto manifest = formats::parse_manifest(stage::read_text(run.unpacked / "manifest.xml"));
    if (!manifest) FAIL(manifest.error().message());
    return *manifest;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

void check_clean(const Run& run, const Lab& lab, const Incident& incident) {
    CHECK(stage::invalid_bundle(run, incident) == "");
    CHECK(stage::debugs_left_on(lab) == "");
    CHECK(stage::secrets_left(incident) == "");
    CHECK(stage::sessions_beyond_two(lab) == "");
}

/// `telnet` in a pseudo-terminal: to the device it is a console.
std::string console_of(const json& device) { return "exec:/usr/bin/telnet 127.0.0.1 " + device.at("port").dump(); }

}  // namespace

TEST_CASE("telnet: both ends of PIX 6, page by page, with a warning that stands in the manifest") {
    for (const bool one_byte : {false, true}) {
        CAPTURE(one_byte);
        std::vector<std::string> arguments = quick({"--left", "pix6", "--right", "pix6"});
        if (one_byte) arguments.push_back("--one-byte");
        const Lab lab(arguments);
        Incident incident(lab);
        // As where no `management-access` lets the PIX send interesting traffic by itself: a host behind it does.
        incident.arguments = {"--probe", "none"};
        auto process = incident.start();
        std::set<std::string> armed;
        REQUIRE(lab.wait_for([&](const json& entry) {
            if (entry.value("event", "") == "debug-on") armed.insert(entry.value("side", "") + entry.value("kind", ""));
            return armed.size() == 4;
        }));
        CHECK(lab.control("packet left 10.1.1.10 10.2.2.10").value("fate", "") == "triggered");
        const Run run = incident.finish(*process);
        CAPTURE(run.err);
        REQUIRE(run.exit == 0);
        check_clean(run, lab, incident);
        CHECK(has(run.err, "telnet is clear text"));
        const auto manifest = manifest_of(run);
        CHECK(manifest.endpoints[0].platform == "pix6");
        CHECK(manifest.endpoints[0].sessions == "2");
        CHECK(std::count_if(manifest.findings.begin(), manifest.findings.end(),
                            [](const auto& f) { return f.id == "clear-text-login"; }) == 2);
        CHECK(has(stage::read_text(run.unpacked / "endpoints/hq/debug/debug-crypto.txt"), "SA has been authenticated"));
        CHECK_FALSE(has(stage::read_text(run.unpacked / "endpoints/hq/before/write-terminal.txt"), "More"));
    }
}

TEST_CASE("telnet: a login with a user name, on platforms that are not named") {
    for (const std::string platform : {"pix80", "asa", "ios"}) {
        CAPTURE(platform);
        const Lab lab(quick({"--left", platform, "--right", platform, "--transport-left", "telnet"}));
        Incident incident(lab);
        const Run run = incident.run();
        CAPTURE(run.err);
        REQUIRE(run.exit == 0);
        check_clean(run, lab, incident);
        CHECK(manifest_of(run).endpoints[0].sessions == "2");
        CHECK(has(run.err, "platform " + std::string(platform == "pix80" ? "pix7" : platform) +
                               ": `show version` at the prompt of hq said"));
    }
}

TEST_CASE("telnet: a refused password is sent once, and the bundle says so") {
    const Lab lab(quick({"--left", "pix6", "--fault", "left:auth-fail"}));
    Incident incident(lab);
    incident.arguments = {"--no-debug", "--probe", "none"};
    const Run run = incident.run();
    CAPTURE(run.err);
    CHECK(run.exit == 3);
    CHECK(has(run.err, "refused"));
    int tries = 0;
    for (const json& entry : lab.log())
        tries += entry.value("event", "") == "auth" && entry.value("side", "") == "left" ? 1 : 0;
    CHECK(tries == 1);
    CHECK(stage::secrets_left(incident) == "");
}

TEST_CASE("a refused enable password is sent once: what turned us away is not tried again in a later step") {
    const Lab lab(quick({"--fault", "left:enable-fail"}));
    Incident incident(lab);
    incident.arguments = {"--no-debug", "--probe", "none"};
    const Run run = incident.run();
    CAPTURE(run.err);
    CHECK(run.exit == 3);
    CHECK(has(run.err, "enable was refused"));
    int tries = 0;
    for (const json& entry : lab.log())
        tries += entry.value("event", "") == "enable" && entry.value("side", "") == "left" ? 1 : 0;
    CHECK(tries == 1);
}

TEST_CASE("a slow line: which platform it is may take longer to tell than a login") {
    const Lab lab({"--fault", "left:drip=3"});
    Incident incident(lab);
    incident.top = "connect-timeout = \"2s\"\ncommand-timeout = \"2s\"\n";
    auto process = incident.start();
    // The answer to `show version` alone takes more than twice the time a login has.
    CHECK(lab.wait_for([](const json& entry) {
        return entry.value("event", "") == "line" && entry.value("side", "") == "left" &&
               entry.value("text", "") == "show clock";
    }));
    process->signal(SIGINT);
    const Run run = incident.finish(*process);
    CAPTURE(run.err);
    CHECK(run.exit == 130);
    CHECK_FALSE(has(run.err, "show version\""));
    CHECK(stage::state_files(incident, "").empty());
}

TEST_CASE("exec: a console is one session, shows only without consent, and is logged out") {
    const Lab lab(quick({"--left", "pix6"}));
    Incident incident(lab);
    incident.targets["hq"] = console_of(lab.side("left"));
    const Run run = incident.run();
    CAPTURE(run.err);
    CHECK(run.exit == 3);
    check_clean(run, lab, incident);
    CHECK(has(run.err, "--allow-console-debug"));
    const auto manifest = manifest_of(run);
    CHECK(manifest.endpoints[0].sessions == "1: a console has one session");
    CHECK(stage::outcome_of(run, "hq", "before/write-terminal") == "ok");
    CHECK(stage::outcome_of(run, "hq", "debug/debug-crypto") == "not-attempted");
    for (const json& entry : lab.log())
        if (entry.value("side", "") == "left") CHECK(entry.value("event", "") != "debug-on");
    // Owed from the moment it was logged in, struck off when it was seen to be left.
    CHECK(stage::state_files(incident, "journal-").empty());
}

TEST_CASE("exec: with consent one session shows, probes and listens") {
    for (const std::string platform : {"pix7", "asa", "ios"}) {
        CAPTURE(platform);
        const Lab lab(quick({"--left", platform, "--right", "ios", "--transport-left", "telnet"}));
        Incident incident(lab);
        incident.targets["hq"] = console_of(lab.side("left"));
        incident.endpoint_lines["hq"] = "user = \"pix\"";
        incident.arguments = {"--allow-console-debug"};
        const Run run = incident.run();
        CAPTURE(run.err);
        REQUIRE(run.exit == 0);
        check_clean(run, lab, incident);
        CHECK(stage::outcome_of(run, "hq", "debug/debug-crypto") == "ok");
        CHECK(stage::outcome_of(run, "hq", "during/show-crypto-ipsec-sa") == "ok");
        CHECK(stage::state_files(incident, "journal-").empty());
    }
}

TEST_CASE("exec: when the run is killed the guardian logs the console out as well") {
    const Lab lab(quick({"--left", "ios", "--transport-left", "telnet", "--scenario", "peer-unreachable"}));
    Incident incident(lab);
    incident.targets["hq"] = console_of(lab.side("left"));
    incident.endpoint_lines["hq"] = "user = \"pix\"";
    incident.arguments = {"--allow-console-debug"};
    incident.top = "debug-window = \"60s\"\n";
    auto process = incident.start();
    REQUIRE(lab.wait_for([](const json& entry) { return entry.value("event", "") == "packet"; }));
    process->signal(SIGKILL);
    process->wait();
    CHECK(
        stage::comes_true(std::chrono::seconds{30}, [&] { return stage::state_files(incident, "journal-").empty(); }));
    INFO(stage::read_text(incident.folder() / "stderr"));
    CHECK(stage::debugs_left_on(lab) == "");
    int exits = 0;
    for (const json& entry : lab.log())
        exits +=
            entry.value("event", "") == "line" && entry.value("side", "") == "left" && entry.value("text", "") == "exit"
                ? 1
                : 0;
    CHECK(exits == 1);
}

TEST_CASE("a platform that is none is told by what it said, and nothing is changed on it") {
    const stage::Folder replay;
    std::ofstream(replay.path() / "show-version.txt") << "Somebody Else's Operating System, release 3\n";
    const Lab lab(quick({"--replay", "left:" + replay.path().string()}));
    Incident incident(lab);
    incident.top = "debug-window = \"2s\"\n";
    const Run run = incident.run();
    CAPTURE(run.err);
    CHECK(run.exit == 3);
    CHECK(has(run.err,
              "not a known platform: at the prompt of hq `show version` answered \"Somebody Else's Operating System, "
              "release 3\""));
    for (const json& entry : lab.log())
        if (entry.value("event", "") == "line" && entry.value("side", "") == "left")
            CHECK(entry.value("text", "") == "show version");
}

TEST_CASE("ProxyJump: legacy firewalls behind a real OpenSSH bastion, debugs and all, also when the run is killed") {
    const support::TemporaryFolder keys;
    const auto bastion = support::OpensshServer::start(keys);
    if (!bastion) return;
    bool killed = false;
    SUBCASE("whole") {}
    SUBCASE("killed") { killed = true; }
    CAPTURE(killed);
    const Lab lab(quick({"--scenario", killed ? "peer-unreachable" : "healthy"}));
    Incident incident(lab);
    std::ofstream config(incident.home() / ".ssh" / "config");
    config << "Host bastion\n HostName 127.0.0.1\n Port " << bastion->port() << "\n User root\n IdentityFile "
           << (keys.path() / "login_key").string() << "\n";
    std::string known = bastion->known_hosts();
    for (const auto& [name, side] : {std::pair("hq", "left"), {"branch", "right"}}) {
        config << "Host " << name << "-fw\n HostName 127.0.0.1\n Port " << lab.side(side).at("port")
               << "\n ProxyJump bastion\n";
        known += lab.side(side).at("known_hosts").get<std::string>() + "\n";
        incident.targets[name] = "ssh://pix@" + std::string(name) + "-fw";
    }
    config.close();
    incident.write_known_hosts(known);
    incident.environment["PATH"] = "/nonexistent";  // no ssh program
    if (!killed) {
        const Run run = incident.run();
        CAPTURE(run.err);
        REQUIRE(run.exit == 0);
        check_clean(run, lab, incident);
        for (const auto& endpoint : manifest_of(run).endpoints) {
            CHECK(endpoint.sessions == "2");
            CHECK(endpoint.debug.proven == formats::DebugRecord::Proven::yes);
            CHECK(has(endpoint.algorithms, "diffie-hellman-group1-sha1"));
        }
        return;
    }
    incident.top = "debug-window = \"60s\"\n";
    auto process = incident.start();
    REQUIRE(lab.wait_for([](const json& entry) { return entry.value("event", "") == "packet"; }));
    process->signal(SIGKILL);
    process->wait();
    CHECK(
        stage::comes_true(std::chrono::seconds{40}, [&] { return stage::state_files(incident, "journal-").empty(); }));
    INFO(stage::read_text(incident.folder() / "stderr"));
    CHECK(stage::debugs_left_on(lab) == "");
}
