#pragma once
// Whether the two ends of a tunnel hold the same pre-shared key, from redacted text alone: equal
// secrets have equal tokens under one key of the run.

#include <cstdint>
#include <string_view>

namespace formats {

enum class PskVerdict : std::uint8_t {
    match,
    differ,
    unverifiable,  ///< masked by the device, encrypted by it (type 6 and 8), missing, or under
                   ///< another key
};
std::string_view name_of(PskVerdict verdict);

/// Each argument is what stands in the key's place in redacted text, with the type digit before it
/// when there is one: "[REDACTED:psk:0123456789ab]", "6 [REDACTED:...]", "*****", "<removed>", "".
/// Tokens of encrypted values say nothing when they differ, but equal ones are equal keys.
PskVerdict compare_psk(std::string_view one, std::string_view other);

}  // namespace formats
