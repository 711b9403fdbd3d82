#pragma once
// Device bytes to clean lines, as a terminal of unlimited width would show them: CR returns to the start of
// the line, backspace goes back, what is written over replaces what was there, blanks that erase a pager
// mark or an echo leave nothing behind, escape sequences and NUL vanish. One byte at a time, no I/O.
//
//   \r\n, \r\r\n, \n\r      one line end (device facts, section 11 item 3)
//   <--- More --->\r{14 blanks}\r   erased [device facts, section 3]
//   ESC [ ... final, ESC ] ... BEL, ESC x   dropped
//
// Memory is bounded: a line longer than 64 KiB is given out in pieces, without the newline until it comes.

#include <cstddef>
#include <string>
#include <string_view>

namespace formats {

class TerminalText {
 public:
    static constexpr std::size_t longest_line = std::size_t{64} << 10;

    /// Takes bytes; finished lines, each with its '\n', are appended to `lines`.
    void feed(std::string_view bytes, std::string& lines);

    /// The unfinished line: a prompt, a pager mark, a question, or the start of a line.
    const std::string& tail() const { return line_; }
    /// The tail began after "\n\r", as PIX and ASA prompts do and lines of output do not.
    bool tail_follows_cr() const { return follows_cr_; }
    /// The tail is the continuation of a line that was too long: it does not start a line.
    bool tail_is_continued() const { return continued_; }
    /// Takes the tail away: a prompt or a pager mark that was answered.
    std::string take_tail();

 private:
    enum class Escape : unsigned char { none, start, control, string, string_escape };
    void put(char c);
    void end_line(std::string& lines);

    std::string line_;
    std::size_t cursor_ = 0;
    bool continued_ = false;
    bool follows_cr_ = false;
    Escape escape_ = Escape::none;
    std::size_t escape_length_ = 0;
};

}  // namespace formats
