#pragma once
// One clean line cut into words, with the places where a command can start.
//
// What stands before a command is skipped: indentation, our own or a device's time stamp, a prompt,
// `+`/`-`, a history index, `do`/`no`/`default`; a command also starts after an opening quote
// (`executed the 'X' command`, `config line 3, "X"`), after `|` (`show archive log`) and after
// `command:`. A quoted command ends at the last such quote of the line.

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

namespace formats {

struct LineWord {
    std::size_t begin, end;
    std::size_t head;  ///< where the keyword in it starts: after a quote, `|`, `+`, a prompt
    bool starts_command = false;
    bool after_prompt =
        false;  ///< the command was typed, or stands in a quote: indentation says nothing
    bool special = false;  ///< has punctuation that a command can start behind
    char quote = 0;        ///< the quote that is open where the keyword starts
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
    std::string_view head(std::size_t i) const {
        return text_.substr(words_[i].head, words_[i].end - words_[i].head);
    }
    /// Where the command that holds word `i` ends.
    std::size_t command_end(std::size_t i) const;
    /// The first word that starts at or behind `place`.
    std::size_t first_from(std::size_t place) const {
        return static_cast<std::size_t>(
            std::partition_point(words_.begin(), words_.end(),
                                 [&](const LineWord& w) { return w.begin < place; }) -
            words_.begin());
    }
    /// Whether the line starts with a prompt (behind our own stamp).
    bool starts_with_prompt() const { return starts_with_prompt_; }
    bool indented() const { return !words_.empty() && words_.front().begin > 0; }

 private:
    void mark_first_command();
    void mark_commands();

    std::string_view text_;
    std::vector<LineWord> words_;
    bool starts_with_prompt_ = false;
    bool special_ = false;  ///< whether any word has such punctuation
};

/// Length of our own leading stamp of a debug line ("2026-11-25T19:24:51.123456Z "), 0 without one.
std::size_t own_stamp_length(std::string_view text);

}  // namespace formats
