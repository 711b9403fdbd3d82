#include "formats/redaction/scan/line_cutter.hpp"

#include <algorithm>

#include "formats/redaction/scan/clean_line.hpp"
#include "formats/redaction/secret/token.hpp"

namespace formats {

namespace {

constexpr std::size_t npos = std::string_view::npos;

}  // namespace

LineCutter::~LineCutter() { wipe(held_); }

std::size_t LineCutter::line_end(const MappedText& text, std::size_t begin, std::size_t& last_line) {
    last_line = begin;
    while (true) {
        const std::size_t end = text.map.next_break(last_line);
        if (end == npos) return npos;
        if (!goes_on(text.text.substr(last_line, end - last_line), end + 1 - begin)) return end + 1;
        last_line = end + 1;
    }
}

// Whether the logical line that is `size` bytes long goes on behind this physical one.
bool LineCutter::goes_on(std::string_view line, std::size_t size) {
    return line.size() >= wrap_columns && may_be_wrapped(without_line_break(line)) && size <= longest_held_line / 2;
}

void LineCutter::feed(std::string_view bytes, LineTaker& taker) {
    while (!bytes.empty()) {
        if (!held_.empty() || blanking_) {
            complete_held(bytes, taker);
            continue;
        }
        // No more than the longest line at once: the map stays small, and a longer line comes in the same parts whatever
        // the chunks.
        const std::string_view some = bytes.substr(0, longest_held_line);
        bytes.remove_prefix(some.size());
        hand_on(some, taker);
    }
}

void LineCutter::finish(LineTaker& taker) {
    if (!held_.empty()) hand_on_held(taker);
    blanking_ = false;
}

// Appends to the held line up to the next line break and hands it on when it is complete.
void LineCutter::complete_held(std::string_view& bytes, LineTaker& taker) {
    const std::size_t line_break = bytes.find('\n');
    if (blanking_) {
        const std::size_t end = std::min(line_break, bytes.size());
        if (end > 0) taker.blanked(bytes.substr(0, end));
        bytes.remove_prefix(end);
        if (!bytes.empty()) {
            blanking_ = false;
            taker.line_break(bytes.substr(0, 1));
            bytes.remove_prefix(1);
        }
        return;
    }
    const std::size_t room = longest_held_line + 1 - std::min(held_.size(), longest_held_line);
    const std::size_t taken = std::min(line_break == npos ? bytes.size() : line_break + 1, room);
    held_.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    if (line_break != npos && taken == line_break + 1) {
        const std::string_view line = std::string_view(held_).substr(held_last_line_);
        if (goes_on(line.substr(0, line.size() - 1), held_.size()))
            held_last_line_ = held_.size();
        else
            hand_on_held(taker);
    } else if (held_.size() > longest_held_line) {
        hand_on_held_part(taker);
    }
}

void LineCutter::hold(std::string_view text, std::size_t last_line) {
    held_.assign(text);
    held_last_line_ = last_line;
}

// The complete lines of the text; the rest is held.
void LineCutter::hand_on(std::string_view text, LineTaker& taker) {
    map_.assign(text);
    const MappedText mapped{text, map_};
    std::size_t begin = 0, last_line = 0;
    for (std::size_t end; (end = line_end(mapped, begin, last_line)) != npos; begin = end)
        taker.line(mapped, begin, end);
    taker.text_ends();
    hold(text.substr(begin), last_line - begin);
}

// The held logical line is complete.
void LineCutter::hand_on_held(LineTaker& taker) {
    std::string line = std::move(held_);
    hold({}, 0);
    map_.assign(line);
    taker.line({line, map_}, 0, line.size());
    taker.text_ends();
    wipe(line);
}

// The held line is too long to wait for its end.
void LineCutter::hand_on_held_part(LineTaker& taker) {
    std::string part = std::move(held_);
    hold({}, 0);
    map_.assign(part);
    const LineTaker::Taken taken = taker.part({part, map_});
    blanking_ = taken.blank_rest;
    if (!blanking_) hold(std::string_view(part).substr(taken.bytes), 0);
    wipe(part);
}

}  // namespace formats
