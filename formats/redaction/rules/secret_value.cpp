#include "formats/redaction/rules/secret_value.hpp"

#include <array>

#include "formats/text/text_class.hpp"

namespace formats {

namespace {

constexpr std::string_view type7_key = "dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87";

int hex_value(char c) { return is_digit(c) ? c - '0' : lower(c) - 'a' + 10; }

}  // namespace

bool is_type7(std::string_view value) {
    if (value.size() < 4 || value.size() % 2 != 0 || !is_digit(value[0]) || !is_digit(value[1])) return false;
    return (value[0] - '0') * 10 + (value[1] - '0') < 53 && all_of(value, is_hex);
}

std::optional<std::string> decode_type7(std::string_view value) {
    if (!is_type7(value)) return std::nullopt;
    auto seed = static_cast<std::size_t>(value[0] - '0') * 10 + static_cast<std::size_t>(value[1] - '0');
    std::string clear;
    for (std::size_t i = 2; i + 1 < value.size(); i += 2) {
        const int byte = hex_value(value[i]) * 16 + hex_value(value[i + 1]);
        clear.push_back(static_cast<char>(byte ^ type7_key[seed++ % type7_key.size()]));
    }
    return clear;
}

bool is_hash(std::string_view value) {
    for (const std::string_view opening : hash_openings)
        if (value.substr(0, opening.size()) == opening && value.size() >= opening.size() + 12) return true;
    return false;
}

bool is_hash_mark(std::string_view word) {
    return equals_folded(word, "encrypted") || equals_folded(word, "nt-encrypted") || equals_folded(word, "pbkdf2") ||
           equals_folded(word, "mschap");
}

bool is_hex_group(std::string_view word) {
    if (word.size() > 2 && word[0] == '0' && (word[1] == 'x' || word[1] == 'X')) {
        word.remove_prefix(2);
        // Eight digits tell enough, whatever has become attached to them.
        if (word.size() > 8 && all_of(word.substr(0, 8), is_hex)) return true;
    }
    return word.size() >= 2 && all_of(word, is_hex);
}

bool is_typed_value(std::string_view type, std::string_view value) {
    if (equals_folded(type, "hex")) return all_of(value, is_hex);
    if (type.size() != 1) return false;
    switch (type[0]) {
        case '4': return value.size() >= 40 && all_of(value, [](char c) { return is_base64(c) || c == '.'; });
        case '5': return value.substr(0, 3) == "$1$" || value.substr(0, 3) == "$5$" || value.substr(0, 3) == "$6$";
        case '6': return value.size() >= 16;
        case '7': return value.size() >= 4 && all_of(value, is_hex);
        case '8': return value.substr(0, 3) == "$8$" || (value.size() >= 24 && all_of(value, is_base64));
        case '9': return value.substr(0, 3) == "$9$" || value.substr(0, 4) == "$14$";
        default: return false;
    }
}

Coding coding_of(std::string_view value) {
    if (value.size() > 6 && value.substr(0, 2) == "0x") return Coding::hex;
    if (value.size() > 6 && value.substr(0, 2) == "0s") return Coding::base64;
    return Coding::plain;
}

std::optional<std::string> decode_hex(std::string_view value) {
    if (value.size() > 2 && value[0] == '0' && (value[1] == 'x' || value[1] == 'X')) value.remove_prefix(2);
    std::string bytes;
    int half = -1;
    for (const char c : value) {
        if (c == ' ' || c == ':') continue;
        if (!is_hex(c)) return std::nullopt;
        if (half < 0) {
            half = hex_value(c);
        } else {
            bytes.push_back(static_cast<char>(half * 16 + hex_value(c)));
            half = -1;
        }
    }
    if (half >= 0 || bytes.empty()) return std::nullopt;
    return bytes;
}

std::optional<std::string> decode_base64(std::string_view value) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (value.substr(0, 2) == "0s") value.remove_prefix(2);
    while (!value.empty() && value.back() == '=') value.remove_suffix(1);
    std::string bytes;
    unsigned held = 0;
    int bits = 0;
    for (const char c : value) {
        const std::size_t digit = digits.find(c);
        if (digit == std::string_view::npos) return std::nullopt;
        held = (held << 6 | static_cast<unsigned>(digit)) & 0xffffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes.push_back(static_cast<char>(held >> bits & 255));
        }
    }
    if (bytes.empty()) return std::nullopt;
    return bytes;
}

std::string decode_url(std::string_view value) {
    std::string clear;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] == '%' && i + 2 < value.size() && is_hex(value[i + 1]) && is_hex(value[i + 2])) {
            clear.push_back(static_cast<char>(hex_value(value[i + 1]) * 16 + hex_value(value[i + 2])));
            i += 2;
        } else {
            clear.push_back(value[i]);
        }
    }
    return clear;
}

std::string decode_xml(std::string_view value) {
    constexpr std::array<std::pair<std::string_view, char>, 5> entities = {
        {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}}};
    std::string clear;
    while (!value.empty()) {
        std::size_t taken = 1;
        char byte = value.front();
        for (const auto& [entity, meaning] : entities)
            if (value.substr(0, entity.size()) == entity) {
                taken = entity.size();
                byte = meaning;
            }
        clear.push_back(byte);
        value.remove_prefix(taken);
    }
    return clear;
}

std::string decoded(std::string_view value, Coding coding) {
    std::optional<std::string> clear;
    switch (coding) {
        case Coding::plain: break;
        case Coding::type7: clear = decode_type7(value); break;
        case Coding::hex: clear = decode_hex(value); break;
        case Coding::base64: clear = decode_base64(value); break;
        case Coding::url: clear = decode_url(value); break;
        case Coding::xml: clear = decode_xml(value); break;
    }
    return clear ? *clear : std::string(value);
}

}  // namespace formats
