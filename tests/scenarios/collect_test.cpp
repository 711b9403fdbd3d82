// The main job against the lab: two endpoints in, one verified bundle out. What the lab itself logged is the
// witness for what was sent and when.

#include <doctest/doctest.h>

#include <csignal>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "formats/bundle/manifest.hpp"
#include "scenarios/stage.hpp"

using nlohmann::json;
using stage::Incident;
using stage::Lab;
using stage::Run;

namespace {

const std::vector<std::string> quick{"--time-scale", "0.1"};

std::vector<std::string> with(std::vector<std::string> arguments, std::initializer_list<std::string> more) {
    arguments.insert(arguments.end(), more);
    return arguments;
}

bool is(const json& entry, std::string_view event, std::string_view side = {}) {
    return entry.value("event", "") == event && (side.empty() || entry.value("side", "") == side);
}

/// Debugs that one side has on at the end of the log: on minus off, by session and kind.
std::set<std::string> debugs_left(const Lab& lab, std::string_view side) {
    std::set<std::string> on;
    for (const json& entry : lab.log()) {
        const std::string key = std::to_string(entry.value("session", 0)) + " " + entry.value("kind", "");
        if (is(entry, "debug-on", side)) on.insert(key);
        if (is(entry, "debug-off", side)) on.erase(key);
    }
    return on;
}

/// Both ends have every debug on before the first packet that could start a negotiation.
bool both_armed_before_first_packet(const Lab& lab) {
    std::set<std::string> armed;
    for (const json& entry : lab.log()) {
        if (is(entry, "debug-on")) armed.insert(entry.value("side", "") + " " + entry.value("kind", ""));
        if (is(entry, "packet"))
            return armed == std::set<std::string>{"left ipsec", "left isakmp", "right ipsec", "right isakmp"};
    }
    return false;
}

formats::Manifest manifest_of(const Run& run) {
    auto manifest = formats::parse_manifest(stage::read_text(run.unpacked / "manifest.xml"));
    if (!manifest) FAIL(manifest.error().message());
    return *manifest;
}

std::string outcome_of(const formats::Manifest& manifest, const std::string& endpoint, const std::string& capture) {
    for (const auto& e : manifest.endpoints)
        for (const auto& c : e.captures)
            if (e.name == endpoint && c.id == capture) return std::string(name_of(c.outcome));
    return "not in the manifest";
}

std::string text_of(const Run& run, const std::string& member) { return stage::read_text(run.unpacked / member); }

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// The folder of the run that is going on or was kept; empty: there is none.
stage::fs::path spool_of(const Incident& incident) {
    std::error_code code;
    for (stage::fs::recursive_directory_iterator at(incident.state(), code), end; !code && at != end;
         at.increment(code))
        if (at->path().filename() == "plan.txt") return at->path().parent_path();
    return {};
}

/// What the run calls kept exists, under the name that the run gives it.
void check_kept(const Run& run, const Incident& incident) {
    const stage::fs::path spool = spool_of(incident);
    REQUIRE_FALSE(spool.empty());
    CHECK(has(run.err, "is kept, redacted, in " + spool.string()));
    CHECK(stage::fs::exists(spool / "manifest.xml"));
    CHECK(stage::fs::exists(spool / "endpoints/hq/before"));
}

void check_valid(const Run& run, const Incident& incident) {
    stage::Process verify({stage::program(), "verify", run.bundle}, {}, incident.folder() / "verify.out",
                          incident.folder() / "verify.err");
    CHECK(verify.wait() == 0);
    stage::Process xmllint(
        {"/usr/bin/xmllint", "--noout", "--schema", run.unpacked / "manifest.xsd", run.unpacked / "manifest.xml"}, {},
        incident.folder() / "xmllint.out", incident.folder() / "xmllint.err");
    CHECK(xmllint.wait() == 0);
    // What the bundle tells is told by its text: analysed again it gives the page that the run wrote.
    const auto again = incident.folder() / "again.html";
    stage::Process report({stage::program(), "report", run.bundle, "-o", again}, {}, incident.folder() / "report.out",
                          incident.folder() / "report.err");
    REQUIRE(report.wait() == 0);
    CHECK(stage::read_text(again) == text_of(run, "report.html"));
}

}  // namespace

