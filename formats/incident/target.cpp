#include "formats/incident/target.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "formats/text/ascii.hpp"
#include "formats/text/ip_address.hpp"
#include "formats/text/toml_reader.hpp"

namespace formats {

namespace {

// No message of this unit repeats the target as written: with a password in an unexpected place it
// would end up in a terminal log. What is shown was checked before.

constexpr std::size_t longest_target = 4096;
constexpr std::string_view remedy_for_passwords =
    "leave it out and set password-from (env:VAR, file:PATH, fd:N, command:CMD or prompt), or use "
    "ssh-agent";

Error usage(std::string detail, std::string remedy = {}) {
    return {ErrorKind::usage, "target", std::move(detail), std::move(remedy)};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter_or_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
int hex_value(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (i + 2 >= text.size() || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0) return std::nullopt;
        out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
        i += 2;
    }
    return out;
}

const std::vector<std::string>& query_keys() {
    static const std::vector<std::string> keys{"platform",          "peer-address",  "context",    "legacy",
                                               "one-time-password", "password-from", "enable-from"};
    return keys;
}

Result<void> read_query(std::string_view query, Target& target) {
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
        const std::size_t equals = pair.find('=');
        const std::string key(pair.substr(0, equals));
        const bool presentable = !key.empty() && key.size() <= 32 && std::all_of(key.begin(), key.end(), [](char c) {
            return is_letter_or_digit(c) || c == '-';
        });
        if (equals == std::string_view::npos || !presentable)
            return usage("what follows `?` must be key=value pairs joined by `&`",
                         "known keys: platform, peer-address, context, legacy, one-time-password, password-from, "
                         "enable-from");
        for (const std::string_view word : {"password", "enable", "secret", "passwd", "enable-password"})
            if (lowered(key) == word)
                return usage("a password cannot stand in a target", std::string(remedy_for_passwords));
        const auto& known = query_keys();
        if (std::find(known.begin(), known.end(), key) == known.end()) {
            const std::string meant = nearest_word(key, known);
            // What is like no key may be a password behind a `?` of its own.
            if (meant.empty())
                return usage("a key after `?` is not known",
                             "known keys: platform, peer-address, context, legacy, one-time-password, password-from, "
                             "enable-from");
            return usage("unknown key `" + key + "` after `?`", "did you mean `" + meant + "`?");
        }
        const auto value = percent_decoded(pair.substr(equals + 1));
        if (!value || holds_control(*value))
            return usage("the value of `" + key + "` is not proper percent-encoding of printable text",
                         "write % as %25, & as %26");
        if (!target.query.emplace(key, *value).second) return usage("`" + key + "` is given twice after `?`");
    }
    return {};
}

Result<void> read_host(std::string_view text, Target& target) {
    std::string_view host = text;
    std::optional<std::string_view> port;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos) return usage("the bracket of the IPv6 address is not closed");
        host = text.substr(1, end - 1);
        const std::string_view rest = text.substr(end + 1);
        if (host.find(':') == std::string_view::npos || !is_ip_address(host))
            return usage("what stands in brackets is not an IPv6 address");
        if (!rest.empty() && rest.front() != ':') return usage("after the bracket only :PORT may follow");
        if (!rest.empty()) port = rest.substr(1);
    } else if (std::count(text.begin(), text.end(), ':') > 1) {
        return usage("more than one colon in the host", "write an IPv6 address in brackets: [2001:db8::1]");
    } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
    }
    if (host.empty()) return usage("the host is missing");
    if (host.size() > 253) return usage("the host is longer than a host name can be");
    const auto allowed = [](char c) {
        return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_' || c == ':' ||
               static_cast<unsigned char>(c) >= 0x80;
    };
    // A name that begins with "-" would be read as an option by a program it is handed to.
    if (!std::all_of(host.begin(), host.end(), allowed) || host.front() == '-')
        return usage("the host is not a name or an address");
    target.host = std::string(host);
    if (!port) return {};
    std::uint32_t number = 0;
    const bool digits = !port->empty() && port->size() <= 5 && std::all_of(port->begin(), port->end(), is_digit);
    if (digits)
        for (const char c : *port) number = number * 10 + static_cast<std::uint32_t>(c - '0');
    if (number < 1 || number > 65535)
        return usage("the port must be a number from 1 to 65535",
                     "[user@]host[:port]; a password cannot stand in a target");
    target.port = static_cast<std::uint16_t>(number);
    return {};
}

