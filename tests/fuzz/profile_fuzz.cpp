#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "formats/platform/profile.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    (void)formats::parse_profile(text, "fuzz.toml").has_value();
    const std::size_t half = text.size() / 2;
    // Comparing must be antisymmetric whatever it is given.
    if (formats::compare_versions(text.substr(0, half), text.substr(half)) !=
        -formats::compare_versions(text.substr(half), text.substr(0, half)))
        std::abort();
    return 0;
}