TEST_CASE("a healthy tunnel: complete, verified, armed before the first packet, off after, no secret anywhere") {
    for (const bool one_byte : {false, true}) {
        CAPTURE(one_byte);
        const Lab lab(one_byte ? with(quick, {"--one-byte"}) : quick);
        Incident incident(lab);
        // A stream of one byte a write under a sanitizer takes its time to arrive.
        if (one_byte) incident.top = "debug-window = \"60s\"\nsettle = \"5s\"\n";
        const Run run = incident.run();
        CAPTURE(run.err);
        REQUIRE(run.exit == 0);
        REQUIRE_FALSE(run.bundle.empty());
        CHECK(run.out == run.bundle.string() + "\n");
        check_valid(run, incident);
        CHECK(both_armed_before_first_packet(lab));
        CHECK(debugs_left(lab, "left").empty());
        CHECK(debugs_left(lab, "right").empty());
        CHECK(incident.files_with("CANARY").empty());
        CHECK(stage::fs::is_empty(incident.state() / "tacbundle"));

        const auto manifest = manifest_of(run);
        CHECK(manifest.outcome == "complete");
        CHECK(manifest.redaction_verified == "true");
        for (const auto& endpoint : manifest.endpoints) {
            CHECK(endpoint.platform == "pix7");
            CHECK(endpoint.version == "7.2(2)");
            CHECK(endpoint.sessions == "2");
            CHECK(endpoint.debug.proven == formats::DebugRecord::Proven::yes);
            CHECK(has(text_of(run, "endpoints/" + endpoint.name + "/debug/debug-crypto.txt"), "PHASE 2 COMPLETED"));
            CHECK(has(text_of(run, "endpoints/" + endpoint.name + "/after/show-crypto-ipsec-sa.txt"),
                      "current outbound spi"));
            CHECK(has(text_of(run, "endpoints/" + endpoint.name + "/before/write-terminal.txt"), "[OK]"));
        }
        // Early end: the window was 15 s, the tunnel came up in less.
        CHECK(has(text_of(run, "collector.log"), "closed: tunnel up"));
        CHECK((run.bundle.filename().string().starts_with("tacbundle-hq-branch-")));
        CHECK((stage::fs::status(run.bundle).permissions() & stage::fs::perms::all) ==
              (stage::fs::perms::owner_read | stage::fs::perms::owner_write));
    }
}

TEST_CASE("a pre-shared key that differs is a finding: exit 0, and both streams show it") {
    const Lab lab(with(quick, {"--scenario", "psk-mismatch"}));
    Incident incident(lab);
    incident.top = "debug-window = \"8s\"\nsettle = \"500ms\"\n";
    const Run run = incident.run();
    CAPTURE(run.err);
    REQUIRE(run.exit == 0);
    check_valid(run, incident);
    CHECK(both_armed_before_first_packet(lab));
    CHECK(has(text_of(run, "endpoints/branch/debug/debug-crypto.txt"), "mismatched pre-shared key"));
    CHECK(has(text_of(run, "endpoints/hq/debug/debug-crypto.txt"), "PAYLOAD_MALFORMED"));
    CHECK(has(text_of(run, "endpoints/hq/during/show-crypto-isakmp-sa.txt"), "MM_WAIT_MSG6"));
    CHECK(incident.files_with("CANARY").empty());
    const auto manifest = manifest_of(run);
    CHECK(std::any_of(manifest.findings.begin(), manifest.findings.end(),
                      [](const auto& f) { return f.id == "tunnel-stayed-down"; }));
    // Half-way through a window that stays down the other end probes.
    CHECK(manifest.probes.size() == 2);
}

