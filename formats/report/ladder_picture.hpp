#pragma once
// The ladder of a tunnel as an SVG for the report's page.

#include <functional>
#include <string>
#include <vector>

#include "formats/analysis/ladder.hpp"

namespace formats {

/// Where the page shows a line: the `id` of an element, without '#'; empty: it is not shown.
using LineAnchor = std::function<std::string(const Place&)>;

/// A picture without outer markup, for a page with report.css, whose classes give the colours. At most
/// `most_picture_bytes`; what does not fit is counted in a last line. It has a title and a description for readers
/// without eyes. `id` makes its own ids unique in the page. Line by line, so that what is withheld takes no markup along.
constexpr std::size_t most_picture_bytes = std::size_t{256} << 10;
std::vector<std::string> ladder_svg(const Ladder& ladder, const std::string& id, const LineAnchor& anchor);

}  // namespace formats
