#include "formats/analysis/evidence.hpp"

#include "formats/transcript/commands.hpp"

namespace formats {

namespace {

constexpr std::size_t longest_text = std::size_t{8} << 20;  ///< of a table or a configuration
constexpr std::size_t beginning = std::size_t{16} << 10;    ///< enough to tell what a text is

/// Calls `take` with the bytes of a member, piece by piece.
template <class Take>
Result<void> each_piece(const Spool& spool, const std::string& member, Take take) {
    auto reader = spool.read(member);
    if (!reader) return reader.error();
    for (;;) {
        const auto bytes = reader->read();
        if (!bytes) return bytes.error();
        if (bytes->empty()) return {};
        take(*bytes);
    }
}

Result<Tells> tells_of(const CaptureRecord& capture, const Spool& spool) {
    if (capture.phase == Phase::debug) return Tells::debug;
    if (const Tells planned = told_by_plan(capture); planned != Tells::nothing) return planned;
    if (!capture.command.empty()) return Tells::nothing;
    auto reader = spool.read(capture.file);
    if (!reader) return reader.error();
    const auto bytes = reader->read();
    if (!bytes) return bytes.error();
    return tells_of_text(bytes->substr(0, beginning));
}

/// Whether lines of a stream may stand in a text that tells this.
bool may_hold_events(Tells tells) {
    return tells == Tells::debug || tells == Tells::log || tells == Tells::nothing || tells == Tells::debug_on ||
           tells == Tells::debug_off || tells == Tells::session || tells == Tells::probe;
}

bool is_table(Tells tells) {
    return tells == Tells::phase1 || tells == Tells::phase2 || tells == Tells::list_sas || tells == Tells::connections;
}

Result<EndEvidence> read_end(const EndpointRecord& endpoint, const Spool& spool) {
    EndEvidence end;
    end.name = endpoint.name;
    end.platform = endpoint.platform;
    constexpr double thousand = 1000;
    if (endpoint.clock_offset_ms)
        end.clock = {*endpoint.clock_offset_ms / thousand, endpoint.clock_uncertainty_ms.value_or(0) / thousand};
    EventReader events;
    for (const CaptureRecord& capture : endpoint.captures) {
        // An answer without a line is an answer: a table that is empty.
        if (capture.file.empty() && capture.outcome == Outcome::empty) {
            if (const Tells planned = told_by_plan(capture); is_table(planned)) end.view.take(planned, {}, {});
            continue;
        }
        // The whole of a terminal log stands beside what was cut out of it.
        if (capture.file.empty() || capture.outcome == Outcome::quarantined ||
            capture.id.find("/transcript") != std::string::npos)
            continue;
        const auto tells = tells_of(capture, spool);
        if (!tells) return tells.error();
        if (may_hold_events(*tells)) {
            end.files.push_back(capture.file);
            events.begin(static_cast<std::uint32_t>(end.files.size() - 1));
            const std::uint64_t before = events.facts().lines;
            if (auto read = each_piece(spool, capture.file, [&](std::string_view bytes) { events.feed(bytes); }); !read)
                return read.error();
            events.end();
            end.has_stream = end.has_stream || events.facts().lines > before;
        }
        if (*tells == Tells::debug || *tells == Tells::log) continue;
        std::string text;
        const auto read = each_piece(spool, capture.file, [&](std::string_view bytes) {
            if (text.size() < longest_text) text.append(bytes.substr(0, longest_text - text.size()));
        });
        if (!read) return read.error();
        end.view.take(*tells, capture.file, text);
    }
    end.stream = events.facts();
    end.events = events.take();
    end.view.finish(endpoint.platform);
    return end;
}

/// The one thing that the run knew and no text shows: keys that it read in clear and kept nothing of.
void take_key_verdicts(const Manifest& manifest, std::vector<EndEvidence>& ends) {
    for (const FindingRecord& finding : manifest.findings) {
        if (finding.origin == "text") continue;
        if (finding.id == tokens_of_several_keys)
            for (EndEvidence& end : ends) end.has_common_tokens = false;
        for (const PskVerdict verdict : {PskVerdict::match, PskVerdict::differ}) {
            if (finding.id != "psk-" + std::string(name_of(verdict))) continue;
            for (std::size_t i = 1; i < ends.size(); ++i)
                // Bundles of the first schema do not say of whom it is.
                if (finding.endpoint == ends[i].name || (finding.endpoint.empty() && ends.size() == 2))
                    ends[i].keys_of_run = verdict;
        }
    }
}

}  // namespace

Tells told_by_plan(const CaptureRecord& capture) {
    if (capture.role != Tells::nothing) return capture.role;
    const auto known = known_command(capture.command);
    return known ? known->tells : Tells::nothing;
}

Result<Evidence> Evidence::read(const Manifest& manifest, const Spool& spool) {
    Evidence evidence;
    for (const EndpointRecord& endpoint : manifest.endpoints) {
        auto end = read_end(endpoint, spool);
        if (!end) return end.error();
        evidence.ends.push_back(std::move(*end));
    }
    take_key_verdicts(manifest, evidence.ends);
    return evidence;
}

}  // namespace formats
