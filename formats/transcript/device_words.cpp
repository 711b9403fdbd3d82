#include "formats/transcript/device_words.hpp"

#include <algorithm>

#include "formats/redaction/redaction.hpp"
#include "formats/text/ascii.hpp"

namespace formats {

namespace {
/// Longer than any literal that is searched for.
constexpr std::size_t longest_word = 256;
}  // namespace

std::string_view unindented(std::string_view line) {
    const auto first = line.find_first_not_of(" \t");
    return first == std::string_view::npos ? std::string_view{} : line.substr(first);
}

std::string_view without_end_blanks(std::string_view text) { return text.substr(0, text.find_last_not_of(' ') + 1); }

bool ends_with_any(std::string_view text, const std::vector<std::string>& endings) {
    return std::any_of(endings.begin(), endings.end(), [&](const std::string& ending) {
        // The blank behind a prompt may be missing or doubled.
        const std::string_view bare_ending = without_end_blanks(ending);
        return !bare_ending.empty() && without_end_blanks(text).ends_with(bare_ending);
    });
}

bool starts_with_any(std::string_view text, const std::vector<std::string>& beginnings) {
    return std::any_of(beginnings.begin(), beginnings.end(), [&](const std::string& beginning) { return text.starts_with(beginning); });
}

const std::string* found_in(std::string_view text, const std::vector<std::string>& words) {
    const auto word = std::find_if(words.begin(), words.end(),
                                   [&](const std::string& w) { return text.find(w) != std::string_view::npos; });
    return word == words.end() ? nullptr : &*word;
}

std::string quoted(std::string_view text, Redaction* redaction, std::size_t most) {
    const std::string whole = redaction == nullptr ? std::string(text) : redaction->redact(text).str();
    std::string plain;
    for (const char c : whole) {
        const bool is_blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (is_blank && (plain.empty() || plain.back() == ' ')) continue;
        plain += is_blank ? ' ' : is_control(c) ? '?' : c;
    }
    while (plain.ends_with(' ')) plain.pop_back();
    if (plain.size() <= most) return plain;
    std::size_t end = std::min(plain.find(' ', most), plain.size());
    const std::size_t begin = plain.rfind(' ', most) + 1;  // npos + 1: the first word
    if (end - begin > longest_word) end = begin;
    const bool is_whole = end == plain.size();
    plain.resize(end);
    while (plain.ends_with(' ')) plain.pop_back();
    return is_whole ? plain : plain + "...";
}

}  // namespace formats
