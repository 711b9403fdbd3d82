#include "formats/redaction/rules/shape_matcher.hpp"

#include <algorithm>
#include <array>

#include "formats/redaction/rules/assignments.hpp"
#include "formats/redaction/rules/http_headers.hpp"
#include "formats/redaction/rules/markup.hpp"
#include "formats/redaction/rules/notes.hpp"
#include "formats/redaction/rules/ordinary_text.hpp"
#include "formats/redaction/rules/rule_book.hpp"
#include "formats/redaction/rules/secret_value.hpp"
#include "formats/redaction/rules/tool_options.hpp"
#include "formats/redaction/secret/token.hpp"
#include "formats/text/text_class.hpp"

namespace formats {

namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t longest_credentials = 512;  // how far the '@' of a URL is looked for

bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }
bool is_name_char(char c) { return is_alnum(c) || c == '_' || c == '-' || c == '.'; }

// What follows the '@' of credentials: a name, an address or "[2001:db8::1]".
bool starts_host(std::string_view text) { return !text.empty() && (is_alnum(text.front()) || text.front() == '['); }

bool starts_address(std::string_view text) {
    if (!text.empty() && text.front() == '[') return true;
    std::size_t i = 0;
    int dots = 0;
    for (; i < text.size() && (is_digit(text[i]) || text[i] == '.'); ++i) dots += text[i] == '.' ? 1 : 0;
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
           (digits == text.size() || text[digits] == '/' || is_blank(text[digits]) || is_quote(text[digits]) ||
            text[digits] == '?' || text[digits] == ',' || text[digits] == ';' || text[digits] == ')' ||
            text[digits] == '>');
}

// Whether the name before the colon is that of an identity or a scheme: what follows is no password.
bool names_identity(std::string_view name) {
    constexpr std::array<std::string_view, 8> schemes = {"sip", "sips", "mailto", "tel", "xmpp", "h323", "im", "user"};
    constexpr std::array<std::string_view, 9> endings = {"id",   "fqdn", "email", "mail",      "identity",
                                                         "name", "upn",  "uri",   "algorithms"};
    return std::any_of(schemes.begin(), schemes.end(), [&](std::string_view s) { return equals_folded(name, s); }) ||
           std::any_of(endings.begin(), endings.end(), [&](std::string_view s) {
               return name.size() >= s.size() && equals_folded(name.substr(name.size() - s.size()), s);
           });
}

bool sets_up_mail(std::string_view before) {
    return find_folded(before, "mail-server") != npos || find_folded(before, "mail server") != npos ||
           find_folded(before, "smtp") != npos || find_folded(before, "proxy") != npos ||
           find_folded(before, "curl ") != npos;
}

// What ipsec.secrets has behind the colon: first those whose secret follows, then those with a file or a name before it.
constexpr std::array<std::string_view, 12> secret_types = {"psk", "eap",   "xauth", "ntlm",  "ppk", "ppks",
                                                           "rsa", "ecdsa", "bliss", "pkcs8", "p12", "pin"};
constexpr std::size_t types_without_file = 5;

}  // namespace