TEST_CASE("a peer that does not answer: the initiator's stream shows it, the responder's is silent") {
    const Lab lab(with(quick, {"--scenario", "peer-unreachable"}));
    Incident incident(lab);
    incident.top = "debug-window = \"3s\"\n";
    const Run run = incident.run();
    CAPTURE(run.err);
    REQUIRE(run.exit == 0);
    CHECK(has(text_of(run, "endpoints/hq/debug/debug-crypto.txt"), "RESENDING"));
    CHECK(debugs_left(lab, "left").empty());
    CHECK(debugs_left(lab, "right").empty());
}

TEST_CASE("what is sent is what the plan prints, word for word") {
    const Lab lab(quick);
    Incident incident(lab);
    const Run run = incident.run();
    REQUIRE(run.exit == 0);
    const std::string plan = text_of(run, "plan.txt");
    std::size_t lines = 0;
    for (const json& entry : lab.log()) {
        if (!is(entry, "line")) continue;
        const std::string line = entry.value("text", "");
        CAPTURE(line);
        ++lines;
        CHECK((line.empty() || stage::is_announced(plan, line)));
    }
    CHECK(lines > 40);
    // And `tacbundle plan` prints the same, connecting to nothing.
    Incident same(lab);
    const std::size_t before = lab.log().size();
    const Run planned = same.run("plan");
    CHECK(planned.exit == 0);
    CHECK(lab.log().size() == before);
    CHECK(has(planned.out, "packet-tracer input {inside-interface} icmp {probe-source} 8 0 {probe-destination}"));
}

TEST_CASE("with no probe the workstation's own packet brings the tunnel up in the window") {
    const Lab lab(quick);
    Incident incident(lab);
    incident.arguments = {"--probe", "none"};
    auto process = incident.start();
    std::set<std::string> armed;
    REQUIRE(lab.wait_for([&](const json& entry) {
        if (is(entry, "debug-on")) armed.insert(entry.value("side", "") + entry.value("kind", ""));
        return armed.size() == 4;
    }));
    CHECK(lab.control("packet left 10.1.1.10 10.2.2.10").value("fate", "") == "triggered");
    const Run run = incident.finish(*process);
    CAPTURE(run.err);
    CHECK(run.exit == 0);
    CHECK(has(text_of(run, "collector.log"), "closed: tunnel up"));
    CHECK(manifest_of(run).probes.empty());
}

TEST_CASE("a probe the incident gives is the one that is sent") {
    const Lab lab(quick);
    Incident incident(lab);
    incident.endpoint_lines["branch"] = "\n[probe]\nfrom = \"branch\"\nsource = \"10.2.2.77\"\nto = \"10.1.1.88\"\n";
    const Run run = incident.run();
    CAPTURE(run.err);
    REQUIRE(run.exit == 0);
    bool seen = false;
    for (const json& entry : lab.log())
        if (is(entry, "packet")) {
            CHECK(entry.value("side", "") == "right");
            CHECK(entry.value("source", "") == "10.2.2.77");
            CHECK(entry.value("destination", "") == "10.1.1.88");
            seen = true;
        }
    CHECK(seen);
}

TEST_CASE("when the second session is refused one session does both, and the manifest says so") {
    const Lab lab(with(quick, {"--fault", "left:second-session-refused"}));
    Incident incident(lab);
    const Run run = incident.run();
    CAPTURE(run.err);
    REQUIRE(run.exit == 0);
    const auto manifest = manifest_of(run);
    CHECK(manifest.endpoints[0].sessions.starts_with("1: the second session was refused"));
    CHECK(manifest.endpoints[1].sessions == "2");
    CHECK(outcome_of(manifest, "hq", "during/show-crypto-ipsec-sa") == "ok");
    CHECK(both_armed_before_first_packet(lab));
    CHECK(debugs_left(lab, "left").empty());
}

