#include "formats/redaction/rules/shape_matcher.hpp"

#include <algorithm>
#include <array>

#include "formats/redaction/rules/ordinary_text.hpp"
#include "formats/redaction/rules/rule_book.hpp"
#include "formats/redaction/rules/secret_value.hpp"
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

constexpr std::string_view cdata = "<![CDATA[", cdata_end = "]]>";

// Names of form fields, options, members and elements that hold a secret: they end with one of these words, in any of
// the spellings pre-shared-key, pre_shared_key, PreSharedKey. A short word stands alone or behind a joint.
constexpr std::array<std::string_view, 22> secret_name_endings = {
    "password",   "passwd",        "passphrase",   "passcode",     "passwort",
    "secret",     "token",         "presharedkey", "sharedkey",    "privkey",
    "privatekey", "authkey",       "serverkey",    "apikey",       "secretkey",
    "keystring",  "encryptionkey", "encryptkey",   "unencryptkey", "authenticationkey",
    "community",  "credential"};
constexpr std::array<std::string_view, 12> short_name_endings = {
    "psk", "pwd", "pin", "pass", "pw", "md5key", "enckey", "wepkey", "sessionkey", "radiuskey", "hmackey", "tacacskey"};

bool is_secret_name(std::string_view name) {
    for (const std::string_view end : {"-remote", "-local"})  // of a Cisco AV pair
        if (name.size() > end.size() && equals_folded(name.substr(name.size() - end.size()), end))
            name.remove_suffix(end.size());
    std::array<char, 64> letters{};
    std::array<bool, 64> begins{};  // whether a word of the name starts there
    std::size_t size = 0;
    char before = '_';
    for (const char c : name.substr(name.size() - std::min(name.size(), letters.size()))) {
        const bool joint = c == '-' || c == '_' || c == '.';
        if (!joint) {
            const bool capital = c >= 'A' && c <= 'Z', after_small = before >= 'a' && before <= 'z';
            begins[size] = !is_alnum(before) || (capital && after_small);
            letters[size++] = lower(c);
        }
        before = c;
    }
    const std::string_view plain(letters.data(), size);
    const auto ends = [&](std::string_view ending, bool whole) {
        return plain.size() >= ending.size() && plain.substr(plain.size() - ending.size()) == ending &&
               (!whole || begins[plain.size() - ending.size()]);
    };
    return std::any_of(secret_name_endings.begin(), secret_name_endings.end(),
                       [&](std::string_view ending) { return ends(ending, false); }) ||
           std::any_of(short_name_endings.begin(), short_name_endings.end(),
                       [&](std::string_view ending) { return ends(ending, true); });
}

// What ipsec.secrets has behind the colon: first those whose secret follows, then those with a file or a name before it.
constexpr std::array<std::string_view, 12> secret_types = {"psk", "eap",   "xauth", "ntlm",  "ppk", "ppks",
                                                           "rsa", "ecdsa", "bliss", "pkcs8", "p12", "pin"};
constexpr std::size_t types_without_file = 5;

// Another name that ends with "key": what it holds is a secret when it reads as one.
bool may_be_key_name(std::string_view name) {
    constexpr std::array<std::string_view, 8> harmless = {"public",  "pub",    "host", "foreign",
                                                          "primary", "rsasig", "sort", "index"};
    if (name.size() < 5 || !equals_folded(name.substr(name.size() - 3), "key")) return false;
    const char before = name[name.size() - 4];
    if (before != '-' && before != '_' && !(name[name.size() - 3] == 'K' && before >= 'a')) return false;
    return std::none_of(harmless.begin(), harmless.end(),
                        [&](std::string_view word) { return find_folded(name, word) != npos; });
}

// Whether the name that ends at `colon` is a member's of YAML: nothing stands in front of it on the line but blanks, the
// sign of a list, a brace or a comma.
bool starts_member(std::string_view line, std::size_t colon) {
    std::size_t at = colon;
    while (at > 0 && is_name_char(line[at - 1])) --at;
    if (at == colon) return false;
    const std::size_t front = at;
    while (at > 0 && is_blank(line[at - 1])) --at;
    if (at == 0) return true;
    return line[at - 1] == '{' || line[at - 1] == ',' ||
           (line[at - 1] == '-' && trim(line.substr(0, at)) == "-" && front > at);
}

bool is_prompt_word(std::string_view name) {
    return equals_folded(name, "password") || equals_folded(name, "passwd") || equals_folded(name, "passphrase") ||
           equals_folded(name, "passcode") || equals_folded(name, "passwort");
}

// The quote that the word starts with in which `at` stands, 0 without one: of "ipsec:NAME=VALUE".
char quote_before(std::string_view line, std::size_t at) {
    while (at > 0 && !is_blank(line[at - 1])) {
        --at;
        if (is_quote(line[at])) return line[at];
    }
    return '\0';
}

