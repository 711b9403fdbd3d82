#include "formats/text/terminal_text.hpp"

#include <algorithm>

namespace formats {

namespace {
// A blank that was written over something. At the end of a line it is an erasure and goes; between text it
// is a space. NUL cannot come from a device: it is dropped on the way in.
constexpr char erased = '\0';
constexpr std::size_t longest_escape = 256;
}  // namespace

void TerminalText::move_back(char c) {
    if (written_.empty()) written_ = line_;
    if (written_.size() < longest_line) written_ += c;
}

void TerminalText::put(char c) {
    if (!written_.empty() && written_.size() < longest_line) written_ += c;
    if (cursor_ < line_.size()) {
        const char before = line_[cursor_];
        if (before != c && before != ' ' && before != erased) (c == ' ' ? is_erasing_ : is_overwritten_) = true;
        line_[cursor_++] = c == ' ' ? erased : c;
        if (cursor_ == line_.size()) {
            while (!line_.empty() && line_.back() == erased) line_.pop_back();
            is_erasing_ = is_erasing_ && line_.size() == cursor_;
        }
        return;
    }
    // Only a cursor that stood on an erased end can be beyond the text: fill up with blanks.
    line_.append(cursor_ - line_.size(), ' ');
    line_.push_back(c);
    cursor_ = line_.size();
}

void TerminalText::give_out(std::string& lines) {
    while (written_.ends_with('\r')) written_.pop_back();
    std::replace(line_.begin(), line_.end(), erased, ' ');
    lines += is_overwritten_ || is_erasing_ ? written_ : line_;
    line_.clear();
    written_.clear();
    is_overwritten_ = is_erasing_ = false;
    cursor_ = 0;
}

void TerminalText::end_line(std::string& lines) {
    while (!line_.empty() && line_.back() == erased) line_.pop_back();
    give_out(lines);
    lines += '\n';
    continued_ = false;
    follows_cr_ = false;
    escape_ = Escape::none;
}

void TerminalText::feed(std::string_view bytes, std::string& lines) {
    for (const char c : bytes) {
        switch (escape_) {
            case Escape::none: break;
            case Escape::start:
                escape_ = c == '[' ? Escape::control : c == ']' || c == 'P' ? Escape::string : Escape::none;
                escape_length_ = 0;
                continue;
            case Escape::control:
                if ((c >= '@' && c <= '~') || ++escape_length_ > longest_escape) escape_ = Escape::none;
                if (c == '\n') end_line(lines);
                continue;
            case Escape::string:
                if (c == '\x1b') {
                    escape_ = Escape::string_escape;
                } else if (c == '\a' || c == '\n' || ++escape_length_ > longest_escape) {
                    escape_ = Escape::none;
                }
                if (c == '\n') end_line(lines);
                continue;
            case Escape::string_escape: escape_ = c == '\\' ? Escape::none : Escape::string; continue;
        }
        switch (c) {
            case '\0': break;
            case '\x1b': escape_ = Escape::start; break;
            case '\n': end_line(lines); break;
            case '\r':
                if (line_.empty() && !continued_) follows_cr_ = true;
                if (!line_.empty()) move_back(c);
                cursor_ = 0;
                break;
            case '\b':
                if (cursor_ > 0) {
                    move_back(c);
                    --cursor_;
                }
                break;
            default:
                put(c);
                if (line_.size() >= longest_line) {
                    give_out(lines);
                    continued_ = true;
                    follows_cr_ = false;
                }
        }
    }
}

std::string TerminalText::take_tail() {
    std::string taken = std::move(line_);
    std::replace(taken.begin(), taken.end(), erased, ' ');
    line_.clear();
    written_.clear();
    is_overwritten_ = is_erasing_ = false;
    cursor_ = 0;
    continued_ = false;
    follows_cr_ = false;
    return taken;
}

}  // namespace formats
