#pragma once
// Small readings that all parsers of this folder share: lines, words, numbers, networks. Device
// text is hostile: any byte may occur, nothing here throws, everything is bounded by the text it is
// given.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/text/ascii.hpp"
#include "formats/text/ip_address.hpp"

namespace formats {

/// Longest name or word that is kept of a device's text; what is longer is cut.
inline constexpr std::size_t longest_word = 256;

/// Walks over the lines of a text. Ends are LF, CR LF, or more CRs; trailing blanks are not part of
/// a line.
class DeviceLines {
 public:
    explicit DeviceLines(std::string_view text) : rest_(text) {}
    /// False at the end. `line` keeps its leading blanks.
    bool next(std::string_view& line);
    /// Of the line that next() gave last, from 1.
    std::uint32_t number() const { return number_; }

 private:
    std::string_view rest_;
    std::uint32_t number_ = 0;
};

std::string_view trimmed(std::string_view text);
/// Words between blanks and tabs; never more than `most`, the last one then holds the rest.
std::vector<std::string_view> words_of(std::string_view line, std::size_t most = 64);
/// A decimal number and nothing else.
std::optional<std::uint64_t> number_of(std::string_view text);
/// "0x32F752FF", "32F752FF": hexadecimal and nothing else.
std::optional<std::uint32_t> spi_of(std::string_view text);
/// The digits at the start of `text`, which is moved behind them.
std::optional<std::uint64_t> take_number(std::string_view& text);
/// Starts with `prefix`: takes it away.
bool take(std::string_view& text, std::string_view prefix);
/// What is kept of a device's word.
std::string kept(std::string_view word);
/// "203.0.113.1/500", "203.0.113.1:500", "203.0.113.1," -> "203.0.113.1"; IPv6 stays whole.
std::string address_without_port(std::string_view text);

/// An IPv4 network: mask bits may be holed (wildcards).
struct Network {
    std::uint32_t address = 0;
    std::uint32_t mask = 0;

    bool contains(std::uint32_t host) const { return (host & mask) == (address & mask); }
    bool contiguous() const { return (~mask & (~mask + 1)) == 0; }
    bool operator==(const Network&) const = default;
};
/// "10.1.1.0/24", "10.1.1.1", "any"; with a holed mask "10.0.1.0/255.0.255.0"
std::string to_text(const Network& network);
/// Address and netmask (or wildcard) as two words.
std::optional<Network> network_of(std::string_view address, std::string_view mask, bool wildcard = false);

}  // namespace formats
