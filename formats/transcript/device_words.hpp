#pragma once
// A device's text against the words of its profile, and as a person may see it.

#include <string>
#include <string_view>
#include <vector>

namespace formats {

class Redaction;

/// Without blanks and tabs before it.
std::string_view unindented(std::string_view line);
std::string_view without_end_blanks(std::string_view text);
/// A prompt, whatever blanks stand behind it.
bool ends_with_any(std::string_view text, const std::vector<std::string>& endings);
bool starts_with_any(std::string_view text, const std::vector<std::string>& beginnings);
/// The first of `words` that stands in the text; null: none.
const std::string* found_in(std::string_view text, const std::vector<std::string>& words);

/// What a device said, for a message: redacted first (null: whoever shows it will), since no rule and no search finds a
/// secret that was cut or has lost a letter. Of the rest the words that begin within `most` bytes; a secret that is
/// learned later is there whole or not at all, so a word is never cut, and left out when it is longer than a secret
/// can be. Controls become a blank or "?". Bytes outside ASCII stay: the outlet makes plain what it shows.
std::string quoted(std::string_view text, Redaction* redaction, std::size_t most = 80);

}  // namespace formats