std::vector<Trigger> shape_triggers() {
    std::vector<Trigger> triggers = {
        {"@", for_urls},          {"cookie:", for_cookies}, {"phrase:", for_prompts},
        {"data:", for_nhrp_data}, {"\t", for_psk_files},
    };
    for (const std::string_view hash : hash_openings) triggers.push_back({std::string(hash), for_hashes});
    triggers.push_back({"<", for_elements | for_open_elements});
    triggers.push_back({"&lt;", for_elements});
    for (const char* name : {"token", "key", "secret", "password", "passwd", "auth", "session", "authorization"})
        triggers.push_back({name, for_http_headers, false, {}, {}, true});
    for (Trigger& trigger : tool_triggers()) triggers.push_back(std::move(trigger));
    for (const char* name : {"password", "passwd", "passphrase", "passcode", "passwort"})
        triggers.push_back({name, for_assignments | for_prompts, false, {}, {}, true});
    for (const char* name :
         {"psk", "secret", "token", "pwd", "key", "string", "community", "credential", "pin", "pass", "pw"})
        triggers.push_back({name, for_assignments, false, {}, {}, true});
    // Where a person's command stands in a log: its keywords may be short.
    triggers.push_back({"command", for_forms, true, {}, {"\"", "'"}});
    triggers.push_back({"executed", for_forms, true, {}, {"the", "'", "\""}});
    for (const char* name : {"cmd", "command"}) triggers.push_back({name, for_forms, false, {}, {}, true});
    for (const char* name : {"password-remote", "password-local"})
        triggers.push_back({name, for_assignments, false, {}, {}, true});
    for (const char* word : {"description", "remark", "banner", "psk", "passphrase", "passcode"})
        triggers.push_back({word, for_notes, true});
    for (const char* noun : {"password", "passwd", "secret"}) triggers.push_back({noun, for_notes, true});
    for (const std::string_view type : secret_types) triggers.push_back({std::string(type), for_ipsec_secrets, true});
    for (const char* name : {"password", "mppe"}) triggers.push_back({name, for_radius_attributes});
    triggers.push_back({"key", for_notes, true, {}, {"is ", "was "}});
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
      psk_file_(rules.number("psk-file")),
      note_(rules.number("note")),
      ipsec_secrets_(rules.number("ipsec-secrets")),
      radius_attribute_(rules.number("radius-attribute")),
      tool_option_(rules.number("tool-option")),
      http_header_(rules.number("http-header")) {}

void ShapeMatcher::find(const LineWords& words, unsigned kinds, std::vector<SecretSpan>& spans,
                        std::vector<LeftText>* left) const {
    const std::string_view line = words.text();
    if ((kinds & for_urls) != 0) urls(line, spans);
    if ((kinds & for_hashes) != 0) hashes(line, spans);
    if ((kinds & for_elements) != 0) find_elements(line, element_, spans);
    if ((kinds & for_assignments) != 0) find_assignments(line, assignment_, spans, left);
    if ((kinds & for_cookies) != 0) cookies(line, spans);
    if ((kinds & for_prompts) != 0) prompt(words, spans, left);
    if ((kinds & for_nhrp_data) != 0) nhrp_data(line, spans);
    if ((kinds & for_psk_files) != 0) psk_file(words, spans, left);
    if ((kinds & for_ipsec_secrets) != 0) ipsec_secrets(words, spans);
    if ((kinds & for_radius_attributes) != 0) radius_attributes(line, spans);
    if ((kinds & for_http_headers) != 0) find_http_headers(line, http_header_, spans);
    if ((kinds & for_tool_options) != 0) find_tool_options(words, tool_option_, spans);
    if ((kinds & for_notes) != 0) find_notes(words, note_, spans);
}

void ShapeMatcher::urls(std::string_view line, std::vector<SecretSpan>& spans) const {
    const auto add = [&](std::size_t begin, std::size_t end) {
        if (end > begin) spans.push_back({begin, end, url_, SecretClass::url_password, Coding::url});
    };
    std::size_t done = 0;  // behind the last URL
    for (std::size_t at = line.find("://"); at != npos; at = line.find("://", at + 3)) {
        const std::size_t user = at + 3;
        done = user;
        // The user's part may be empty, and may have an `@` of its own when a colon follows before the host's.
        const std::string_view credentials = line.substr(user, longest_credentials);
        std::size_t colon = credentials.find_first_of(":/ \t\"'?");
        if (colon == npos || credentials[colon] != ':') continue;
        if (const std::size_t host = credentials.substr(0, colon).rfind('@'); host != npos) {
            // "user@host:22/..." is a port, unless an `@` follows.
            const std::size_t more = credentials.find_first_of("@/ \t\"'?", colon);
            if (more == npos || credentials[more] != '@') continue;
        }
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
            if (colon == 0 || (port && dotted)) continue;
            end = rest.find('@', authority);
            while (end != npos && !(port ? starts_address(rest.substr(end + 1)) : starts_host(rest.substr(end + 1))))
                end = rest.find('@', end + 1);
        }
        if (end == npos || is_masked(rest.substr(0, end))) continue;
        add(secret, secret + end);
        done = secret + end + 1;
    }
    // user:SECRET@host without a scheme, as a whole word. Before a name, only where mail or a proxy is set up: IDs,
    // addresses of mail and names of algorithms have the same shape.
    for (std::size_t at = line.find('@', done == 0 ? 0 : done); at != npos; at = line.find('@', at + 1)) {
        if (at == 0 || is_blank(line[at - 1])) continue;
        const bool address = starts_address(line.substr(at + 1));
        if (!address && (!is_host(line.substr(at + 1)) || !sets_up_mail(line.substr(0, at)))) continue;
        std::size_t begin = at;
        while (begin > 0 && at - begin < longest_credentials && !is_blank(line[begin - 1]) &&
               !is_quote(line[begin - 1]))
            --begin;
        const std::string_view credentials = line.substr(begin, at - begin);
        const std::size_t colon = credentials.find(':');
        if (colon == npos || colon == 0 || colon + 1 == credentials.size() || credentials[colon + 1] == ':' ||
            !is_letter(credentials.front()))
            continue;
        const std::string_view name = credentials.substr(0, colon);
        if (!std::all_of(name.begin(), name.end(), is_name_char) || credentials.find("//") != npos ||
            names_identity(name))
            continue;
        add(begin + colon + 1, at);
    }
}