// What is no value of such a name: a bracket that opens more, nothing, a truth, a reference.
bool is_no_value(std::string_view value) {
    constexpr std::array<std::string_view, 10> nothing = {"null", "none", "nil",       "true",   "false",
                                                          "yes",  "no",   "undefined", "!vault", "|"};
    if (value.empty() || std::string_view("{[(<$").find(value.front()) != npos)
        return value.empty() || value.front() != '$' || !is_hash(value);
    if (value.substr(0, 2) == "!v" || value.substr(0, 2) == "%(") return true;
    while (!value.empty() && (value.back() == ',' || value.back() == ';')) value.remove_suffix(1);
    return std::any_of(nothing.begin(), nothing.end(),
                       [&](std::string_view word) { return equals_folded(value, word); }) ||
           is_masked(value);
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
        if (line[next] == '}' || line[next] == '#' || starts_setting(line.substr(next, 64))) return i;
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
        {"@", for_urls},          {"cookie:", for_cookies}, {"phrase:", for_prompts},
        {"data:", for_nhrp_data}, {"\t", for_psk_files},
    };
    for (const std::string_view hash : hash_openings) triggers.push_back({std::string(hash), for_hashes});
    triggers.push_back({"<", for_elements | for_open_elements});
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
      radius_attribute_(rules.number("radius-attribute")) {}

