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
    backslashes,  ///< before a quote or a backslash
    url_upper,    ///< %2B
    url_lower,    ///< %2b
    xml,          ///< &amp;
    hex_lower,
    hex_upper,
    hex_colons_lower,  ///< 43:41:4e
    hex_colons_upper,
    hex_blanks_lower,  ///< 43 41 4e
    hex_blanks_upper,
    url_all_upper,  ///< %43%41%4E: every byte
    url_all_lower,
    base64_first,   ///< the middle of an encoding, of a value that stands at its start,
    base64_second,  ///< behind one byte more than a multiple of three
    base64_third,   ///< or two: what stands round it in the same run belongs to it
    twice_first,    ///< the same of its base64: what a header in a header has
    twice_second,
    twice_third,
};

constexpr bool is_base64_form(LiteralForm form) { return form >= LiteralForm::base64_first; }

/// The value written so.
std::string literal_text(std::string_view value, LiteralForm form);

/// The forms that the value differs in, plain first. Without hex: hex is found by reading it.
std::vector<LiteralForm> literal_forms(std::string_view value);
/// Rarer ones, of which each costs as much: digits in pairs, every byte quoted for a URL, base64 of base64. In larger
/// groups of digits, or behind a third encoding, a value is not found.
inline constexpr std::array rare_literal_forms = {
    LiteralForm::hex_colons_lower, LiteralForm::hex_colons_upper, LiteralForm::hex_blanks_lower,
    LiteralForm::hex_blanks_upper, LiteralForm::url_all_upper,    LiteralForm::url_all_lower,
    LiteralForm::twice_first,      LiteralForm::twice_second,     LiteralForm::twice_third};

}  // namespace formats
