#include "formats/redaction/rules/shape_matcher.hpp"

#include <algorithm>
#include <array>

#include "formats/redaction/rules/rule_book.hpp"
#include "formats/redaction/rules/secret_value.hpp"
#include "formats/redaction/text_class.hpp"

namespace formats {

namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t longest_credentials = 512;  // how far the '@' of a URL is looked for

bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }
bool is_name_char(char c) { return is_alnum(c) || c == '_' || c == '-' || c == '.'; }

// What follows the '@' of credentials: a name, an address or "[2001:db8::1]".
bool starts_host(std::string_view text) {
    return !text.empty() && (is_alnum(text.front()) || text.front() == '[');
}

bool starts_address(std::string_view text) {
    if (!text.empty() && text.front() == '[') return true;
    std::size_t i = 0;
    int dots = 0;
    for (; i < text.size() && (is_digit(text[i]) || text[i] == '.'); ++i)
        dots += text[i] == '.' ? 1 : 0;
    return dots == 3;
}

// Where the host ends that starts at `text`: it must not run on into something a host cannot have.
bool is_host(std::string_view text) {
    std::size_t i = 0;
    while (i < text.size() && (is_alnum(text[i]) || text[i] == '.' || text[i] == '-')) ++i;
    return i > 0 || (!text.empty() && text.front() == '[');
}

bool is_port(std::string_view text) {
    std::size_t digits = 0;
    while (digits < text.size() && digits < 6 && is_digit(text[digits])) ++digits;
    return digits > 0 && digits < 6 &&
           (digits == text.size() || text[digits] == '/' || is_blank(text[digits]) ||
            is_quote(text[digits]) || text[digits] == '?' || text[digits] == ',' ||
            text[digits] == ';' || text[digits] == ')' || text[digits] == '>');
}

constexpr std::string_view cdata = "<![CDATA[", cdata_end = "]]>";

// Names of form fields, options and members that hold a secret.
bool is_secret_name(std::string_view name) {
    constexpr std::array<std::string_view, 14> endings = {
        "password",       "passwd",     "passphrase", "passcode",      "psk",
        "secret",         "pwd",        "token",      "preshared_key", "preshared-key",
        "pre_shared_key", "shared_key", "passwort",   "api_key"};
    constexpr std::array<std::string_view, 3> whole = {"pin", "pass", "pw"};
    for (const std::string_view ending : endings)
        if (name.size() >= ending.size() &&
            equals_folded(name.substr(name.size() - ending.size()), ending))
            return true;
    return std::any_of(whole.begin(), whole.end(),
                       [&](std::string_view word) { return equals_folded(name, word); });
}

// Whether " ident =" starts at `text`: the next setting on the same line.
bool starts_setting(std::string_view text) {
    std::size_t i = 0;
    while (i < text.size() && is_name_char(text[i])) ++i;
    if (i == 0) return false;
    while (i < text.size() && is_blank(text[i])) ++i;
    return i + 1 < text.size() && text[i] == '=' && text[i + 1] != '=';
}

// The end of an unquoted value of a configuration file: "}", a comment, the next setting, the end
// of the line.
std::size_t setting_end(std::string_view line, std::size_t begin) {
    for (std::size_t i = begin; i < line.size(); ++i) {
        if (!is_blank(line[i])) continue;
        std::size_t next = i;
        while (next < line.size() && is_blank(line[next])) ++next;
        if (next == line.size()) return i;
        if (line[next] == '}' || line[next] == '#' || starts_setting(line.substr(next, 64)))
            return i;
        i = next - 1;
    }
    return line.size();
}

Coding coding_of(std::string_view value) {
    if (value.size() > 6 && value.substr(0, 2) == "0x") return Coding::hex;
    if (value.size() > 6 && value.substr(0, 2) == "0s") return Coding::base64;
    return Coding::plain;
}

}  // namespace

