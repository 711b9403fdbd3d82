// The procedure against the lab, where people and other machines have a part in it: who may consent to what, who
// probes, and what is done when a configuration does not tell the tunnel.

#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "scenarios/procedure_witness.hpp"
#include "scenarios/safety_cells.hpp"
#include "support/openssh_server.hpp"
#include "support/pty.hpp"

using namespace stage;
using nlohmann::json;

TEST_CASE("without a terminal a full reset needs every endpoint's name: nothing is contacted") {
    const Lab lab({});
    struct Bad {
        std::vector<std::string> arguments;
        std::string remedy;
    };
    for (const Bad& bad :
         {Bad{{"--allow-reset", "all"}, "--reset-drops-all-tunnels hq"},
          Bad{{"--allow-reset", "all", "--reset-drops-all-tunnels", "hq"}, "--reset-drops-all-tunnels branch"},
          Bad{{"--allow-clear-xlate"}, "--clear-xlate-drops-connections hq"},
          Bad{{"--allow-reset", "all", "-y"}, "--reset-drops-all-tunnels hq"},
          Bad{{"--allow-reset", "peer", "--no-debug"}, "leave one of them out"}}) {
        Incident incident(lab);
        incident.arguments = bad.arguments;
        const Run run = incident.run();
        CAPTURE(run.err);
        CHECK(run.exit == 2);
        CHECK(run.err.find(bad.remedy) != std::string::npos);
    }
    CHECK(count(lab, "open") == 0);
}

TEST_CASE("on a terminal the host name of the prompt is typed for each device, and only there everything is dropped") {
    const Lab lab({"--time-scale", "0.1", "--scenario", "psk-mismatch", "--others-left", "2"});
    Incident incident(lab);
    incident.top = "debug-window = \"2s\"\nsettle = \"300ms\"\n";
    // An option is for where nobody can be asked: here it does not stand for the answer.
    incident.arguments = {"-q", "--allow-reset", "all", "--reset-drops-all-tunnels", "branch"};
    auto command = incident.command();
    support::Pty pty([&] { return command.execute(); });
    REQUIRE(pty.read_until("Type the host name of its prompt"));
    CHECK(pty.seen().find("hq: if the tunnel stays down, `clear crypto ipsec sa` and `clear crypto isakmp sa` on hq "
                          "drop EVERY tunnel there: "
                          "2 other tunnels (192.0.2.1, 192.0.2.2)") != std::string::npos);
    CHECK(count(lab, "debug-on") == 0);
    pty.forget();
    pty.type("hq\n");
    REQUIRE(pty.read_until("Type the host name of its prompt"));
    CHECK(count(lab, "debug-on") == 0);
    pty.type("yes\n");
    const Run run = incident.left_by(pty.end());
    CAPTURE(pty.seen());
    CHECK(run.exit == 0);
    CHECK(cleared(lab, "left") == hq_peer + every_tunnel);
    CHECK(cleared(lab, "right") == branch_peer);
    unsigned declined = 0;
    for (const auto& action : manifest_of(run).actions) {
        if (action.endpoint == "hq" && action.kind == "clear crypto ipsec sa")
            CHECK(action.consent == "`hq` typed on the terminal");
        declined += action.endpoint == "branch" && action.outcome == "not sent: declined on the terminal" ? 1 : 0;
    }
    CHECK(declined == 2);
}