TEST_CASE("one end refused: exit 3, the other end's captures are there, every planned item is explained") {
    const Lab lab(with(quick, {"--fault", "right:refuse"}));
    Incident incident(lab);
    incident.top = "debug-window = \"2s\"\n";
    const Run run = incident.run();
    CAPTURE(run.err);
    REQUIRE(run.exit == 3);
    check_valid(run, incident);
    const auto manifest = manifest_of(run);
    CHECK(outcome_of(manifest, "hq", "before/write-terminal") == "ok");
    CHECK(outcome_of(manifest, "branch", "before/write-terminal") == "not-attempted");
    for (const auto& endpoint : manifest.endpoints)
        for (const auto& capture : endpoint.captures)
            CHECK((capture.outcome == formats::Outcome::ok || capture.outcome == formats::Outcome::empty ||
                   !capture.reason.empty()));
    CHECK(debugs_left(lab, "left").empty());
}

TEST_CASE("both ends refused: exit 4 and no bundle, no spool") {
    const Lab lab(with(quick, {"--fault", "left:refuse", "--fault", "right:refuse"}));
    Incident incident(lab);
    const Run run = incident.run();
    CHECK(run.exit == 4);
    CHECK(run.out.empty());
    CHECK(run.bundle.empty());
    CHECK(stage::fs::is_empty(incident.state() / "tacbundle"));
}

TEST_CASE("an interrupt in the window: debugs off, a bundle, exit 130") {
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        CAPTURE(number);
        const Lab lab(with(quick, {"--scenario", "peer-unreachable"}));
        Incident incident(lab);
        incident.top = "debug-window = \"60s\"\n";
        auto process = incident.start();
        REQUIRE(lab.wait_for([](const json& entry) { return is(entry, "packet"); }));
        process->signal(number);
        const Run run = incident.finish(*process);
        CAPTURE(run.err);
        CHECK(run.exit == 130);
        REQUIRE_FALSE(run.bundle.empty());
        check_valid(run, incident);
        CHECK(manifest_of(run).outcome == "interrupted");
        CHECK(debugs_left(lab, "left").empty());
        CHECK(debugs_left(lab, "right").empty());
        CHECK(incident.files_with("CANARY").empty());
    }
}

TEST_CASE(
    "an output folder that goes away during the run: exit 5, nothing in its place, and what is called kept is there") {
    const Lab lab(quick);
    Incident incident(lab);
    incident.output_argument = incident.folder() / "bundles-for-tac";
    stage::fs::create_directory(incident.output_argument);
    auto process = incident.start();
    REQUIRE(lab.wait_for([](const json& entry) { return is(entry, "packet"); }));
    stage::fs::remove(incident.output_argument);
    const Run run = incident.finish(*process);
    CAPTURE(run.err);
    CHECK(run.exit == 5);
    CHECK(run.out.empty());
    CHECK_FALSE(stage::fs::exists(incident.output_argument));
    CHECK(has(run.err, incident.output_argument + ": making a file in the output folder: No such file or directory"));
    check_kept(run, incident);
    CHECK(debugs_left(lab, "left").empty());
    CHECK(debugs_left(lab, "right").empty());
}

TEST_CASE("a run whose own folder goes away too: exit 5, and nothing is called kept") {
    const Lab lab(quick);
    Incident incident(lab);
    auto process = incident.start();
    REQUIRE(lab.wait_for([](const json& entry) { return is(entry, "packet"); }));
    const stage::fs::path spool = spool_of(incident);
    REQUIRE_FALSE(spool.empty());
    stage::fs::rename(spool, incident.folder() / "elsewhere");
    const Run run = incident.finish(*process);
    CAPTURE(run.err);
    CHECK(run.exit == 5);
    CHECK(has(run.err, "NO BUNDLE: "));
    CHECK(has(run.err, "nothing is kept"));
    CHECK_FALSE(has(run.err, "is kept, redacted"));
    CHECK(debugs_left(lab, "left").empty());
    CHECK(debugs_left(lab, "right").empty());
}