/// [user@]host[:port][/][?query]
Result<Target> read_network(Transport transport, std::string_view scheme, std::string_view rest) {
    Target target;
    target.transport = transport;
    const std::size_t question = rest.find('?');
    std::string_view authority = rest.substr(0, question);
    if (authority.ends_with('/') && !scheme.empty()) authority.remove_suffix(1);

    const std::size_t at = authority.rfind('@');
    if (at != std::string_view::npos) {
        const std::string_view written = authority.substr(0, at);
        if (written.find(':') != std::string_view::npos)
            return usage("a password cannot stand in a target", std::string(remedy_for_passwords));
        if (written.empty()) return usage("the user before `@` is missing");
        // CORP\user is CORP%5Cuser in a URL.
        const auto user = scheme.empty() ? std::string(written) : percent_decoded(written);
        if (!user) return usage("the user before `@` is not proper percent-encoding", "write % as %25");
        if (user->empty() || user->front() == '-' || user->find_first_of(" /:") != std::string::npos ||
            holds_control(*user))
            return usage("the user before `@` is not a user name");
        target.user = *user;
        authority.remove_prefix(at + 1);
    }
    if (auto read = read_host(authority, target); !read) return read.error();
    target.written = std::string(scheme) + std::string(rest.substr(0, question));
    if (question != std::string_view::npos)
        if (auto read = read_query(rest.substr(question + 1), target); !read) return read.error();
    return target;
}

/// The words of a command as a shell would see them: quotes group and go.
std::vector<std::string> words_of(std::string_view command) {
    std::vector<std::string> words;
    std::string word;
    char quote = 0;
    bool open = false;
    for (const char c : command) {
        if (quote != 0) {
            if (c == quote)
                quote = 0;
            else
                word += c;
        } else if (c == '\'' || c == '"') {
            quote = c;
            open = true;
        } else if (c == ' ') {
            if (open) words.push_back(std::exchange(word, {}));
            open = false;
        } else {
            word += c;
            open = true;
        }
    }
    if (open) words.push_back(word);
    return words;
}

// What in a command gives a password away. Not the programs are listed but the ways of writing it, and what is like one
// is refused: a name that says so with a value behind it, whatever the option's form; what stands before the "@" of an
// address; and one-letter options whose value cannot be a port.

constexpr std::array<std::string_view, 12> secret_words{"pass",   "secret",     "token",    "psk",
                                                        "pwd",    "credential", "kennwort", "pincode",
                                                        "apikey", "api-key",    "api_key",  "private-key"};
/// Of what tells where a secret is, or how it is asked for. `PWD` is a folder.
constexpr std::array<std::string_view, 17> harmless_ends{
    "file",   "path",        "from",           "fd",      "prompt",   "prompts", "command", "cmd", "program", "passive",
    "bypass", "passthrough", "authentication", "askpass", "ask-pass", "stdin",   "passfile"};

/// `--password`, `SSHPASS`, `user-pw`: a name behind which a secret stands.
bool names_secret(std::string_view name) {
    const std::string word = lowered(name.substr(std::min(name.find_first_not_of("-/"), name.size())));
    if (word == "pwd" || word == "oldpwd") return word.size() != name.size();
    if (std::any_of(harmless_ends.begin(), harmless_ends.end(),
                    [&](std::string_view end) { return word.ends_with(end); }))
        return false;
    if (word == "pw" || word.ends_with("-pw") || word.ends_with("_pw") || word == "pin") return true;
    return std::any_of(secret_words.begin(), secret_words.end(),
                       [&](std::string_view known) { return word.find(known) != std::string::npos; });
}

/// A value, and not the name of a variable whose value a shell puts in.
bool is_value(std::string_view text) { return !text.empty() && text.front() != '$'; }

/// `NAME=VALUE` and `NAME:VALUE`, also as a part of a word: `open:host,password=x`.
bool assigns_secret(std::string_view word) {
    for (std::size_t at = word.find_first_of("=:"); at != std::string_view::npos;
         at = word.find_first_of("=:", at + 1)) {
        const std::string_view before = word.substr(0, at);
        const std::size_t start = before.find_last_of(" ,;&?:=") + 1;  // npos + 1: the word's begin
        const std::string_view value = word.substr(at + 1);
        const bool is_port = word[at] == ':' && std::all_of(value.begin(), value.end(), is_digit);
        if (names_secret(before.substr(start)) && is_value(value) && !is_port) return true;
    }
    return false;
}

/// `user:password@host`, with or without a scheme.
bool holds_login(std::string_view word) {
    const std::size_t scheme = word.find("://");
    const std::string_view authority = scheme == std::string_view::npos ? word : word.substr(scheme + 3);
    const std::size_t at = authority.rfind('@'), colon = authority.find(':');
    return at != std::string_view::npos && colon < at && is_value(authority.substr(colon + 1));
}

/// What can stand behind `-p` and `-P` and is none: a port, a path, the parity of a serial line.
bool is_port_or_parity(std::string_view text) {
    for (const std::string_view parity : {"n", "e", "o", "m", "s", "none", "even", "odd", "mark", "space"})
        if (text == parity) return true;
    return text.starts_with('/') || text.starts_with('$') || std::all_of(text.begin(), text.end(), is_digit);
}