TEST_CASE("what stands in the way of a reset") {
    const Folder refused;
    std::ofstream(refused.path() / "show-crypto-ipsec-sa.txt") << "Command authorization failed\n";
    const Folder nobody_listed;
    std::ofstream(nobody_listed.path() / "show-ssh-sessions.txt") << "Command authorization failed\n";
    struct Case {
        std::string name, scenario;
        Lines lab, arguments, left, right;  ///< left and right: what may be cleared there
        int exit;
        std::string says;  ///< in the outcome of an action at hq, or on stderr
    };
    const std::vector<Case> cases{
        {"the operator sits inside the VPN",
         "psk-mismatch",
         {"--fault", "left:operator-inside-vpn"},
         named_resets,
         {},
         branch_peer + every_tunnel,
         0,
         "not sent: this login may run through a tunnel of the device"},
        {"the SA table is refused",
         "psk-mismatch",
         {"--replay", "left:" + refused.path().string()},
         named_resets,
         {},
         {},
         3,
         "the tunnel is not known"},
        {"the list of sessions is refused",
         "psk-mismatch",
         {"--replay", "left:" + nobody_listed.path().string()},
         named_resets,
         hq_peer,
         branch_peer + every_tunnel,
         0,
         "not sent: whether this login runs through a tunnel is not known"},
        {"a guard has fired",
         "psk-mismatch",
         {"--fault", "left:cpu-high@armed"},
         named_resets,
         {},
         {},
         3,
         "closed: guard"},
        {"a standby unit",
         "psk-mismatch",
         {"--fault", "left:standby"},
         named_resets,
         {},
         {},
         3,
         "this is a standby unit"},
        {"its debugs would go elsewhere",
         "psk-mismatch",
         {"--fault", "left:debug-trace"},
         {"--allow-reset", "peer"},
         {},
         branch_peer,
         3,
         "not sent: no debug is on there"},
        {"nothing: one session does it all",
         "stale-sa",
         {"--fault", "left:second-session-refused"},
         {"--allow-reset", "peer"},
         hq_peer,
         branch_peer,
         0,
         "tunnel up; here before: up"},
    };
    const auto said = run_cells(cases.size(), cases.size(), [&](std::size_t cell) -> std::string {
        const Case& c = cases[cell];
        const Lab lab(Lines{"--time-scale", "0.1", "--scenario", c.scenario} + c.lab);
        Incident incident(lab);
        incident.top = "debug-window = \"4s\"\nsettle = \"300ms\"\n";
        incident.arguments = c.arguments;
        const Run run = incident.run();
        std::string wrong;
        if (run.exit != c.exit) wrong += "exit " + std::to_string(run.exit) + "; ";
        if (cleared(lab, "left") != c.left) wrong += "left was sent " + joined(cleared(lab, "left")) + "; ";
        if (cleared(lab, "right") != c.right) wrong += "right was sent " + joined(cleared(lab, "right")) + "; ";
        bool is_said = run.err.find(c.says) != std::string::npos;
        for (const auto& action : manifest_of(run).actions)
            is_said = is_said || (action.endpoint == "hq" && action.outcome.find(c.says) != std::string::npos);
        if (!is_said) wrong += "it is not said; ";
        wrong += debugs_left_on(lab);
        return wrong.empty() ? wrong : c.name + ": " + wrong + run.err;
    });
    for (const std::string& wrong : said) CHECK(wrong == "");
}