void ShapeMatcher::find(const LineWords& words, unsigned kinds, std::vector<SecretSpan>& spans,
                        std::vector<LeftText>* left) const {
    const std::string_view line = words.text();
    if ((kinds & for_urls) != 0) urls(line, spans);
    if ((kinds & for_hashes) != 0) hashes(line, spans);
    if ((kinds & for_elements) != 0) elements(line, spans);
    if ((kinds & for_assignments) != 0) assignments(line, spans, left);
    if ((kinds & for_cookies) != 0) cookies(line, spans);
    if ((kinds & for_prompts) != 0) prompt(words, spans, left);
    if ((kinds & for_nhrp_data) != 0) nhrp_data(line, spans);
    if ((kinds & for_psk_files) != 0) psk_file(words, spans, left);
    if ((kinds & for_ipsec_secrets) != 0) ipsec_secrets(words, spans);
    if ((kinds & for_radius_attributes) != 0) radius_attributes(line, spans);
    if ((kinds & for_notes) != 0) notes(words, spans);
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

// Text belongs to an element when it is closed as such, or goes on as one word: a usage has `<password>  what it is`.
bool is_own_text(std::string_view line, const ElementText& text) {
    if (text.end <= text.begin) return false;
    if (text.in_cdata) return true;
    const std::string_view shown = trim(line.substr(text.begin, text.end - text.begin));
    if (shown.empty()) return false;
    return text.goes_on ? shown.find_first_of(" \t") == npos : line.substr(text.end, 2) == "</";
}

// The text of an element from `begin` on. `inside`: whether it goes on in the next line.
ElementText element_text(std::string_view line, std::size_t begin, bool in_cdata) {
    ElementText text{begin, line.size(), in_cdata, true};
    const std::size_t shown = std::min(line.find_first_not_of(" \t", begin), line.size());
    if (!in_cdata && line.substr(shown, cdata.size()) == cdata) {
        text.in_cdata = true;
        text.begin = shown + cdata.size();
    }
    const std::size_t end = text.in_cdata ? line.find(cdata_end, text.begin) : line.find('<', text.begin);
    if (end == npos) return text;
    text.end = end;
    text.goes_on = false;
    return text;
}

std::size_t secret_element(std::string_view line, std::size_t from) {
    constexpr std::size_t longest_tag = 64;
    for (std::size_t at = line.find('<', from); at != npos; at = line.find('<', at + 1)) {
        std::string_view tag = line.substr(at + 1, longest_tag);
        if (tag.empty() || !is_letter(tag.front())) continue;
        const std::size_t end =
            tag.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:");
        if (end != npos && tag[end] != '>' && !is_blank(tag[end])) continue;
        tag = tag.substr(0, end);
        tag.remove_prefix(tag.rfind(':') == npos ? 0 : tag.rfind(':') + 1);  // the name space
        if (tag.empty()) continue;
        // <property name="password">SECRET
        if (const std::size_t named = find_folded(line.substr(at, longest_tag * 2), "name=\"");
            named != npos && (equals_folded(tag, "property") || equals_folded(tag, "param") ||
                              equals_folded(tag, "entry") || equals_folded(tag, "field"))) {
            const std::string_view name = line.substr(at + named + 6, longest_tag);
            if (is_secret_name(name.substr(0, name.find('"')))) return at;
        }
        if (is_secret_name(tag) || equals_folded(tag, "session-id") || equals_folded(tag, "key-string")) return at;
        // <community-config><name>SECRET
        if (!equals_folded(tag, "name")) continue;
        const std::size_t outer = at > 0 && line[at - 1] == '>' ? line.rfind('<', at - 1) : npos;
        if (outer != npos && find_folded(line.substr(outer, at - outer), "<community") == 0) return at;
    }
    return npos;
}

void ShapeMatcher::elements(std::string_view line, std::vector<SecretSpan>& spans) const {
    for (std::size_t at = secret_element(line, 0); at != npos; at = secret_element(line, at + 1)) {
        const std::size_t opened = line.find('>', at);
        if (opened == npos || line[opened - 1] == '/') continue;
        const ElementText text = element_text(line, opened + 1, false);
        if (is_own_text(line, text))
            spans.push_back({text.begin, text.end, element_, SecretClass::password, Coding::xml, text.goes_on});
    }
}

void ShapeMatcher::assignments(std::string_view line, std::vector<SecretSpan>& spans,
                               std::vector<LeftText>* left) const {
    const auto refuse = [&](const char* why) {
        if (left != nullptr) left->push_back({assignment_, why});
    };
    for (std::size_t at = line.find_first_of("=:"); at != npos; at = line.find_first_of("=:", at + 1)) {
        std::size_t name_end = at;
        while (name_end > 0 && is_blank(line[name_end - 1]) && at - name_end < 16) --name_end;
        const bool quoted_name = name_end > 0 && is_quote(line[name_end - 1]);
        // Without quotes, the name of YAML stands at the start of a line, of a list's item or of a mapping.
        if (line[at] == ':' && !quoted_name &&
            !(at + 1 < line.size() && line[at + 1] == ' ' && starts_member(line, at)))
            continue;
        if (at + 1 < line.size() && (line[at + 1] == '>' || line[at + 1] == '=')) continue;
        if (quoted_name) --name_end;
        if (quoted_name && name_end > 0 && line[name_end - 1] == '\\') --name_end;
        std::size_t name_begin = name_end;
        while (name_begin > 0 && name_end - name_begin < 64 && is_name_char(line[name_begin - 1])) --name_begin;
        std::string_view name = line.substr(name_begin, name_end - name_begin);
        if (name.empty()) continue;
        // <add key="password" value="SECRET">: the name is another attribute's.
        if (equals_folded(name, "value") && line[at] == '=' && name_begin > 0) {
            const std::size_t name_close = line.rfind('"', name_begin),
                              name_open =
                                  name_close == npos || name_close == 0 ? npos : line.rfind('"', name_close - 1);
            if (name_open != npos && name_close + 2 >= name_begin && name_close - name_open < 64 &&
                is_secret_name(line.substr(name_open + 1, name_close - name_open - 1)))
                name = line.substr(name_open + 1, name_close - name_open - 1);
        }
        const bool some_key = !is_secret_name(name);
        if (some_key && !may_be_key_name(name)) continue;
        if (find_folded(line.substr(0, name_begin), "pkcs11:") != npos) continue;  // `token=` names it
        std::size_t begin = at + 1;
        while (begin < line.size() && is_blank(line[begin])) ++begin;
        if (begin == line.size()) continue;
        const bool loose = begin > at + 1 || name_end < at;  // blanks round the sign: a configuration file
        const bool open = line[at] == ':' && !is_quote(line[begin]) && line[begin] != '\\';
        const bool yaml = line[at] == ':' && !quoted_name;
        std::size_t end;
        if (line[begin] == '\\' && begin + 1 < line.size() && is_quote(line[begin + 1])) {
            begin += 2;  // a text in a text
            end = std::min(line.find('\\', begin), line.size());
        } else if (is_quote(line[begin])) {
            const char quote = line[begin++];
            end = line.find(quote, begin);
            while (end != npos && line[end - 1] == '\\') end = line.find(quote, end + 1);
            if (end == npos) end = line.size();
        } else if (!loose && line.find('&') != npos) {
            end = std::min(line.find_first_of("& \t\"'<", begin), line.size());
        } else if (line[at] == ':') {
            end = std::min(line.find_first_of(",} \t", begin), line.size());
        } else if (const char quote = loose ? '\0' : quote_before(line, name_begin)) {
            end = std::min(line.find(quote, begin), line.size());  // "NAME=SECRET"
        } else {
            end = setting_end(line, begin);
        }
        if (end <= begin) continue;
        const std::string_view value = line.substr(begin, end - begin);
        if (is_no_value(value) || is_status(value)) {
            refuse("no value, a status or masked already");
            continue;
        }
        if (some_key && !reads_as_key(value, true)) continue;
        // Of other vendors' names with "key" some hold names and numbers.
        if (line[at] == '=' && equals_folded(name.substr(name.size() - std::min<std::size_t>(name.size(), 3)), "key") &&
            find_folded(name, "shared") == npos && !reads_as_key(value, false) && coding_of(value) == Coding::plain)
            continue;
        // "site-psk": added connection: the name of a connection and what happens to it. A bare value stands last, and
        // is no word of a sentence.
        // A label of a device as well: the prompt's rule.
        if (yaml && is_prompt_word(name) && line.find_first_not_of(" \t") == name_begin) continue;
        const std::size_t rest = line.find_first_not_of(" \t", end);
        if (open &&
            ((!reads_as_key(value, false) && !all_of(value, is_digit)) ||
             (rest != npos && line[rest] != ',' && line[rest] != '}' && line[rest] != ']' && line[rest] != '#'))) {
            refuse("a bare value that does not read as a key");
            continue;
        }
        const bool community = name.size() >= 9 && equals_folded(name.substr(name.size() - 9), "community");
        if (community && (all_of(value, [](char c) { return is_digit(c) || c == ':' || c == ' '; }) ||
                          find_folded(value, "no-") == 0))
            continue;  // of BGP
        const bool form = !loose && line.find('&') != npos;
        spans.push_back({begin, end, assignment_,
                         community                                                           ? SecretClass::community
                         : find_folded(name, "psk") != npos || equals_folded(name, "secret") ? SecretClass::psk
                         : find_folded(name, "key") != npos || find_folded(name, "token") != npos
                             ? SecretClass::key
                             : SecretClass::password,
                         form ? Coding::url : coding_of(value)});
        at = end - 1;
    }
}

void ShapeMatcher::cookies(std::string_view line, std::vector<SecretSpan>& spans) const {
    const std::size_t header = find_folded(line, "cookie:");
    if (header == npos) return;
    // Of the cookies, those that stand for a login.
    constexpr std::array<std::string_view, 6> logins = {"webvpn", "sess", "sid", "token", "auth", "login"};
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

// What a person wrote: a word that names a secret, and behind it one that reads as a key. In a description, a remark or
// a banner behind any such word; elsewhere only behind "password is", "psk:" and the like.
void ShapeMatcher::notes(const LineWords& words, std::vector<SecretSpan>& spans) const {
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
                spans.push_back({opened, closed, note_, SecretClass::password});
                return;
            }
        }
        const bool near = i == last_noun + 1 || (linked && i <= last_noun + farthest_link);
        if (!near || !(note || linked)) continue;
        std::size_t begin = words[i].head, end = words[i].end;
        const std::string_view text = words.text();
        while (end > begin && std::string_view(",;.)\"'").find(text[end - 1]) != npos) --end;
        const bool strictly = !strong || (i != last_noun + 1 && i != last_link + 1);
        if (!reads_as_key(text.substr(begin, end - begin), strictly)) continue;
        // It may say in words what another rule has found already.
        if (std::any_of(spans.begin(), spans.end(),
                        [&](const SecretSpan& span) { return span.begin <= begin && begin < span.end; }))
            continue;
        spans.push_back({begin, end, note_, SecretClass::password});
        last_noun = npos;
    }
}

