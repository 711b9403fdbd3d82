#include "formats/redaction/rules/notes.hpp"

#include <algorithm>
#include <array>

#include "formats/redaction/rules/ordinary_text.hpp"
#include "formats/text/text_class.hpp"

namespace formats {

namespace {

constexpr std::size_t npos = std::string_view::npos;

bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }

}  // namespace

// What a person wrote: a word that names a secret, and behind it one that reads as a key. In a description, a remark or
// a banner behind any such word; elsewhere only behind "password is", "psk:" and the like.
void find_notes(const LineWords& words, RuleNumber rule, std::vector<SecretSpan>& spans) {
    constexpr std::array<std::string_view, 9> nouns = {
        "psk", "password", "passwd", "passphrase", "passcode", "pwd", "preshared-key", "pre-shared-key", "secret"};
    constexpr std::array<std::string_view, 5> weak_nouns = {"key", "token", "pin", "community", "pw"};
    constexpr std::array<std::string_view, 4> links = {"is", "was", "are", "to"};
    constexpr std::size_t farthest_link = 7;
    bool note = false;
    for (std::size_t i = 0; i < words.size() && i < 8; ++i)
        for (const std::string_view word : {"description", "remark", "banner", "desc"})
            note = note || equals_folded(words.head(i), word);
    const std::string_view line = trim(words.text());
    note = note || (!line.empty() && (line.front() == '!' || line.front() == '#' || line.substr(0, 2) == "//"));
    std::size_t last_noun = npos, last_link = npos;
    bool strong = false, linked = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string_view word = words.head(i);
        while (!word.empty() && std::string_view(",;()\"'").find(word.back()) != npos) word.remove_suffix(1);
        const bool colon = !word.empty() && (word.back() == ':' || word.back() == '=');
        if (colon) word.remove_suffix(1);
        const auto is_in = [&](const auto& list) {
            return std::any_of(list.begin(), list.end(),
                               [&](std::string_view known) { return equals_folded(word, known); });
        };
        const bool noun = is_in(nouns);
        if (noun || is_in(weak_nouns)) {
            last_noun = i;
            strong = noun || (i > 0 && equals_folded(words.head(i - 1), "shared"));
            linked = colon;
            continue;
        }
        if (last_noun == npos) continue;
        const bool sign = (word.empty() && colon) || word == "=";
        if ((sign && i == last_noun + 1) || (!sign && is_in(links))) {
            linked = true;
            last_link = i;
            continue;
        }
        // "psk for lyon: SECRET", "using XAuth password 'SECRET'".
        if (note && colon && i <= last_noun + 3) {
            linked = true;
            last_link = i;
            continue;
        }
        const char first = words.word(i).front();
        if (strong && i == last_noun + 1 && is_quote(first)) {
            const std::size_t opened = words[i].begin + 1, closed = words.text().find(first, opened);
            if (closed != npos && closed >= opened + 3 &&
                (linked || reads_as_key(words.text().substr(opened, closed - opened), false))) {
                spans.push_back({opened, closed, rule, SecretClass::password});
                return;
            }
        }
        const bool near =
            i == last_noun + 1 || (note && strong && i == last_noun + 2) || (linked && i <= last_noun + farthest_link);
        const bool beside = strong && i == last_noun + 1;  // "bind password SECRET"
        if (!near || !(note || linked || beside)) continue;
        if (!note && !linked && words.word(i).find_first_of("=<>\"'") != npos) continue;  // of markup or a setting
        std::size_t begin = words[i].head, end = words[i].end;
        const std::string_view text = words.text();
        while (end > begin && std::string_view(",;.)\"'").find(text[end - 1]) != npos) --end;
        const bool strictly = !(note || linked) || !strong || (i != last_noun + 1 && i != last_link + 1);
        if (!reads_as_key(text.substr(begin, end - begin), strictly)) continue;
        // It may say in words what another rule has found already.
        if (std::any_of(spans.begin(), spans.end(),
                        [&](const SecretSpan& span) { return span.begin <= begin && begin < span.end; }))
            continue;
        spans.push_back({begin, end, rule, SecretClass::password});
        last_noun = npos;
    }
}

}  // namespace formats