TEST_CASE("a workstation's own ping brings the tunnel up, and its missing reply resets nothing") {
    struct Case {
        std::string scenario, outcome;
        bool replies;
        std::string options;  // of the shell that is forced on it: lines are run by themselves, where they may be
        bool may_clear_xlates = false;
    };
    // Up without return traffic: translations are cleared where there are any, and here nothing is translated.
    const Folder untranslated[2];
    for (const Case& c : {Case{"healthy", "answered", true, " -c \"$SSH_ORIGINAL_COMMAND\"\nPermitTTY no"},
                          Case{"healthy", "answered", true, ""}, Case{"no-reply-but-up", "sent", false, ""},
                          Case{"no-reply-but-up", "sent", false, "", true}}) {
        CAPTURE(c.scenario);
        CAPTURE(c.options);
        CAPTURE(c.may_clear_xlates);
        const support::TemporaryFolder folder;
        fs::create_directories(folder.path() / "bin");
        // Its PATH holds a `ping` that hands each packet to the lab.
        const auto server =
            support::OpensshServer::start(folder, "ForceCommand env PATH=" + (folder.path() / "bin").string() +
                                                      ":/usr/bin:/bin /bin/sh" + c.options + "\n");
        REQUIRE(server);
        Lines options{"--time-scale", "0.1", "--scenario", c.scenario};
        if (c.may_clear_xlates)
            options = options + Lines{"--replay", "left:" + untranslated[0].path().string(), "--replay",
                                      "right:" + untranslated[1].path().string()};
        const Lab lab(options);
        const auto ping = folder.path() / "bin" / "ping";
        std::ofstream(ping, std::ios::trunc) << R"(#!/usr/bin/perl
use IO::Socket::UNIX;
my ($source) = "@ARGV" =~ /-I (\S+)/;
my $lab = IO::Socket::UNIX->new(")" << lab.control_path()
                                             << R"(") or die "no lab";
print $lab "packet left $source $ARGV[-1]\n";
my $fate = <$lab>;
print "1 packets transmitted: $fate";
exit($fate =~ /"answered"/ ? 0 : 1);
)";
        fs::permissions(ping, fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
        Incident incident(lab);
        incident.write_known_hosts(read_text(incident.home() / ".ssh" / "known_hosts") + server->known_hosts());
        std::ofstream(incident.home() / ".ssh" / "config")
            << "Host workstation\n  HostName 127.0.0.1\n  Port " << server->port() << "\n  User root\n  IdentityFile "
            << (folder.path() / "login_key").string() << "\n";
        incident.top =
            "debug-window = \"8s\"\nsettle = \"2500ms\"\n[probe]\nfrom = \"ssh://workstation\"\nsource = "
            "\"10.1.1.10\"\nto = \"10.2.2.10\"\n";
        incident.arguments = named_resets;
        if (c.may_clear_xlates)
            incident.arguments = {"--allow-clear-xlate", "--clear-xlate-drops-connections", "hq",
                                  "--clear-xlate-drops-connections", "branch"};
        const Run run = incident.run();
        CAPTURE(run.err);
        REQUIRE(run.exit == 0);
        for (std::size_t end : {0U, 1U}) {
            std::istringstream lines(
                read_text(run.unpacked / "endpoints" / (end == 0 ? "hq" : "branch") / "before" / "write-terminal.txt"));
            std::ofstream kept(untranslated[end].path() / "write-terminal.txt");
            for (std::string line; std::getline(lines, line);)
                if (!line.starts_with("nat ") && !line.starts_with("global ") && !line.starts_with("static "))
                    kept << line << "\n";
        }
        const auto manifest = manifest_of(run);
        REQUIRE(manifest.probes.size() == 1);
        CHECK(manifest.probes.front().from == "workstation ssh://workstation");
        CHECK(manifest.probes.front().outcome == c.outcome);
        CHECK(has_finding(manifest, "probe-unanswered") == !c.replies);
        CHECK(cleared(lab, "left").empty());
        CHECK(cleared(lab, "right").empty());
        const std::string evidence = read_text(run.unpacked / "probe" / "probe.txt");
        CAPTURE(evidence);
        CHECK(evidence.find("from workstation ssh://workstation source 10.1.1.10 to 10.2.2.10 by icmp: ping -n -c 1 -W "
                            "1 -I 10.1.1.10 10.2.2.10") != std::string::npos);
        CHECK(evidence.find("\"fate\":\"triggered\"") != std::string::npos);
        CHECK(evidence.find("tunnel on branch after it: up") != std::string::npos);
        CHECK(read_text(run.unpacked / "plan.txt").find("ping -n -c 1 -W 1 -I 10.1.1.10 10.2.2.10") !=
              std::string::npos);
        for (const json& entry : lab.log())
            if (entry.value("event", "") == "packet") CHECK(entry.value("by", "") == "control");
    }
}

TEST_CASE("a workstation that cannot be reached costs the probe and nothing else") {
    const Lab lab({"--time-scale", "0.1"});
    Incident incident(lab);
    incident.top =
        "debug-window = \"2s\"\nsettle = \"300ms\"\n[probe]\nfrom = \"ssh://ops@127.0.0.1:1\"\nto = \"10.2.2.10\"\n";
    const Run run = incident.run();
    CAPTURE(run.err);
    CHECK(run.exit == 0);
    CHECK(run.err.find("no probe: ") != std::string::npos);
    CHECK(run.err.find("pass traffic through the tunnel by hand now") != std::string::npos);
    const auto manifest = manifest_of(run);
    REQUIRE(manifest.probes.size() == 1);
    CHECK(manifest.probes.front().outcome.starts_with("not sent: "));
    CHECK(count(lab, "debug-on") == 4);
}

