// Versions as these devices write them: numbers with dots and parentheses between them, sometimes
// letters
// ("8.4(1)11", "12.4(15)T", "16.09.04").

#include <string>
#include <string_view>

#include "formats/platform/profile.hpp"

namespace formats {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Takes the next run of digits or letters; separators only part them. Leading zeros do not count.
std::string_view next_part(std::string_view& rest) {
    while (!rest.empty() && !is_digit(rest.front()) && !is_letter(rest.front())) rest.remove_prefix(1);
    if (rest.empty()) return {};
    const bool digits = is_digit(rest.front());
    std::size_t length = 0;
    while (length < rest.size() && (digits ? is_digit(rest[length]) : is_letter(rest[length]))) ++length;
    std::string_view part = rest.substr(0, length);
    rest.remove_prefix(length);
    while (part.size() > 1 && part.front() == '0') part.remove_prefix(1);
    return part;
}

}  // namespace

int compare_versions(std::string_view a, std::string_view b) {
    while (true) {
        std::string_view left = next_part(a);
        std::string_view right = next_part(b);
        if (left.empty() && right.empty()) return 0;
        // "8.4" is "8.4(0)"
        if (left.empty()) left = is_digit(right.front()) ? "0" : "";
        if (right.empty()) right = is_digit(left.front()) ? "0" : "";
        const bool left_digits = !left.empty() && is_digit(left.front());
        const bool right_digits = !right.empty() && is_digit(right.front());
        if (left_digits != right_digits) return left_digits ? 1 : -1;
        if (left_digits && left.size() != right.size()) return left.size() < right.size() ? -1 : 1;
        if (left != right) return left < right ? -1 : 1;
    }
}

}  // namespace formats
