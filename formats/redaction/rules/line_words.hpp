#pragma once
// One clean line cut into words, with the places where a command can start.
//
// What stands before a command at the start of a line is skipped: indentation, our own or a device's time stamp, a
// prompt, a mark of a difference (`+` `-` `<` `>` `!`), a history index, the file and number that grep puts there
// ("hq.cfg:12:"), `do`/`no`/`default`. A command also starts
//   - behind an opening quote, backtick included: `executed the 'X' command`, ["X", "Y"]; it ends at the quote that
//     closes, or at `\n` in it;
//   - behind a tag, `<td>X</td>`, where it ends with the next closing one;
//   - behind `|`, where it ends at the next one between blanks; behind `command:` and `cmd=`.

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

namespace formats {

struct LineWord {
    std::size_t begin, end;
    std::size_t head;  ///< where the keyword in it starts: after a quote, `|`, `+`, a prompt
    bool starts_command = false;
    bool after_prompt = false;  ///< the command was typed, or stands in a quote: indentation says nothing
    bool typed = false;         ///< a person typed the command: keywords may be abbreviated
    bool special = false;       ///< has punctuation that a command can start behind
    std::size_t closing = 0;    ///< where the command ends that the keyword belongs to, 0: with the line
};

class LineWords {
 public:
    /// Replaces what was held. `text` must outlive the use. Blanks are space and tab.
    void assign(std::string_view text);

    std::string_view text() const { return text_; }
    std::size_t size() const { return words_.size(); }
    const LineWord& operator[](std::size_t i) const { return words_[i]; }
    std::string_view word(std::size_t i) const {
        return text_.substr(words_[i].begin, words_[i].end - words_[i].begin);
    }
    std::string_view head(std::size_t i) const { return text_.substr(words_[i].head, words_[i].end - words_[i].head); }
    /// Where the command that holds word `i` ends.
    std::size_t command_end(std::size_t i) const {
        return words_[i].closing > words_[i].head ? words_[i].closing : text_.size();
    }
    /// The first word that starts at or behind `place`.
    std::size_t first_from(std::size_t place) const {
        return static_cast<std::size_t>(
            std::partition_point(words_.begin(), words_.end(), [&](const LineWord& w) { return w.begin < place; }) -
            words_.begin());
    }
    /// The first word that starts a command; the number of words without one.
    std::size_t first_command() const;
    /// Whether the line starts with a prompt (behind our own stamp).
    bool starts_with_prompt() const { return starts_with_prompt_; }
    /// Whether a blank stands at the left margin, or a mark in front of the line.
    bool indented() const { return marked_ || (!words_.empty() && words_.front().begin > 0); }
    /// Whether any command on the line was typed by a person.
    bool has_typed() const { return has_typed_; }

 private:
    void mark_first_command();
    void mark_commands();
    std::size_t quote_end(std::size_t opening) const;
    std::size_t part_end(std::size_t from, std::size_t closing) const;
    bool is_wrapper(std::size_t i) const;

    std::string_view text_;
    std::vector<LineWord> words_;
    bool starts_with_prompt_ = false;
    bool marked_ = false;
    bool has_typed_ = false;
    bool special_ = false;  ///< whether any word has such punctuation
};

/// Length of our own leading stamp of a debug line ("2026-11-25T19:24:51.123456Z "), 0 without one.
std::size_t own_stamp_length(std::string_view text);

}  // namespace formats
