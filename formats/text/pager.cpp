#include "formats/text/pager.hpp"

#include <algorithm>

namespace formats {

std::string_view without_pager(std::string_view line) {
    while (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    for (const std::string_view mark : {"<--- More --->", "--More--", " --More-- "}) {
        if (!line.starts_with(mark)) continue;
        std::string_view rest = line.substr(mark.size());
        // Backspaces or returns, and blanks over the mark: as many as the mark is wide. What blanks follow are the line's own.
        std::size_t blanks = 0;
        for (; !rest.empty() &&
               (rest.front() == '\b' || rest.front() == '\r' || (rest.front() == ' ' && blanks < mark.size()));
             rest.remove_prefix(1))
            blanks += rest.front() == ' ' ? 1 : 0;
        return rest;
    }
    return line;
}

}  // namespace formats
