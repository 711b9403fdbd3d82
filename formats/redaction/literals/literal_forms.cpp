#include "formats/redaction/literals/literal_forms.hpp"

#include <algorithm>

#include "formats/text/text_class.hpp"

namespace formats {

namespace {

constexpr std::string_view lower_digits = "0123456789abcdef";
constexpr std::string_view upper_digits = "0123456789ABCDEF";

bool stays_in_url(char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.' || c == '~'; }
bool needs_backslash(char c) { return c == '"' || c == '\\'; }
bool needs_entity(char c) { return c == '&' || c == '<' || c == '>' || c == '"'; }

void add_hex(std::string& text, char c, std::string_view digits) {
    text.push_back(digits[static_cast<unsigned char>(c) >> 4]);
    text.push_back(digits[static_cast<unsigned char>(c) & 15]);
}

std::string as_hex(std::string_view value, std::string_view digits) {
    std::string text;
    text.reserve(value.size() * 2);
    for (const char c : value) add_hex(text, c, digits);
    return text;
}

// Each byte as two digits, with a sign before or between.
std::string as_pairs(std::string_view value, std::string_view digits, char sign, bool before_first) {
    std::string text;
    text.reserve(value.size() * 3);
    for (const char c : value) {
        if (before_first || !text.empty()) text.push_back(sign);
        add_hex(text, c, digits);
    }
    return text;
}

std::string url_quoted(std::string_view value, std::string_view digits) {
    std::string text;
    for (const char c : value) {
        if (stays_in_url(c)) {
            text.push_back(c);
        } else {
            text.push_back('%');
            add_hex(text, c, digits);
        }
    }
    return text;
}

std::string backslash_quoted(std::string_view value) {
    std::string text;
    for (const char c : value) {
        if (needs_backslash(c)) text.push_back('\\');
        text.push_back(c);
    }
    return text;
}

std::string xml_quoted(std::string_view value) {
    std::string text;
    for (const char c : value) {
        switch (c) {
            case '&': text.append("&amp;"); break;
            case '<': text.append("&lt;"); break;
            case '>': text.append("&gt;"); break;
            case '"': text.append("&quot;"); break;
            default: text.push_back(c);
        }
    }
    return text;
}

// The characters of the encoding that depend on `value` alone, when `before` bytes (mod 3) come
// before it.
std::string base64_middle(std::string_view value, std::size_t before) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve(value.size() * 4 / 3);
    // The first character that is whole starts so many bits behind the start of the value.
    std::size_t skipped = (before * 8 + 5) / 6 * 6 - before * 8;
    std::uint32_t held = 0;
    std::size_t bits = 0;
    for (const char c : value) {
        held = held << 8 | static_cast<unsigned char>(c);
        bits += 8;
        if (skipped > 0) {
            const std::size_t dropped = std::min(skipped, bits);
            bits -= dropped;
            skipped -= dropped;
        }
        for (; bits >= 6; bits -= 6) text.push_back(digits[held >> (bits - 6) & 63]);
    }
    return text;
}

// The whole encoding.
std::string base64(std::string_view value) {
    std::string text = base64_middle(value, 0);
    // The last character has bits that no byte fills.
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto byte = [&](std::size_t back) {
        return static_cast<unsigned>(static_cast<unsigned char>(value[value.size() - back]));
    };
    if (value.size() % 3 == 1) text.append(1, digits[(byte(1) & 3) << 4]).append("==");
    if (value.size() % 3 == 2) text.append(1, digits[(byte(1) & 15) << 2]).append("=");
    return text;
}

}  // namespace

std::string literal_text(std::string_view value, LiteralForm form) {
    switch (form) {
        case LiteralForm::plain: break;
        case LiteralForm::backslashes: return backslash_quoted(value);
        case LiteralForm::url_upper: return url_quoted(value, upper_digits);
        case LiteralForm::url_lower: return url_quoted(value, lower_digits);
        case LiteralForm::xml: return xml_quoted(value);
        case LiteralForm::hex_lower: return as_hex(value, lower_digits);
        case LiteralForm::hex_upper: return as_hex(value, upper_digits);
        case LiteralForm::base64_first: return base64_middle(value, 0);
        case LiteralForm::base64_second: return base64_middle(value, 1);
        case LiteralForm::base64_third: return base64_middle(value, 2);
        case LiteralForm::hex_colons_lower: return as_pairs(value, lower_digits, ':', false);
        case LiteralForm::hex_colons_upper: return as_pairs(value, upper_digits, ':', false);
        case LiteralForm::hex_blanks_lower: return as_pairs(value, lower_digits, ' ', false);
        case LiteralForm::hex_blanks_upper: return as_pairs(value, upper_digits, ' ', false);
        case LiteralForm::url_all_upper: return as_pairs(value, upper_digits, '%', true);
        case LiteralForm::url_all_lower: return as_pairs(value, lower_digits, '%', true);
        case LiteralForm::twice_first: return base64_middle(base64(value), 0);
        case LiteralForm::twice_second: return base64_middle(base64(value), 1);
        case LiteralForm::twice_third: return base64_middle(base64(value), 2);
    }
    return std::string(value);
}

std::vector<LiteralForm> literal_forms(std::string_view value) {
    std::vector<LiteralForm> forms = {LiteralForm::plain};
    if (std::any_of(value.begin(), value.end(), needs_backslash)) forms.push_back(LiteralForm::backslashes);
    if (!std::all_of(value.begin(), value.end(), stays_in_url)) {
        forms.push_back(LiteralForm::url_upper);
        if (url_quoted(value, upper_digits) != url_quoted(value, lower_digits)) forms.push_back(LiteralForm::url_lower);
    }
    if (std::any_of(value.begin(), value.end(), needs_entity)) forms.push_back(LiteralForm::xml);
    for (const LiteralForm base64 : {LiteralForm::base64_first, LiteralForm::base64_second, LiteralForm::base64_third})
        forms.push_back(base64);
    return forms;
}

}  // namespace formats
