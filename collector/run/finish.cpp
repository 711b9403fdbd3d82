#include "collector/run/finish.hpp"

#include <algorithm>

#include "collector/progress/conclusion.hpp"
#include "collector/run/run_findings.hpp"
#include "collector/state/run_place.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

/// What is missing, by endpoint.
std::vector<EndpointGaps> gaps_in(const formats::Manifest& manifest, const std::vector<Endpoint>& endpoints) {
    std::vector<EndpointGaps> all;
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
        const ConfigurationProof& proof = endpoints[i].configuration_proof();
        all.push_back({manifest.endpoints[i].name, formats::gaps_in(manifest.endpoints[i].captures),
                       proof.is_needed && !proof.holds() ? proof.in_words() : ""});
    }
    return all;
}

void say(const formats::ProbeRecord& sent, Progress& progress) {
    progress.event(
        {EventKind::probe,
         "",
         sent.from + " to " + sent.to + " by " + sent.kind + ": " + sent.outcome,
         {{"state", "done"}, {"from", sent.from}, {"to", sent.to}, {"kind", sent.kind}, {"outcome", sent.outcome}}});
}

/// Completes the manifest but for the files, and says what the run is worth so far.
RunResult account(FinishedSteps& run) {
    RunResult result;
    formats::Manifest& manifest = run.manifest;
    Progress& progress = run.parts.progress;
    for (Endpoint& endpoint : run.endpoints) {
        endpoint.close_the_ledger();
        if (const auto& why = endpoint.failure()) result.unusable.push_back(endpoint.name() + ": " + why->detail);
        if (!endpoint.still_to_type().empty()) result.to_type.emplace_back(endpoint.name(), endpoint.still_to_type());
        manifest.endpoints.push_back(endpoint.record_of_run());
    }
    if (const auto probes = run.probe.finish()) manifest.probes = *probes;
    for (const formats::ProbeRecord& sent : manifest.probes) say(sent, progress);
    manifest.findings = run_findings(run.endpoints, run.last_window, run.probe, run.back_after);
    run.unsearched.add_to(manifest.findings);
    for (const formats::FindingRecord& finding : manifest.findings)
        progress.event({EventKind::finding,
                        finding.endpoint,
                        finding.text,
                        {{"id", finding.id}, {"severity", finding.severity}, {"origin", finding.origin}}});
    manifest.ended = formats::utc_now();
    result.gaps = gaps_in(manifest, run.endpoints);
    const bool is_incomplete = std::any_of(result.gaps.begin(), result.gaps.end(),
                                           [](const EndpointGaps& endpoint) { return !endpoint.is_empty(); });
    result.ending = {.still_debugging = !result.to_type.empty(),
                     .interrupted = run.was_interrupted,
                     .nobody = run.was_nobody_there,
                     .incomplete = is_incomplete};
    result.outcome = manifest.outcome = run.was_interrupted ? "interrupted" : is_incomplete ? "incomplete" : "complete";
    return result;
}

void remove_spool(RunParts& parts) {
    if (auto removed = parts.spool.remove(); !removed) parts.progress.warn("", removed.error().message());
}

void pack(FinishedSteps& run, RunResult& result) {
    RunParts& parts = run.parts;
    parts.progress.phase("package", "redacting, verifying and packing");
    auto bundle = parts.progress.close_log()
                      ? package(run.manifest, parts.spool, parts.redaction, parts.package)
                      : Result<formats::BundleFile>(Error{ErrorKind::io, "collector.log", "could not be written", {}});
    if (!bundle) {
        result.error = bundle.error();
        result.spool = kept_in(parts.spool);
        result.ending.not_written = true;
        return;
    }
    result.bundle = *bundle;
    result.verdict = run.manifest.verdict;
    say_findings(run.manifest, parts.progress);
    // A member may have been quarantined.
    result.gaps = gaps_in(run.manifest, run.endpoints);
    result.outcome = run.manifest.outcome;
    result.ending.incomplete = result.outcome != "complete";
    remove_spool(parts);
}

}  // namespace

RunResult finish(FinishedSteps run) {
    RunResult result = account(run);
    RunParts& parts = run.parts;
    const bool nothing_to_pack = result.ending.nobody && !result.ending.interrupted;
    if (!nothing_to_pack && !parts.interrupts.leave_now().stop_requested()) {
        pack(run, result);
        return result;
    }
    result.outcome = "none";
    [[maybe_unused]] const auto closed = parts.progress.close_log();
    if (nothing_to_pack)
        remove_spool(parts);
    else
        result.spool = kept_in(parts.spool);
    return result;
}

}  // namespace collector
