#include "formats/cisco/device_text.hpp"

#include <algorithm>

namespace formats {

namespace {
constexpr std::size_t usual_words = 16;  ///< of a line of an access list

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// The next place from `at` on where is_blank() is `wanted`, or the end.
std::size_t next_place(std::string_view line, std::size_t at, bool wanted) {
    while (at < line.size() && is_blank(line[at]) != wanted) ++at;
    return at;
}
}  // namespace

bool DeviceLines::next(std::string_view& line) {
    if (rest_.empty()) return false;
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    while (!line.empty() && (is_blank(line.back()) || line.back() == '\r')) line.remove_suffix(1);
    // A CR in front redraws the line.
    while (!line.empty() && line.front() == '\r') line.remove_prefix(1);
    ++number_;
    return true;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::vector<std::string_view> words_of(std::string_view line, std::size_t most) {
    std::vector<std::string_view> words;
    words.reserve(std::min(most, usual_words));
    for (std::size_t at = next_place(line, 0, false); at < line.size();) {
        if (words.size() + 1 == most) {
            words.push_back(trimmed(line.substr(at)));
            break;
        }
        const std::size_t end = next_place(line, at, true);
        words.push_back(line.substr(at, end - at));
        at = next_place(line, end, false);
    }
    return words;
}

std::optional<std::uint64_t> take_number(std::string_view& text) {
    std::uint64_t number = 0;
    std::size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
        if (digits >= 18) return std::nullopt;
        number = number * 10 + static_cast<std::uint64_t>(text[digits++] - '0');
    }
    if (digits == 0) return std::nullopt;
    text.remove_prefix(digits);
    return number;
}

std::optional<std::uint64_t> number_of(std::string_view text) {
    const auto number = take_number(text);
    return text.empty() ? number : std::nullopt;
}

std::optional<std::uint32_t> spi_of(std::string_view text) {
    if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
    if (text.empty() || text.size() > 8) return std::nullopt;
    std::uint32_t spi = 0;
    for (const char c : text) {
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : -1;
        if (digit < 0) return std::nullopt;
        spi = spi << 4U | static_cast<std::uint32_t>(digit);
    }
    return spi;
}

bool take(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

std::string kept(std::string_view word) { return std::string(word.substr(0, longest_word)); }

std::string address_without_port(std::string_view text) {
    while (!text.empty() && (text.back() == ',' || text.back() == ';')) text.remove_suffix(1);
    text = text.substr(0, text.find('/'));
    if (std::count(text.begin(), text.end(), ':') == 1) text = text.substr(0, text.find(':'));
    return kept(text);
}

std::string to_text(const Network& network) {
    if (network.mask == 0) return "any";
    if (network.mask == 0xFFFFFFFFU) return ipv4_text(network.address);
    if (!network.contiguous()) return ipv4_text(network.address) + "/" + ipv4_text(network.mask);
    unsigned bits = 0;
    while (bits < 32 && (network.mask << bits & 0x80000000U) != 0) ++bits;
    return ipv4_text(network.address) + "/" + std::to_string(bits);
}

std::optional<Network> network_of(std::string_view address, std::string_view mask, bool wildcard) {
    const auto a = parse_ipv4(address);
    const auto m = parse_ipv4(mask);
    if (!a || !m) return std::nullopt;
    const std::uint32_t bits = wildcard ? ~*m : *m;
    return Network{*a & bits, bits};
}

}  // namespace formats
