#pragma once
// The ladder of a tunnel as text, for a terminal.

#include <string>

#include "formats/analysis/ladder.hpp"

namespace formats {

/// Lines of at most 100 columns. Each rung names its lines as "a:25", the member that `a` stands for is named above.
std::string ladder_text(const Ladder& ladder);

}  // namespace formats
