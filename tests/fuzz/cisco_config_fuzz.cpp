#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "formats/cisco/probe_choice.hpp"

/// What is chosen must be sendable, whatever the configuration says.
static void check(const formats::CryptoConfig& config, const formats::ProbeChoice& choice) {
    if (!choice.usable()) return;
    if (!choice.pair || !choice.pair->permit || !choice.pair->destination.contains(*choice.destination)) std::abort();
    if (config.is_own(*choice.destination)) std::abort();
    if (choice.source && (config.is_own(*choice.source) || !choice.pair->source.contains(*choice.source))) std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const formats::CryptoConfig config = formats::parse_crypto_config(text);
    for (const std::string_view peer : {"203.0.113.1", "198.51.100.1", ""}) {
        const auto traffic = formats::interesting_traffic(config, peer);
        (void)formats::mirror_differences(traffic, traffic);
        (void)formats::crypto_address(config, peer);
        check(config, formats::choose_probe(config, nullptr, peer));
        check(config, formats::choose_probe(config, &config, peer));
    }
    (void)config.offset_of("CET");
    return 0;
}