std::vector<Trigger> shape_triggers() {
    std::vector<Trigger> triggers = {
        {"@", for_urls},
        {"cookie:", for_cookies},
        {"phrase:", for_prompts},
        {"data:", for_nhrp_data},
        {"\t", for_psk_files},
    };
    for (const char* hash :
         {"$1$", "$5$", "$6$", "$8$", "$9$", "$14$", "$sha512$", "$2a$", "$2b$", "$2y$"})
        triggers.push_back({hash, for_hashes});
    for (const std::string_view name : secret_elements)
        triggers.push_back({std::string("<").append(name), for_elements | for_open_elements});
    for (const char* name : {"password", "passwd", "passphrase", "passcode", "passwort"})
        triggers.push_back({name, for_assignments | for_prompts, false, {}, {}, true});
    for (const char* name : {"psk", "secret", "token", "pwd", "preshared_key", "preshared-key",
                             "shared_key", "api_key", "pin", "pass", "pw"})
        triggers.push_back({name, for_assignments, false, {}, {}, true});
    return triggers;
}

ShapeMatcher::ShapeMatcher(const RuleBook& rules)
    : url_(rules.number("url")),
      hash_(rules.number("hash")),
      element_(rules.number("element")),
      assignment_(rules.number("assignment")),
      cookie_(rules.number("cookie")),
      prompt_(rules.number("prompt")),
      nhrp_(rules.number("nhrp-data")),
      psk_file_(rules.number("psk-file")) {}

void ShapeMatcher::find(const LineWords& words, unsigned kinds,
                        std::vector<SecretSpan>& spans) const {
    const std::string_view line = words.text();
    if ((kinds & for_urls) != 0) urls(line, spans);
    if ((kinds & for_hashes) != 0) hashes(line, spans);
    if ((kinds & for_elements) != 0) elements(line, spans);
    if ((kinds & for_assignments) != 0) assignments(line, spans);
    if ((kinds & for_cookies) != 0) cookies(line, spans);
    if ((kinds & for_prompts) != 0) prompt(words, spans);
    if ((kinds & for_nhrp_data) != 0) nhrp_data(line, spans);
    if ((kinds & for_psk_files) != 0) psk_file(words, spans);
}

void ShapeMatcher::urls(std::string_view line, std::vector<SecretSpan>& spans) const {
    const auto add = [&](std::size_t begin, std::size_t end) {
        if (end > begin)
            spans.push_back({begin, end, url_, SecretClass::url_password, Coding::url});
    };
    std::size_t done = 0;  // behind the last URL
    for (std::size_t at = line.find("://"); at != npos; at = line.find("://", at + 3)) {
        const std::size_t user = at + 3;
        done = user;
        const std::size_t colon =
            line.substr(user, longest_credentials).find_first_of(":/@ \t\"'?");
        if (colon == npos || line[user + colon] != ':' || colon == 0) continue;
        const std::size_t secret = user + colon + 1;
        // The last '@' of the authority; when there is none, a password with '/' or a blank in it,
        // unless what follows the colon is a port.
        const std::string_view rest = line.substr(secret, longest_credentials);
        const std::size_t authority = std::min(rest.find_first_of("/ \t\"'?"), rest.size());
        std::size_t end = rest.substr(0, authority).rfind('@');
        if (end == npos) {
            // After digits that may be a port of a dotless name, only an address makes it a
            // password.
            const bool port = is_port(rest);
            const bool dotted = line.substr(user, colon).find_first_of(".[") != npos;
            if (port && dotted) continue;
            end = rest.find('@', authority);
            while (end != npos && !(port ? starts_address(rest.substr(end + 1))
                                         : starts_host(rest.substr(end + 1))))
                end = rest.find('@', end + 1);
        }
        if (end == npos) continue;
        add(secret, secret + end);
        done = secret + end + 1;
    }
    // user:SECRET@host without a scheme, as a whole word.
    for (std::size_t at = line.find('@', done == 0 ? 0 : done); at != npos;
         at = line.find('@', at + 1)) {
        if (at == 0 || is_blank(line[at - 1]) || !is_host(line.substr(at + 1))) continue;
        std::size_t begin = at;
        while (begin > 0 && at - begin < longest_credentials && !is_blank(line[begin - 1]) &&
               !is_quote(line[begin - 1]))
            --begin;
        const std::string_view credentials = line.substr(begin, at - begin);
        const std::size_t colon = credentials.find(':');
        if (colon == npos || colon == 0 || colon + 1 == credentials.size() ||
            !is_letter(credentials.front()))
            continue;
        const std::string_view name = credentials.substr(0, colon);
        constexpr std::array<std::string_view, 8> schemes = {"sip",  "sips", "mailto", "tel",
                                                             "xmpp", "h323", "im",     "user"};
        if (std::any_of(schemes.begin(), schemes.end(),
                        [&](std::string_view s) { return equals_folded(name, s); }))
            continue;
        if (!std::all_of(name.begin(), name.end(), is_name_char) || credentials.find("//") != npos)
            continue;
        add(begin + colon + 1, at);
    }
}

