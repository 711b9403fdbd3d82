#include "collector/commands/merge.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "collector/commands/bundle_facts.hpp"
#include "collector/commands/run_request.hpp"
#include "collector/progress/conclusion.hpp"
#include "collector/progress/progress.hpp"
#include "collector/state/run_place.hpp"
#include "formats/analysis/conclusion.hpp"
#include "formats/assembly/assembly.hpp"
#include "formats/text/ascii.hpp"

namespace collector {

using formats::EndpointRecord;
using formats::Error;
using formats::ErrorKind;
using formats::FindingRecord;
using formats::Manifest;
using formats::Result;

namespace {

constexpr std::string_view endpoints_folder = "endpoints/";

/// What is made anew of all of them.
bool is_of_the_whole(std::string_view member) {
    return member == formats::member::schema || member == formats::member::report ||
           member == formats::member::summary || member == formats::member::timeline;
}

void collect_tokens(std::string_view text, std::set<std::string, std::less<>>& tokens) {
    constexpr std::string_view begin = "[REDACTED:";
    for (std::size_t at = text.find(begin); at != std::string_view::npos; at = text.find(begin, at + 1)) {
        const std::size_t end = text.find(']', at), colon = text.find(':', at + begin.size());
        if (end != std::string_view::npos && colon < end) tokens.emplace(text.substr(colon + 1, end - colon - 1));
    }
}

/// Bundle after bundle into one spool and one manifest.
class Merger {
 public:
    Merger(formats::Spool& spool, formats::Redaction& redaction) : spool_(spool), redaction_(redaction) {
        merged_.tool_version = TACBUNDLE_VERSION;
        merged_.outcome = "complete";
        merged_.redaction_verified = "true";
    }

    Result<void> add(const formats::ConcludedBundle& bundle) {
        const Manifest& manifest = bundle.manifest;
        if (manifest.endpoints.empty()) return Error{ErrorKind::usage, "merge", "a bundle without an endpoint", {}};
        renamed_.clear();
        for (const EndpointRecord& endpoint : manifest.endpoints)
            renamed_.emplace_back(endpoint.name, free_name(endpoint.name));
        source_ = "sources/" + renamed_.front().second + "/";
        add_incident(manifest);
        for (EndpointRecord endpoint : manifest.endpoints) {
            endpoint.name = new_name(endpoint.name);
            for (auto& capture : endpoint.captures) capture.file = moved(capture.file);
            merged_.endpoints.push_back(std::move(endpoint));
        }
        for (auto probe : manifest.probes) {
            probe.file = moved(probe.file);
            merged_.probes.push_back(std::move(probe));
        }
        for (auto action : manifest.actions) {
            action.endpoint = new_name(action.endpoint);
            merged_.actions.push_back(std::move(action));
        }
        for (FindingRecord finding : manifest.findings) {
            if (finding.origin == formats::origin_text) continue;
            finding.origin = formats::origin_run;
            finding.endpoint = new_name(finding.endpoint.empty() ? manifest.endpoints.front().name : finding.endpoint);
            for (auto& evidence : finding.evidence) evidence.file = moved(evidence.file);
            merged_.findings.push_back(std::move(finding));
        }
        return copy_members(bundle.spool());
    }

    /// Of all of them.
    Manifest take() {
        FindingRecord merged;
        merged.id = "merged";
        merged.severity = "note";
        merged.confidence = "proved";
        merged.origin = formats::origin_run;
        merged.text = "this bundle was merged of " + std::to_string(tokens_.size()) +
                      "; each arrival time is of the clock of the machine that collected it";
        merged_.findings.push_back(merged);
        if (!are_of_one_key()) {
            merged.id = formats::tokens_of_several_keys;
            merged.text =
                "the secrets of the bundles cannot be compared: nothing shows that they were made with one --key-file; "
                "whether the pre-shared keys are the same is unverifiable";
            merged_.findings.push_back(std::move(merged));
        }
        if (!merged_.started) merged_.started = formats::utc_now();
        return std::move(merged_);
    }

 private:
    std::string free_name(const std::string& name) {
        std::string fresh = name;
        for (unsigned number = 2; !names_.insert(formats::lowered(fresh)).second; ++number) {
            const std::string suffix = "-" + std::to_string(number);
            constexpr std::size_t longest_name = 32;
            fresh = name.substr(0, longest_name - suffix.size()) + suffix;
        }
        return fresh;
    }
    std::string new_name(const std::string& name) const {
        for (const auto& [old, fresh] : renamed_)
            if (old == name) return fresh;
        return name;
    }
    std::string moved(const std::string& member) const {
        if (member.empty()) return {};
        if (!member.starts_with(endpoints_folder)) return source_ + member;
        const std::size_t end = member.find('/', endpoints_folder.size());
        if (end == std::string::npos) return source_ + member;
        return std::string(endpoints_folder) +
               new_name(member.substr(endpoints_folder.size(), end - endpoints_folder.size())) + member.substr(end);
    }