void ShapeMatcher::nhrp_data(std::string_view line, std::vector<SecretSpan>& spans) const {
    const std::size_t kind = find_folded(line, "cleartext(1)");
    const std::size_t value = kind == npos ? npos : find_folded(line, "data:", kind);
    if (value != npos && value + 5 < line.size())
        spans.push_back({value + 5, line.size(), nhrp_, SecretClass::password});
}

void ShapeMatcher::psk_file(const LineWords& words, std::vector<SecretSpan>& spans, std::vector<LeftText>* left) const {
    if (words.size() != 2 || words.indented()) return;
    const std::string_view peer = words.word(0);
    const bool address = peer.size() >= 3 &&
                         std::count_if(peer.begin(), peer.end(), [](char c) { return c == '.' || c == ':'; }) >= 2 &&
                         all_of(peer, [](char c) { return is_hex(c) || c == '.' || c == ':'; });
    if (!address || words.text().substr(words[0].end, words[1].begin - words[0].end).find('\t') == npos) return;
    // A hosts file and a list of states have the same columns.
    const std::string_view value = words.word(1);
    const bool name =
        all_of(value, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.'; });
    if ((name && value.size() < 16) || value.find('.') != npos || is_ordinary_mix(value)) {
        if (left != nullptr) left->push_back({psk_file_, "the name of a host or a state"});
        return;
    }
    spans.push_back({words[1].begin, words[1].end, psk_file_, SecretClass::psk, coding_of(words.word(1))});
}

}  // namespace formats
