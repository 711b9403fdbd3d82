#pragma once
// The manifest: what was planned, what became of it, and what the bundle holds (contract, section 7).
// manifest.xsd is its grammar. Strings here may come from devices and people: to_xml() redacts each,
// cuts it and makes it valid XML 1.0, whatever the bytes. Names, paths and hashes are ours and must be as
// the schema wants them.
//
//   bundle    = tool incident endpoint* probe* action* redaction finding* file*
//   incident  = [problem]          endpoint = capture* debug
//   redaction = rule*              finding  = evidence*

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/record/layout.hpp"
#include "formats/record/ledger.hpp"
#include "formats/redaction/redaction.hpp"
#include "formats/result.hpp"
#include "formats/text/utc_time.hpp"

namespace formats {

struct DebugRecord {
    enum class Proven : std::uint8_t { yes, no, not_armed };
    std::optional<UtcTime> armed, disarmed;  ///< when the device confirmed
    Proven proven = Proven::not_armed;       ///< `show debug` listed our items and lists none of them now
    bool restored = false;                   ///< the state before the run is the state after it
};

struct EndpointRecord {
    std::string name, target, platform, model, version, hostname, host_key;
    std::string algorithms, banner;  ///< of the SSH session, and how the server calls itself; empty: no SSH
    std::optional<double> clock_offset_ms, clock_uncertainty_ms;
    bool legacy = false;
    std::string sessions;  ///< "2", or "1" with the reason when the second session was refused
    std::vector<CaptureRecord> captures;
    DebugRecord debug;
};

struct ProbeRecord {
    std::string from, source, to, kind, outcome, file;
    std::optional<UtcTime> started, ended;
};

struct ActionRecord {
    std::string kind, endpoint, consent, outcome;
    std::optional<UtcTime> started, ended;
};

struct FindingRecord {
    struct Evidence {
        std::string file;
        std::uint64_t line = 0;
    };
    std::string id, severity, confidence, text;
    std::vector<Evidence> evidence;
    std::string endpoint{};  ///< where it was seen to lie; empty: between the ends
    std::string origin{};    ///< "text": from the captured text alone; "run": what only the run knew
};

struct FileRecord {
    std::string path;
    std::uint64_t bytes = 0;
    std::string sha256;
};

struct Manifest {
    std::string tool_version;
    std::string sr;
    std::optional<UtcTime> started, ended;
    std::uint64_t window_ms = 0;
    std::string outcome = "incomplete";  ///< complete | incomplete | interrupted
    std::string verdict;                 ///< of the analysis, in one to three sentences
    struct Problem {
        std::string since, symptom, changed;
    } problem;
    std::vector<EndpointRecord> endpoints;
    std::vector<ProbeRecord> probes;
    std::vector<ActionRecord> actions;
    std::string redaction_verified = "false";  ///< true | rules-only | false
    RuleCounts rules;
    std::vector<FindingRecord> findings;
    std::vector<FileRecord> files;
};

/// The manifest with every text as it may stand in the bundle: the report and the summary are made from it too.
/// Once for each manifest: an address that is masked would be masked once more.
Manifest for_bundle(Manifest manifest, Redaction& redaction);
/// The document, canonical: two-space indent, LF, UTF-8, attributes in the order of the schema.
/// An error of kind internal when a name, path, hash or reference breaks the schema, or when the result
/// would not be clean (Redaction::vouch).
Result<RedactedText> to_xml(const Manifest& manifest, Redaction& redaction);
/// Reads a document back, byte for byte as to_xml() writes it: whatever the schema refuses is refused, and so
/// is any other spelling of the same content. Errors are of kind invalid and name the line.
Result<Manifest> parse_manifest(std::string_view xml);
/// manifest.xsd, as it stands in every bundle that is made.
std::string_view manifest_schema();
/// Whether it is a schema that this version or an earlier one has put into its bundles.
bool is_manifest_schema(std::string_view xsd);

}  // namespace formats
