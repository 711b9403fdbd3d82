#include "formats/redaction/rules/ordinary_text.hpp"

#include <algorithm>
#include <array>

#include "formats/text/text_class.hpp"

namespace formats {

namespace {

constexpr std::size_t npos = std::string_view::npos;

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
    return std::any_of(words.begin(), words.end(), [&](std::string_view known) { return equals_folded(word, known); });
}

std::string_view without_signs(std::string_view word) {
    constexpr std::string_view signs = ",.;:!?()[]{}\"'`*";
    while (!word.empty() && signs.find(word.front()) != npos) word.remove_prefix(1);
    while (!word.empty() && signs.find(word.back()) != npos) word.remove_suffix(1);
    return word;
}

/// Calls `take` with each word between blanks until it says no; whether it never did.
template <class Take>
bool each_word(std::string_view text, Take take) {
    while (true) {
        while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
        if (text.empty()) return true;
        const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
        if (!take(text.substr(0, end))) return false;
        text.remove_prefix(end);
    }
}

bool is_small(char c) { return c >= 'a' && c <= 'z'; }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

/// Small letters, also behind one capital: "reachable", "Loopback".
bool is_plain_word(std::string_view word) {
    return !word.empty() && is_letter(word.front()) && (word.size() == 1 || all_of(word.substr(1), is_small));
}

// What a phrase begins with, and nothing that goes on with a word like "password".
bool begins_phrase(std::string_view word) {
    static constexpr std::array<std::string_view, 9> words = {"the",  "a",   "an", "this", "that",
                                                              "your", "you", "it", "its"};
    return is_one_of(word, words);
}

// What of a word follows its letters, and where it starts.
std::size_t letters_at_front(std::string_view word) {
    return std::min(static_cast<std::size_t>(
                        std::find_if_not(word.begin(), word.end(), [](char c) { return is_letter(c); }) - word.begin()),
                    word.size());
}

bool is_number_with_signs(std::string_view text) {
    return all_of(text, [](char c) { return is_digit(c) || std::string_view("./:-_()%,x*+#").find(c) != npos; });
}

}  // namespace

bool is_status_word(std::string_view word) {
    static constexpr std::array<std::string_view, 66> words = {
        "none",      "disabled",    "enabled", "configured", "required",    "set",       "unset",        "default",
        "empty",     "unknown",     "hidden",  "encrypted",  "yes",         "true",      "false",        "null",
        "nil",       "n/a",         "invalid", "valid",      "expired",     "ok",        "failed",       "accepted",
        "incorrect", "correct",     "missing", "mismatch",   "mismatched",  "changed",   "updated",      "removed",
        "inherited", "optional",    "present", "absent",     "active",      "inactive",  "available",    "unavailable",
        "supported", "unsupported", "allowed", "denied",     "unspecified", "undefined", "needed",       "used",
        "on",        "off",         "sent",    "received",   "rejected",    "wrong",     "matched",      "matches",
        "blank",     "omitted",     "masked",  "redacted",   "never",       "exists",    "unconfigured", "use",
        "reset",     "generated"};
    return is_one_of(word, words);
}

bool is_joining_word(std::string_view word) {
    static constexpr std::array<std::string_view, 52> words = {
        "is",  "are",   "was",  "were",   "be",   "been",    "has",    "have",    "had", "will",   "would",
        "can", "could", "must", "should", "may",  "might",   "not",    "no",      "if",  "when",   "for",
        "of",  "on",    "in",   "at",     "to",   "from",    "with",   "without", "and", "or",     "but",
        "the", "a",     "an",   "this",   "that", "your",    "you",    "it",      "its", "please", "by",
        "as",  "than",  "then", "does",   "do",   "between", "during", "into"};
    return is_one_of(word, words);
}

bool is_status(std::string_view value) {
    bool says = false, first = true;
    const bool letters = each_word(value, [&](std::string_view word) {
        word = without_signs(word);
        if (first) says = is_status_word(word) || (is_joining_word(word) && !begins_phrase(word));
        first = false;
        return word.empty() || is_status_word(word) || all_of(word, is_letter);
    });
    return letters && says;
}

bool is_report(std::string_view value) {
    std::size_t signs = 0;
    if (!is_status(value)) return false;
    each_word(value, [&](std::string_view word) {
        word = without_signs(word);
        signs += is_status_word(word) || is_joining_word(word) ? 1 : 0;
        return true;
    });
    return signs > 1;
}

bool is_stamp(std::string_view word) {
    constexpr std::size_t least = 8;
    const auto count = [&](std::string_view signs) {
        return std::count_if(word.begin(), word.end(), [&](char c) { return signs.find(c) != npos; });
    };
    return word.size() >= least && is_digit(word.front()) && (count("-") == 2 || count("/") == 2 || count(":") >= 2) &&
           all_of(word, [](char c) { return is_digit(c) || std::string_view("-/:.").find(c) != npos; });
}

bool is_message(std::string_view value) {
    std::size_t count = 0;
    const bool plain = each_word(value, [&](std::string_view word) {
        ++count;
        word = without_signs(word);
        return word.empty() || all_of(word, is_small);
    });
    return plain && count > 2;
}

bool is_sentence(std::string_view value) {
    std::size_t count = 0, joining = 0;
    std::string_view first;
    const bool plain = each_word(value, [&](std::string_view word) {
        if (++count == 1) first = word;
        word = without_signs(word);
        joining += is_joining_word(word) ? 1 : 0;
        return word.empty() || is_plain_word(word);
    });
    return count > 1 && !begins_phrase(first) &&
           ((first.size() > 1 && first.back() == ':') || is_joining_word(first) || (plain && count > 4 && joining > 1));
}

