#pragma once
// The front of the rules: finds the lines that can hold a secret and skips the others. Each trigger
// is a literal that a rule needs, with the word that follows it when there is one; all of them are
// looked for at once with five table look-ups a byte and no dependency from one byte to the next,
// whatever their number.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace formats {

/// Which part of the rules a line is for.
enum : unsigned { for_forms = 1, for_shapes = 2, for_blocks = 4, for_all = 7 };

/// A literal that must be on a line for some rule to apply. Lower case; matches in any case.
struct Trigger {
    std::string text;  ///< looked for by the tables
    unsigned kinds = for_forms;
    bool whole_word = false;  ///< stands alone as a word: blank or punctuation on both sides
    std::string word{};       ///< the word that `text` abbreviates; empty: `text` itself
    std::vector<std::string>
        next{};             ///< beginnings of which one follows after blanks; empty: anything
    bool assigned = false;  ///< `:`, `=` or a quote follows, or blanks and `=`
    bool operator==(const Trigger&) const = default;
};

class TriggerFilter {
 public:
    explicit TriggerFilter(std::vector<Trigger> triggers);

    /// The parts of the rules that text[begin, end) is for: a combination of for_..., 0 for none.
    /// Reads on to the end of `text` only to complete a trigger.
    unsigned kinds(std::string_view text, std::size_t begin, std::size_t end) const;

 private:
    /// The first eight bytes of a trigger, all with the bit set that tells small letters from
    /// capitals.
    struct FirstBytes {
        std::uint64_t value, mask;
    };
    unsigned verify(std::string_view text, std::size_t at, std::uint64_t buckets) const;
    static bool is_there(const Trigger& trigger, std::string_view text, std::size_t at);

    std::vector<Trigger> triggers_;
    std::vector<FirstBytes> first_bytes_;  ///< of each trigger
    std::array<std::vector<std::uint16_t>, 64> buckets_;
    /// By position: which buckets allow this byte there. The first is for the byte before the
    /// trigger.
    std::array<std::array<std::uint64_t, 256>, 5> tables_{};
};

}  // namespace formats
