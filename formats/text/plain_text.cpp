#include "formats/text/plain_text.hpp"

#include <algorithm>
#include <cstdint>

namespace formats {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view ellipsis = "\xE2\x80\xA6";     // U+2026
constexpr char32_t not_utf8 = 0xFFFFFFFF;

struct Character {
    char32_t code = not_utf8;
    std::size_t size = 1;
};

Character first_character(std::string_view bytes) {
    const auto byte = [&bytes](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || bytes.size() < size) return {};
    char32_t code = lead & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0U) != 0x80) return {};
        code = code << 6 | (byte(i) & 0x3FU);
    }
    constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < least[size] || code > 0x10FFFF) return {};
    return {code, size};
}

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }
bool is_forbidden(char32_t c) { return c == not_utf8 || (c >= 0xD800 && c < 0xE000) || c == 0xFFFE || c == 0xFFFF; }
// A line that reads differently from what it is: U+202E "right-to-left override" and its kind.
bool turns_direction(char32_t c) {
    return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F || c == 0x2028 ||
           c == 0x2029;
}

template <class Refuse>
std::string cleaned(std::string_view bytes, std::size_t most, Refuse refuse) {
    std::string text;
    text.reserve(std::min(bytes.size(), most));
    std::size_t last = 0;  // where the last character of `text` begins
    for (std::size_t count = 0; !bytes.empty(); ++count) {
        if (count == most) {
            text.resize(last);
            return text += ellipsis;
        }
        const Character next = first_character(bytes);
        last = text.size();
        if (is_forbidden(next.code) || refuse(next.code))
            text += replacement;
        else
            text += bytes.substr(0, next.size);
        bytes.remove_prefix(next.size);
    }
    return text;
}

}  // namespace

std::string plain_text(std::string_view bytes, std::size_t most) {
    return cleaned(bytes, most, [](char32_t c) { return is_control(c) && c != '\t' && c != '\n'; });
}

std::string plain_label(std::string_view bytes, std::size_t most) {
    return cleaned(bytes, most, [](char32_t c) { return is_control(c) || turns_direction(c); });
}

std::size_t length_of(std::string_view utf8) {
    return static_cast<std::size_t>(std::count_if(
        utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }));
}

}  // namespace formats
