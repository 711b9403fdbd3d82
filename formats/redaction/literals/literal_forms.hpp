#pragma once
// The ways one secret can be written down.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace formats {

enum class LiteralForm : std::uint8_t {
    plain,
    backslashes,     ///< before a quote or a backslash
    url_upper,       ///< %2B
    url_lower,       ///< %2b
    xml,             ///< &amp;
    hex_lower,
    hex_upper,
    base64_first,    ///< the middle of an encoding, of a value that stands at its start,
    base64_second,   ///< behind one byte more than a multiple of three
    base64_third,    ///< or two: what stands round it in the same run belongs to it
};

constexpr bool is_base64_form(LiteralForm form) { return form >= LiteralForm::base64_first; }

/// The value written so.
std::string literal_text(std::string_view value, LiteralForm form);

/// The forms that the value differs in, plain first. Without hex: hex is found by reading it.
std::vector<LiteralForm> literal_forms(std::string_view value);

}  // namespace formats
