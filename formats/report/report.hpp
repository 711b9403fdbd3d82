#pragma once
// report.html: one file for a browser, without scripts and without anything from elsewhere. The verdict first, the findings
// with links to the lines that they rest on, both configurations and SA tables side by side, the debug streams of all ends
// in one table by time of arrival, every captured text to unfold. Everything is escaped: what a device said stays text.

#include <cstdint>

#include "formats/analysis/conclusion.hpp"
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
/// names; `conclusion` is what follows from them. The page depends on nothing else.
Result<void> write_report(const Manifest& manifest, const Conclusion& conclusion, const Spool& spool,
                          Redaction& redaction, const TextSink& sink, const ReportLimits& limits = {});

}  // namespace formats
