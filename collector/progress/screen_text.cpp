#include "collector/progress/screen_text.hpp"

#include <array>
#include <cstdint>
#include <cstdio>

namespace collector {

namespace {

struct CodePoint {
    char32_t value;
    std::size_t size;  ///< bytes; 0: the first byte is no UTF-8
};

/// Rejects overlong forms, surrogates and what lies beyond U+10FFFF.
CodePoint first_of(std::string_view text) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    std::size_t size = 0;
    char32_t value = 0;
    char32_t least = 0;
    if (lead >= 0xC2 && lead < 0xE0) {
        size = 2;
        value = lead & 0x1FU;
        least = 0x80;
    } else if (lead >= 0xE0 && lead < 0xF0) {
        size = 3;
        value = lead & 0x0FU;
        least = 0x800;
    } else if (lead >= 0xF0 && lead < 0xF5) {
        size = 4;
        value = lead & 0x07U;
        least = 0x10000;
    } else {
        return {lead, 0};
    }
    if (text.size() < size) return {lead, 0};
    for (std::size_t at = 1; at < size; ++at) {
        if ((byte(at) & 0xC0U) != 0x80) return {lead, 0};
        value = (value << 6U) | (byte(at) & 0x3FU);
    }
    if (value < least || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return {lead, 0};
    return {value, size};
}

bool is_bidirectional_mark(char32_t c) {
    return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

bool is_line_separator(char32_t c) { return c == 0x2028 || c == 0x2029; }

void append_escape(std::string& to, const char* format, unsigned value) {
    std::array<char, 16> escape{};
    const int n = std::snprintf(escape.data(), escape.size(), format, value);
    to.append(escape.data(), static_cast<std::size_t>(n));
}

std::size_t width_of(char32_t c) {
    const bool wide = (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) ||
                      (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
                      (c >= 0x1F300 && c <= 0x1FAFF) || (c >= 0x20000 && c <= 0x3FFFD);
    return wide ? 2 : 1;
}

}  // namespace

std::string neutralised(std::string_view text, bool keep_newlines) {
    std::string shown;
    shown.reserve(text.size());
    while (!text.empty()) {
        const auto [c, size] = first_of(text);
        if (c == '\n') {
            shown += keep_newlines ? "\n" : "\\n";
        } else if (c == '\t') {
            shown += ' ';
        } else if (size == 0 || c < 0x20 || c == 0x7F) {
            append_escape(shown, "\\x%02x", static_cast<unsigned>(c));
        } else if ((c >= 0x80 && c < 0xA0) || is_bidirectional_mark(c) || is_line_separator(c)) {
            append_escape(shown, "\\u%04x", static_cast<unsigned>(c));
        } else {
            shown.append(text.substr(0, size));
        }
        text.remove_prefix(size == 0 ? 1 : size);
    }
    return shown;
}

std::string cut_to_columns(std::string_view text, std::size_t columns) {
    constexpr std::string_view mark = "...";
    std::size_t used = 0;
    std::size_t at = 0;
    std::size_t cut_at = 0;  // where the text ends when the mark must follow
    while (at < text.size()) {
        const auto [c, size] = first_of(text.substr(at));
        used += width_of(c);
        if (used > columns) {
            if (columns < mark.size()) return std::string(text.substr(0, cut_at));
            return std::string(text.substr(0, cut_at)).append(mark);
        }
        at += size == 0 ? 1 : size;
        if (used + mark.size() <= columns || columns < mark.size()) cut_at = at;
    }
    return std::string(text);
}

}  // namespace collector
