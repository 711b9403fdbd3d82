#pragma once
// report.html: one file for a browser, without scripts and without anything from elsewhere. The
// endpoints and their captures side by side, the debug streams of all ends in one table by time of
// arrival, every captured text to unfold. Everything is escaped: what a device said stays text.

#include <cstdint>

#include "formats/bundle/manifest.hpp"
#include "formats/bundle/spool.hpp"
#include "formats/report/redacted_sink.hpp"

namespace formats {

/// What a browser can still handle; past a limit the report says where in the archive the rest is.
struct ReportLimits {
    std::uint64_t capture_bytes = 256 << 10;  ///< of one captured text
    std::uint64_t whole_bytes = 16 << 20;     ///< of the report
    std::uint64_t debug_lines = 4'000;
};

/// Streams; of the captures no more than a buffer is held. The spool holds the members the manifest
/// names.
Result<void> write_report(const Manifest& manifest, const Spool& spool, Redaction& redaction, const TextSink& sink,
                          const ReportLimits& limits = {});

}  // namespace formats
