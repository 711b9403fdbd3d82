#include "collector/run/run_findings.hpp"

#include <algorithm>
#include <utility>

#include "formats/cisco/interesting_traffic.hpp"

namespace collector {

namespace {

using formats::FindingRecord;

constexpr std::size_t most_pairs_said = 32;

/// What became of the tunnel while the run looked on; empty: nothing that is worth a sentence.
std::vector<FindingRecord> find_course(const std::vector<Endpoint>& endpoints, WindowEnd window_end,
                                       const std::string& back_after) {
    using Stage = formats::TunnelState::Stage;
    const auto every = [&](auto is_so) { return std::all_of(endpoints.begin(), endpoints.end(), is_so); };
    if (every([](const Endpoint& e) { return e.tunnel().before().stage == Stage::up; }))
        return {run_finding("tunnel-up-already", "note",
                            "the tunnel was up before anything was done; there was nothing to negotiate")};
    if (!back_after.empty())
        return {run_finding("tunnel-came-back", "note",
                            "the tunnel came back after " + back_after + "; the rebuild is in the debug captures")};
    if (window_end == WindowEnd::settled)
        return {run_finding("tunnel-came-up", "note", "new SAs stood at every endpoint that recorded")};
    if (window_end == WindowEnd::limit && !every([](const Endpoint& e) { return e.tunnel().now().stage == Stage::up; }))
        return {run_finding("tunnel-stayed-down", "problem", "the tunnel did not come up in the debug window")};
    return {};
}

/// The member with the configuration as it was read; empty: there is none.
std::string configuration_of(const Endpoint& endpoint) {
    for (const formats::CaptureRecord& capture : endpoint.ledger().captures())
        if (capture.phase == formats::Phase::before && capture.role == formats::Tells::configuration)
            return capture.file;
    return {};
}

/// `match`, `differ` or `unverifiable`, with the lines that show it.
FindingRecord find_keys(const Endpoint& one, const Endpoint& other) {
    using formats::PskVerdict;
    const auto comparison = formats::compare_keys(one.keys_of_the_tunnel(), other.keys_of_the_tunnel());
    std::string text =
        "pre-shared keys of " + one.name() + " and " + other.name() + ": " + std::string(name_of(comparison.verdict));
    if (comparison.verdict == PskVerdict::unverifiable)
        text +=
            "; shown masked, encrypted or not at all (--compare-keys reads them where the platform and the login allow "
            "it)";
    auto record =
        run_finding("psk-" + std::string(name_of(comparison.verdict)),
                    comparison.verdict == PskVerdict::differ ? "problem" : "note", std::move(text), other.name());
    if (comparison.line != 0)
        record.evidence = {{configuration_of(one), comparison.line}, {configuration_of(other), comparison.other_line}};
    return record;
}

FindingRecord with_line(FindingRecord record, const Endpoint& endpoint, std::uint32_t line) {
    if (std::string file = configuration_of(endpoint); !file.empty())
        record.evidence.push_back({std::move(file), line});
    return record;
}

/// What the tunnel is for, each pair of networks with the line that it comes from.
void find_interesting_traffic(const Endpoint& endpoint, std::vector<FindingRecord>& findings) {
    if (endpoint.configuration().lines == 0) return;
    const auto traffic = formats::interesting_traffic(endpoint.configuration(), endpoint.tunnel().peer());
    const std::string who =
        endpoint.name() + (endpoint.tunnel().peer().empty() ? "" : ", to " + endpoint.tunnel().peer());
    const auto say = [&](const std::string& text) {
        return run_finding("interesting-traffic", "note", who + ": " + text, endpoint.name());
    };
    for (std::size_t i = 0; i < std::min(traffic.pairs.size(), most_pairs_said); ++i)
        findings.push_back(with_line(say(formats::to_text(traffic.pairs[i])), endpoint, traffic.pairs[i].line.number));
    if (traffic.pairs.size() > most_pairs_said)
        findings.push_back(say(std::to_string(traffic.pairs.size() - most_pairs_said) + " more pairs"));
    if (traffic.pairs.empty())
        findings.push_back(
            with_line(run_finding("no-interesting-traffic", "warning",
                                  who + ": its configuration names no traffic for the tunnel", endpoint.name()),
                      endpoint, traffic.entry_line.number));
}

/// By which way it was reached, and that nothing was changed there.
void find_conditions(const Endpoint& endpoint, std::vector<FindingRecord>& findings) {
    const auto say = [&](std::string id, std::string severity, const std::string& text) {
        findings.push_back(run_finding(std::move(id), std::move(severity), endpoint.name() + text, endpoint.name()));
    };
    if (const formats::Path path = endpoint.path(); path.verdict == formats::PathVerdict::through)
        say("login-through-the-tunnel", "note", ": " + path.reason);
    if (endpoint.transport() == formats::Transport::telnet)
        say("clear-text-login", "note",
            " was reached by telnet: its passwords and its configuration crossed the network in clear text");
    if (const ConfigurationProof& proof = endpoint.configuration_proof(); proof.is_needed)
        say(proof.holds() ? "configuration-unchanged" : "configuration-unproven", proof.holds() ? "note" : "problem",
            ": " + proof.in_words());
}

}  // namespace

FindingRecord run_finding(std::string id, std::string severity, std::string text, std::string endpoint) {
    FindingRecord record;
    record.id = std::move(id);
    record.severity = std::move(severity);
    record.confidence = "proved";
    record.text = std::move(text);
    record.endpoint = std::move(endpoint);
    record.origin = "run";
    return record;
}

std::vector<FindingRecord> run_findings(const std::vector<Endpoint>& endpoints, WindowEnd window_end,
                                        const Probe& probe, const std::string& back_after) {
    std::vector<FindingRecord> findings = find_course(endpoints, window_end, back_after);
    // A hub stands first and its spokes follow.
    for (std::size_t i = 1; i < endpoints.size(); ++i) findings.push_back(find_keys(endpoints.front(), endpoints[i]));
    const bool is_up = std::all_of(endpoints.begin(), endpoints.end(), [](const Endpoint& e) {
        return e.tunnel().now().stage == formats::TunnelState::Stage::up;
    });
    if (is_up && probe.is_unanswered())
        findings.push_back(run_finding("probe-unanswered", "problem",
                                       "the tunnel is up and takes packets, but none was answered: the fault lies "
                                       "behind it (routing, translation, the host itself), and no reset of the tunnel "
                                       "helps"));
    for (const Endpoint& endpoint : endpoints) find_conditions(endpoint, findings);
    for (const Endpoint& endpoint : endpoints) find_interesting_traffic(endpoint, findings);
    return findings;
}

}  // namespace collector
