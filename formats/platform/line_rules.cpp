#include "formats/platform/line_rules.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace formats {

namespace {

constexpr std::size_t longest_line = 200;
constexpr std::string_view enters_configuration = "configure terminal";
constexpr std::array<std::string_view, 8> slots{"peer-address",      "access-list", "inside-interface", "probe-source",
                                                "probe-destination", "child",       "context",          "session-id"};

struct ResetForm {
    std::string_view line;
    ResetScope scope;
};
constexpr std::array<ResetForm, 13> reset_forms{{
    {"clear crypto ipsec sa peer {peer-address}", ResetScope::peer},
    {"clear crypto ikev1 sa {peer-address}", ResetScope::peer},
    {"clear crypto ikev2 sa {peer-address}", ResetScope::peer},
    {"clear crypto sa peer {peer-address}", ResetScope::peer},
    {"clear crypto session remote {peer-address}", ResetScope::peer},
    {"clear crypto ipsec sa", ResetScope::all_tunnels},
    {"clear crypto isakmp sa", ResetScope::all_tunnels},
    {"clear crypto ikev1 sa", ResetScope::all_tunnels},
    {"clear crypto ikev2 sa", ResetScope::all_tunnels},
    {"clear crypto sa", ResetScope::all_tunnels},
    {"clear crypto session", ResetScope::all_tunnels},
    {"clear xlate local {probe-source}", ResetScope::source_xlate},
    {"clear xlate", ResetScope::all_xlates},
}};

Error refused(std::string why, std::string remedy = {}) {
    return {ErrorKind::usage, {}, std::move(why), std::move(remedy)};
}

std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    std::string word;
    for (const char c : line) {
        if (c == ' ') {
            if (!word.empty()) words.push_back(std::exchange(word, {}));
        } else {
            word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        }
    }
    if (!word.empty()) words.push_back(std::move(word));
    return words;
}

/// True when a device would take `word` for `command`: the same, or cut to at least `shortest`
/// letters.
bool stands_for(std::string_view word, std::string_view command, std::size_t shortest) {
    return word.size() >= shortest && command.starts_with(word);
}

Result<void> check_slots(std::string_view line, LineUse use) {
    for (std::size_t at = line.find_first_of("{}"); at != std::string_view::npos; at = line.find_first_of("{}", at)) {
        const std::size_t end = line.find_first_of("{}", at + 1);
        if (line[at] == '}' || end == std::string_view::npos || line[end] == '{')
            return refused("the braces of a slot do not match", "a slot is written {peer-address}");
        const std::string_view name = line.substr(at + 1, end - at - 1);
        if (std::find(slots.begin(), slots.end(), name) == slots.end())
            return refused("unknown slot `{" + std::string(name) + "}`",
                           "known: {peer-address}, {access-list}, {inside-interface}, {probe-source}, "
                           "{probe-destination}, {child}, {context}, {session-id}");
        if ((name == "session-id") != (use == LineUse::ending))
            return refused("the slot {session-id} stands in the line that ends a session, and only there");
        at = end + 1;
    }
    return {};
}

