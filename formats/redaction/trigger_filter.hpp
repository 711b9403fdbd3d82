#pragma once
// The front of the rules: finds the lines that can hold a secret and skips the others. Each trigger is a
// literal that a rule needs; 64 of them are looked for at once with four table look-ups a byte and no
// dependency from one byte to the next, whatever the number of rules.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace formats {

/// A literal that must be on a line for some rule to apply.
struct Trigger {
    std::string text;         ///< lower case; matches in any case
    bool starts_word = true;  ///< no letter or digit stands before it
    bool ends_word = false;   ///< no letter, digit, '-' or '_' stands behind it
    bool operator==(const Trigger&) const = default;
};

class TriggerFilter {
 public:
    explicit TriggerFilter(std::vector<Trigger> triggers);

    /// Whether a trigger starts in text[begin, end). Reads on to the end of `text` only to complete it.
    bool hits(std::string_view text, std::size_t begin, std::size_t end) const;

 private:
    bool verify(std::string_view text, std::size_t at, std::uint64_t buckets) const;

    std::vector<Trigger> triggers_;
    std::array<std::vector<std::uint16_t>, 64> buckets_;
    std::array<std::array<std::uint64_t, 256>, 4> tables_{};  ///< by position: which buckets allow this byte there
};

}  // namespace formats
