#pragma once
// What a pager leaves in a log that was kept without its carriage returns.

#include <string_view>

namespace formats {

/// The line as a person saw it: without the pager's mark, what erased it, and the carriage returns at its end. An indented
/// line keeps its indentation.
std::string_view without_pager(std::string_view line);

}  // namespace formats