    void add_incident(const Manifest& manifest) {
        if (merged_.sr.empty()) merged_.sr = manifest.sr;
        if (!merged_.started || (manifest.started && *manifest.started < *merged_.started))
            merged_.started = manifest.started;
        if (!merged_.ended || (manifest.ended && *manifest.ended > *merged_.ended)) merged_.ended = manifest.ended;
        merged_.window_ms = std::max(merged_.window_ms, manifest.window_ms);
        if (manifest.outcome != "complete") merged_.outcome = "incomplete";
        if (manifest.redaction_verified != "true") merged_.redaction_verified = "rules-only";
        const auto take_first = [](std::string& here, const std::string& there) {
            if (here.empty()) here = there;
        };
        take_first(merged_.problem.since, manifest.problem.since);
        take_first(merged_.problem.symptom, manifest.problem.symptom);
        take_first(merged_.problem.changed, manifest.problem.changed);
    }

    Result<void> copy_members(const formats::Spool& from) {
        auto& tokens = tokens_.emplace_back();
        const auto members = from.members();
        if (!members) return members.error();
        for (const std::string& member : *members) {
            if (is_of_the_whole(member)) continue;
            auto reader = from.read(member);
            if (!reader) return reader.error();
            auto file = spool_.file(moved(member));
            if (!file) return file.error();
            auto stream = redaction_.second_pass();
            for (bool is_last = false; !is_last;) {
                const auto bytes = reader->read();
                if (!bytes) return bytes.error();
                is_last = bytes->empty();
                const auto text = is_last ? stream.finish() : stream.feed(*bytes);
                if (!text) return text.error();
                collect_tokens(text->str(), tokens);
                if (auto written = file->append(*text); !written) return written;
            }
            if (auto closed = file->close(); !closed) return closed;
        }
        return {};
    }

    /// One equal token is proof: under two keys no two are equal.
    bool are_of_one_key() const {
        for (std::size_t i = 1; i < tokens_.size(); ++i)
            if (std::none_of(tokens_[i].begin(), tokens_[i].end(),
                             [&](const std::string& token) { return tokens_.front().count(token) > 0; }))
                return false;
        return true;
    }

    formats::Spool& spool_;
    formats::Redaction& redaction_;
    Manifest merged_;
    std::set<std::string> names_;
    std::vector<std::pair<std::string, std::string>> renamed_;  ///< of the bundle that is being added
    std::string source_;
    std::vector<std::set<std::string, std::less<>>> tokens_;  ///< of each bundle
};

}  // namespace

int merge_command(const MergeRequest& request) {
    const auto refuse = [&](const Error& error, ExitCode code = ExitCode::usage) {
        return Progress::refuse(request.json, error, code);
    };
    const auto redaction = formats::Redaction::make({});
    if (!redaction) return refuse(redaction.error(), ExitCode::internal);
    auto order = formats::order_for(request.output, request.format);
    if (!order) return refuse(order.error());
    if (auto output = formats::check_output(*order); !output) return refuse(output.error());
    auto place = RunPlace::make(state_folder());
    if (!place) return refuse(place.error(), ExitCode::not_written);
    const auto give_up = [&](const Error& error, ExitCode code) {
        if (auto discarded = place->discard(); !discarded) return refuse(discarded.error(), ExitCode::internal);
        return refuse(error, code);
    };
    Merger merger(place->spool, **redaction);
    for (const std::string& path : request.bundles) {
        const auto bundle = formats::ConcludedBundle::open(path);
        if (!bundle) return give_up(bundle.error(), exit_of_unreadable(bundle.error()));
        if (auto added = merger.add(*bundle); !added) return give_up(added.error(), ExitCode::not_written);
    }
    Manifest manifest = merger.take();
    order->verified = manifest.redaction_verified;

    Progress progress(progress_settings(request.json, 0), *redaction);
    const auto bundle = package(manifest, place->spool, *redaction, *order);
    if (!bundle) {
        progress.always(bundle.error().message());
        if (auto discarded = place->discard(); !discarded) progress.always(discarded.error().message());
        (void)progress.result(
            {EventKind::result, "", "NO BUNDLE", {{"bundle", "=null"}, {"outcome", "none"}, {"exit", "=5"}}}, "",
            std::chrono::seconds{5});
        return static_cast<int>(ExitCode::not_written);
    }
    if (auto removed = place->discard(); !removed) progress.warn("", removed.error().message());
    say_findings(manifest, progress);
    say_verdict(manifest.verdict, progress);
    const ExitCode code = manifest.outcome == "complete" ? ExitCode::complete : ExitCode::incomplete;
    const std::string path = bundle->path.string();
    const bool told =
        progress.result({EventKind::result,
                         "",
                         code == ExitCode::complete ? "COMPLETE: the bundles are one; it is verified"
                                                    : "INCOMPLETE, as a bundle was that went into it; it is verified",
                         {{"bundle", path},
                          {"sha256", bundle->sha256},
                          {"outcome", manifest.outcome},
                          {"verdict", manifest.verdict},
                          {"exit", "=" + std::to_string(static_cast<int>(code))}}},
                        path, std::chrono::seconds{5});
    return static_cast<int>(told || code != ExitCode::complete ? code : ExitCode::internal);
}

}  // namespace collector
