#pragma once
// Kinds of bytes, without the locale. A byte above 0x7f is part of a word: ISO 8859-1 and UTF-8
// alike.

#include <string_view>

namespace formats {

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
/// Outside ASCII.
constexpr bool is_wide(char c) { return static_cast<unsigned char>(c) > 0x7f; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_alnum(char c) { return is_digit(c) || is_letter(c); }
constexpr bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
constexpr bool is_base64(char c) { return is_alnum(c) || c == '+' || c == '/' || c == '='; }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

template <class Predicate>
constexpr bool all_of(std::string_view text, Predicate is) {
    for (const char c : text)
        if (!is(c)) return false;
    return !text.empty();
}

/// Whether the first `pattern.size()` bytes of `text` are `pattern` (lower case), in any case.
constexpr bool starts_with_folded(std::string_view text, std::string_view pattern) {
    if (text.size() < pattern.size()) return false;
    for (std::size_t i = 0; i < pattern.size(); ++i)
        if (lower(text[i]) != pattern[i]) return false;
    return true;
}

constexpr bool equals_folded(std::string_view text, std::string_view pattern) {
    return text.size() == pattern.size() && starts_with_folded(text, pattern);
}

/// Position of `pattern` (lower case) in `text` in any case, npos when it is not in it.
constexpr std::size_t find_folded(std::string_view text, std::string_view pattern, std::size_t from = 0) {
    for (std::size_t i = from; i + pattern.size() <= text.size(); ++i)
        if (lower(text[i]) == pattern[0] && starts_with_folded(text.substr(i), pattern)) return i;
    return std::string_view::npos;
}

constexpr std::string_view trim(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

}  // namespace formats