TEST_CASE("a log that cannot be written: exit 5 and no bundle, the captures are kept") {
    const Lab lab(quick);
    Incident incident(lab);
    auto process = incident.start();
    // The log is held in memory until all configurations are read; then its name is taken.
    stage::fs::path spool;
    while (process->is_running() && (spool.empty() || !stage::fs::exists(spool / "plan.txt")))
        spool = spool_of(incident);
    REQUIRE_FALSE(spool.empty());
    stage::fs::create_directory(spool / "collector.log");
    const Run run = incident.finish(*process);
    CAPTURE(run.err);
    CHECK(run.exit == 5);
    CHECK(run.out.empty());
    CHECK(run.bundle.empty());
    CHECK(has(run.err, "collector.log"));
    CHECK(has(run.err, "NO BUNDLE: "));
    check_kept(run, incident);
}

TEST_CASE("--json: one object a line, and the result last and once") {
    const Lab lab(quick);
    Incident incident(lab);
    incident.arguments = {"--json"};
    const Run run = incident.run();
    CAPTURE(run.err);
    REQUIRE(run.exit == 0);
    std::istringstream lines(run.out);
    std::vector<json> events;
    for (std::string line; std::getline(lines, line);) events.push_back(json::parse(line));
    REQUIRE_FALSE(events.empty());
    std::size_t results = 0;
    for (const json& event : events) {
        CHECK(event.at("v") == 1);
        CHECK(event.contains("time"));
        results += event.at("event") == "result" ? 1U : 0U;
    }
    CHECK(results == 1);
    CHECK(events.back().at("event") == "result");
    CHECK(events.back().at("bundle") == run.bundle.string());
    CHECK(events.back().at("exit") == 0);
    CHECK(events.back().at("sha256").get<std::string>().size() == 64);
}

TEST_CASE("--compare-keys: the keys are read in clear, only the verdict and the tokens remain") {
    struct Row {
        std::string scenario;
        std::vector<std::string> arguments, lab;
        std::string verdict;
    };
    const std::vector<Row> rows{
        {"healthy", {"--compare-keys"}, {}, "psk-match"},
        {"psk-mismatch", {"--compare-keys"}, {}, "psk-differ"},
        {"psk-mismatch", {}, {}, "psk-unverifiable"},  // masked
        {"psk-mismatch",
         {"--compare-keys"},
         {"--fault", "right:undo-denied-by-aaa@more"},
         "psk-unverifiable"},  // refused
    };
    for (const Row& row : rows) {
        CAPTURE(row.scenario);
        CAPTURE(row.verdict);
        auto arguments = with(quick, {"--scenario", row.scenario});
        arguments.insert(arguments.end(), row.lab.begin(), row.lab.end());
        const Lab lab(arguments);
        Incident incident(lab);
        incident.arguments = with(row.arguments, {"--no-debug"});
        const Run run = incident.run();
        CAPTURE(run.err);
        REQUIRE(run.exit == 0);
        check_valid(run, incident);
        std::vector<std::string> verdicts;
        for (const auto& finding : manifest_of(run).findings)
            if (finding.id.starts_with("psk-")) verdicts.push_back(finding.id);
        CHECK(verdicts == std::vector<std::string>{row.verdict});
        CHECK(incident.files_with("CANARY").empty());

        // The line is planned where it is wanted and nowhere else, and its answer is no member of the bundle.
        std::size_t sent = 0;
        for (const json& entry : lab.log())
            sent += is(entry, "line") && entry.value("text", "") == "more system:running-config" ? 1U : 0U;
        CHECK(sent == (row.arguments.empty() ? 0U : 2U));
        CHECK(has(text_of(run, "plan.txt"), "more system:running-config") == !row.arguments.empty());
        for (const auto& entry : stage::fs::recursive_directory_iterator(run.unpacked))
            CHECK_FALSE(has(entry.path().filename().string(), "more"));
    }
}

