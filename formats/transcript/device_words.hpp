#pragma once
// A device's text against the words of its profile, and as a person may see it.

#include <string>
#include <string_view>
#include <vector>

namespace formats {

/// Without blanks and tabs before it.
std::string_view unindented(std::string_view line);
std::string_view without_end_blanks(std::string_view text);
/// A prompt, whatever blanks stand behind it.
bool ends_with_any(std::string_view text, const std::vector<std::string>& endings);
bool starts_with_any(std::string_view text, const std::vector<std::string>& beginnings);
/// The first of `words` that stands in the text; null: none.
const std::string* found_in(std::string_view text, const std::vector<std::string>& words);
/// In a message: printable, short.
std::string shown(std::string_view text);

}  // namespace formats
