#include "formats/redaction/rules/line_words.hpp"

#include <algorithm>
#include <array>

#include "formats/text/text_class.hpp"

namespace formats {

namespace {

constexpr std::size_t most_prefix_words = 12;

enum : std::uint8_t { plain, blank, special };

// Special is what a command can start behind, or a quote or a prompt can end with.
constexpr std::array<std::uint8_t, 256> make_byte_kinds() {
    std::array<std::uint8_t, 256> kinds{};
    kinds[static_cast<unsigned char>(' ')] = kinds[static_cast<unsigned char>('\t')] = blank;
    for (const char c : std::string_view("'\"`|:+(<!>;,#$=\\[{*")) kinds[static_cast<unsigned char>(c)] = special;
    return kinds;
}
constexpr std::array<std::uint8_t, 256> byte_kinds = make_byte_kinds();

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t longest_quoted = 4096;  // how far the end of a quote or a tag is looked for

bool is_quote(char c) { return c == '\'' || c == '"' || c == '`'; }

bool is_month(std::string_view word) {
    constexpr std::string_view months = "janfebmaraprmayjunjulaugsepoctnovdec";
    if (word.size() != 3) return false;
    const std::array<char, 3> folded = {lower(word[0]), lower(word[1]), lower(word[2])};
    const std::size_t at = months.find(std::string_view(folded.data(), 3));
    return at != npos && at % 3 == 0;
}

// "10:00:00.101:", "2026-11-25T19:24:51Z", "*Mar", "12", "[17]", "[2024-11-30": what stamps and indexes are made of.
bool is_stamp_word(std::string_view word) {
    if (word.size() > 1 && (word.front() == '*' || word.front() == '.')) word.remove_prefix(1);
    if (is_month(word)) return true;
    if (word.empty() || word.size() > 34) return false;
    if (word.front() == '[') word.remove_prefix(1);
    if (!word.empty() && word.back() == ']') word.remove_suffix(1);
    if (word.empty() || !is_digit(word.front())) return false;
    return all_of(word, [](char c) {
        return is_digit(c) || c == ':' || c == '.' || c == '-' || c == '/' || c == 'T' || c == 'Z';
    });
}

// "UTC:", "CEST": behind a stamp.
bool is_zone(std::string_view word) {
    if (!word.empty() && word.back() == ':') word.remove_suffix(1);
    return word.size() >= 2 && word.size() <= 5 && all_of(word, [](char c) { return c >= 'A' && c <= 'Z'; });
}

// `+`, `-`, `<`, `>` and `!` in front of a line: what diff, a mail and a context difference put there; a list's `*`.
bool is_mark(std::string_view word) {
    if (word.size() > 1 && word.size() <= 3) return all_of(word, [](char c) { return c == '>'; });  // of a mail
    return word.size() == 1 && std::string_view("+-<>!*").find(word.front()) != npos;
}

// Length of "hq.cfg:12:", "12:" or "running-config:" in front of a line, 0 without it.
std::size_t grep_prefix_length(std::string_view word) {
    std::size_t length = 0;
    // A line of context: "hq.cfg-12-".
    if (word.size() > 4 && word.back() == '-' && word.find('.') != npos) {
        const std::size_t number = word.find_last_not_of("0123456789", word.size() - 2);
        if (number != npos && number + 2 < word.size() && word[number] == '-') return word.size();
    }
    const std::size_t colon = word.find(':');
    if (colon == npos || colon == 0) return 0;
    const std::string_view name = word.substr(0, colon);
    const bool number = all_of(name, is_digit);
    if (!number) {
        const auto ends_with = [&](std::string_view ending) {
            return name.size() > ending.size() && equals_folded(name.substr(name.size() - ending.size()), ending);
        };
        const bool file = ends_with("config") || ends_with(".cfg") || ends_with(".conf") || ends_with(".txt") ||
                          ends_with(".log") || ends_with("-confg") || ends_with(".secrets") || name.find('/') != npos;
        if (!file || !all_of(name, [](char c) { return is_alnum(c) || std::string_view("._-/~").find(c) != npos; }))
            return 0;
    }
    length = colon + 1;
    if (number) return length;
    std::size_t digits = length;
    while (digits < word.size() && is_digit(word[digits])) ++digits;
    if (digits > length && digits < word.size() && (word[digits] == ':' || word[digits] == '-')) length = digits + 1;
    return length;
}

// Offset behind the prompt that the word starts with ("host(config)#isakmp": 13), 0 without one.
std::size_t prompt_length(std::string_view word) {
    bool letter = false;
    for (std::size_t i = 0; i < word.size() && i < 96; ++i) {
        const char c = word[i];
        if (c == '#' || c == '>' || c == '$') return letter ? i + 1 : 0;
        letter = letter || is_letter(c);
        const bool inside = is_alnum(c) || is_wide(c) || std::string_view("_.-:/@()~[]").find(c) != npos;
        if (!inside) return 0;
    }
    return 0;
}

// Whether `|` leads to a filter of what a command shows.
bool is_filter(std::string_view word) {
    constexpr std::array<std::string_view, 19> filters = {
        "sec",   "section",  "i",   "inc",    "include", "exc",   "exclude", "b",       "beg", "begin",
        "count", "redirect", "tee", "append", "grep",    "egrep", "match",   "no-more", "xml"};
    return std::any_of(filters.begin(), filters.end(),
                       [&](std::string_view filter) { return equals_folded(word, filter); });
}

// Whether `name=` or `name:` in front of a command says that it is one.
bool names_command(std::string_view name) {
    constexpr std::array<std::string_view, 5> names = {"cmd", "command", "cli", "clicommand", "commandline"};
    return std::any_of(names.begin(), names.end(), [&](std::string_view known) {
        if (name.size() < known.size() || !equals_folded(name.substr(name.size() - known.size()), known)) return false;
        return name.size() == known.size() || !is_alnum(name[name.size() - known.size() - 1]);
    });
}

// Length of `\n`, `\\n` and the like that the text starts with, 0 without one.
std::size_t escaped_break(std::string_view text) {
    const std::size_t letter = text.find_first_not_of('\\');
    if (letter == 0 || letter == npos || letter > 4) return 0;
    return text[letter] == 'n' || text[letter] == 'r' ? letter + 1 : 0;
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
    special_ = starts_with_prompt_ = marked_ = has_typed_ = false;
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

std::size_t LineWords::first_command() const {
    std::size_t i = 0;
    while (i < words_.size() && !words_[i].starts_command) ++i;
    return i;
}

// Behind what is skipped at the start of the line.
void LineWords::mark_first_command() {
    bool prompt = false, stamped = false;
    for (std::size_t i = 0; i < words_.size() && i < most_prefix_words; ++i) {
        LineWord& at = words_[i];
        std::string_view text = word(i);
        if (is_mark(text)) {
            marked_ = true;
            continue;
        }
        if (text.size() > 1 && (text.front() == '+' || text.front() == '-') && is_alnum(text[1])) {
            text.remove_prefix(1);
            ++at.head;
        }
        if (i == 0)
            if (const std::size_t length = grep_prefix_length(text);
                length > 0 && (length == text.size() || is_letter(text[length]))) {
                marked_ = true;
                if (length == text.size()) continue;
                text.remove_prefix(length);
                at.head += length;
            }
        if (is_stamp_word(text)) {
            stamped = text.find(':') != npos;
            continue;
        }
        if (stamped && is_zone(text)) continue;
        if (equals_folded(text, "do") || equals_folded(text, "no") || equals_folded(text, "default")) continue;
        if (text == "<---" || text == "--->" || text == "--More--" || text == "More") continue;  // left by the pager
        if (const std::size_t length = prompt || !special_ ? 0 : prompt_length(text); length > 0) {
            prompt = true;
            starts_with_prompt_ = at.begin == own_stamp_length(text_);
            if (length == text.size()) continue;
            at.head += length;
        }
        if (text.front() == '(') return;
        at.starts_command = true;
        at.after_prompt = prompt;
        if (prompt) {
            has_typed_ = true;
            for (std::size_t typed = i; typed < words_.size(); ++typed) words_[typed].typed = true;
        }
        return;
    }
}

// Where what the quote at `opening` opens is closed: at the first such quote that nothing but punctuation or a blank
// follows. The end of the line without one.
std::size_t LineWords::quote_end(std::size_t opening) const {
    const char quote = text_[opening];
    const bool escaped = opening > 0 && text_[opening - 1] == '\\';
    const std::size_t limit = std::min(text_.size(), opening + longest_quoted);
    for (std::size_t at = text_.find(quote, opening + 1); at != npos && at < limit; at = text_.find(quote, at + 1)) {
        if ((text_[at - 1] == '\\') != escaped) continue;
        if (at + 1 == text_.size() || is_blank(text_[at + 1]) ||
            std::string_view(",;:)]}.<>|\\'\"`").find(text_[at + 1]) != npos)
            return escaped ? at - 1 : at;
    }
    return text_.size();
}

// Where the part of a quoted text ends that starts at `from`: at `\n`.
std::size_t LineWords::part_end(std::size_t from, std::size_t closing) const {
    const std::string_view inside = text_.substr(0, closing);
    for (std::size_t at = inside.find('\\', from); at != npos; at = inside.find('\\', at + 1))
        if (escaped_break(inside.substr(at)) > 0) return at;
    return closing;
}

// Whether the words before word `i` say that what stands in the quote was typed or run.
bool LineWords::is_wrapper(std::size_t i) const {
    constexpr std::array<std::string_view, 9> words = {"command", "cli", "cmd",   "executed", "executing",
                                                       "running", "ran", "typed", "entered"};
    for (std::size_t back = 1; back <= 2 && back <= i; ++back) {
        std::string_view before = word(i - back);
        while (!before.empty() && (before.back() == ':' || before.back() == ',')) before.remove_suffix(1);
        if (std::any_of(words.begin(), words.end(),
                        [&](std::string_view known) { return equals_folded(before, known); }))
            return true;
    }
    return false;
}

// Behind a quote, a tag, `|`, `command:`, `cmd=`; and where what starts there ends.
void LineWords::mark_commands() {
    std::size_t closing = 0;  // of the quote or tag that is open, 0 without one
    std::size_t part = 0;     // where the command in it ends
    bool typed = false;
    for (std::size_t i = 0; i < words_.size(); ++i) {
        LineWord& at = words_[i];
        const std::string_view text = word(i);
        if (closing != 0 && at.begin >= closing) {
            closing = part = 0;
            typed = false;
        }
        at.closing = part;
        if (typed) at.typed = true;
        const auto starts = [&](std::size_t head, bool is_typed) {
            at.head = head;
            at.starts_command = at.after_prompt = true;
            at.closing = part;
            typed = is_typed;
            at.typed = at.typed || is_typed;
            has_typed_ = has_typed_ || is_typed;
        };
        if (i > 0 && !at.starts_command && words_[i - 1].special && closing == 0) {
            const std::string_view before = word(i - 1);
            // Pluto's log has one in front of each line, a table too; and a shown text goes through a filter behind one.
            const bool cell = word(0) == "|" && word(words_.size() - 1) == "|" && before == "|";
            const bool column = before.back() == '|' && (cell || word(0).front() != '|') && !is_filter(text);
            if (column || (before.back() == ':' && names_command(before.substr(0, before.size() - 1)))) {
                const std::size_t next = column ? text_.find(" |", at.begin) : npos;
                part = closing = next == npos ? 0 : next;
                starts(at.begin, !cell);
            }
        }
        if (!at.special) continue;
        if (text.starts_with("[REDACTED:")) continue;
        // Bold in Markdown: it ends as it starts.
        if (closing == 0 && text.size() > 2 && text.starts_with("**") && is_letter(text[2]))
            if (const std::size_t end =
                    text_.substr(0, std::min(text_.size(), at.begin + longest_quoted)).find("**", at.begin + 2);
                end != npos) {
                closing = part = end;
                starts(at.begin + 2, false);
            }
        if (at.head == at.begin && !is_alnum(text.front())) {
            const std::size_t skipped = text.find_first_not_of("'\"`|+(<!>;,[{*_");
            if (skipped != npos) at.head = at.begin + skipped;
        }
        for (std::size_t c = 0; c < text.size(); ++c) {
            const std::size_t place = at.begin + c;
            const bool last = c + 1 == text.size();
            if (closing != 0 && place >= closing) closing = part = 0;
            if (closing != 0 && place == part) {
                const std::size_t length = escaped_break(text.substr(c));
                part = part_end(place + length, closing);
                if (c + length < text.size()) starts(place + length, typed);
                c += length - (length > 0 ? 1 : 0);
                continue;
            }
            if (text[c] == '#' && c > 0 && text[c - 1] == ')' && closing == 0) {
                // The prompt of configuration mode, wherever a log has put it.
                if (!last) {
                    starts(place + 1, true);
                } else if (i + 1 < words_.size()) {
                    LineWord& next = words_[i + 1];
                    next.starts_command = next.after_prompt = next.typed = typed = has_typed_ = true;
                }
                continue;
            }
            if (is_quote(text[c])) {
                if (closing != 0 || last) continue;
                const bool opens = c == 0 || std::string_view(":=(,[{>|\\b`").find(text[c - 1]) != npos;
                if (!opens || text[c + 1] == text[c]) continue;
                closing = quote_end(place);
                part = part_end(place + 1, closing);
                const std::string_view name = c > 0 ? text.substr(0, c) : std::string_view();
                starts(place + 1, is_wrapper(i) || (!name.empty() && names_command(name.substr(0, name.size() - 1))));
            } else if (last || closing != 0) {
                continue;
            } else if (text[c] == '>' && is_letter(text[c + 1]) && text.rfind('<', c) != npos) {
                const std::size_t next =
                    text_.substr(0, std::min(text_.size(), place + longest_quoted)).find("</", place);
                closing = part = next == npos ? 0 : next;
                starts(place + 1, false);
            } else if (text[c] == '|' && c > 0 && is_alnum(text[c + 1])) {
                const std::size_t next = text_.find(" |", place);
                closing = part = next == npos ? 0 : next;
                starts(place + 1, true);
            } else if ((text[c] == '=' || text[c] == ':') && is_letter(text[c + 1]) &&
                       names_command(text.substr(0, c))) {
                const std::size_t next = text_.find(" <cr>", place);
                closing = part = next == npos ? 0 : next;
                starts(place + 1, true);
            }
        }
    }
}

}  // namespace formats