TEST_CASE(
    "--mask-addresses: no address of the devices in the bundle, the same image at both ends, a private map to go "
    "back") {
    const Lab lab(with(quick, {"--scenario", "psk-mismatch"}));
    Incident incident(lab);
    incident.top = "debug-window = \"6s\"\nsettle = \"500ms\"\n[problem]\nsymptom = \"no ping to 10.2.2.10\"\n";
    incident.arguments = {"--mask-addresses", "--json"};
    const Run run = incident.run();
    CAPTURE(run.err);
    REQUIRE(run.exit == 0);
    check_valid(run, incident);
    // The tunnel was found and probed all the same: the program itself works with the real addresses.
    CHECK(both_armed_before_first_packet(lab));
    const auto manifest = manifest_of(run);
    CHECK(manifest.redaction_verified == "true");
    REQUIRE_FALSE(manifest.probes.empty());

    std::size_t members = 0;
    for (const auto& entry : stage::fs::recursive_directory_iterator(run.unpacked)) {
        if (!entry.is_regular_file()) continue;
        ++members;
        const std::string text = stage::read_text(entry.path());
        CAPTURE(entry.path().filename().string());
        for (const char* address : {"198.51.100.1", "203.0.113.1", "10.1.1.1", "10.2.2.1", "192.0.2.25"})
            CHECK_FALSE(has(text, address));
    }
    CHECK(members > 20);

    const json result = json::parse(run.out.substr(run.out.rfind('\n', run.out.size() - 2) + 1));
    const stage::fs::path map = result.at("address-map").get<std::string>();
    CHECK(map.parent_path() == run.bundle.parent_path());
    CHECK(has(run.err, map.string()));
    CHECK((stage::fs::status(map).permissions() & stage::fs::perms::all) ==
          (stage::fs::perms::owner_read | stage::fs::perms::owner_write));
    std::istringstream rows(stage::read_text(map));
    std::string hq_peer;
    for (std::string row; std::getline(rows, row);)
        if (row.ends_with("\t203.0.113.1")) hq_peer = row.substr(0, row.find('\t'));
    REQUIRE_FALSE(hq_peer.empty());
    CHECK(has(text_of(run, "endpoints/hq/before/write-terminal.txt"), "set peer " + hq_peer));
    CHECK(has(text_of(run, "endpoints/branch/before/write-terminal.txt"), " ip address " + hq_peer + " "));
    CHECK(has(text_of(run, "endpoints/hq/debug/debug-crypto.txt"), hq_peer));

    // And back: what `show` tells, and any text of the bundle.
    const auto translated = [&](const std::vector<std::string>& command) {
        stage::Process process(command, {}, incident.folder() / "shown", incident.folder() / "shown.err");
        CHECK(process.wait() == 0);
        return stage::read_text(incident.folder() / "shown");
    };
    CHECK_FALSE(has(translated({TACBUNDLE_PROGRAM, "show", run.bundle}), "10.2.2.10"));
    CHECK(has(translated({TACBUNDLE_PROGRAM, "show", run.bundle, "--unmask", map}), "no ping to 10.2.2.10"));
    CHECK(has(translated({TACBUNDLE_PROGRAM, "redact", "--unmask", map,
                          run.unpacked / "endpoints/hq/before/write-terminal.txt"}),
              "set peer 203.0.113.1"));
}

TEST_CASE("--mask-addresses and an endpoint that is named after its address: refused, nothing contacted") {
    const Lab lab(quick);
    Incident incident(lab);
    incident.through_shell = "exec \"$1\" collect ssh://ops@192.0.2.1 --mask-addresses";
    const std::size_t before = lab.log().size();
    const Run run = incident.run();
    CHECK(run.exit == 2);
    CHECK(has(run.err, "hq=ssh://ops@192.0.2.1"));
    CHECK(lab.log().size() == before);
}