/// A level of 254 or 255 dumps packets and, with them, secrets.
bool is_dumping_level(std::string_view word) {
    if (word.empty() || word.size() > 18 ||
        !std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return false;
    std::uint64_t level = 0;
    for (const char c : word) level = level * 10 + static_cast<std::uint64_t>(c - '0');
    return level >= 254;
}

Result<void> check_debug_words(const std::vector<std::string>& words) {
    const bool negated = words[0] == "no";
    const std::string verb = words.size() > (negated ? 1 : 0) ? words[negated ? 1 : 0] : "";
    const std::string object = words.size() > (negated ? 2 : 1) ? words[negated ? 2 : 1] : "";
    const bool undebug = stands_for(verb, "undebug", 1);
    const bool debug = stands_for(verb, "debug", 3);
    if (!undebug && !debug) return {};
    if (object.empty() || stands_for(object, "all", 1))
        return refused("a debug of everything, or its end, can take other people's debugs with it",
                       "name each debug: `debug crypto isakmp 127`, `no debug crypto isakmp`");
    if (!negated && debug && std::any_of(words.begin(), words.end(), is_dumping_level))
        return refused("debug levels 254 and 255 dump packets", "127 is the highest level in use");
    return {};
}

/// Words that change a device, whatever follows.
std::string_view forbidden_verb(const std::string& verb) {
    struct Verb {
        std::string_view word;
        std::size_t shortest;
    };
    // The shortest forms that devices take for these words; `con` alone would be ambiguous.
    constexpr std::array<Verb, 13> verbs{{{"configure", 4},
                                          {"reload", 3},
                                          {"copy", 3},
                                          {"erase", 2},
                                          {"delete", 3},
                                          {"format", 3},
                                          {"archive", 4},
                                          {"tclsh", 3},
                                          {"failover", 4},
                                          {"reboot", 4},
                                          {"shutdown", 4},
                                          {"undebug", 1},
                                          {"do", 2}}};
    for (const Verb& known : verbs)
        if (stands_for(verb, known.word, known.shortest) || verb == known.word) return known.word;
    return {};
}

Result<void> check_verb(const std::vector<std::string>& words, LineUse use) {
    const std::string& verb = words[0];
    const std::string second = words.size() > 1 ? words[1] : "";
    if (verb == "config" || verb == "configuration" || verb.starts_with("configure-"))
        return refused("the line enters configuration mode");
    if (const std::string_view word = forbidden_verb(verb); !word.empty()) {
        // `undebug NAME` is the one allowed sentence with these words; check_debug_words saw its
        // object.
        if (word != "undebug" || use != LineUse::debugging)
            return refused("`" + std::string(word) + "` changes the device", "profiles read, debug and probe only");
    }
    if (stands_for(verb, "write", 2) && !stands_for(second, "terminal", 1))
        return refused("`write` stores or sends the configuration", "`write terminal` shows it");
    if (stands_for(verb, "clear", 2) && use != LineUse::ending && use != LineUse::resetting)
        return refused("`clear` changes the device", "profiles read, debug and probe only");
    if (verb == "no") {
        const bool ends_debug = use == LineUse::debugging && stands_for(second, "debug", 3);
        const bool sets_session = use != LineUse::reading && stands_for(second, "terminal", 4);
        if (!ends_debug && !sets_session) return refused("`no` stands only in lines that turn a debug off");
    }
    if (stands_for(verb, "terminal", 4) && stands_for(second, "width", 1))
        return refused("`terminal width` edits the configuration of these devices");
    // strongSwan: what only reads, or starts a negotiation. Its log at level 4 prints keys.
    if (verb.ends_with("swanctl")) {
        const bool reads = second.starts_with("--list-") || second == "--stats" || second == "--counters" ||
                           second == "--log" || second == "--version";
        if (!reads && !(second == "--initiate" && use == LineUse::probing))
            return refused("`swanctl " + second + "` changes the gateway", "profiles read, debug and probe only");
    }
    const auto level = std::find_if(words.begin(), words.end(),
                                    [](const std::string& word) { return word.ends_with("loglevel") || word == "-l"; });
    if (level != words.end() && words.back() != "0" && words.back() != "1" && words.back() != "2")
        return refused("log level 3 dumps packets and 4 prints keys",
                       "2 is the highest level in use, and stands last in the line");
    if (verb == "pager") return refused("`pager` edits the configuration of these devices", "`terminal pager 0`");
    return {};
}

/// The words that a line may begin with, by its use. On Cisco devices each may be cut as short as `shortest` says; the
/// spelled-out ones of a gateway's shell may not.
struct Beginning {
    LineUse use;
    std::string_view words;
    std::size_t shortest;  ///< letters of the first word; 0: as it is written
};
constexpr std::array<Beginning, 44> beginnings{{
    {LineUse::reading, "show", 2},
    {LineUse::reading, "write terminal", 2},
    {LineUse::reading, "more system:running-config", 0},
    {LineUse::reading, "swanctl", 0},  // check_verb() says which of its commands
    {LineUse::reading, "/usr/sbin/swanctl", 0},
    {LineUse::reading, "ipsec status", 0},
    {LineUse::reading, "ipsec statusall", 0},
    {LineUse::reading, "ipsec version", 0},
    {LineUse::reading, "ipsec --version", 0},
    {LineUse::reading, "ipsec look", 0},
    {LineUse::reading, "ipsec trafficstatus", 0},
    {LineUse::reading, "ipsec briefstatus", 0},
    {LineUse::reading, "ipsec whack --status", 0},
    {LineUse::reading, "ipsec whack --trafficstatus", 0},
    {LineUse::reading, "ipsec whack --briefstatus", 0},
    {LineUse::reading, "ipsec whack --version", 0},
    {LineUse::reading, "ipsec auto --status", 0},
    {LineUse::reading, "ip", 0},  // reads_by_ip() says which of its commands
    {LineUse::reading, "date", 0},
    {LineUse::reading, "uname", 0},
    {LineUse::reading, "uptime", 0},
    {LineUse::reading, "ps", 0},
    {LineUse::reading, "who", 0},
    {LineUse::reading, "journalctl", 0},
    {LineUse::reading, "tail", 0},
    {LineUse::debugging, "debug", 3},
    {LineUse::debugging, "no debug", 0},
    {LineUse::debugging, "undebug", 1},
    {LineUse::debugging, "terminal monitor", 0},
    {LineUse::debugging, "terminal no monitor", 0},
    {LineUse::debugging, "no terminal monitor", 0},
    {LineUse::debugging, "ipsec whack --debug", 0},
    {LineUse::debugging, "ipsec whack --no-debug", 0},
    {LineUse::probing, "ping", 0},
    {LineUse::probing, "packet-tracer input", 0},
    {LineUse::probing, "swanctl --initiate", 0},
    {LineUse::session, "enable", 0},
    {LineUse::session, "disable", 0},
    {LineUse::session, "exit", 0},
    {LineUse::session, "logout", 0},
    {LineUse::session, "quit", 0},
    {LineUse::session, "terminal", 4},
    {LineUse::session, "end", 0},
    {LineUse::session, "changeto", 0},
}};
constexpr std::array<std::string_view, 3> endings{"ssh disconnect", "kill", "clear line"};

/// Whether the line's words begin with these.
bool begins_with(const std::vector<std::string>& line, std::string_view beginning, std::size_t shortest) {
    const std::vector<std::string> words = words_of(beginning);
    if (line.size() < words.size()) return false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const bool is_short = shortest > 0 && stands_for(line[i], words[i], i == 0 ? shortest : 1);
        if (line[i] != words[i] && !is_short) return false;
    }
    return true;
}