void ShapeMatcher::hashes(std::string_view line, std::vector<SecretSpan>& spans) const {
    for (std::size_t at = line.find('$'); at != npos; at = line.find('$', at + 1)) {
        if (at > 0 && is_alnum(line[at - 1])) continue;
        std::size_t end = at;
        while (end < line.size() && (is_base64(line[end]) || line[end] == '$' || line[end] == '.')) ++end;
        if (is_hash(line.substr(at, end - at))) spans.push_back({at, end, hash_, SecretClass::hash});
        at = end > at ? end - 1 : at;
    }
}

void ShapeMatcher::cookies(std::string_view line, std::vector<SecretSpan>& spans) const {
    const std::size_t header = find_folded(line, "cookie:");
    if (header == npos) return;
    // Of the cookies, those that stand for a login.
    constexpr std::array<std::string_view, 8> logins = {"webvpn", "sess",  "sid",    "token",
                                                        "auth",   "login", "cookie", "ticket"};
    for (std::size_t sign = line.find('=', header); sign != npos; sign = line.find('=', sign + 1)) {
        std::size_t begin = sign;
        while (begin > header && is_name_char(line[begin - 1])) --begin;
        const std::string_view name = line.substr(begin, sign - begin);
        const std::size_t end = std::min(line.find_first_of("; \t\"'", sign), line.size());
        const bool is_login = !equals_folded(name, "webvpnlang") &&
                              std::any_of(logins.begin(), logins.end(),
                                          [&](std::string_view known) { return find_folded(name, known) != npos; });
        if (is_login && end > sign + 1) spans.push_back({sign + 1, end, cookie_, SecretClass::key});
        sign = std::max(sign, end - 1);
    }
}

// "Password: X", "Enter PEM pass phrase: X", "Username: admin Password : X": a few words, the last of them says what is
// asked for.
void ShapeMatcher::prompt(const LineWords& words, std::vector<SecretSpan>& spans, std::vector<LeftText>* left) const {
    constexpr std::size_t most_words = 6;
    constexpr std::array<std::string_view, 6> asked = {
        "password:", "passphrase:", "passcode:", "passwd:", "phrase:", "passwort:"};
    const std::size_t first = std::min(words.first_command(), words.size());
    for (std::size_t i = first; i < words.size() && i < first + most_words; ++i) {
        std::string_view word = words.head(i);
        std::size_t colon = word.find(':');
        std::size_t begin = words[i].head + colon + 1;
        const bool apart = colon == npos && i + 1 < words.size() && words.word(i + 1) == ":";
        if (apart) {
            colon = word.size();
            begin = words[i + 1].end;
        } else if (colon == npos) {
            if (i == first && (word.front() == '%' || !is_letter(word.front()))) return;
            continue;
        } else {
            word = word.substr(0, colon);
        }
        const bool asks = std::any_of(asked.begin(), asked.end(), [&](std::string_view text) {
            return equals_folded(word, text.substr(0, text.size() - 1));
        });
        if (!asks) {
            if (i > first || !starts_with_folded(word, "user")) return;
            continue;
        }
        const std::size_t end = std::min(words.command_end(i), words[words.size() - 1].end);
        if (begin >= end) return;
        const std::string_view value = trim(words.text().substr(begin, end - begin));
        const bool has_letters =
            std::any_of(value.begin(), value.end(), [](char c) { return is_alnum(c) || is_wide(c); });
        if (value.empty() || (!has_letters && value.size() < 3) || is_masked(value) || is_status(value) ||
            is_prose(value) || is_message(value)) {
            if (left != nullptr && !value.empty()) left->push_back({prompt_, "a status, prose or masked already"});
            return;
        }
        spans.push_back({begin, end, prompt_, SecretClass::password});
        return;
    }
}

