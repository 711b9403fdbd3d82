#include "formats/report/timeline.hpp"

#include <algorithm>

#include "formats/report/debug_lines.hpp"

namespace formats {

Result<void> write_timeline(const Manifest& manifest, const Spool& spool, Redaction& redaction, const TextSink& sink) {
    auto lines = DebugLines::open(manifest, spool);
    if (!lines) return lines.error();
    RedactedSink out(std::string(member::timeline), redaction, sink);
    out.line("# Debug lines of all endpoints by time of arrival: UTC, the collecting machine's clock.");
    out.line("# Lines that crossed the network can arrive in another order than they were written in.");

    std::size_t widest = 0;
    for (const EndpointRecord& endpoint : manifest.endpoints) widest = std::max(widest, endpoint.name.size());
    constexpr std::size_t stamp_width = 27;
    bool any = false;
    for (std::string text;; any = true) {
        auto line = lines->next();
        if (!line) return line.error();
        if (!line->has_value()) break;
        const std::string& name = manifest.endpoints[(*line)->endpoint].name;
        text = (*line)->stamp;
        text.resize(stamp_width, ' ');
        text += "  " + name + std::string(widest - name.size() + 2, ' ');
        text += (*line)->text;
        out.line(text);
    }
    if (!any) out.line("# No debug lines were captured.");
    return out.finish();
}

}  // namespace formats