/// `ip [-s] [-4] OBJECT [show|list|get ...]`: anything else sets.
bool reads_by_ip(const std::vector<std::string>& words) {
    std::size_t at = 1;
    while (at < words.size() && words[at].starts_with('-')) ++at;
    const bool has_netns = std::any_of(words.begin(), words.end(), [](const std::string& word) {
        return word.starts_with("-n") || word.starts_with("-b");
    });
    if (at + 1 >= words.size()) return at < words.size() && !has_netns;
    const bool is_xfrm = words[at] == "xfrm";
    const std::string verb = is_xfrm && at + 2 >= words.size() ? "show" : words[at + (is_xfrm ? 2 : 1)];
    return !has_netns && (verb == "show" || verb == "list" || verb == "get" || verb == "ls");
}

/// A clock is read by a form or nothing, and set by everything else.
bool reads_by_date(const std::vector<std::string>& words) {
    return words.size() == 1 || words[1].starts_with('+') || words[1].starts_with("\"+") ||
           ((words[1] == "-u" || words[1] == "--utc") &&
            (words.size() == 2 || words[2].starts_with('+') || words[2].starts_with("\"+")));
}

/// Some packets and no flood: no number behind the address but a small one.
Result<void> check_ping(const std::vector<std::string>& words) {
    constexpr std::size_t most_digits = 2;
    if (words[0] != "ping") return {};
    for (const std::string& word : words) {
        const bool is_number = std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
        if ((is_number && word.size() > most_digits) || word == "-f" || word.starts_with("-i"))
            return refused("a probe sends some packets, not `" + word + "` of them", "`repeat 2 timeout 1`");
    }
    return {};
}