bool is_prose(std::string_view value) {
    std::size_t count = 0, joining = 0;
    std::string_view first;
    bool plain = true, sign_alone = false;
    each_word(value, [&](std::string_view word) {
        if (++count == 1) first = word;
        const std::string_view bare = without_signs(word);
        joining += is_joining_word(bare) ? 1 : 0;
        sign_alone = sign_alone || bare.empty();
        plain = plain && (bare.empty() || is_plain_word(bare) || all_of(bare, is_digit));
        return true;
    });
    if (count < 2 || begins_phrase(first)) return false;
    if ((first.size() > 1 && first.back() == ':') || is_joining_word(first)) return true;
    return plain && (sign_alone || (count > 3 && joining > 0));
}

bool is_ordinary_mix(std::string_view word) {
    if (is_number_with_signs(word)) return true;
    // An address with a mask or a port, hex with colons.
    if (word.find_first_of(".:") != npos &&
        all_of(word, [](char c) { return is_hex(c) || c == '.' || c == ':' || c == '/'; }))
        return true;
    const std::size_t letters = letters_at_front(word);
    if (letters > 0) {
        // A plain word or an abbreviation, then a number: "loopback0", "Gi0/0/1", "sha256", "AES-256", "ks01".
        const std::string_view name = word.substr(0, letters), number = word.substr(letters);
        const bool is_name =
            is_plain_word(name) || all_of(name, is_capital) ||
            (letters <= 16 && is_capital(name.front()) && letters + number.size() <= 24 && number.find('/') != npos);
        if (is_name && (number.empty() || is_number_with_signs(number)) &&
            number.size() <= 3 + 9 * (number.find_first_of("/.:") != npos))
            return true;
        // Words joined by signs, a number at most in the last: "esp-sha-hmac", "hmac-sha2-256", "host-12.example.net".
        const auto is_joint = [](char c) {
            return c == '-' || c == '_' || c == '.' || c == '/' || c == '@' || c == ':';
        };
        bool words = true;
        std::size_t joints = 0;
        for (std::size_t at = 0; at < word.size() && words;) {
            const std::size_t end = static_cast<std::size_t>(
                std::find_if(word.begin() + static_cast<std::ptrdiff_t>(at), word.end(), is_joint) - word.begin());
            const std::string_view piece = word.substr(at, end - at);
            const std::size_t front = letters_at_front(piece);
            const std::string_view rest = piece.substr(front);
            words =
                (front == 0 || is_plain_word(piece.substr(0, front)) || all_of(piece.substr(0, front), is_capital)) &&
                rest.size() <= 4 && (rest.empty() || all_of(rest, is_digit));
            if (end < word.size()) ++joints;
            at = end + 1;
        }
        return words && joints > 0;
    }
    // A number, then its unit or ending: "2048-bit", "24h", "3des", "10ms", "1st".
    const std::size_t digits =
        static_cast<std::size_t>(std::find_if_not(word.begin(), word.end(), is_digit) - word.begin());
    std::string_view unit = word.substr(std::min(digits, word.size()));
    if (!unit.empty() && unit.front() == '-') unit.remove_prefix(1);
    return digits > 0 && unit.size() <= 6 && all_of(unit, is_letter);
}

bool reads_as_key(std::string_view word, bool strictly) {
    const std::size_t least = strictly ? 8 : 5;
    if (word.size() < least) return false;
    const auto digits = std::count_if(word.begin(), word.end(), is_digit);
    const auto letters = std::count_if(word.begin(), word.end(), is_letter);
    if (letters == 0 || is_ordinary_mix(word)) return false;
    std::size_t changes = 0;
    bool capital_inside = false, small = false, sign_inside = false;
    for (std::size_t i = 0; i < word.size(); ++i) {
        small = small || is_small(word[i]);
        if (i == 0) continue;
        capital_inside = capital_inside || is_capital(word[i]);
        changes += is_digit(word[i]) != is_digit(word[i - 1]) ? 1 : 0;
        sign_inside = sign_inside || (!is_alnum(word[i]) && !is_wide(word[i]) &&
                                      std::string_view("-_./:'").find(word[i]) == npos && i + 1 < word.size());
    }
    if (digits == 0) return !strictly && sign_inside && word.size() >= 8;
    return !strictly || changes >= 2 || (capital_inside && small) || sign_inside;
}

Ordinary ordinary_form(std::string_view value) {
    std::size_t words = 0;
    bool plain = true;
    each_word(value, [&](std::string_view word) {
        ++words;
        plain = plain && is_plain_word(without_signs(word));
        return true;
    });
    constexpr std::ptrdiff_t least_different = 4;
    std::array<bool, 256> seen{};
    for (const char c : value) seen[static_cast<unsigned char>(c)] = true;
    if (words == 0 || std::count(seen.begin(), seen.end(), true) < least_different) return Ordinary::few_characters;
    if (is_status(value)) return Ordinary::status;
    if (is_prose(value)) return Ordinary::prose;
    if (words > 1) return plain && words <= 3 ? Ordinary::few_words : Ordinary::no;
    const std::size_t hyphen = value.find_first_of("-_");
    if (hyphen != npos && is_plain_word(value.substr(0, hyphen)) && is_plain_word(value.substr(hyphen + 1)))
        return Ordinary::name;
    constexpr std::size_t least_word = 12;
    return plain && value.size() < least_word ? Ordinary::word : Ordinary::no;
}

}  // namespace formats
