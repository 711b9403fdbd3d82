#include "formats/redaction/psk_verdict.hpp"

#include "formats/redaction/secret/token.hpp"
#include "formats/text/text_class.hpp"

namespace formats {

namespace {

struct Value {
    std::string_view token;  // empty when there is none
    bool encrypted = false;
};

Value read_value(std::string_view text) {
    text = trim(text);
    Value value;
    if (text.size() > 2 && is_digit(text[0]) && is_blank(text[1])) {
        value.encrypted = text[0] == '6' || text[0] == '8';
        text = trim(text.substr(2));
    } else if (starts_with_folded(text, "hex ")) {
        text = trim(text.substr(4));
    }
    const std::size_t length = placeholder_length(text);
    if (length == 0 || length != text.size()) return value;
    const std::size_t colon = text.rfind(':');
    value.token = text.substr(colon + 1, length - colon - 2);
    return value;
}

}  // namespace

std::string_view name_of(PskVerdict verdict) {
    switch (verdict) {
        case PskVerdict::match: return "match";
        case PskVerdict::differ: return "differ";
        case PskVerdict::unverifiable: return "unverifiable";
    }
    return "unverifiable";
}

PskVerdict compare_psk(std::string_view one, std::string_view other) {
    const Value left = read_value(one), right = read_value(other);
    if (left.token.empty() || right.token.empty()) return PskVerdict::unverifiable;
    if (left.token == right.token) return PskVerdict::match;
    return left.encrypted || right.encrypted ? PskVerdict::unverifiable : PskVerdict::differ;
}

}  // namespace formats
