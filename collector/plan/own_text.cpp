#include "collector/plan/own_text.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "formats/bundle/manifest.hpp"
#include "formats/redaction/redaction.hpp"
#include "formats/report/report.hpp"
#include "formats/report/summary.hpp"
#include "formats/report/timeline.hpp"
#include "formats/text/sha256.hpp"
#include "formats/text/utc_time.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Outcome;
using formats::Result;
using formats::SecretClass;

namespace {

/// What stands for a device's words; no word of a person's.
constexpr const char* said = "0";
constexpr std::array outcomes{Outcome::ok,       Outcome::empty,       Outcome::truncated,    Outcome::timed_out,
                              Outcome::denied,   Outcome::unsupported, Outcome::disconnected, Outcome::not_attempted,
                              Outcome::canceled, Outcome::quarantined};
constexpr std::array classes{
    SecretClass::password, SecretClass::psk,         SecretClass::community,    SecretClass::key,
    SecretClass::hash,     SecretClass::private_key, SecretClass::url_password, SecretClass::activation_key,
    SecretClass::custom};

using Plans = std::vector<const EndpointPlan*>;

/// As if it were of all these platforms at once.
formats::EndpointRecord record_of(const Plans& plans, formats::UtcTime now, std::set<std::string>& files) {
    formats::EndpointRecord record;
    record.name = plans.front()->endpoint();
    record.platform = plans.front()->profile().name;
    record.target = record.model = record.version = record.hostname = record.host_key = record.sessions = said;
    record.clock_offset_ms = record.clock_uncertainty_ms = 0;
    record.debug = {now, now, formats::DebugRecord::Proven::yes, true};
    std::set<std::string> ids;
    for (const EndpointPlan* plan : plans)
        for (formats::CaptureRecord capture : plan->captures()) {
            if (!ids.insert(capture.id).second) continue;
            files.insert(capture.planned_file);
            capture.command.clear();
            capture.outcome = outcomes[record.captures.size() % outcomes.size()];
            capture.reason = said;
            capture.started = capture.ended = now;
            record.captures.push_back(std::move(capture));
        }
    return record;
}

formats::Manifest manifest_of(const Plan& plan) {
    const formats::Incident& incident = plan.incident();
    formats::Manifest manifest;
    manifest.tool_version = TACBUNDLE_VERSION;
    manifest.sr = incident.sr;
    manifest.started = manifest.ended = formats::utc_now();
    manifest.problem = {said, said, said};
    std::set<const formats::Profile*> shown;
    std::set<std::string> files;
    for (std::size_t i = 0; i < incident.endpoints.size(); ++i) {
        // Of hundreds of endpoints the first of each platform has all words of the others but their names.
        Plans fresh;
        for (const EndpointPlan& candidate : plan.candidates(i))
            if (shown.insert(&candidate.profile()).second) fresh.push_back(&candidate);
        if (!fresh.empty()) manifest.endpoints.push_back(record_of(fresh, *manifest.started, files));
    }
    for (const std::string& file : files) manifest.files.push_back({file, 0, formats::sha256_of("")});
    manifest.probes = {{said, said, said, said, said, "", manifest.started, manifest.started}};
    manifest.actions = {{said, incident.endpoints.front().name, said, said, manifest.started, manifest.started}};
    manifest.findings = {{said, "problem", "high", said, {}}};
    manifest.verdict = said;
    manifest.redaction_verified = "true";
    return manifest;
}

/// No run of these is a name or a word that could not stand in a count, a time or a hash as well.
bool is_anything(std::string_view word) {
    constexpr std::size_t least = 8;
    const auto only = [&](std::string_view letters) {
        return word.find_first_not_of(letters) == std::string_view::npos;
    };
    return word.size() < least && (only("0123456789abcdef") || only("0123456789-:.+TZ"));
}

}  // namespace

Result<std::string> own_text(const Plan& plan, const formats::Spool& spool) {
    const auto plain = formats::Redaction::make({});
    if (!plain) return plain.error();
    formats::Redaction& redaction = **plain;
    const formats::Manifest manifest = manifest_of(plan);
    std::string text(formats::manifest_schema());
    const auto xml = formats::to_xml(manifest, redaction);
    if (!xml) return xml.error();
    text += xml->str();
    const auto summary = formats::summary_text(manifest, redaction);
    if (!summary) return summary.error();
    text += summary->str();
    const formats::TextSink take = [&](const formats::RedactedText& part) -> Result<void> {
        text += part.str();
        return {};
    };
    if (auto written = formats::write_timeline(manifest, spool, redaction, take); !written) return written.error();
    if (auto written = formats::write_report(manifest, {}, spool, redaction, take); !written) return written.error();
    for (const SecretClass secret_class : classes)
        text += "[REDACTED:" + std::string(formats::name_of(secret_class)) + ":000000000000]\n";
    for (const auto& endpoint : plan.incident().endpoints) text += endpoint.name + "\n";
    return text;
}

Result<void> check_words(const formats::RedactionSettings& settings, std::string_view own_text) {
    const auto refuse = [](std::string subject, std::string detail) -> Result<void> {
        return Error{ErrorKind::usage, std::move(subject), std::move(detail),
                     "it would stand in every bundle; a pattern with what stands around it finds that place alone: "
                     "patterns = ['customer (\\S+)']"};
    };
    for (std::size_t i = 0; i < settings.words.size(); ++i) {
        const std::string& word = settings.words[i];
        const std::string subject = "[redaction] words, number " + std::to_string(i + 1);
        if (own_text.find(word) != std::string_view::npos)
            return refuse(subject, "the word is one of this program's own");
        if (is_anything(word)) return refuse(subject, "so short a word stands in times, counts and hashes too");
    }
    for (const auto& pattern : settings.patterns) {
        formats::RedactionSettings alone;
        alone.patterns = {pattern};
        const auto redaction = formats::Redaction::make(alone);
        if (!redaction) return redaction.error();
        formats::LeakScanner scanner = (*redaction)->scanner("own text");
        scanner.feed(own_text);
        if (!scanner.finish().empty())
            return refuse(pattern.place, "the pattern finds something in this program's own text");
    }
    return {};
}

}  // namespace collector
