#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "formats/analysis/event_table.hpp"
#include "formats/strongswan/ipsec_conf.hpp"
#include "formats/strongswan/settings.hpp"
#include "formats/transcript/split.hpp"
#include "formats/tunnel/end_view.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    formats::TranscriptSplitter splitter(
        [](std::string_view line) { return formats::EventTable::built_in().stream_of(line); });
    std::uint64_t claimed = 0;
    for (std::size_t at = 0; at < size;) {
        const std::size_t end = std::min(text.find('\n', at), size);
        const std::string_view line = text.substr(at, end - at);
        const auto capture = splitter.take(line);
        if (capture && *capture >= splitter.captures().size()) std::abort();
        if (splitter.text_begins() > line.size()) std::abort();
        claimed += capture ? 1 : 0;
        at = end + 1;
    }
    std::uint64_t counted = 0;
    for (const auto& capture : splitter.captures()) counted += capture.lines;
    if (counted != claimed || splitter.captures().size() > formats::TranscriptSplitter::most_captures) std::abort();
    // The same text as each thing that it may be.
    for (const auto tells : {formats::Tells::configuration, formats::Tells::policies, formats::Tells::phase1,
                             formats::Tells::phase2, formats::Tells::list_sas, formats::Tells::connections,
                             formats::Tells::swanctl_conf, formats::Tells::ipsec_conf, formats::Tells::ipsec_secrets,
                             formats::Tells::nat_table, formats::Tells::probe}) {
        formats::EndView view;
        view.take(tells, "endpoints/hq/before/text.txt", text);
        view.finish("");
    }
    return 0;
}
