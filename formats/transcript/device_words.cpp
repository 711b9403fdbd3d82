#include "formats/transcript/device_words.hpp"

#include <algorithm>

namespace formats {

namespace {
constexpr std::size_t longest_shown = 80;
}

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

std::string shown(std::string_view text) {
    std::string safe;
    for (const char c : text.substr(0, longest_shown)) safe += (c >= ' ' && c <= '~') ? c : '?';
    return text.size() > longest_shown ? safe + "..." : safe;
}

}  // namespace formats
