#pragma once
// One logical line searched with all rules and learned literals, in each of the ways it can be read, with the state of
// the blocks that the lines before it opened.

#include <string>
#include <string_view>
#include <vector>

#include "formats/redaction/literals/learned_secrets.hpp"
#include "formats/redaction/rules/block_state.hpp"
#include "formats/redaction/rules/line_words.hpp"
#include "formats/redaction/rules/rule_book.hpp"
#include "formats/redaction/scan/clean_line.hpp"
#include "formats/redaction/scan/found_secret.hpp"
#include "formats/redaction/scan/line_cutter.hpp"
#include "formats/redaction/secret/span.hpp"
#include "formats/text/byte_map.hpp"

namespace formats {

class LineScanner {
 public:
    /// `learn`: what a rule finds is added to `learned`. Both must outlive the scanner.
    LineScanner(const RuleBook& rules, LearnedSecrets& learned, bool learn);

    /// Searches text[begin, end); whether anything was found. `part`: of an overlong line, whose end is not there yet.
    bool scan(const MappedText& text, std::size_t begin, std::size_t end, bool part);
    /// What the last search found: sorted, not overlapping, at places from the start of its line.
    const std::vector<FoundSecret>& found() const { return found_; }
    /// From now on what the rules leave is noted.
    void explain() { explains_ = true; }
    const std::vector<LeftText>& left() const { return left_; }
    /// Only the first `count` of them.
    void keep_found(std::size_t count) { found_.resize(count); }
    /// Whether a rule waited for more words at the end of the part.
    bool is_open() const { return open_; }
    /// Whether what was found is whole words, and leaves the rest as it is: a second reading finds the same.
    bool takes_words_alone() const { return words_alone_; }

    const BlockState& blocks() const { return blocks_; }
    /// What they were before the line that was searched last.
    const BlockState& blocks_before() const { return blocks_before_; }
    /// As if the lines before had left this state.
    void set_blocks(const BlockState& blocks) {
        blocks_ = blocks;
        key_at_end_ = LongKey::none;
    }

    /// The set of literals does not change while it is held; learning releases it for a moment.
    void hold_literals() { reader_.hold(); }
    void release_literals() { reader_.release(); }

 private:
    void scan_view(const CleanView* view, std::string_view raw, const ByteMap& map, std::size_t begin,
                   std::string_view text, unsigned kinds, bool part);
    void note_device_name();
    bool goes_on_at(const CleanView& view, const SecretSpan& span, std::size_t joint) const;
    bool end_at_own_line(const CleanView& view, SecretSpan& span) const;
    void add_found(const CleanView* view, std::string_view raw, std::string_view text, const SecretSpan& span);
    void learn(std::string_view value, SecretClass secret_class);
    void learn_found(std::string_view text);
    bool stands_elsewhere(const FoundSecret& secret, std::string_view text) const;
    void find_literals(const CleanView* view, const ByteMap& map, std::size_t begin, std::string_view text);
    void go_on_with_key(std::string_view line);
    void note_key_at_end(std::string_view line);
    void note_unmatched(std::string_view line);
    void settle(std::string_view raw);
    bool is_words_alone(const MappedText& text, std::size_t begin, std::size_t end) const;

    const RuleBook& rules_;
    LearnedSecrets& learned_;
    const bool learn_;
    const bool has_patterns_;
    BlockState blocks_, blocks_before_;
    LearnedSecrets::Reader reader_;
    bool open_ = false, words_alone_ = false;
    /// A key that ran to the end of its line: digits of what kind, 0 without one. It may go on in the next.
    enum class LongKey : std::uint8_t { none, hex, base64 };
    LongKey key_at_end_ = LongKey::none;
    std::size_t key_line_size_ = 0;
    RuleNumber key_rule_ = 0;
    SecretClass key_class_ = SecretClass::key;
    bool explains_ = false;
    std::vector<LeftText> left_;
    std::vector<FoundSecret> found_;

    ByteMap view_map_;  // reused from line to line, as all of these
    std::vector<CleanView> views_;
    LineWords words_;
    std::vector<SecretSpan> spans_;
    std::vector<Stretch> covered_, hex_runs_;
    std::vector<LiteralHit> literal_hits_;
};

}  // namespace formats