TEST_CASE("every archive format carries the same bundle") {
    const Lab lab(quick);
    for (const std::string format : {"tar.gz", "tar.zst", "zip"}) {
        CAPTURE(format);
        Incident incident(lab);
        incident.arguments = {"--format", format, "--no-debug", "--sr", "612345678"};
        const Run run = incident.run();
        CAPTURE(run.err);
        REQUIRE(run.exit == 0);
        CHECK(run.bundle.filename().string().starts_with("tacbundle-612345678-hq-branch-"));
        CHECK(run.bundle.string().ends_with("." + format));
        check_valid(run, incident);
        CHECK(manifest_of(run).sr == "612345678");
    }
}

TEST_CASE("--no-debug sends no debug line at all") {
    const Lab lab(quick);
    Incident incident(lab);
    incident.arguments = {"--no-debug"};
    REQUIRE(incident.run().exit == 0);
    for (const json& entry : lab.log())
        if (is(entry, "line")) CHECK_FALSE(has(entry.value("text", ""), "debug crypto"));
}

TEST_CASE("check logs in once, looks, and changes nothing") {
    const Lab lab(quick);
    Incident incident(lab);
    const Run run = incident.run("check");
    CAPTURE(run.err);
    CHECK(run.exit == 0);
    std::size_t opened = 0;
    for (const json& entry : lab.log()) {
        opened += is(entry, "open") ? 1U : 0U;
        CHECK_FALSE(is(entry, "debug-on"));
        CHECK_FALSE(is(entry, "packet"));
    }
    CHECK(opened == 2);
    CHECK(stage::fs::is_empty(incident.output()));
}

TEST_CASE("the approved plan runs, another does not") {
    const Lab lab(quick);
    Incident incident(lab);
    const Run planned = incident.run("plan");
    const auto at = planned.out.find("digest");
    REQUIRE(at != std::string::npos);
    std::istringstream words(planned.out.substr(at));
    std::string word, digest;
    words >> word >> digest;
    incident.arguments = {"--no-debug", "--approve", digest};
    const std::size_t before = lab.log().size();
    CHECK(incident.run().exit == 2);  // --no-debug is another plan
    CHECK(lab.log().size() == before);
    incident.arguments = {"--approve", digest};
    CHECK(incident.run().exit == 0);
}

TEST_CASE("captured outputs of real devices run through the whole pipeline") {
    const stage::fs::path real = stage::fs::path(TACBUNDLE_SHARED_DIR) / "corpus" / "real";
    if (!stage::fs::exists(real)) {
        MESSAGE("NOT RUN: captured outputs of real devices: they are not here");
        return;
    }
    const stage::Folder folder;
    struct Row {
        std::string capture, command;
    };
    const std::vector<Row> rows{{"pix/pix-535_with_trunk.cfg", "write-terminal.txt"},
                                {"asa/cisco_asa_show_crypto_ipsec_sa.txt", "show-crypto-ipsec-sa.txt"}};
    for (const Row& row : rows) {
        REQUIRE(stage::fs::exists(real / row.capture));
        stage::fs::copy_file(real / row.capture, folder.path() / row.command);
    }
    const Lab lab(with(quick, {"--replay", "left:" + folder.path().string()}));
    Incident incident(lab);
    incident.top = "debug-window = \"2s\"\n";
    const Run run = incident.run();
    CAPTURE(run.err);
    CHECK((run.exit == 0 || run.exit == 3));
    check_valid(run, incident);
    const std::string config = text_of(run, "endpoints/hq/before/write-terminal.txt");
    CHECK(has(config, "PIX Version"));
    CHECK(config.size() > 1000);
    CHECK(has(text_of(run, "endpoints/hq/before/show-crypto-ipsec-sa.txt"), "#pkts encaps"));
    CHECK(debugs_left(lab, "left").empty());
}
