#pragma once
// The front of the rules: finds the lines that can hold a secret and skips the others. Each trigger
// is a literal that a rule needs, with the word that follows it when there is one.
//
// A trigger is looked for only where it can stand, and the ByteMap tells these places:
//   - at a letter that starts a word: three table look-ups, whatever the number of triggers. A
//     trigger of several words is looked for at one of them, and the bytes before are compared;
//   - at a sign: names before `=`, `:` or a quote; `@`, `$`, `<` and the tab themselves; the `)#` of a prompt in
//     configuration mode, behind which every command may be abbreviated.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "formats/text/byte_map.hpp"

namespace formats {

/// Which part of the rules a line is for.
enum : unsigned {
    for_forms = 1,
    // shapes
    for_urls = 1 << 1,
    for_hashes = 1 << 2,
    for_elements = 1 << 3,
    for_assignments = 1 << 4,
    for_cookies = 1 << 5,
    for_prompts = 1 << 6,
    for_nhrp_data = 1 << 7,
    for_psk_files = 1 << 8,
    for_notes = 1 << 20,
    for_ipsec_secrets = 1 << 21,
    for_radius_attributes = 1 << 22,
    for_tool_options = 1 << 23,
    for_http_headers = 1 << 24,
    for_shapes = for_urls | for_hashes | for_elements | for_assignments | for_cookies | for_prompts | for_nhrp_data |
                 for_psk_files | for_notes | for_ipsec_secrets | for_radius_attributes | for_tool_options |
                 for_http_headers,
    // blocks
    for_key_bodies = 1 << 9,
    for_loose_bodies = 1 << 10,
    for_key_tables = 1 << 11,
    for_radius_dumps = 1 << 12,
    for_radius_values = 1 << 13,
    for_ike_dumps = 1 << 14,
    for_charon_dumps = 1 << 15,
    for_pluto_rows = 1 << 16,
    for_key_blocks = 1 << 17,
    for_names = 1 << 18,
    for_open_elements = 1 << 19,
    for_hsrp_groups = 1 << 25,
    for_racoon_rows = 1 << 26,
    for_blocks = for_key_bodies | for_loose_bodies | for_key_tables | for_radius_dumps | for_radius_values |
                 for_ike_dumps | for_charon_dumps | for_pluto_rows | for_key_blocks | for_names | for_open_elements |
                 for_hsrp_groups | for_racoon_rows,
};

/// A literal that must be on a line for some rule to apply. Lower case; matches in any case. It
/// is `assigned`, ends with ':', starts with one of @ $ < or a tab, or holds a letter that starts a
/// word: a whole word starts with one.
struct Trigger {
    std::string text;
    unsigned kinds = for_forms;
    bool whole_word = false;          ///< stands alone as a word: blank or punctuation on both sides
    std::string word{};               ///< the word that `text` abbreviates; empty: `text` itself
    std::vector<std::string> next{};  ///< beginnings of which one follows after blanks; empty: anything
    bool assigned = false;            ///< `:`, `=` or a quote follows, or blanks and `=`
    bool operator==(const Trigger&) const = default;
};

/// Whether the line starts with four numbers, dots between them, and two blanks: no word tells that it may be one of
/// racoon's psk.txt.
inline bool begins_with_address(std::string_view line) {
    constexpr std::size_t longest_address = 15;
    if (line.empty() || line.front() < '0' || line.front() > '9') return false;
    std::size_t size = 0, dots = 0;
    for (; size < line.size() && size <= longest_address; ++size) {
        if (line[size] == '.')
            ++dots;
        else if (line[size] < '0' || line[size] > '9')
            break;
    }
    return dots == 3 && line.substr(size, 2) == "  ";
}

class TriggerFilter {
 public:
    explicit TriggerFilter(std::vector<Trigger> triggers);

    /// The parts of the rules that the line text[begin, end) is for: a combination of for_..., 0
    /// for none. `map` is that of `text`. Reads on to the end of `text` only to complete a trigger.
    unsigned kinds(const ByteMap& map, std::string_view text, std::size_t begin, std::size_t end) const;

 private:
    /// A trigger at a word, and where in it that word starts.
    struct Anchored {
        Trigger trigger;
        std::size_t anchor;
    };
    /// Up to eight bytes from the anchor on, all with the bit set that tells small letters from
    /// capitals.
    struct FirstBytes {
        std::uint64_t value, mask;
    };
    struct Name {
        std::string text;
        unsigned kinds;
        bool only_colon;  ///< not before `=` or a quote
    };
    struct Opening {
        std::string text;
        unsigned kinds;
    };

    void add_to_tables(const Anchored& anchored, std::size_t bucket);
    std::uint64_t buckets_at(const char* bytes) const {
        const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
        return pairs_[pair_slot(bytes[0], bytes[1])] & tables_[0][byte(2)] & tables_[1][byte(3)] & tables_[2][byte(4)];
    }
    unsigned at_word(std::string_view text, std::size_t at, std::uint64_t buckets, unsigned found) const;
    unsigned at_opening(std::string_view text, std::size_t at, std::size_t begin, std::size_t end) const;
    unsigned names_before(std::string_view text, std::size_t begin, std::size_t end, bool colon) const;
    static std::size_t pair_slot(char first, char second) {
        return (static_cast<std::size_t>(static_cast<unsigned char>(first)) & 31) << 5 |
               (static_cast<std::size_t>(static_cast<unsigned char>(second)) & 31);
    }

    std::vector<Anchored> anchored_;
    std::vector<FirstBytes> first_bytes_;            ///< of each of them
    std::array<std::uint16_t, 65> bucket_begins_{};  ///< where in them a bucket starts
    std::uint64_t not_only_forms_ = 0;               ///< buckets
    /// Which buckets allow the first two bytes together, the third, the fourth, the fifth.
    std::array<std::uint64_t, 1024> pairs_{};
    std::array<std::array<std::uint64_t, 256>, 3> tables_{};

    enum class Sign : std::uint8_t { none, opening, equals, behind_name, prompt };
    std::array<Sign, 256> signs_{};  ///< by byte
    std::vector<Name> names_;
    std::array<bool, 1024> name_endings_{};  ///< by the last two letters
    std::vector<Opening> openings_;          ///< start with one of @ $ <, or are a tab
};

}  // namespace formats