// A line of ipsec.secrets: selectors, a colon, a type, the secret; blanks round the colon may be missing, and the one
// before a quote.
void ShapeMatcher::ipsec_secrets(const LineWords& words, std::vector<SecretSpan>& spans) const {
    const std::string_view line = words.text();
    constexpr std::size_t most_selectors = 8;
    for (std::size_t colon = line.find(':'); colon != npos; colon = line.find(':', colon + 1)) {
        std::size_t at = colon + 1;
        while (at < line.size() && is_blank(line[at])) ++at;
        std::size_t end = at;
        while (end < line.size() && is_alnum(line[end])) ++end;
        if (end == at || end == line.size() || (!is_blank(line[end]) && line[end] != '"' && line[end] != '\''))
            continue;
        const auto type = std::find_if(secret_types.begin(), secret_types.end(), [&](std::string_view known) {
            return equals_folded(line.substr(at, end - at), known);
        });
        if (type == secret_types.end()) continue;
        const auto skip_blanks = [&](std::size_t from) {
            while (from < line.size() && is_blank(line[from])) ++from;
            return from;
        };
        std::size_t begin = skip_blanks(end);
        if (static_cast<std::size_t>(type - secret_types.begin()) >= types_without_file) {
            const char quote = begin < line.size() && is_quote(line[begin]) ? line[begin] : '\0';
            const std::size_t file = quote != '\0' ? line.find(quote, begin + 1) : line.find_first_of(" \t", begin);
            if (file == npos) continue;
            begin = skip_blanks(file + (quote != '\0' ? 1 : 0));
        }
        if (begin >= line.size()) continue;
        // In front stand selectors, or nothing.
        const std::string_view front = trim(line.substr(0, colon));
        const std::size_t selectors = words.first_from(colon);
        bool named = front.empty() || selectors <= most_selectors;
        for (std::size_t i = 0; named && i < selectors && !front.empty(); ++i)
            named = words.word(i).find_first_of(".@%:") != npos || words.word(i) == "-" || words.word(i) == "+";
        if (equals_folded(*type, "ppks") && is_quote(line[begin]))  // its identity, then the secret
            if (const std::size_t identity = line.find(line[begin], begin + 1);
                identity != npos && skip_blanks(identity + 1) < line.size())
                begin = skip_blanks(identity + 1);
        if (is_quote(line[begin])) {
            const std::size_t closing = line.find(line[begin], begin + 1);
            const std::size_t stop = closing == npos ? line.size() : closing;
            if (stop > begin + 1)
                spans.push_back({begin + 1, stop, ipsec_secrets_, SecretClass::psk, Coding::plain, closing == npos});
            colon = stop - 1;
            continue;
        }
        const std::size_t stop = std::min(line.find_first_of(" \t", begin), line.size());
        const std::string_view value = line.substr(begin, stop - begin), rest = trim(line.substr(stop));
        const bool coded = value.size() > 6 && value[0] == '0' && (value[1] == 'x' || value[1] == 's');
        if (!coded && ((!named && !reads_as_key(value, false)) || (!rest.empty() && rest.front() != '#') ||
                       is_status_word(value) || value == "{"))
            continue;
        spans.push_back({begin, stop, ipsec_secrets_, SecretClass::psk, coding_of(value)});
        if (coded && starts_with_folded(*type, "ppk")) spans.back().begin += 2;
        colon = stop - 1;
    }
}

