// Any bytes as a manifest: the reader stands it, and what it takes it writes again, byte for byte.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "formats/bundle/manifest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static const auto redaction = formats::Redaction::make({});
    const std::string_view xml(reinterpret_cast<const char*>(bytes), size);
    const auto manifest = formats::parse_manifest(xml);
    if (!manifest) return 0;
    const auto again = formats::to_xml(*manifest, **redaction);
    if (!again) return 0;  // it holds what looks like a secret
    // Redaction may have changed it; otherwise nothing may differ.
    const bool redacted = again->str().find("[REDACTED:") != std::string::npos;
    if (!redacted && again->str() != xml) std::abort();
    return 0;
}
