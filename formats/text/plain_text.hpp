#pragma once
// Makes any bytes fit to stand in an XML 1.0 document, and on a terminal.

#include <cstddef>
#include <string>
#include <string_view>

namespace formats {

/// UTF-8 without anything XML 1.0 forbids. What is not UTF-8, and control characters (C0 but tab
/// and newline, DEL, C1), surrogates, U+FFFE and U+FFFF become U+FFFD each. At most `most`
/// characters: a longer text ends in U+2026.
std::string plain_text(std::string_view bytes, std::size_t most);

/// The same on one line: tabs and newlines become U+FFFD too, so do marks that turn the direction
/// of writing.
std::string plain_label(std::string_view bytes, std::size_t most);

/// The number of characters (code points) of valid UTF-8.
std::size_t length_of(std::string_view utf8);

}  // namespace formats
