#pragma once
// A stream of raw bytes cut into logical lines, each searched once with all rules and learned
// literals.
//
// A logical line is a physical line, or several that a terminal wrapped at 80 columns. Lines that
// nothing can apply to are handed on without being copied. What is held back is at most one logical
// line; one longer than 64 KiB is handed on in parts, and when a rule is still open at the end of a
// part, the rest of the line is handed on as blanked.
//
// What is handed on holds nothing that a scanner which starts there would find. A placeholder has
// other words beside it than the secret had, takes a word that opened or closed a block away, or
// ends a wrap; so a line with secrets is read again as it came out, until nothing is found in it.
// The second reading has the state of the blocks that a reader of the output has, line after line;
// the first one keeps that of the input, since a block whose first line was replaced is still one.
// By induction over the lines a second pass starts each with the state the second reading had here
// and with no more literals, and so finds nothing. Only the lines with secrets, and those for which
// the two states differ, are read twice. Parts of an overlong line are read like lines, but a second pass cuts it
// elsewhere: what depends on the cut may differ.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "formats/redaction/rules/block_state.hpp"
#include "formats/redaction/scan/byte_map.hpp"
#include "formats/redaction/scan/clean_line.hpp"
#include "formats/redaction/literals/learned_secrets.hpp"
#include "formats/redaction/rules/line_words.hpp"
#include "formats/redaction/rules/rule_book.hpp"
#include "formats/redaction/rules/span.hpp"

namespace formats {

inline constexpr std::size_t longest_held_line = std::size_t{64} << 10;

/// A secret at its place in the raw bytes that were handed on with it.
struct FoundSecret {
    std::size_t begin, end;
    RuleNumber rule;
    SecretClass secret_class;
    bool undelimited;
    bool learn;
    std::string raw_value;  ///< as it stands on the line, without controls
    std::string value;      ///< decoded
};

/// Where a StreamScanner hands the text on, in order and without gaps.
class ScannedText {
 public:
    virtual ~ScannedText() = default;
    virtual void plain(std::string_view raw) = 0;
    /// Sorted, not overlapping. A line break inside a secret stays.
    virtual void with_secrets(std::string_view raw, const std::vector<FoundSecret>& secrets) = 0;
    /// The text with the secrets replaced, which is then handed on as plain. Asked only of one whose
    /// scanner learns.
    virtual std::string replaced(std::string_view raw, const std::vector<FoundSecret>& secrets) = 0;
    /// The rest of an overlong line in which a secret is open: not to be shown.
    virtual void blanked(std::string_view raw) = 0;
};

class StreamScanner {
 public:
    /// `learn`: what a rule finds is added to `learned`. Both must outlive the scanner.
    StreamScanner(const RuleBook& rules, LearnedSecrets& learned, bool learn);
    ~StreamScanner();

    void feed(std::string_view bytes, ScannedText& out);
    void finish(ScannedText& out);

 private:
    void complete_held(std::string_view& bytes, ScannedText& out);
    void hold(std::string_view text, std::size_t last_line);
    static bool goes_on(std::string_view line, std::size_t size);
    std::size_t unit_end(std::string_view text, std::size_t begin, std::size_t& last_line) const;
    void scan_units(std::string_view text, ScannedText& out);
    void scan_held(ScannedText& out);
    void scan_held_part(ScannedText& out);
    bool scan_unit(std::string_view text, std::size_t begin, std::size_t end, bool part);
    void scan_view(const CleanView* view, std::string_view raw, const ByteMap& map, std::size_t begin,
                   std::string_view text, unsigned kinds, bool part);
    void note_device_name();
    bool goes_on_at(const CleanView& view, const SecretSpan& span, std::size_t joint) const;
    bool end_at_own_line(const CleanView& view, SecretSpan& span) const;
    void add_found(const CleanView* view, std::string_view raw, std::string_view text, const SecretSpan& span);
    void learn(std::string_view value, SecretClass secret_class);
    void learn_found(std::string_view text);
    bool stands_elsewhere(const FoundSecret& secret, std::string_view text) const;
    void find_literals(const CleanView* view, const ByteMap& map, std::size_t begin,
                       std::string_view text);
    void settle(std::string_view raw);
    bool takes_words_alone(std::string_view text, std::size_t begin, std::size_t end) const;
    void hand_on(std::string_view raw, bool found, ScannedText& out);
    std::string read_again(std::string_view text, bool& found, ScannedText& out);

    const RuleBook& rules_;
    LearnedSecrets& learned_;
    const bool learn_;
    const bool has_patterns_;

    std::string held_;       ///< the logical line that is not complete yet
    std::size_t held_last_line_ = 0;  ///< where in it the last physical line starts
    bool blanking_ = false;  ///< the rest of this overlong line is not shown
    bool words_alone_ = false;  ///< what was found last is whole words, and leaves the rest as it is
    bool open_ = false;      ///< a rule waited for more words at the end of the last view
    BlockState blocks_;
    BlockState blocks_before_;  ///< the line that was searched last
    std::unique_ptr<StreamScanner> again_;  ///< reads what came out; from the first secret on
    bool came_out_differently_ = false;     ///< the state of `again_` is another than ours
    LearnedSecrets::Reader reader_;

    ByteMap map_, view_map_;        // of the text that is being searched
    std::vector<CleanView> views_;  // reused from line to line
    LineWords words_;
    std::vector<SecretSpan> spans_;
    std::vector<FoundSecret> found_;
    std::vector<Stretch> covered_, hex_runs_;
    std::vector<LiteralHit> literal_hits_;
};

}  // namespace formats