void ShapeMatcher::hashes(std::string_view line, std::vector<SecretSpan>& spans) const {
    for (std::size_t at = line.find('$'); at != npos; at = line.find('$', at + 1)) {
        if (at > 0 && is_alnum(line[at - 1])) continue;
        std::size_t end = at;
        while (end < line.size() && (is_base64(line[end]) || line[end] == '$' || line[end] == '.'))
            ++end;
        if (is_hash(line.substr(at, end - at)))
            spans.push_back({at, end, hash_, SecretClass::hash});
        at = end > at ? end - 1 : at;
    }
}

// The text of an element from `begin` on. `inside`: whether it goes on in the next line.
ElementText element_text(std::string_view line, std::size_t begin, bool in_cdata) {
    ElementText text{begin, line.size(), in_cdata, true};
    const std::size_t shown = std::min(line.find_first_not_of(" \t", begin), line.size());
    if (!in_cdata && line.substr(shown, cdata.size()) == cdata) {
        text.in_cdata = true;
        text.begin = shown + cdata.size();
    }
    const std::size_t end =
        text.in_cdata ? line.find(cdata_end, text.begin) : line.find('<', text.begin);
    if (end == npos) return text;
    text.end = end;
    text.goes_on = false;
    return text;
}

std::size_t secret_element(std::string_view line, std::size_t from) {
    for (std::size_t at = line.find('<', from); at != npos; at = line.find('<', at + 1)) {
        const std::string_view tag = line.substr(at + 1);
        for (const std::string_view name : secret_elements)
            if (starts_with_folded(tag, name) &&
                (tag.size() == name.size() || tag[name.size()] == '>' || is_blank(tag[name.size()])))
                return at;
    }
    return npos;
}

void ShapeMatcher::elements(std::string_view line, std::vector<SecretSpan>& spans) const {
    for (std::size_t at = secret_element(line, 0); at != npos; at = secret_element(line, at + 1)) {
        const std::size_t opened = line.find('>', at);
        if (opened == npos || line[opened - 1] == '/') continue;
        const ElementText text = element_text(line, opened + 1, false);
        if (text.end > text.begin)
            spans.push_back({text.begin, text.end, element_, SecretClass::password, Coding::xml,
                             text.goes_on});
    }
}

void ShapeMatcher::assignments(std::string_view line, std::vector<SecretSpan>& spans) const {
    for (std::size_t at = line.find_first_of("=:"); at != npos;
         at = line.find_first_of("=:", at + 1)) {
        std::size_t name_end = at;
        while (name_end > 0 && is_blank(line[name_end - 1]) && at - name_end < 16) --name_end;
        const bool quoted_name = name_end > 0 && is_quote(line[name_end - 1]);
        if (line[at] == ':' && !quoted_name) continue;
        if (at + 1 < line.size() && (line[at + 1] == '>' || line[at + 1] == '=')) continue;
        if (quoted_name) --name_end;
        std::size_t name_begin = name_end;
        while (name_begin > 0 && name_end - name_begin < 64 && is_name_char(line[name_begin - 1]))
            --name_begin;
        const std::string_view name = line.substr(name_begin, name_end - name_begin);
        if (name.empty() || !is_secret_name(name)) continue;
        std::size_t begin = at + 1;
        while (begin < line.size() && is_blank(line[begin])) ++begin;
        if (begin == line.size()) continue;
        const bool loose =
            begin > at + 1 || name_end < at;  // blanks round the sign: a configuration file
        std::size_t end;
        if (is_quote(line[begin])) {
            const char quote = line[begin++];
            end = line.find(quote, begin);
            if (end == npos) end = line.size();
        } else if (!loose && line.find('&') != npos) {
            end = std::min(line.find_first_of("& \t\"'<", begin), line.size());
        } else if (line[at] == ':') {
            end = std::min(line.find_first_of(",} \t", begin), line.size());
        } else {
            end = setting_end(line, begin);
        }
        if (end <= begin) continue;
        const bool form = !loose && line.find('&') != npos;
        spans.push_back({begin, end, assignment_,
                         find_folded(name, "psk") != npos || equals_folded(name, "secret")
                             ? SecretClass::psk
                             : SecretClass::password,
                         form ? Coding::url : coding_of(line.substr(begin, end - begin))});
        at = end - 1;
    }
}