bool is_known(const std::vector<std::string>& words, LineUse use) {
    if (use == LineUse::ending)
        return std::any_of(endings.begin(), endings.end(),
                           [&](std::string_view ending) { return begins_with(words, ending, 0); });
    if (use == LineUse::reading && words[0] == "ip") return reads_by_ip(words);
    if (use == LineUse::reading && words[0] == "date") return reads_by_date(words);
    return std::any_of(beginnings.begin(), beginnings.end(), [&](const Beginning& known) {
        return known.use == use && begins_with(words, known.words, known.shortest);
    });
}

Result<void> check_beginning(const std::vector<std::string>& words, LineUse use,
                             const std::vector<std::string>& further_verbs) {
    if (is_known(words, use)) return use == LineUse::probing ? check_ping(words) : Result<void>{};
    const bool may_be_named = use == LineUse::reading || use == LineUse::session;
    if (may_be_named && std::any_of(further_verbs.begin(), further_verbs.end(),
                                    [&](const std::string& verb) { return begins_with(words, verb, 0); }))
        return {};
    std::string known;
    for (const Beginning& beginning : beginnings)
        if (beginning.use == use && beginning.words.find('/') == std::string_view::npos)
            known.append(known.empty() ? "" : ", ").append(beginning.words);
    if (use == LineUse::ending) known = "ssh disconnect, kill, clear line";
    return refused(
        "`" + words[0] + "` is not known to do only what the line stands for",
        "known here: " + known +
            (may_be_named ? "; what you know of your own platform: further-verbs = [\"" + words[0] + "\"]" : ""));
}

/// Output that goes to a file or a server, or a second command behind the first.
Result<void> check_separators(std::string_view line, const std::vector<std::string>& words) {
    if (line.find_first_of(";`<>&$\\") != std::string_view::npos)
        return refused("a line is one command: none of ; & < > ` $ \\ may stand in it");
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        if (words[i] != "|") continue;
        for (const std::string_view writer : {"redirect", "tee", "append"})
            if (stands_for(words[i + 1], writer, 1))
                return refused("`| " + std::string(writer) + "` writes to a file",
                               "`| include` and `| begin` only select");
    }
    if (line.find('|') != std::string_view::npos &&
        std::count(words.begin(), words.end(), "|") != std::count(line.begin(), line.end(), '|'))
        return refused("a `|` stands between blanks");
    return {};
}

}  // namespace

std::optional<ResetScope> scope_of_reset(std::string_view line) {
    const auto* form = std::find_if(reset_forms.begin(), reset_forms.end(),
                                    [&](const ResetForm& known) { return known.line == line; });
    if (form == reset_forms.end()) return std::nullopt;
    return form->scope;
}

bool needs_further_verb(std::string_view line, LineUse use) {
    const std::vector<std::string> words = words_of(line);
    return !words.empty() && !is_known(words, use);
}

Result<void> check_line(std::string_view line, LineUse use, const std::vector<std::string>& further_verbs) {
    for (const char c : line) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte >= 0x7F) return refused("the line holds a control character or one outside ASCII");
    }
    if (line.size() > longest_line) return refused("the line is longer than 200 characters");
    const std::vector<std::string> words = words_of(line);
    if (words.empty()) return refused("the line is empty");
    if (line.front() == ' ' || line.back() == ' ') return refused("the line begins or ends with a blank");
    if (use == LineUse::resetting && !scope_of_reset(line))
        return refused("it is none of the lines that reset a tunnel or clear translations",
                       "spelled out, for example: `clear crypto ipsec sa peer {peer-address}`, "
                       "`clear crypto isakmp sa`, `clear xlate`");
    if (use == LineUse::entering) {
        if (line == enters_configuration) return {};
        return refused("configuration mode is entered by `" + std::string(enters_configuration) + "` and nothing else");
    }
    if (auto slots_read = check_slots(line, use); !slots_read) return slots_read;
    if (auto separated = check_separators(line, words); !separated) return separated;
    if (auto debugs = check_debug_words(words); !debugs) return debugs;
    if (auto verb = check_verb(words, use); !verb || use == LineUse::resetting) return verb;
    return check_beginning(words, use, further_verbs);
}

}  // namespace formats
