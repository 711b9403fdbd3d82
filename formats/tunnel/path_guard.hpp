#pragma once
// Does our own login run through a tunnel of the device? A reset would then cut the branch we sit on, and a
// debug that slows the tunnel down slows its own disarm (contract, section 8).

#include <optional>
#include <string>
#include <string_view>

#include "formats/cisco/crypto_config.hpp"

namespace formats {

enum class PathVerdict : std::uint8_t {
    beside,   ///< our address is in no network that a tunnel of the device protects
    through,  ///< it is in one: said before arming, and no full reset
    unknown,  ///< our address, or the configuration, could not be read: no full reset either
};

struct Path {
    PathVerdict verdict = PathVerdict::unknown;
    std::string reason;  ///< for people: "10.2.2.77, our address there, is in 10.2.2.0/24 behind 203.0.113.7 (line 12)"
};

/// `seen_from`: our address as the device's list of sessions shows it; empty when it is not known.
Path path_of_login(const CryptoConfig& configuration, std::string_view seen_from);

}  // namespace formats