void ShapeMatcher::cookies(std::string_view line, std::vector<SecretSpan>& spans) const {
    const std::size_t header = find_folded(line, "cookie:");
    if (header == npos) return;
    for (std::size_t at = find_folded(line, "webvpn", header); at != npos;
         at = find_folded(line, "webvpn", at + 6)) {
        std::size_t sign = at;
        while (sign < line.size() && is_name_char(line[sign])) ++sign;
        if (sign == line.size() || line[sign] != '=' ||
            equals_folded(line.substr(at, sign - at), "webvpnlang"))
            continue;
        const std::size_t end = std::min(line.find_first_of("; \t", sign), line.size());
        if (end > sign + 1) spans.push_back({sign + 1, end, cookie_, SecretClass::key});
    }
}

// "Password: X", "Enter PEM pass phrase: X": a few words, the last of them says what is asked for.
void ShapeMatcher::prompt(const LineWords& words, std::vector<SecretSpan>& spans) const {
    constexpr std::size_t most_words = 6;
    constexpr std::array<std::string_view, 6> asked = {
        "password:", "passphrase:", "passcode:", "passwd:", "phrase:", "passwort:"};
    std::size_t first = 0;
    while (first < words.size() && !words[first].starts_command) ++first;
    for (std::size_t i = first; i < words.size() && i < first + most_words; ++i) {
        const std::string_view word = words.head(i);
        const std::size_t colon = word.find(':');
        if (colon == npos) {
            if (i == first && (word.front() == '%' || !is_letter(word.front()))) return;
            continue;
        }
        const bool asks = std::any_of(asked.begin(), asked.end(), [&](std::string_view text) {
            return equals_folded(word.substr(0, colon + 1), text);
        });
        if (!asks) return;
        const std::size_t begin = words[i].head + colon + 1;
        if (begin < words[words.size() - 1].end)
            spans.push_back({begin, words[words.size() - 1].end, prompt_, SecretClass::password});
        return;
    }
}

void ShapeMatcher::nhrp_data(std::string_view line, std::vector<SecretSpan>& spans) const {
    const std::size_t kind = find_folded(line, "cleartext(1)");
    const std::size_t value = kind == npos ? npos : find_folded(line, "data:", kind);
    if (value != npos && value + 5 < line.size())
        spans.push_back({value + 5, line.size(), nhrp_, SecretClass::password});
}

void ShapeMatcher::psk_file(const LineWords& words, std::vector<SecretSpan>& spans) const {
    if (words.size() != 2 || words.indented()) return;
    const std::string_view peer = words.word(0);
    const bool address =
        peer.size() >= 3 &&
        std::count_if(peer.begin(), peer.end(), [](char c) { return c == '.' || c == ':'; }) >= 2 &&
        all_of(peer, [](char c) { return is_hex(c) || c == '.' || c == ':'; });
    if (!address ||
        words.text().substr(words[0].end, words[1].begin - words[0].end).find('\t') == npos)
        return;
    spans.push_back(
        {words[1].begin, words[1].end, psk_file_, SecretClass::psk, coding_of(words.word(1))});
}

}  // namespace formats
