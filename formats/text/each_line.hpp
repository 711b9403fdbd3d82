#pragma once
// The lines of a text, one after the other.

#include <string_view>

namespace formats {

/// Calls `each` for every line of `lines`, without its newline; the last may have none.
template <class Each>
void for_each_line(std::string_view lines, Each each) {
    while (!lines.empty()) {
        const auto end = lines.find('\n');
        each(lines.substr(0, end));
        lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    }
}

}  // namespace formats
