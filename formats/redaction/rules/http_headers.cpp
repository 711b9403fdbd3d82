#include "formats/redaction/rules/http_headers.hpp"

#include <algorithm>
#include <array>

#include "formats/redaction/rules/ordinary_text.hpp"
#include "formats/redaction/secret/token.hpp"
#include "formats/text/text_class.hpp"

namespace formats {

namespace {

constexpr std::size_t npos = std::string_view::npos;

bool is_quote(char c) { return c == '"' || c == '\''; }

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
    return std::any_of(words.begin(), words.end(), [&](std::string_view known) { return equals_folded(word, known); });
}

// Whose value is one word that stands for a login.
bool names_token(std::string_view name) {
    constexpr std::array<std::string_view, 4> names = {"private-token", "job-token", "api-key", "apikey"};
    constexpr std::array<std::string_view, 8> endings = {"token",  "key",       "secret", "password",
                                                         "passwd", "csrftoken", "auth",   "session"};
    if (is_one_of(name, names)) return true;
    return name.size() > 4 && starts_with_folded(name, "x-") &&
           std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) {
               return name.size() >= ending.size() && equals_folded(name.substr(name.size() - ending.size()), ending);
           });
}

// Where the header's value ends that starts at `begin`: where the quote closes that is open, or at an escaped line break.
std::size_t value_end(std::string_view line, std::size_t begin, char quote, bool escaped) {
    std::size_t end = line.size();
    if (escaped)
        end = std::min(line.find('\\', begin), end);
    else if (quote != '\0')
        end = std::min(line.find(quote, begin), end);
    for (std::size_t at = line.find('\\', begin); at < end; at = line.find('\\', at + 1))
        if (at + 1 < line.size() && (line[at + 1] == 'r' || line[at + 1] == 'n')) return at;
    return end;
}

}  // namespace

void find_http_headers(std::string_view line, RuleNumber rule, std::vector<SecretSpan>& spans) {
    for (std::size_t colon = line.find(':'); colon != npos; colon = line.find(':', colon + 1)) {
        std::size_t name_end = colon;
        const bool quoted_name = name_end > 0 && is_quote(line[name_end - 1]);
        if (quoted_name) --name_end;
        if (quoted_name && name_end > 0 && line[name_end - 1] == '\\') --name_end;
        std::size_t name_begin = name_end;
        while (name_begin > 0 && name_end - name_begin < 64 &&
               (is_alnum(line[name_begin - 1]) || line[name_begin - 1] == '-'))
            --name_begin;
        if (name_begin > 0 && name_begin < name_end && line[name_begin - 1] == '\\') ++name_begin;  // behind `\n`
        const std::string_view name = line.substr(name_begin, name_end - name_begin);
        const bool authorization = equals_folded(name, "authorization") || equals_folded(name, "proxy-authorization");
        if (!authorization && !names_token(name)) continue;
        std::size_t begin = colon + 1;
        while (begin < line.size() && is_blank(line[begin])) ++begin;
        char quote = !quoted_name && name_begin > 0 && is_quote(line[name_begin - 1]) ? line[name_begin - 1] : '\0';
        bool escaped = false;
        if (quoted_name) {
            if (begin + 1 < line.size() && (line[begin] == 'u' || line[begin] == 'b') && is_quote(line[begin + 1]))
                ++begin;
            escaped = begin + 1 < line.size() && line[begin] == '\\' && is_quote(line[begin + 1]);
            if (escaped) ++begin;
            if (begin < line.size() && is_quote(line[begin])) quote = line[begin++];
        }
        std::size_t end = value_end(line, begin, quote, escaped);
        while (end > begin && is_blank(line[end - 1])) --end;
        std::string_view value = line.substr(begin, end - std::min(begin, end));
        if (value.empty()) continue;
        if (authorization) {
            constexpr std::array<std::string_view, 10> schemes = {"basic", "bearer", "digest", "ntlm", "negotiate",
                                                                  "token", "apikey", "hmac",   "hoba", "oauth"};
            const std::size_t scheme = std::min(value.find_first_of(" \t"), value.size());
            const std::size_t rest = value.find_first_not_of(" \t", scheme);
            if (rest == npos ? !reads_as_key(value, false)
                             : !is_one_of(value.substr(0, scheme), schemes) && !reads_as_key(value.substr(rest), false))
                continue;
            if (rest != npos) begin += rest;
        } else {
            end = begin + std::min(value.find_first_of(" \t,;"), value.size());
        }
        value = line.substr(begin, end - begin);
        if (is_masked(value) || is_status(value)) continue;
        spans.push_back({begin, end, rule, authorization ? SecretClass::password : SecretClass::key});
        colon = end - 1;
    }
}

}  // namespace formats
