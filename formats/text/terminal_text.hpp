#pragma once
// Device bytes to clean lines, as a terminal of unlimited width would show them: CR returns to the start of
// the line, backspace goes back, what is written over replaces what was there, blanks that erase a pager
// mark or an echo leave nothing behind, escape sequences and NUL vanish. One byte at a time, no I/O.
//
//   \r\n, \r\r\n, \n\r      one line end (device facts, section 11 item 3)
//   <--- More --->\r{14 blanks}\r   erased [device facts, section 3]
//   ESC [ ... final, ESC ] ... BEL, ESC x   dropped
//
// A finished line in which one letter was written over another, or of which blanks erased less than all to its end, is
// given out as it came, with its CRs and backspaces: a screen shows what such a line ends as and hides what it said. A
// rule that looks for a key has to see both.
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
    void move_back(char c);
    /// The line so far, as it is given out.
    void give_out(std::string& lines);
    void end_line(std::string& lines);

    std::string line_;
    std::string written_;  ///< the same as it came; empty as long as the cursor has not moved back
    bool is_overwritten_ = false;
    bool is_erasing_ = false;  ///< blanks have not reached the end of what they erase
    std::size_t cursor_ = 0;
    bool continued_ = false;
    bool follows_cr_ = false;
    Escape escape_ = Escape::none;
    std::size_t escape_length_ = 0;
};

}  // namespace formats
