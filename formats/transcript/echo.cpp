#include "formats/transcript/echo.hpp"

#include <algorithm>

namespace formats {

namespace {

constexpr std::size_t narrowest = 40;  ///< columns; PIX: `terminal width`, section 3
constexpr std::size_t least_shown = 8;

/// What a screen shows of a line that was drawn more than once: TerminalText gives such a line as it came, with its CRs
/// and backspaces.
std::string drawn(std::string_view came) {
    std::string shown;
    std::size_t cursor = 0;
    for (const char c : came) {
        if (c == '\r') {
            cursor = 0;
        } else if (c == '\b') {
            cursor -= cursor > 0 ? 1 : 0;
        } else {
            shown.resize(std::max(shown.size(), cursor + 1), ' ');
            shown[cursor++] = c;
        }
    }
    return shown;
}

}  // namespace

void EchoPieces::see(std::string_view line, std::optional<std::size_t> log_line, std::string_view typed) {
    const std::string_view piece = line.substr(0, log_line.value_or(line.size()));
    text_ = pending_ + std::string(piece);
    pending_ = log_line ? text_ : std::string();

    if (piece.empty() || typed.empty()) return;
    if (typed.substr(typed_size_).starts_with(piece)) {
        typed_size_ += piece.size();
        return;
    }
    // Behind its prompt it begins anew, as a device shows it that draws what was typed once more.
    for (std::size_t size = std::min(piece.size(), typed.size()); size > typed_size_; --size)
        if (piece.ends_with(typed.substr(0, size))) {
            typed_size_ = size;
            return;
        }
}

bool is_echo(std::string_view seen, std::string_view line, std::size_t prompt) {
    if (seen.find(line) != std::string_view::npos) return true;
    if (prompt + line.size() < narrowest || line.size() <= least_shown) return false;
    const std::string screen = drawn(seen);
    seen = screen;
    const auto first = seen.find('$');
    if (first == std::string_view::npos) return false;
    // What is drawn ends with blanks over what stood there, and a log line may have stood beyond them.
    seen = seen.substr(0, seen.find("  ", first));
    seen = seen.substr(0, seen.find_last_not_of(' ') + 1);
    const bool more_behind = seen.ends_with('$');
    if (first + 1 < seen.size()) {
        std::string_view shown = seen.substr(first + 1);
        if (more_behind) shown.remove_suffix(1);
        if (shown.size() >= least_shown &&
            (more_behind ? line.find(shown) != std::string_view::npos : line.ends_with(shown)))
            return true;
    }
    if (!more_behind) return false;
    const std::string_view shown = seen.substr(0, seen.size() - 1);
    const auto begin = shown.rfind(line.substr(0, least_shown));
    return begin != std::string_view::npos && line.starts_with(shown.substr(begin));
}

}  // namespace formats
