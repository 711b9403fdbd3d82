#pragma once
// Raw bytes of a logical line as readable text, with the way back. What a terminal would not show
// is left out: CR at the end, ESC sequences, NUL and other controls; a backspace takes the
// character before it away.
//
// A line that was edited or overwritten on the screen is read in several ways, because a secret may
// stand in what was overwritten: as it looks at the end, and each stretch between backspaces or
// carriage returns for itself. Lines that a terminal wrapped at 80 columns are read one by one and
// joined.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace formats {

inline constexpr std::size_t wrap_columns = 80;

/// One way to read a line.
struct CleanView {
    enum class Kind : std::uint8_t {
        shown,    ///< a physical line as it looks at the end
        stretch,  ///< what stood between two backspaces or carriage returns
        joined,   ///< wrapped lines as one
    };
    Kind kind = Kind::shown;
    std::string text;
    std::vector<std::uint32_t> raw;   ///< for each byte of `text` its place in the raw line
    std::vector<std::size_t> joints;  ///< joined: where in `text` each further line starts

    void clear() {
        text.clear();
        raw.clear();
        joints.clear();
    }
    void push(char byte, std::size_t place) {
        text.push_back(byte);
        raw.push_back(static_cast<std::uint32_t>(place));
    }
};

/// Without the line break and the carriage returns before it.
std::string_view without_line_break(std::string_view line);

/// Whether the line has bytes that `clean_views` would leave out; the line break is not given.
bool has_controls(std::string_view line);

/// Whether the terminal may have wrapped here: exactly 80 columns (behind our own stamp), nothing
/// replaced in it.
bool may_be_wrapped(std::string_view line);

/// All ways to read `raw`: one or more physical lines with their line breaks. Views are reused
/// storage; the number of valid ones is returned. A joined view, when there are several lines, is
/// the last one.
std::size_t clean_views(std::string_view raw, std::vector<CleanView>& views);

}  // namespace formats
