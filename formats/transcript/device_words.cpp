#include "formats/transcript/device_words.hpp"

#include <algorithm>

#include "formats/redaction/redaction.hpp"
#include "formats/text/ascii.hpp"

namespace formats {

namespace {

constexpr std::size_t longest_mark = 64;
/// Longer than any literal that is searched for.
constexpr std::size_t longest_word = 256;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Without blanks, and with one dash for several: "<---More--->" and "<- More ->" are one mark.
std::string squeezed(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (c != ' ' && c != '\t' && (c != '-' || !out.ends_with('-'))) out += c;
    return out;
}

}  // namespace

std::string_view unindented(std::string_view line) {
    const auto first = line.find_first_not_of(" \t");
    return first == std::string_view::npos ? std::string_view{} : line.substr(first);
}

std::string_view without_end_blanks(std::string_view text) { return text.substr(0, text.find_last_not_of(' ') + 1); }

std::optional<std::string_view> label_of_question(std::string_view line, const std::vector<std::string>& questions) {
    std::optional<std::string_view> label;
    line = without_end_blanks(line);
    for (const std::string& question : questions) {
        const std::string_view bare = without_end_blanks(question);
        if (bare.empty() || line.size() < bare.size()) continue;
        const std::string_view before = line.substr(0, line.size() - bare.size());
        // "PasswordPassword:" is none; "CPPM_UserName:" and "|Password:" are.
        if (!before.empty() && is_letter(before.back())) continue;
        if (lowered(line.substr(before.size())) == lowered(bare) && (!label || before.size() < label->size()))
            label = before;
    }
    return label;
}

bool is_pager_mark(std::string_view line, std::string_view mark) {
    return !mark.empty() && squeezed(line) == squeezed(mark);
}

bool begins_with_pager_mark(std::string_view line, std::string_view mark) {
    if (mark.empty() || unindented(line).substr(0, 1) != unindented(mark).substr(0, 1)) return false;
    return squeezed(line.substr(0, longest_mark)).starts_with(squeezed(mark));
}

bool starts_with_any(std::string_view text, const std::vector<std::string>& beginnings) {
    return std::any_of(beginnings.begin(), beginnings.end(), [&](const std::string& beginning) {
        const std::string_view bare = without_end_blanks(beginning);
        return text.size() >= bare.size() && lowered(text.substr(0, bare.size())) == lowered(bare);
    });
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