/// `sshpass` takes its own options first: `-p` is its password and `-P` its prompt. A `-p` behind the command that it
/// starts is that command's. Where that begins; nothing: it gives a password.
std::optional<std::size_t> behind_sshpass(const std::vector<std::string>& words, std::size_t at) {
    for (; at < words.size() && words[at].starts_with('-'); ++at) {
        const std::string& word = words[at];
        const std::size_t takes_value = word.find_first_of("pfdP", 1);
        if (takes_value == std::string::npos) continue;
        if (word[takes_value] == 'p') return std::nullopt;
        if (takes_value + 1 == word.size()) ++at;
    }
    return at;
}

bool holds_password(std::string_view command, int depth = 0) {
    const std::vector<std::string> words = words_of(command);
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        const std::string_view next = i + 1 < words.size() ? std::string_view(words[i + 1]) : std::string_view();
        if (word == "sshpass" || word.ends_with("/sshpass")) {
            const auto behind = behind_sshpass(words, i + 1);
            if (!behind) return true;
            i = *behind - 1;
            continue;
        }
        if (assigns_secret(word) || holds_login(word)) return true;
        // sh -c "plink -pw ..."
        if (depth < 4 && word.find(' ') != std::string::npos && holds_password(word, depth + 1)) return true;
        const bool is_path = word.starts_with('/') && word.find('/', 1) != std::string::npos;
        if (is_path || (!word.starts_with('-') && !word.starts_with('/'))) continue;
        if (names_secret(word) && is_value(next) && !next.starts_with('-')) return true;
        const std::string option = lowered(word);
        if (option.starts_with("-pw") && option != "-pw" && option != "-pwfile") return true;
        if ((word == "-p" || word == "-P") && !next.starts_with('-') && !is_port_or_parity(next)) return true;
        // user:password of curl, user%password of smbclient
        if ((option == "-u" || option == "--user" || option == "--username") &&
            next.find_first_of(":%") != std::string_view::npos)
            return true;
    }
    return false;
}

Result<Target> read_command(std::string_view text, std::string_view command) {
    const std::size_t start = command.find_first_not_of(' ');
    if (start == std::string_view::npos)
        return usage("the command after `exec:` is missing", "for example exec:plink -1 pix@192.0.2.1");
    if (command.starts_with("//")) return usage("a command is written exec:COMMAND, without `//`");
    command.remove_prefix(start);
    if (holds_password(command))
        return usage(
            "a password cannot stand in a command (every user of this machine can read it), nor what is written like "
            "one",
            std::string(remedy_for_passwords) + "; a command that needs more goes into a script of its own");
    Target target;
    target.transport = Transport::exec;
    target.command = std::string(command);
    target.written = std::string(text);
    return target;
}

}  // namespace

bool is_endpoint_name(std::string_view text) {
    if (text.empty() || text.size() > 32 || !is_letter_or_digit(text.front())) return false;
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; });
}

Result<Target> parse_target(std::string_view text) {
    if (text.empty())
        return usage("the target is empty",
                     "a Host alias, user@host, ssh://user@host, telnet://user@host or exec:COMMAND");
    if (text.size() > longest_target) return usage("the target is longer than 4096 characters");
    if (holds_control(text)) return usage("the target holds a control character");
    if (text.starts_with("exec:")) return read_command(text, text.substr(5));

    const std::size_t mark = text.find("://");
    if (mark == std::string_view::npos || text.find_first_of("@?[") < mark)
        return read_network(Transport::ssh, {}, text);
    const std::string scheme = lowered(text.substr(0, mark));
    const std::string_view rest = text.substr(mark + 3);
    if (scheme == "ssh") return read_network(Transport::ssh, text.substr(0, mark + 3), rest);
    if (scheme == "telnet") return read_network(Transport::telnet, text.substr(0, mark + 3), rest);
    const bool presentable =
        !scheme.empty() && scheme.size() <= 16 && std::all_of(scheme.begin(), scheme.end(), is_letter_or_digit);
    return usage("unknown scheme" + (presentable ? " `" + scheme + "`" : std::string()),
                 "known: ssh://user@host, telnet://user@host, exec:COMMAND");
}

Result<NamedTarget> parse_endpoint_argument(std::string_view text) {
    NamedTarget named;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos && is_endpoint_name(text.substr(0, equals))) {
        named.name = std::string(text.substr(0, equals));
        text.remove_prefix(equals + 1);
    }
    auto target = parse_target(text);
    if (!target) return target.error();
    named.target = std::move(*target);
    return named;
}

}  // namespace formats
