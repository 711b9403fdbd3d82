#include "formats/redaction/rules/line_words.hpp"

#include <algorithm>
#include <array>

#include "formats/redaction/text_class.hpp"

namespace formats {

namespace {

constexpr std::size_t most_prefix_words = 12;

enum : std::uint8_t { plain, blank, special };

// Special is what a command can start behind, or a quote or a prompt can end with.
constexpr std::array<std::uint8_t, 256> make_byte_kinds() {
    std::array<std::uint8_t, 256> kinds{};
    kinds[static_cast<unsigned char>(' ')] = kinds[static_cast<unsigned char>('\t')] = blank;
    for (const char c : std::string_view("'\"|:+(<!>;,#$"))
        kinds[static_cast<unsigned char>(c)] = special;
    return kinds;
}
constexpr std::array<std::uint8_t, 256> byte_kinds = make_byte_kinds();

bool is_quote(char c) { return c == '\'' || c == '"'; }

bool is_month(std::string_view word) {
    constexpr std::string_view months = "janfebmaraprmayjunjulaugsepoctnovdec";
    if (word.size() != 3) return false;
    const std::array<char, 3> folded = {lower(word[0]), lower(word[1]), lower(word[2])};
    const std::size_t at = months.find(std::string_view(folded.data(), 3));
    return at != std::string_view::npos && at % 3 == 0;
}

// "10:00:00.101:", "2026-11-25T19:24:51Z", "*Mar", "12", "[17]": what stamps and indexes are made
// of.
bool is_stamp_word(std::string_view word) {
    if (word.size() > 1 && (word.front() == '*' || word.front() == '.')) word.remove_prefix(1);
    if (is_month(word)) return true;
    if (word.empty() || word.size() > 32) return false;
    if (word.front() == '[' && word.back() == ']') word = word.substr(1, word.size() - 2);
    if (word.empty() || !is_digit(word.front())) return false;
    return all_of(word, [](char c) {
        return is_digit(c) || c == ':' || c == '.' || c == '-' || c == '/' || c == 'T' || c == 'Z';
    });
}

// Offset behind the prompt that the word starts with ("host(config)#isakmp": 13), 0 without one.
std::size_t prompt_length(std::string_view word) {
    bool letter = false;
    for (std::size_t i = 0; i < word.size() && i < 96; ++i) {
        const char c = word[i];
        if (c == '#' || c == '>' || c == '$') return letter ? i + 1 : 0;
        letter = letter || is_letter(c);
        const bool inside = is_alnum(c) || is_wide(c) ||
                            std::string_view("_.-:/@()~[]").find(c) != std::string_view::npos;
        if (!inside) return 0;
    }
    return 0;
}

// Moves the head of a word behind the punctuation in front of the keyword, or inside the word
// before it.
void find_head(LineWord& at, std::string_view text) {
    if (is_alnum(text.front())) {
        // `command:crypto`, `vty0|crypto`.
        const std::size_t inside = text.find_last_of("|:'\"");
        if (inside == std::string_view::npos || inside + 1 >= text.size()) return;
        const bool opens = text[inside] == '|' || starts_with_folded(text, "command:");
        if (text[inside] == ':' && !opens) return;
        at.head = at.begin + inside + 1;
        at.starts_command = at.starts_command || opens;
        at.after_prompt = at.after_prompt || opens;
        return;
    }
    const std::size_t skipped = text.find_first_not_of("'\"|+(<!>;,");
    if (skipped == 0 || skipped == std::string_view::npos) return;
    at.head = at.begin + skipped;
    if (is_quote(text[skipped - 1]) || text[skipped - 1] == '|')
        at.starts_command = at.after_prompt = true;
}

}  // namespace

std::size_t own_stamp_length(std::string_view text) {
    constexpr std::string_view form = "dddd-dd-ddTdd:dd:dd.ddddddZ ";
    if (text.size() < form.size()) return 0;
    for (std::size_t i = 0; i < form.size(); ++i)
        if (form[i] == 'd' ? !is_digit(text[i]) : text[i] != form[i]) return 0;
    return form.size();
}

void LineWords::assign(std::string_view text) {
    text_ = text;
    words_.clear();
    special_ = starts_with_prompt_ = false;
    const char* const bytes = text.data();
    for (std::size_t i = 0; i < text.size();) {
        while (i < text.size() && byte_kinds[static_cast<unsigned char>(bytes[i])] == blank) ++i;
        if (i == text.size()) break;
        const std::size_t begin = i;
        unsigned kinds = 0;
        for (; i < text.size(); ++i) {
            const std::uint8_t kind = byte_kinds[static_cast<unsigned char>(bytes[i])];
            if (kind == blank) break;
            kinds |= kind;
        }
        words_.push_back({begin, i, begin});
        words_.back().special = (kinds & special) != 0;
        special_ = special_ || words_.back().special;
    }
    mark_first_command();
    if (special_) mark_commands();
}

// Behind what is skipped at the start of the line.
void LineWords::mark_first_command() {
    bool prompt = false;
    for (std::size_t i = 0; i < words_.size() && i < most_prefix_words; ++i) {
        LineWord& at = words_[i];
        std::string_view text = word(i);
        if (text.size() > 1 && (text.front() == '+' || text.front() == '-') && is_alnum(text[1])) {
            text.remove_prefix(1);
            ++at.head;
        }
        if (text == "+" || text == "-" || is_stamp_word(text)) continue;
        if (equals_folded(text, "do") || equals_folded(text, "no") ||
            equals_folded(text, "default"))
            continue;
        if (text == "<---" || text == "--->" || text == "--More--" || text == "More")
            continue;  // left by the pager
        if (const std::size_t length = prompt || !special_ ? 0 : prompt_length(text); length > 0) {
            prompt = true;
            starts_with_prompt_ = at.begin == own_stamp_length(text_);
            if (length == text.size()) continue;
            at.head += length;
        }
        at.starts_command = true;
        at.after_prompt = prompt;
        return;
    }
}

// After a quote, `|`, `command:`; and which quote is open at each word.
void LineWords::mark_commands() {
    char open = 0;
    for (std::size_t i = 0; i < words_.size(); ++i) {
        LineWord& at = words_[i];
        const std::string_view text = word(i);
        if (i > 0 && !at.starts_command && words_[i - 1].special) {
            const std::string_view before = word(i - 1);
            const bool opens =
                before.back() == '|' || before == "cmd:" ||
                (before.back() == ':' && find_folded(before, "command:") != std::string_view::npos);
            if (opens) at.starts_command = at.after_prompt = true;
        }
        at.quote = open;
        if (!at.special) continue;
        if (at.head == at.begin) find_head(at, text);
        for (std::size_t c = 0; c < text.size(); ++c) {
            const std::size_t place = at.begin + c;
            if (is_quote(text[c])) {
                const bool ends_word = c + 1 == text.size();
                if (text[c] == open) {
                    if (ends_word) open = 0;
                } else if (open == 0 && !ends_word &&
                           (c == 0 ||
                            std::string_view(":=(,").find(text[c - 1]) != std::string_view::npos)) {
                    open = text[c];
                }
            }
            if (place < at.head) at.quote = open;
        }
    }
}

std::size_t LineWords::command_end(std::size_t i) const {
    const char open = words_[i].quote;
    if (open == 0) return text_.size();
    const std::size_t closing = text_.rfind(open);
    return closing != std::string_view::npos && closing > words_[i].head ? closing : text_.size();
}

}  // namespace formats
