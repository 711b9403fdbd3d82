#pragma once
// A device's text against the words of its profile, and as a person may see it.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace formats {

class Redaction;

/// Without blanks and tabs before it.
std::string_view unindented(std::string_view line);
std::string_view without_end_blanks(std::string_view text);
/// What stands before a question that the line ends with, in capitals or not and whatever blanks stand behind it: "AD "
/// of "AD Password: ", empty where the question is the whole line. Nullopt: it ends with none of them. A question
/// begins a word.
std::optional<std::string_view> label_of_question(std::string_view line, const std::vector<std::string>& questions);
/// The mark of a page that waits and nothing else, whatever blanks stand around and in it.
bool is_pager_mark(std::string_view line, std::string_view mark);
bool begins_with_pager_mark(std::string_view line, std::string_view mark);
/// In capitals or not, and whatever blanks stand behind them.
bool starts_with_any(std::string_view text, const std::vector<std::string>& beginnings);
/// The first of `words` that stands in the text; null: none.
const std::string* found_in(std::string_view text, const std::vector<std::string>& words);

/// What a device said, for a message: redacted first (null: whoever shows it will), since no rule and no search finds a
/// secret that was cut or has lost a letter. Of the rest the words that begin within `most` bytes; a secret that is
/// learned later is there whole or not at all, so a word is never cut, and left out when it is longer than a secret
/// can be. Controls become a blank or "?". Bytes outside ASCII stay: the outlet makes plain what it shows.
std::string quoted(std::string_view text, Redaction* redaction, std::size_t most = 80);

}  // namespace formats
