#pragma once
// A stream of raw bytes cut into logical lines.
//
// A logical line is a physical line, or several that a terminal wrapped at its width. What is held back is at most one
// logical line; one longer than 64 KiB is handed on in parts.

#include <cstdint>
#include <string>
#include <string_view>

#include "formats/text/byte_map.hpp"

namespace formats {

inline constexpr std::size_t longest_held_line = std::size_t{64} << 10;
inline constexpr std::size_t part_overlap = 1024;  ///< what the next part of an overlong line starts with

/// Text with the map of it.
struct MappedText {
    std::string_view text;
    const ByteMap& map;
};

/// Where a LineCutter hands the lines on, in order and without gaps.
class LineTaker {
 public:
    virtual ~LineTaker() = default;
    /// The logical line text[begin, end), with its line break when it has one.
    virtual void line(const MappedText& text, std::size_t begin, std::size_t end) = 0;
    /// The text of the lines is about to go: what was kept of it must be copied or handed on.
    virtual void text_ends() = 0;

    struct Taken {
        std::size_t bytes;  ///< from the start of the part; the others come again with the next one
        bool blank_rest;    ///< what follows up to the line break is not to be shown
    };
    /// The start of a line that is too long to wait for its end.
    virtual Taken part(const MappedText& text) = 0;
    /// What follows a part that asked for it, without the line break.
    virtual void blanked(std::string_view raw) = 0;
    /// The line break behind it.
    virtual void line_break(std::string_view raw) = 0;
};

class LineCutter {
 public:
    LineCutter() = default;
    ~LineCutter();
    LineCutter(const LineCutter&) = delete;
    LineCutter& operator=(const LineCutter&) = delete;

    void feed(std::string_view bytes, LineTaker& taker);
    /// What is held is a line without a line break. The next one starts a new stream.
    void finish(LineTaker& taker);

    /// Where the logical line ends that begins at `begin`: behind its line break, npos when it is not complete.
    /// `last_line` becomes the start of its last physical line.
    static std::size_t line_end(const MappedText& text, std::size_t begin, std::size_t& last_line);

 private:
    void complete_held(std::string_view& bytes, LineTaker& taker);
    void hand_on(std::string_view text, LineTaker& taker);
    void hand_on_held(LineTaker& taker);
    void hand_on_held_part(LineTaker& taker);
    void hold(std::string_view text, std::size_t last_line);
    static bool goes_on(std::string_view line, std::size_t size);

    std::string held_;                ///< the logical line that is not complete yet
    std::size_t held_last_line_ = 0;  ///< where in it the last physical line starts
    bool blanking_ = false;           ///< the rest of this overlong line is not shown
    ByteMap map_;
};

}  // namespace formats
