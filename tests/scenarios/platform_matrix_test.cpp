// Every pair of platforms, over SSH, telnet and consoles, with a tunnel that comes up and with one that does not:
// exit code, outcomes, what is left on, secrets. Many cells at a time; each has a lab of its own.

#include <doctest/doctest.h>

#include <cstdio>
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

struct Cell {
    std::string left, right, transport, scenario;
    std::string name() const { return left + " and " + right + " over " + transport + ", " + scenario + ": "; }
};

std::vector<Cell> cells() {
    std::vector<Cell> all;
    const std::vector<std::string> platforms{"pix6", "pix7", "asa", "ios"};
    for (const std::string scenario : {"healthy", "psk-mismatch"})
        for (const std::string transport : {"ssh", "telnet", "exec"})
            for (const std::string& left : platforms)
                for (const std::string& right : platforms) all.push_back({left, right, transport, scenario});
    return all;
}

/// PIX 6 speaks SSH version 1 only: where the others are reached by SSH, it is by telnet, in the same run.
void add_side(std::vector<std::string>& arguments, const std::string& side, const std::string& platform,
              const std::string& transport) {
    arguments.insert(arguments.end(), {"--" + side, platform});
    if (transport != "ssh") arguments.insert(arguments.end(), {"--transport-" + side, "telnet"});
}

/// What each end shows of the exchange, by platform and scenario: a word that stands in no other.
bool shows(const std::string& stream, const std::string& platform, bool healthy) {
    static const std::map<std::string, std::vector<std::string>> up{{"pix6", {"SA has been authenticated"}},
                                                                    {"pix7", {"PHASE 2 COMPLETED"}},
                                                                    {"asa", {"PHASE 2 COMPLETED"}},
                                                                    {"ios", {"QM_PHASE2_COMPLETE"}}};
    static const std::map<std::string, std::vector<std::string>> down{
        {"pix6", {"reserved not zero", "malformed payload", "retransmitting phase 1"}},
        {"pix7", {"mismatched pre-shared key", "PAYLOAD_MALFORMED"}},
        {"asa", {"mismatched pre-shared key", "PAYLOAD_MALFORMED"}},
        {"ios", {"reserved not zero", "retransmitting phase 1", "failed its sanity check"}}};
    for (const std::string& words : (healthy ? up : down).at(platform))
        if (stream.find(words) != std::string::npos) return true;
    return false;
}

std::string judge(const Cell& cell) {
    const bool healthy = cell.scenario == "healthy";
    std::vector<std::string> arguments{"--time-scale", "0.02", "--scenario", cell.scenario};
    add_side(arguments, "left", cell.left, cell.transport);
    add_side(arguments, "right", cell.right, cell.transport);
    const Lab lab(arguments);
    Incident incident(lab);
    // One session that pages, polls and listens on a busy machine needs some seconds for both tables.
    incident.top = healthy ? "debug-window = \"30s\"\nsettle = \"200ms\"\n" : "debug-window = \"5s\"\n";
    if (cell.transport == "exec") {
        for (const auto& [name, side] : {std::pair("hq", "left"), {"branch", "right"}}) {
            incident.targets[name] = "exec:/usr/bin/telnet 127.0.0.1 " + lab.side(side).at("port").dump();
            incident.endpoint_lines[name] = "user = \"pix\"";
        }
        incident.arguments = {"--allow-console-debug"};
    }
    auto process = incident.start();
    // Not every platform can send interesting traffic by itself; a host behind the left one does.
    std::map<std::string, int> armed;
    std::string said;
    if (!lab.wait_for([&](const json& entry) {
            if (entry.value("event", "") == "debug-on") ++armed[entry.value("side", "")];
            return armed["left"] >= 2 && armed["right"] >= 2;
        }))
        said += "not armed; ";
    (void)lab.control("packet left 10.1.1.10 10.2.2.10");
    const Run run = incident.finish(*process);
    if (run.exit != 0) said += "exit " + std::to_string(run.exit) + "; ";
    if (run.bundle.empty()) return cell.name() + said + "no bundle: " + run.err;
    said += stage::invalid_bundle(run, incident) + stage::unexplained(run) + stage::debugs_left_on(lab) +
            stage::secrets_left(incident) + stage::sessions_beyond_two(lab);
    if (!stage::state_files(incident, "journal-").empty()) said += "a journal is left; ";
    const auto manifest = formats::parse_manifest(stage::read_text(run.unpacked / "manifest.xml"));
    if (!manifest) return cell.name() + said + manifest.error().message();
    const std::string wanted = healthy ? "tunnel-came-up" : "tunnel-stayed-down";
    bool found = false;
    for (const auto& finding : manifest->findings) found = found || finding.id == wanted;
    if (!found) said += "no finding " + wanted + "; ";
    for (const auto& endpoint : manifest->endpoints) {
        const std::string& platform = endpoint.name == "hq" ? cell.left : cell.right;
        if (endpoint.platform != platform) said += endpoint.name + " was taken for " + endpoint.platform + "; ";
        if (endpoint.debug.proven != formats::DebugRecord::Proven::yes) said += endpoint.name + " is not proven off; ";
        if (!shows(stage::read_text(run.unpacked / ("endpoints/" + endpoint.name + "/debug/debug-crypto.txt")),
                   platform, healthy))
            said += endpoint.name + " does not show the exchange; ";
        for (const auto& capture : endpoint.captures)
            if (capture.outcome != formats::Outcome::ok && capture.outcome != formats::Outcome::empty)
                said += endpoint.name + " " + capture.id + " is " + std::string(name_of(capture.outcome)) + "; ";
    }
    return said.empty() ? "" : cell.name() + said + "\n" + run.err;
}

}  // namespace

TEST_CASE("every pair of platforms, over every transport, up and down") {
    const std::vector<Cell> all = cells();
    const auto said =
        stage::run_cells(all.size(), stage::cells_at_a_time(), [&](std::size_t i) { return judge(all[i]); });
    std::size_t passed = 0;
    for (const std::string& one : said) {
        if (one.empty())
            ++passed;
        else
            MESSAGE(one);
    }
    std::printf("matrix: %zu of %zu passed\n", passed, all.size());
    CHECK(passed == all.size());
}
