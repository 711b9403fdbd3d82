#include "examples/lab/text_template.hpp"

#include <cstdio>

namespace lab {
namespace {

std::string fill_to(std::string_view text, const Slots& slots, int depth) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto open = text.find('{');
        out += text.substr(0, open);
        if (open == std::string_view::npos) break;
        text.remove_prefix(open);
        const auto close = text.find('}');
        const auto slot = close == std::string_view::npos ? slots.end() : slots.find(text.substr(1, close - 1));
        if (slot == slots.end()) {
            out += '{';
            text.remove_prefix(1);
        } else {
            out += depth > 0 ? fill_to(slot->second, slots, depth - 1) : slot->second;
            text.remove_prefix(close + 1);
        }
    }
    return out;
}

}  // namespace

std::string fill(std::string_view text, const Slots& slots) { return fill_to(text, slots, 2); }

std::string_view unfilled_slot(std::string_view text) {
    for (auto open = text.find('{'); open != std::string_view::npos; open = text.find('{', open + 1)) {
        const auto end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-0123456789", open + 1);
        if (end != std::string_view::npos && end > open + 1 && text[end] == '}')
            return text.substr(open, end - open + 1);
    }
    return {};
}

std::string to_wire(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 32);
    char previous = 0;
    for (const char c : text) {
        if (c == '\n' && previous != '\r') out += '\r';
        out += c;
        previous = c;
    }
    return out;
}

std::string hexadecimal(std::uint32_t value, bool upper) {
    char text[12];
    std::snprintf(text, sizeof text, upper ? "%08X" : "%08x", value);
    return text;
}

}  // namespace lab