TEST_CASE(
    "a source that is the device's own address is sent by its own ping; one that it cannot send from is refused") {
    struct Case {
        std::string platform, source;
        std::string sends;  ///< the only lines of a probe; empty: none
        std::string says;   ///< in the outcome
    };
    const std::vector<Case> cases{
        {"pix7", "10.1.1.1", "ping inside 10.2.2.1 repeat 2 timeout 1", ""},
        {"asa", "10.1.1.1", "ping inside 10.2.2.1 repeat 2 timeout 1", ""},
        {"pix7", "10.1.1.10", "packet-tracer input inside icmp 10.1.1.10 8 0 10.2.2.1", ""},
        {"ios", "10.1.1.1", "ping 10.2.2.1 source GigabitEthernet0/1 repeat 2 timeout 1", ""},
        {"ios", "10.1.1.10", "", "not sent: hq: it pings from its own addresses only, and 10.1.1.10 is none of them"},
    };
    const auto said = run_cells(cases.size(), 5, [&](std::size_t cell) -> std::string {
        const Case& c = cases[cell];
        const Lab lab({"--time-scale", "0.1", "--left", c.platform, "--right", c.platform});
        Incident incident(lab);
        incident.top = "debug-window = \"4s\"\nsettle = \"300ms\"\n[probe]\nfrom = \"hq\"\nsource = \"" + c.source +
                       "\"\nto = \"10.2.2.1\"\n";
        incident.arguments = {"--json"};
        const Run run = incident.run();
        std::string wrong;
        if (run.exit != 0) wrong += "exit " + std::to_string(run.exit) + "; ";
        for (const json& entry : lab.log()) {
            const std::string line = entry.value("text", "");
            if (entry.value("event", "") == "line" && (line.starts_with("ping") || line.starts_with("packet-tracer")) &&
                line != c.sends)
                wrong += "sent " + line + "; ";
        }
        const auto manifest = manifest_of(run);
        if (manifest.probes.size() != 1)
            return c.platform + " " + c.source + ": " + std::to_string(manifest.probes.size()) + " probes; " + wrong +
                   run.err;
        const auto& probe = manifest.probes.front();
        if (c.sends.empty() ? probe.outcome != c.says
                            : probe.outcome == "not sent" || probe.outcome.starts_with("not sent:"))
            wrong += "outcome " + probe.outcome + "; ";
        if (!probe.started || !probe.ended || probe.from != "hq" || probe.source != c.source || probe.to != "10.2.2.1")
            wrong += "not whole; ";
        if (run.out.find("\"event\":\"probe\"") == std::string::npos) wrong += "no event; ";
        return wrong.empty() ? wrong : c.platform + " " + c.source + ": " + wrong + run.err;
    });
    for (const std::string& wrong : said) CHECK(wrong == "");
}

TEST_CASE("a tunnel that comes back some seconds after the last probe packet is not reset") {
    const Lab lab({"--time-scale", "0.1", "--scenario", "peer-unreachable"});
    Incident incident(lab);
    incident.top = "debug-window = \"8s\"\nsettle = \"300ms\"\n";
    incident.arguments = {"--allow-reset", "peer"};
    auto process = incident.start();
    REQUIRE(comes_true(std::chrono::seconds{60}, [&] {
        return read_text(incident.folder() / "stderr").find("closed: time is up") != std::string::npos;
    }));
    lab.control("scenario healthy");
    lab.control("packet left 10.1.1.10 10.2.2.10");
    const Run run = incident.finish(*process);
    CAPTURE(run.err);
    CHECK(run.exit == 0);
    CHECK(cleared(lab, "left").empty());
    CHECK(cleared(lab, "right").empty());
    CHECK(manifest_of(run).actions.empty());
}

