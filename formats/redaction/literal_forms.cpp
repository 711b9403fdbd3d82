#include "formats/redaction/literal_forms.hpp"

#include <algorithm>

#include "formats/redaction/text_class.hpp"

namespace formats {

namespace {

constexpr std::string_view lower_digits = "0123456789abcdef";
constexpr std::string_view upper_digits = "0123456789ABCDEF";

std::string as_hex(std::string_view value, std::string_view digits) {
    std::string text;
    for (const char c : value) {
        text.push_back(digits[static_cast<unsigned char>(c) >> 4]);
        text.push_back(digits[static_cast<unsigned char>(c) & 15]);
    }
    return text;
}

std::string url_quoted(std::string_view value, std::string_view digits) {
    std::string text;
    for (const char c : value) {
        if (is_alnum(c) || c == '-' || c == '_' || c == '.' || c == '~') {
            text.push_back(c);
        } else {
            text.push_back('%');
            text.push_back(digits[static_cast<unsigned char>(c) >> 4]);
            text.push_back(digits[static_cast<unsigned char>(c) & 15]);
        }
    }
    return text;
}

std::string backslash_quoted(std::string_view value) {
    std::string text;
    for (const char c : value) {
        if (c == '"' || c == '\\') text.push_back('\\');
        text.push_back(c);
    }
    return text;
}

std::string xml_quoted(std::string_view value) {
    std::string text;
    for (const char c : value) {
        switch (c) {
            case '&':
                text.append("&amp;");
                break;
            case '<':
                text.append("&lt;");
                break;
            case '>':
                text.append("&gt;");
                break;
            case '"':
                text.append("&quot;");
                break;
            default:
                text.push_back(c);
        }
    }
    return text;
}

// The characters of the encoding that depend on `value` alone, when `before` bytes (mod 3) come
// before it.
std::string base64_middle(std::string_view value, std::size_t before) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    const std::size_t first_bit = before * 8;
    const std::size_t bits = first_bit + value.size() * 8;
    for (std::size_t bit = (first_bit + 5) / 6 * 6; bit + 6 <= bits; bit += 6) {
        unsigned digit = 0;
        for (std::size_t i = bit; i < bit + 6; ++i) {
            const auto byte = static_cast<unsigned char>(value[(i - first_bit) / 8]);
            digit = digit << 1 | (byte >> (7 - (i - first_bit) % 8) & 1u);
        }
        text.push_back(digits[digit]);
    }
    return text;
}

}  // namespace

std::vector<LiteralForm> literal_forms(std::string_view value) {
    std::vector<LiteralForm> forms = {{std::string(value)}};
    const auto add = [&](std::string text, bool base64 = false) {
        const bool known = std::any_of(forms.begin(), forms.end(),
                                       [&](const LiteralForm& form) { return form.text == text; });
        if (!known) forms.push_back({std::move(text), base64});
    };
    add(backslash_quoted(value));
    add(url_quoted(value, upper_digits));
    add(url_quoted(value, lower_digits));
    add(xml_quoted(value));
    add(as_hex(value, lower_digits));
    add(as_hex(value, upper_digits));
    for (std::size_t before = 0; before < 3; ++before) add(base64_middle(value, before), true);
    return forms;
}

}  // namespace formats
