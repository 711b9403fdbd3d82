#include "collector/run/tunnel.hpp"

#include <algorithm>
#include <string>

#include "formats/cisco/interesting_traffic.hpp"
#include "formats/cisco/probe_choice.hpp"
#include "formats/tunnel/peers.hpp"

namespace collector {

namespace {

constexpr std::size_t most_pairs_said = 32;

formats::FindingRecord finding(std::string id, std::string severity, std::string text) {
    formats::FindingRecord record;
    record.id = std::move(id);
    record.severity = std::move(severity);
    record.confidence = "high";
    record.text = std::move(text);
    return record;
}

/// `match`, `differ` or `unverifiable`, with the lines that show it.
formats::FindingRecord key_finding(const Endpoint& one, const Endpoint& other) {
    using formats::PskVerdict;
    const auto comparison = formats::compare_keys(one.keys_of_the_tunnel(), other.keys_of_the_tunnel());
    std::string text =
        "pre-shared keys of " + one.name() + " and " + other.name() + ": " + std::string(name_of(comparison.verdict));
    if (comparison.verdict == PskVerdict::unverifiable)
        text +=
            "; shown masked, encrypted or not at all (--compare-keys reads them where the platform and the login allow "
            "it)";
    auto record = finding("psk-" + std::string(name_of(comparison.verdict)),
                          comparison.verdict == PskVerdict::differ ? "problem" : "note", std::move(text));
    if (comparison.line != 0)
        record.evidence = {
            {formats::capture_member(one.name(), formats::Phase::before, "write-terminal.txt"), comparison.line},
            {formats::capture_member(other.name(), formats::Phase::before, "write-terminal.txt"),
             comparison.other_line}};
    return record;
}

}  // namespace

void find_the_tunnel(const formats::Incident& incident, std::vector<Endpoint>& endpoints, Progress& progress) {
    std::vector<formats::TunnelEnd> ends;
    for (const Endpoint& endpoint : endpoints) ends.push_back({endpoint.tunnel().peer(), &endpoint.configuration()});
    const std::vector<std::string> peers = formats::peers_of(ends, incident.peer);
    for (Endpoint& endpoint : endpoints) {
        const std::string& peer = peers[endpoint.index()];
        if (!endpoint.is_up()) continue;
        if (peer.empty()) {
            progress.warn(endpoint.name(),
                          "the crypto peer cannot be told from the configurations; set peer-address to watch its SAs");
            endpoint.tunnel().look_at({}, std::nullopt, endpoint.configuration().names);
            continue;
        }
        const auto traffic = formats::interesting_traffic(endpoint.configuration(), peer);
        // One that was not read is a capture's outcome, and some platforms have none.
        const bool is_read = endpoint.configuration().lines > 0;
        for (const std::string& note : traffic.notes)
            if (is_read) progress.warn(endpoint.name(), note);
        if (is_read && traffic.pairs.empty())
            progress.warn(endpoint.name(), "no interesting traffic is known: nothing is probed from here");
        std::optional<formats::ProxyPair> pair;
        const auto permitted =
            std::find_if(traffic.pairs.begin(), traffic.pairs.end(), [](const auto& p) { return p.permit; });
        // Several pairs: any of them that comes up is this tunnel.
        if (permitted != traffic.pairs.end() &&
            std::count_if(traffic.pairs.begin(), traffic.pairs.end(), [](const auto& p) { return p.permit; }) == 1)
            pair = formats::ProxyPair{permitted->source, permitted->destination};
        endpoint.tunnel().look_at(peer, pair, endpoint.configuration().names);
        std::string text = "tunnel to " + peer;
        if (permitted != traffic.pairs.end())
            text += ": " + formats::to_text(permitted->source) + " to " + formats::to_text(permitted->destination) +
                    " (line " + std::to_string(permitted->line.number) + " of the configuration)";
        text += ", " + std::string(name_of(endpoint.tunnel().before().stage));
        progress.event({EventKind::endpoint, endpoint.name(), text, {{"state", "tunnel"}, {"peer", peer}}});
        if (endpoint.tunnel().before().stage == formats::TunnelState::Stage::up)
            progress.warn(endpoint.name(), "the tunnel is up already: there is nothing to negotiate until it is reset");
        else if (endpoint.tunnel().before().phase1_up)
            progress.warn(endpoint.name(), "phase 1 is up already: only phase 2 will show");
    }
}

namespace {

formats::FindingRecord with_line(formats::FindingRecord record, const Endpoint& endpoint, std::uint32_t line) {
    for (const auto& capture : endpoint.record_of_run().captures)
        if (capture.id == "before/write-terminal" && !capture.file.empty())
            record.evidence.push_back({capture.file, line});
    return record;
}

void find_interesting_traffic(const std::vector<Endpoint>& endpoints, std::vector<formats::FindingRecord>& findings) {
    for (const Endpoint& endpoint : endpoints) {
        if (endpoint.configuration().lines == 0) continue;
        const auto traffic = formats::interesting_traffic(endpoint.configuration(), endpoint.tunnel().peer());
        const std::string who =
            endpoint.name() + (endpoint.tunnel().peer().empty() ? "" : ", to " + endpoint.tunnel().peer());
        for (std::size_t i = 0; i < std::min(traffic.pairs.size(), most_pairs_said); ++i)
            findings.push_back(
                with_line(finding("interesting-traffic", "note", who + ": " + formats::to_text(traffic.pairs[i])),
                          endpoint, traffic.pairs[i].line.number));
        if (traffic.pairs.size() > most_pairs_said)
            findings.push_back(
                finding("interesting-traffic", "note",
                        who + ": " + std::to_string(traffic.pairs.size() - most_pairs_said) + " more pairs"));
        if (traffic.pairs.empty())
            findings.push_back(with_line(finding("no-interesting-traffic", "problem",
                                                 who + ": its configuration names no traffic for the tunnel"),
                                         endpoint, traffic.entry_line.number));
    }
    if (endpoints.size() != 2) return;
    const Endpoint& here = endpoints.front();
    const Endpoint& there = endpoints.back();
    if (here.tunnel().peer().empty() || there.tunnel().peer().empty() || !here.configuration().complete() ||
        !there.configuration().complete())
        return;
    const auto differences =
        formats::mirror_differences(formats::interesting_traffic(here.configuration(), here.tunnel().peer()),
                                    formats::interesting_traffic(there.configuration(), there.tunnel().peer()));
    for (std::size_t i = 0; i < std::min(differences.size(), most_pairs_said); ++i) {
        const Endpoint& one = differences[i].is_here ? here : there;
        const Endpoint& other = differences[i].is_here ? there : here;
        findings.push_back(with_line(finding("crypto-acl-mirror", "problem",
                                             one.name() + " " + formats::to_text(differences[i].pair) + "; " +
                                                 other.name() + " has no such pair the other way round"),
                                     one, differences[i].pair.line.number));
    }
}

}  // namespace

std::vector<formats::FindingRecord> findings_of(const std::vector<Endpoint>& endpoints, WindowEnd window_end,
                                                const Probe& probe, const std::string& back_after) {
    std::vector<formats::FindingRecord> findings;
    const auto every = [&](auto is_so) { return std::all_of(endpoints.begin(), endpoints.end(), is_so); };
    const auto stage_now = [](const Endpoint& e) { return e.tunnel().now().stage; };
    using Stage = formats::TunnelState::Stage;
    const bool was_up = every([](const Endpoint& e) { return e.tunnel().before().stage == Stage::up; });
    const bool is_up = every([&](const Endpoint& e) { return stage_now(e) == Stage::up; });
    if (was_up)
        findings.push_back(finding("tunnel-up-already", "note",
                                   "the tunnel was up before anything was done; there was nothing to negotiate"));
    else if (!back_after.empty())
        findings.push_back(
            finding("tunnel-came-back", "note",
                    "the tunnel came back after " + back_after + "; the rebuild is in the debug captures"));
    else if (window_end == WindowEnd::settled)
        findings.push_back(finding("tunnel-came-up", "note", "new SAs stood at every endpoint that recorded"));
    else if (window_end == WindowEnd::limit && !is_up)
        findings.push_back(finding("tunnel-stayed-down", "problem", "the tunnel did not come up in the debug window"));
    // A hub stands first and its spokes follow.
    for (std::size_t i = 1; i < endpoints.size(); ++i) findings.push_back(key_finding(endpoints.front(), endpoints[i]));
    if (is_up && probe.is_unanswered())
        findings.push_back(finding("no-return-traffic", "problem",
                                   "the tunnel is up and takes packets, but none was answered: the fault lies behind "
                                   "it (routing, translation, "
                                   "the host itself), and no reset of the tunnel helps"));
    for (const Endpoint& endpoint : endpoints)
        if (const formats::Path path = endpoint.path(); path.verdict == formats::PathVerdict::through)
            findings.push_back(finding("login-through-the-tunnel", "note", endpoint.name() + ": " + path.reason));
    for (const Endpoint& endpoint : endpoints)
        if (endpoint.transport() == formats::Transport::telnet)
            findings.push_back(finding(
                "clear-text-login", "note",
                endpoint.name() +
                    " was reached by telnet: its passwords and its configuration crossed the network in clear text"));
    for (const Endpoint& endpoint : endpoints)
        if (const ConfigurationProof& proof = endpoint.configuration_proof(); proof.is_needed)
            findings.push_back(finding(proof.holds() ? "configuration-unchanged" : "configuration-unproven",
                                       proof.holds() ? "note" : "problem", endpoint.name() + ": " + proof.in_words()));
    for (const Endpoint& endpoint : endpoints) {
        const auto& now = endpoint.tunnel().now();
        if (now.stage != Stage::building) continue;
        findings.push_back(finding("phase-1-state", "note",
                                   endpoint.name() + " last showed phase 1 in state " +
                                       (now.phase1_state.empty() ? "unknown" : now.phase1_state) + " with " +
                                       endpoint.tunnel().peer()));
    }
    find_interesting_traffic(endpoints, findings);
    return findings;
}

}  // namespace collector