TEST_CASE("a question that nobody answers is a no after a minute, and that minute is not the run's") {
    const Lab lab({"--time-scale", "0.1", "--scenario", "psk-mismatch", "--others-left", "2"});
    Incident incident(lab);
    incident.top = "debug-window = \"2s\"\nsettle = \"300ms\"\ndeadline = \"66s\"\n";
    incident.arguments = {"-q", "--allow-reset", "all"};
    auto command = incident.command();
    support::Pty pty([&] { return command.execute(); });
    REQUIRE(pty.read_until("Type the host name of its prompt"));
    const auto asked = std::chrono::steady_clock::now();
    pty.forget();
    REQUIRE(comes_true(std::chrono::seconds{90}, [&] { return pty.read_until("branch: if the tunnel stays down"); }));
    CHECK(std::chrono::steady_clock::now() - asked > std::chrono::seconds{55});
    pty.type("branch\n");
    const Run run = incident.left_by(pty.end());
    CAPTURE(pty.seen());
    CHECK(run.exit == 0);
    CHECK(cleared(lab, "left") == hq_peer);
    CHECK(cleared(lab, "right") == branch_peer + every_tunnel);
    unsigned unanswered = 0;
    for (const auto& action : manifest_of(run).actions) {
        CHECK((action.started && action.ended && !action.consent.empty()));
        unanswered +=
            action.endpoint == "hq" && action.consent.starts_with("not given: the question was not answered") ? 1 : 0;
    }
    CHECK(unanswered == 2);
}

TEST_CASE("a configuration that does not tell the tunnel is said so, and the run goes on") {
    const std::string head =
        ": Saved\nPIX Version 7.2(2)\nhostname hq\nnames\ninterface Ethernet0\n nameif outside\n ip address "
        "198.51.100.1 255.255.255.240\n"
        "interface Ethernet1\n nameif inside\n ip address 10.1.1.1 255.255.255.0\nmanagement-access inside\n";
    const std::string set = "crypto ipsec transform-set S esp-3des esp-sha-hmac\n";
    const std::string tail = "crypto map VPN interface outside\n: end\n[OK]\n";
    const auto entry = [](const std::string& sequence, const std::string& list, const std::string& peer) {
        const std::string map = "crypto map VPN " + sequence + " ";
        return map + "match address " + list + "\n" + map + "set peer " + peer + "\n" + map + "set transform-set S\n";
    };
    const std::string right_list = "access-list L extended permit ip 10.1.1.0 255.255.255.0 10.2.2.0 255.255.255.0\n";
    struct Case {
        std::string name, configuration;
        int exit;
        std::string says;  ///< on stderr or in the probe's evidence
    };
    const std::vector<Case> cases{
        {"no entry for the peer", head + right_list + set + entry("10", "L", "192.0.2.99") + tail, 0,
         "no crypto map entry names the peer 203.0.113.1"},
        {"an empty answer", "", 3, "hq: truncated (it does not end with \"[OK]\"): before/write-terminal"},
        {"a cut one", head + right_list + set, 3,
         "hq: truncated (it does not end with \"[OK]\"): before/write-terminal"},
        {"two candidates",
         head + right_list + set + entry("10", "L", "203.0.113.1") + entry("20", "L", "203.0.113.1") + tail, 0,
         "the first one is used; name the peer to choose another"},
        {"any any", head + "access-list L extended permit ip any any\n" + set + entry("10", "L", "203.0.113.1") + tail,
         0, "hq: line 12 (access-list L extended permit ip any any) permits any to any"},
        {"a source elsewhere",
         head + "access-list L extended permit ip 10.77.0.0 255.255.255.0 10.2.2.0 255.255.255.0\n" + set +
             entry("10", "L", "203.0.113.1") + tail,
         0, "10.77.0.0/24 is not behind an inside interface of this device"},
    };
    const auto said = run_cells(cases.size(), 6, [&](std::size_t cell) -> std::string {
        const Case& c = cases[cell];
        const Folder replay;
        std::ofstream(replay.path() / "write-terminal.txt") << c.configuration;
        const Lab lab({"--time-scale", "0.1", "--replay", "left:" + replay.path().string()});
        Incident incident(lab);
        incident.top = "debug-window = \"4s\"\nsettle = \"300ms\"\n";
        incident.arguments = {"--allow-reset", "peer"};
        const Run run = incident.run();
        std::string wrong;
        if (run.exit != c.exit) wrong += "exit " + std::to_string(run.exit) + "; ";
        if ((run.err + read_text(run.unpacked / "probe" / "probe.txt")).find(c.says) == std::string::npos)
            wrong += "it is not said; ";
        if (count(lab, "debug-on") != 4) wrong += "it did not go on to the debugs; ";
        return wrong.empty() ? wrong : c.name + ": " + wrong + run.err;
    });
    for (const std::string& wrong : said) CHECK(wrong == "");
}
