#pragma once
// Raw bytes of a logical line as readable text, with the way back. What a terminal would not show
// is left out: CR at the end, ESC sequences, NUL and other controls; a backspace takes the
// character before it away.
//
// A line that was edited or overwritten on the screen is read in several ways, because a secret may
// stand in what was overwritten: as it looks at the end, and each stretch between backspaces or
// carriage returns for itself. Lines that a terminal wrapped at 80 columns are read one by one and
// joined.
//
// A byte outside ASCII may belong to a value, stand beside a keyword (noise of a line, a byte order
// mark, what is left of a telnet option) or for a blank (text copied from a page has U+00A0). So a
// line with such bytes is read in three ways: as it is, without them, and with blanks for them.

#include <algorithm>
#include <cstddef>
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
        reduced,  ///< one of these without what is not ASCII; Unicode's blanks are blanks
        spaced,   ///< one of these with blanks for what is not ASCII
    };
    /// A stretch of the text that stands as it is in the raw line.
    struct Piece {
        std::size_t begin, raw;
    };
    Kind kind = Kind::shown;
    bool for_state = false;  ///< of the readings of a physical line, the one that opens and closes blocks
    std::string text;
    std::vector<Piece> pieces;
    std::vector<std::size_t> joints;  ///< joined: where in `text` each further line starts

    bool is_reading() const { return kind == Kind::reduced || kind == Kind::spaced; }
    /// Where byte `at` of the text stands in the raw line.
    std::size_t raw(std::size_t at) const {
        const auto next = std::upper_bound(pieces.begin(), pieces.end(), at,
                                           [](std::size_t place, const Piece& piece) { return place < piece.begin; });
        return next[-1].raw + (at - next[-1].begin);
    }
    void clear() {
        text.clear();
        pieces.clear();
        joints.clear();
        for_state = false;
    }
    /// Bytes that stand at `place` of the raw line.
    void push(std::string_view bytes, std::size_t place) {
        if (bytes.empty()) return;
        if (pieces.empty() || pieces.back().raw + (text.size() - pieces.back().begin) != place)
            pieces.push_back({text.size(), place});
        text.append(bytes);
    }
    void pop() {
        text.pop_back();
        if (pieces.back().begin == text.size()) pieces.pop_back();
    }
};

/// Without the line break and the carriage returns before it.
std::string_view without_line_break(std::string_view line);

/// How many bytes the character takes that starts with a byte outside ASCII: one when it is no UTF-8.
std::size_t wide_length(std::string_view text);
/// Whether such a character is a blank: those of Unicode, and that of ISO 8859-1.
bool is_wide_blank(std::string_view character);

/// Whether the terminal may have wrapped here: exactly 80 columns (behind our own stamp), nothing
/// replaced in it.
bool may_be_wrapped(std::string_view line);

/// All ways to read `raw`: one or more physical lines with their line breaks. Views are reused
/// storage; the number of valid ones is returned.
std::size_t clean_views(std::string_view raw, std::vector<CleanView>& views);

}  // namespace formats
