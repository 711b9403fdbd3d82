// The procedure against the lab: each scenario with and without each permission to reset. The lab's own log is
// the witness for what was sent; nothing is cleared without consent, the narrowest line comes first, and the
// climb stops where the tunnel is back.

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "formats/bundle/manifest.hpp"
#include "scenarios/safety_cells.hpp"
#include "support/openssh_server.hpp"
#include "support/pty.hpp"

using nlohmann::json;
using stage::Incident;
using stage::Lab;
using stage::Run;

namespace {

using Lines = std::vector<std::string>;

const Lines hq_peer{"clear crypto ipsec sa peer 203.0.113.1"}, branch_peer{"clear crypto ipsec sa peer 198.51.100.1"};
const Lines wide{"clear crypto ipsec sa", "clear crypto isakmp sa"};

Lines operator+(Lines a, const Lines& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

struct Permission {
    std::string name;
    std::vector<std::string> arguments;
    bool peer = false, all = false, xlate = false;
};

const std::vector<std::string> named_resets{"--allow-reset", "all", "--reset-drops-all-tunnels", "hq", "--reset-drops-all-tunnels", "branch"};
const std::vector<std::string> named_xlates{"--allow-clear-xlate", "--clear-xlate-drops-connections", "hq", "--clear-xlate-drops-connections", "branch"};
const std::vector<Permission> permissions{
    {"nothing", {}},
    {"peer", {"--allow-reset", "peer"}, true},
    {"all", named_resets, true, true},
    {"xlate", named_xlates, false, false, true},
    {"all and xlate", named_resets + named_xlates, true, true, true},
};

/// What brings a scenario's tunnel back; nothing: it is up by itself, or nothing does.
enum class Cure { none, needed_never, peer_reset, source_xlate };
struct Row {
    std::string scenario;
    Cure cure;
};
const std::vector<Row> rows{
    {"healthy", Cure::needed_never},         {"no-reply-but-up", Cure::needed_never}, {"psk-mismatch", Cure::none},
    {"policy-mismatch", Cure::none},         {"transform-mismatch", Cure::none},      {"pfs-mismatch", Cure::none},
    {"acl-mismatch", Cure::none},            {"peer-unreachable", Cure::none},        {"nat0-missing", Cure::none},
    {"stale-sa", Cure::peer_reset},          {"stale-xlate", Cure::source_xlate},
};

/// The lines that may be cleared on one side, in order, with the climb stopped where the cure is.
Lines expected(const Row& row, const Permission& permission, const std::string& side) {
    if (row.cure == Cure::needed_never) return {};
    Lines lines;
    if (permission.peer) lines = side == "left" ? hq_peer : branch_peer;
    if (permission.peer && row.cure == Cure::peer_reset) return lines;
    if (permission.all) lines = lines + wide;
    if (!permission.xlate) return lines;
    lines.push_back(side == "left" ? "clear xlate local 10.1.1.10" : "clear xlate local 10.2.2.10");
    if (row.cure != Cure::source_xlate) lines.push_back("clear xlate");
    return lines;
}

bool comes_up(const Row& row, const Permission& permission) {
    switch (row.cure) {
        case Cure::none: return false;
        case Cure::needed_never: return true;
        case Cure::peer_reset: return permission.peer;
        case Cure::source_xlate: return permission.xlate;
    }
    return false;
}

Lines cleared(const Lab& lab, const std::string& side) {
    Lines lines;
    for (const json& entry : lab.log())
        if (entry.value("event", "") == "line" && entry.value("side", "") == side && entry.value("text", "").starts_with("clear "))
            lines.push_back(entry.value("text", ""));
    return lines;
}

std::string joined(const Lines& lines) {
    std::string text;
    for (const std::string& line : lines) text += "[" + line + "]";
    return text;
}

/// Both debugs were on at this side whenever something was cleared there.
bool debugs_were_on(const Lab& lab, const std::string& side) {
    int on = 0;
    for (const json& entry : lab.log()) {
        if (entry.value("side", "") != side) continue;
        if (entry.value("event", "") == "debug-on") ++on;
        if (entry.value("event", "") == "debug-off") --on;
        if (entry.value("event", "") == "clear" && on != 2) return false;
    }
    return true;
}

std::string unannounced(const Lab& lab, const std::string& plan) {
    std::string said;
    for (const json& entry : lab.log())
        if (const std::string line = entry.value("text", ""); entry.value("event", "") == "line" && !line.empty() && !stage::is_announced(plan, line))
            said += "sent and not announced: " + line + "; ";
    return said;
}

std::size_t count(const Lab& lab, const std::string& event) {
    const auto log = lab.log();
    return static_cast<std::size_t>(std::count_if(log.begin(), log.end(), [&](const json& entry) { return entry.value("event", "") == event; }));
}

formats::Manifest manifest_of(const Run& run) {
    auto manifest = formats::parse_manifest(stage::read_text(run.unpacked / "manifest.xml"));
    if (!manifest) throw std::runtime_error(manifest.error().message());
    return std::move(*manifest);
}

bool has_finding(const formats::Manifest& manifest, const std::string& id) {
    return std::any_of(manifest.findings.begin(), manifest.findings.end(), [&](const auto& finding) { return finding.id == id; });
}

/// Each line that was sent is an action with its consent, its time and its effect.
std::string unrecorded(const formats::Manifest& manifest, const Lab& lab, bool is_up) {
    std::string said;
    std::map<std::string, Lines> recorded;
    for (const auto& action : manifest.actions) {
        recorded[action.endpoint].push_back(action.kind);
        if (!action.started || !action.ended || action.consent.empty()) said += action.kind + " has no time or no consent; ";
        if (action.outcome.find("here before: ") == std::string::npos) said += action.kind + " has no effect; ";
    }
    for (const auto& [side, name] : {std::pair{"left", "hq"}, {"right", "branch"}})
        if (recorded[name] != cleared(lab, side)) said += std::string(name) + " recorded " + joined(recorded[name]) + "; ";
    if (!manifest.actions.empty() && manifest.actions.back().outcome.starts_with("tunnel up;") != is_up)
        said += "the last action says " + manifest.actions.back().outcome + "; ";
    return said;
}

std::string judge(const Row& row, const Permission& permission) {
    const Lab lab({"--time-scale", "0.1", "--scenario", row.scenario, "--others-left", "2"});
    Incident incident(lab);
    // From one end only: the other end's negotiation would go round what is wrong with this end's translations.
    incident.top = "debug-window = \"3s\"\nsettle = \"300ms\"\n[probe]\nfrom = \"hq\"\nto = \"10.2.2.1\"\n";
    incident.arguments = permission.arguments;
    const Run run = incident.run();
    if (run.exit != 0) return "exit " + std::to_string(run.exit) + ": " + run.err;

    std::string said;
    for (const std::string side : {"left", "right"}) {
        if (const Lines lines = cleared(lab, side); lines != expected(row, permission, side)) said += side + " was sent " + joined(lines) + "; ";
        if (!debugs_were_on(lab, side)) said += side + " was cleared without debugs; ";
    }
    said += unannounced(lab, stage::read_text(run.unpacked / "plan.txt"));
    said += stage::debugs_left_on(lab);

    const bool up = comes_up(row, permission);
    const json state = lab.control("state");
    if ((state.at("left").contains("ipsec") && state.at("right").contains("ipsec")) != up) said += "the tunnel is not as expected; ";
    const std::size_t dropped = expected(row, permission, "left").size() > 1 && permission.all ? 2 : 0;
    if (count(lab, "other-tunnel-down") != dropped) said += "other tunnels: " + std::to_string(count(lab, "other-tunnel-down")) + " were dropped; ";
    if (permission.all && run.err.find("would drop 2 other tunnels (192.0.2.1, 192.0.2.2)") == std::string::npos) said += "the other tunnels were not counted; ";

    const formats::Manifest manifest = manifest_of(run);
    said += unrecorded(manifest, lab, up);
    const bool reset = !cleared(lab, "left").empty();
    if (has_finding(manifest, "tunnel-came-back") != (up && reset)) said += "tunnel-came-back is wrong; ";
    if (has_finding(manifest, "tunnel-stayed-down") == up) said += "tunnel-stayed-down is wrong; ";
    if (!has_finding(manifest, "interesting-traffic")) said += "no interesting traffic; ";
    if (has_finding(manifest, "crypto-acl-mirror") != (row.scenario == "acl-mismatch")) said += "the mirror check is wrong; ";
    return said;
}

}  // namespace

TEST_SUITE_BEGIN("permissions");

TEST_CASE("each scenario with and without each permission: only what was allowed is cleared, and only until the tunnel is back") {
    const std::size_t cells = rows.size() * permissions.size();
    const auto said = stage::run_cells(cells, 16, [](std::size_t cell) {
        const Row& row = rows[cell % rows.size()];
        const Permission& permission = permissions[permissions.size() - 1 - cell / rows.size()];  // the longest first
        const std::string wrong = judge(row, permission);
        return wrong.empty() ? std::string() : row.scenario + " with " + permission.name + ": " + wrong;
    });
    for (const std::string& wrong : said) CHECK(wrong == "");
}

TEST_SUITE_END();
TEST_SUITE_BEGIN("procedure");

TEST_CASE("without a terminal a full reset needs every endpoint's name: nothing is contacted") {
    const Lab lab({});
    struct Bad {
        std::vector<std::string> arguments;
        std::string remedy;
    };
    for (const Bad& bad : {Bad{{"--allow-reset", "all"}, "--reset-drops-all-tunnels hq"},
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
    CHECK(pty.seen().find("hq: if the tunnel stays down, `clear crypto ipsec sa` and `clear crypto isakmp sa` on hq drop EVERY tunnel there: "
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
    CHECK(cleared(lab, "left") == hq_peer + wide);
    CHECK(cleared(lab, "right") == branch_peer);
    unsigned declined = 0;
    for (const auto& action : manifest_of(run).actions) {
        if (action.endpoint == "hq" && action.kind == "clear crypto ipsec sa") CHECK(action.consent == "`hq` typed on the terminal");
        declined += action.endpoint == "branch" && action.outcome == "not sent: declined on the terminal" ? 1 : 0;
    }
    CHECK(declined == 2);
}

TEST_CASE("whoever sits inside the VPN of a device does not reset it") {
    const Lab lab({"--time-scale", "0.1", "--scenario", "psk-mismatch", "--fault", "left:operator-inside-vpn"});
    Incident incident(lab);
    incident.top = "debug-window = \"2s\"\nsettle = \"300ms\"\n";
    incident.arguments = named_resets;
    const Run run = incident.run();
    CAPTURE(run.err);
    CHECK(run.exit == 0);
    CHECK(cleared(lab, "left").empty());
    CHECK(cleared(lab, "right") == branch_peer + wide);
    unsigned spared = 0;
    for (const auto& action : manifest_of(run).actions)
        spared += action.endpoint == "hq" && action.outcome.starts_with("not sent: this login may run through a tunnel of the device") ? 1 : 0;
    CHECK(spared == 3);
}

TEST_CASE("a workstation's own ping brings the tunnel up, and its missing reply resets nothing") {
    const support::TemporaryFolder folder;
    stage::fs::create_directories(folder.path() / "bin");
    // Its PATH holds a `ping` that hands each packet to the lab.
    const auto server = support::OpensshServer::start(folder, "ForceCommand env PATH=" + (folder.path() / "bin").string() + ":/usr/bin:/bin /bin/sh\n");
    REQUIRE(server);
    struct Case {
        std::string scenario, outcome;
        bool replies;
    };
    for (const Case& c : {Case{"healthy", "answered", true}, Case{"no-reply-but-up", "sent", false}}) {
        CAPTURE(c.scenario);
        const Lab lab({"--time-scale", "0.1", "--scenario", c.scenario});
        const auto ping = folder.path() / "bin" / "ping";
        std::ofstream(ping, std::ios::trunc) << R"(#!/usr/bin/perl
use IO::Socket::UNIX;
my ($source) = "@ARGV" =~ /-I (\S+)/;
my $lab = IO::Socket::UNIX->new(")" << lab.control_path() << R"(") or die "no lab";
print $lab "packet left $source $ARGV[-1]\n";
my $fate = <$lab>;
print "1 packets transmitted: $fate";
exit($fate =~ /"answered"/ ? 0 : 1);
)";
        stage::fs::permissions(ping, stage::fs::perms::owner_all | stage::fs::perms::others_read | stage::fs::perms::others_exec);
        Incident incident(lab);
        incident.write_known_hosts(stage::read_text(incident.home() / ".ssh" / "known_hosts") + server->known_hosts());
        std::ofstream(incident.home() / ".ssh" / "config") << "Host workstation\n  HostName 127.0.0.1\n  Port " << server->port()
                                                           << "\n  User root\n  IdentityFile " << (folder.path() / "login_key").string() << "\n";
        incident.top = "debug-window = \"8s\"\nsettle = \"2500ms\"\n[probe]\nfrom = \"ssh://workstation\"\nsource = \"10.1.1.10\"\nto = \"10.2.2.10\"\n";
        incident.arguments = named_resets;
        const Run run = incident.run();
        CAPTURE(run.err);
        REQUIRE(run.exit == 0);
        const auto manifest = manifest_of(run);
        REQUIRE(manifest.probes.size() == 1);
        CHECK(manifest.probes.front().from == "workstation ssh://workstation");
        CHECK(manifest.probes.front().outcome == c.outcome);
        CHECK(has_finding(manifest, "no-return-traffic") == !c.replies);
        CHECK(cleared(lab, "left").empty());
        CHECK(cleared(lab, "right").empty());
        const std::string evidence = stage::read_text(run.unpacked / "probe" / "probe.txt");
        CAPTURE(evidence);
        CHECK(evidence.find("from workstation ssh://workstation source 10.1.1.10 to 10.2.2.10 by icmp: ping -n -c 1 -W 1 -I 10.1.1.10 10.2.2.10") !=
              std::string::npos);
        CHECK(evidence.find("\"fate\":\"triggered\"") != std::string::npos);
        CHECK(evidence.find("tunnel on branch after it: up") != std::string::npos);
        CHECK(stage::read_text(run.unpacked / "plan.txt").find("ping -n -c 1 -W 1 -I 10.1.1.10 10.2.2.10") != std::string::npos);
        for (const json& entry : lab.log())
            if (entry.value("event", "") == "packet") CHECK(entry.value("by", "") == "control");
    }
}

TEST_CASE("a workstation that cannot be reached costs the probe and nothing else") {
    const Lab lab({"--time-scale", "0.1"});
    Incident incident(lab);
    incident.top = "debug-window = \"2s\"\nsettle = \"300ms\"\n[probe]\nfrom = \"ssh://ops@127.0.0.1:1\"\nto = \"10.2.2.10\"\n";
    const Run run = incident.run();
    CAPTURE(run.err);
    CHECK(run.exit == 0);
    CHECK(run.err.find("no probe: ") != std::string::npos);
    CHECK(run.err.find("pass traffic through the tunnel by hand now") != std::string::npos);
    CHECK(manifest_of(run).probes.empty());
    CHECK(count(lab, "debug-on") == 4);
}

TEST_CASE("a configuration that does not tell the tunnel is said so, and the run goes on") {
    const std::string head = ": Saved\nPIX Version 7.2(2)\nhostname hq\nnames\ninterface Ethernet0\n nameif outside\n ip address 198.51.100.1 255.255.255.240\n"
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
        {"no entry for the peer", head + right_list + set + entry("10", "L", "192.0.2.99") + tail, 0, "no crypto map entry names the peer 203.0.113.1"},
        {"an empty answer", "", 3, "hq: truncated (it does not end with \"[OK]\"): before/write-terminal"},
        {"a cut one", head + right_list + set, 3, "hq: truncated (it does not end with \"[OK]\"): before/write-terminal"},
        {"two candidates", head + right_list + set + entry("10", "L", "203.0.113.1") + entry("20", "L", "203.0.113.1") + tail, 0,
         "the first one is used; name the peer to choose another"},
        {"any any", head + "access-list L extended permit ip any any\n" + set + entry("10", "L", "203.0.113.1") + tail, 0,
         "hq: line 12 (access-list L extended permit ip any any) permits any to any"},
        {"a source elsewhere", head + "access-list L extended permit ip 10.77.0.0 255.255.255.0 10.2.2.0 255.255.255.0\n" + set + entry("10", "L", "203.0.113.1") + tail, 0,
         "10.77.0.0/24 is not behind an inside interface of this device"},
    };
    const auto said = stage::run_cells(cases.size(), 6, [&](std::size_t cell) -> std::string {
        const Case& c = cases[cell];
        const stage::Folder replay;
        std::ofstream(replay.path() / "write-terminal.txt") << c.configuration;
        const Lab lab({"--time-scale", "0.1", "--replay", "left:" + replay.path().string()});
        Incident incident(lab);
        incident.top = "debug-window = \"4s\"\nsettle = \"300ms\"\n";
        incident.arguments = {"--allow-reset", "peer"};
        const Run run = incident.run();
        std::string wrong;
        if (run.exit != c.exit) wrong += "exit " + std::to_string(run.exit) + "; ";
        if ((run.err + stage::read_text(run.unpacked / "probe" / "probe.txt")).find(c.says) == std::string::npos) wrong += "it is not said; ";
        if (count(lab, "debug-on") != 4) wrong += "it did not go on to the debugs; ";
        return wrong.empty() ? wrong : c.name + ": " + wrong + run.err;
    });
    for (const std::string& wrong : said) CHECK(wrong == "");
}

TEST_SUITE_END();
