#pragma once
// Device text for a terminal and for lines of a log: what could move a cursor, change colours, start a new
// line or reorder letters is shown instead of obeyed.

#include <cstddef>
#include <string>
#include <string_view>

namespace collector {

/// Controls become "\x1b", C1 controls and bidirectional marks "\u009b", bytes that are no UTF-8 "\xff"; a
/// newline becomes "\n" in two letters unless `keep_newlines`. A tab becomes a blank.
std::string neutralised(std::string_view text, bool keep_newlines = false);

/// The longest beginning of `text` (neutralised before) that takes at most `columns`, with "..." when it was cut.
/// East Asian wide letters count as two.
std::string cut_to_columns(std::string_view text, std::size_t columns);

}  // namespace collector
