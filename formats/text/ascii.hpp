#pragma once
// ASCII without the locale.

#include <string>
#include <string_view>

namespace formats {

constexpr bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7F;
}

constexpr bool holds_control(std::string_view text) {
    for (const char c : text)
        if (is_control(c)) return true;
    return false;
}

inline std::string lowered(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

}  // namespace formats
