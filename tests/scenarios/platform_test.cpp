// Every platform of the field against the lab, both ends alike: what is armed, what is shown, what is off
// afterwards, and how a device is told by what it says.

#include <doctest/doctest.h>

#include <algorithm>
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
                for (const std::string event : {"condition-on", "monitor-on", "debug-on", "debug-off", "condition-off", "monitor-off"})
                    if (entry.value("event", "") == event) order.push_back(event);
        CHECK(order == std::vector<std::string>{"condition-on", "monitor-on", "debug-on", "debug-on", "debug-off", "debug-off", "condition-off",
                                                "monitor-off"});
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
