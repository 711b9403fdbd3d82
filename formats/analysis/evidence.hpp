#pragma once
// What a bundle holds for the analysis: of each endpoint its texts as facts, whether they were collected just now or come
// from an archive of long ago. Nothing else is read.

#include <cstdint>
#include <string>
#include <vector>

#include "formats/analysis/clocks.hpp"
#include "formats/analysis/event_reader.hpp"
#include "formats/bundle/manifest.hpp"
#include "formats/bundle/spool.hpp"
#include "formats/redaction/psk_verdict.hpp"
#include "formats/result.hpp"
#include "formats/tunnel/end_view.hpp"

namespace formats {

/// One end as its texts tell it.
struct EndEvidence {
    std::string name, platform;
    EndView view;
    std::vector<Event> events;  ///< in the order of the stream
    StreamFacts stream;
    std::vector<std::string> files;       ///< by the index that an event carries
    std::optional<MeasuredOffset> clock;  ///< of the device, by the run
    bool has_stream = false;              ///< a debug stream or a log was collected and is not empty
    /// Its tokens and those of the other ends are of one key: equal secrets have equal tokens.
    bool has_common_tokens = true;
    /// What the run found when it compared the keys of this end with those of the first (`--compare-keys`).
    PskVerdict keys_of_run = PskVerdict::unverifiable;

    Place place_of(const Event& event) const { return {files[event.file], event.line, event.text}; }
};

/// What a capture was to tell: by its role, or in a bundle that names none by the command that was typed.
Tells told_by_plan(const CaptureRecord& capture);

/// The finding of a bundle that was merged of several whose tokens are of several keys.
inline constexpr std::string_view tokens_of_several_keys = "tokens-of-several-keys";

struct Evidence {
    std::vector<EndEvidence> ends;

    /// Reads every member that a capture of the manifest names. Errors are those of the spool.
    static Result<Evidence> read(const Manifest& manifest, const Spool& spool);
};

}  // namespace formats