// "Tunnel-Password     [69]  20  00:"SECRET"": an attribute with its number and length, and a tag before the value.
void ShapeMatcher::radius_attributes(std::string_view line, std::vector<SecretSpan>& spans) const {
    std::size_t name = find_folded(line, "password");
    if (name == npos) name = find_folded(line, "mppe");
    if (name == npos) return;
    const auto skip = [&](std::size_t at, auto is) {
        while (at < line.size() && is(line[at])) ++at;
        return at;
    };
    std::size_t at = line.find('[', name);
    if (at == npos) return;
    const std::size_t digits = skip(at + 1, is_digit);
    if (digits == at + 1 || digits >= line.size() || line[digits] != ']') return;
    at = skip(digits + 1, is_blank);
    const std::size_t length = skip(at, is_digit);
    if (length == at) return;
    at = skip(length, is_blank);
    if (at + 3 < line.size() && is_hex(line[at]) && is_hex(line[at + 1]) && line[at + 2] == ':') at += 3;
    std::size_t end = line.size();
    if (at < end && line[at] == '"') {
        ++at;
        end = std::max(at, line.rfind('"'));
    }
    const std::string_view value = trim(line.substr(std::min(at, end), end - std::min(at, end)));
    if (value.empty() || is_masked(value)) return;
    spans.push_back({at, end, radius_attribute_, SecretClass::password});
}

void ShapeMatcher::nhrp_data(std::string_view line, std::vector<SecretSpan>& spans) const {
    const std::size_t kind = find_folded(line, "cleartext(1)");
    const std::size_t value = kind == npos ? npos : find_folded(line, "data:", kind);
    if (value != npos && value + 5 < line.size())
        spans.push_back({value + 5, line.size(), nhrp_, SecretClass::password});
}

// A line of racoon's psk.txt: the peer's address, name or user@name, and the key up to the end of the line. A hosts file
// and a list of states have the same columns.
void ShapeMatcher::psk_file(const LineWords& words, std::vector<SecretSpan>& spans, std::vector<LeftText>* left) const {
    if (words.size() < 2 || words[0].begin > 0) return;
    const std::string_view line = words.text(), peer = words.word(0);
    const bool address = peer.size() >= 3 &&
                         std::count_if(peer.begin(), peer.end(), [](char c) { return c == '.' || c == ':'; }) >= 2 &&
                         all_of(peer, [](char c) { return is_hex(c) || c == '.' || c == ':'; });
    const bool name = is_letter(peer.front()) && peer.find_first_of(".@") != npos &&
                      all_of(peer, [](char c) { return is_name_char(c) || c == '@'; });
    const std::string_view gap = line.substr(words[0].end, words[1].begin - words[0].end);
    const bool tab = gap.find('\t') != npos;
    if ((!address && !name) || (!tab && (gap.size() < 2 || words.size() > 2 || name))) return;
    const std::size_t begin = words[1].begin, end = words[words.size() - 1].end;
    const std::string_view value = line.substr(begin, end - begin);
    const auto is_host_name = [](std::string_view word) {
        return all_of(word, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.'; });
    };
    bool key = false;
    if (words.size() > 2) {
        // Several words: a key where one of them is no host's name, state or counter, and no further column follows.
        key = value.find('\t') == npos && !is_status(value);
        bool plain = true;
        for (std::size_t i = 1; key && i < words.size(); ++i) {
            const std::string_view word = words.word(i);
            key = word.find_first_of("./:") == npos;
            const bool capitals = word.size() > 4 && all_of(word, [](char c) { return c >= 'A' && c <= 'Z'; });
            plain = plain && (is_host_name(word) || (is_ordinary_mix(word) && !capitals));
        }
        key = key && !plain &&
              !all_of(value, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == ' '; });
    } else {
        key = tab ? !(is_host_name(value) && value.size() < 16) && value.find('.') == npos && !is_ordinary_mix(value)
                  : reads_as_key(value, true);
    }
    if (is_masked(value)) return;
    if (!key) {
        if (left != nullptr) left->push_back({psk_file_, "the name of a host or a state"});
        return;
    }
    spans.push_back({begin, end, psk_file_, SecretClass::psk, coding_of(value)});
}

}  // namespace formats
