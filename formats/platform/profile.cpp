#include "formats/platform/profile.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "embedded/platform_profiles.hpp"
#include "formats/platform/line_rules.hpp"
#include "formats/platform/roles.hpp"
#include "formats/text/ascii.hpp"
#include "formats/text/sha256.hpp"
#include "formats/text/toml_reader.hpp"

namespace formats {

namespace {

constexpr std::uintmax_t largest_profile = 1 << 20;

bool is_lower_name(std::string_view text, std::string_view further) {
    const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    return !text.empty() && text.size() <= 64 && plain(text.front()) &&
           std::all_of(text.begin(), text.end(),
                       [&](char c) { return plain(c) || further.find(c) != std::string_view::npos; });
}

std::string names_of_show_roles() {
    std::string names;
    for (const Tells role : show_roles) names.append(names.empty() ? "" : ", ").append(name_of(role));
    return names;
}

/// Reads one profile; every problem goes to the reader, which knows the first.
class ProfileFile {
 public:
    explicit ProfileFile(TomlReader& reader) : reader_(reader) {}

    Profile read() {
        TomlTable root = reader_.root();
        const TomlText name = root.required_text("name");
        profile_.name = name.text;
        if (root.has("name") && (!is_lower_name(name.text, "._-") || name.text == "auto"))
            reader_.refuse(name.place, "`name`: expected small letters, digits, `.`, `_` and `-`; `auto` is taken");
        profile_.title = root.required_text("title").text;
        root.require("identify");
        root.require("show");
        read_further_verbs(root);
        if (auto t = root.table("identify")) read_identify(*t);
        if (auto t = root.table("prompt")) read_prompt(*t);
        if (auto t = root.table("login")) read_login(*t);
        if (auto t = root.table("enable")) read_enable(*t);
        if (auto t = root.table("context")) {
            line(*t, "change", LineUse::session, profile_.context.change);
            line(*t, "system", LineUse::session, profile_.context.system);
            pair(*t, "change", "system");
        }
        if (auto t = root.table("pager")) read_pager(*t);
        for (TomlTable t : root.tables("refusal")) read_refusal(t);
        for (TomlTable t : root.tables("show")) read_show(t);
        if (auto t = root.table("debug")) read_debug(*t);
        if (auto t = root.table("clock")) line(*t, "line", LineUse::reading, profile_.clock.line);
        if (auto t = root.table("keys")) line(*t, "line", LineUse::reading, profile_.keys.line);
        if (auto t = root.table("cpu")) {
            line(*t, "line", LineUse::reading, profile_.cpu.line);
            pattern(*t, "pattern", 1, profile_.cpu.pattern);
        }
        if (auto t = root.table("sessions")) read_sessions(*t);
        if (auto t = root.table("standby")) {
            line(*t, "line", LineUse::reading, profile_.standby.line);
            pattern(*t, "pattern", 0, profile_.standby.pattern);
        }
        if (auto t = root.table("probe")) read_probe(*t);
        for (TomlTable t : root.tables("reset")) read_reset(t);
        if (auto t = root.table("counts")) {
            auto& counts = profile_.counts;
            line(*t, "connections", LineUse::reading, counts.connections);
            pattern(*t, "connections-pattern", 1, counts.connections_pattern);
            line(*t, "translations", LineUse::reading, counts.translations);
            pattern(*t, "translations-pattern", 1, counts.translations_pattern);
            pair(*t, "connections", "connections-pattern");
            pair(*t, "translations", "translations-pattern");
        }
        if (auto t = root.table("leave")) {
            line(*t, "line", LineUse::session, profile_.leave.line);
            string(*t, "said", profile_.leave.said);
        }
        if (auto t = root.table("configuration")) {
            auto& configuration = profile_.configuration;
            line(*t, "leave", LineUse::session, configuration.leave);
            line(*t, "enter", LineUse::entering, configuration.enter);
            line(*t, "proof", LineUse::reading, configuration.proof);
            pattern(*t, "proof-pattern", 1, configuration.proof_pattern);
            pair(*t, "enter", "leave");
            pair(*t, "enter", "proof");
            pair(*t, "proof", "proof-pattern");
            const bool is_taken = std::any_of(profile_.shows.begin(), profile_.shows.end(), [&](const auto& show) {
                return show.before && !show.extended && show.line == configuration.proof;
            });
            if (t->has("proof") && !is_taken)
                reader_.refuse(t->place_of("proof"),
                               "`proof` is compared with what was captured before, and no show is this line",
                               "name a line of a `[[show]]` that is taken before");
        }
        return std::move(profile_);
    }

 private:
    void string(TomlTable& table, std::string_view key, std::string& into) {
        if (const auto text = table.text(key)) into = text->text;
    }

    void strings(TomlTable& table, std::string_view key, std::vector<std::string>& into) {
        if (!table.has(key)) {
            (void)table.texts(key);
            return;
        }
        into.clear();
        for (const TomlText& text : table.texts(key)) {
            into.push_back(text.text);
            // An empty text is found everywhere.
            if (text.text.empty())
                reader_.refuse(text.place, "`" + std::string(key) + "`: a text is empty", "remove it");
        }
    }

    void flag(TomlTable& table, std::string_view key, bool& into) {
        if (const auto value = table.boolean(key)) into = *value;
    }

    void number(TomlTable& table, std::string_view key, unsigned lowest, unsigned highest, unsigned& into) {
        if (const auto value = table.integer(key, lowest, highest)) into = static_cast<unsigned>(*value);
    }

    /// Before any line: they are checked by it.
    void read_further_verbs(TomlTable& root) {
        for (const TomlText& verb : root.texts("further-verbs")) {
            const bool plain = !verb.text.empty() && std::all_of(verb.text.begin(), verb.text.end(), [](char c) {
                return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view(" -_./:").find(c) != std::string_view::npos;
            });
            if (!plain)
                reader_.refuse(verb.place, "`further-verbs`: expected the first words of a line",
                               "further-verbs = [\"display\", \"get system status\"]");
            else
                profile_.further_verbs.push_back(lowered(verb.text));
        }
    }

    void check(const TomlText& text, std::string_view key, LineUse use) {
        if (auto checked = check_line(text.text, use, profile_.further_verbs); !checked)
            reader_.refuse(text.place, "`" + std::string(key) + "`: " + checked.error().detail, checked.error().remedy);
    }

    void line(TomlTable& table, std::string_view key, LineUse use, std::string& into) {
        const auto text = table.text(key);
        if (!text) return;
        check(*text, key, use);
        into = text->text;
    }

    void required_line(TomlTable& table, std::string_view key, LineUse use, std::string& into) {
        const TomlText text = table.required_text(key);
        if (table.has(key)) check(text, key, use);
        into = text.text;
    }

    void pattern(TomlTable& table, std::string_view key, int groups, std::string& into) {
        const auto text = table.text(key);
        if (!text) return;
        into = text->text;
        const auto compiled = Pattern::compile(text->text);
        if (!compiled)
            reader_.refuse(text->place,
                           "`" + std::string(key) + "`: RE2 refuses the pattern: " + compiled.error().detail,
                           "single quotes keep backslashes: '(\\d+)'");
        else if (compiled->groups() < groups)
            reader_.refuse(text->place, "`" + std::string(key) + "`: the pattern needs a group for its answer",
                           "put the part that is wanted in parentheses");
    }

    void version(TomlTable& table, std::string_view key, std::string& into) {
        const auto text = table.text(key);
        if (!text) return;
        into = text->text;
        const bool plain = !text->text.empty() && text->text[0] >= '0' && text->text[0] <= '9' &&
                           text->text.find(' ') == std::string::npos;
        if (!plain)
            reader_.refuse(text->place, "`" + std::string(key) + "`: expected a version",
                           "as the device writes it: 7.0, 7.2(1), 8.4");
    }

    void read_identify(TomlTable& table) {
        auto& identify = profile_.identify;
        table.require("version-pattern");
        pattern(table, "version-pattern", 1, identify.version_pattern);
        pattern(table, "model-pattern", 1, identify.model_pattern);
        pattern(table, "serial-pattern", 1, identify.serial_pattern);
        line(table, "version-line", LineUse::reading, identify.version_line);
        pattern(table, "banner-pattern", 0, identify.banner_pattern);
        version(table, "from-version", identify.from_version);
        version(table, "to-version", identify.to_version);
        if (!identify.from_version.empty() && !identify.to_version.empty() &&
            compare_versions(identify.from_version, identify.to_version) >= 0)
            reader_.refuse(table.place_of("to-version"), "`to-version` is not above `from-version`");
    }

    void read_prompt(TomlTable& table) {
        auto& prompt = profile_.prompt;
        string(table, "user-mark", prompt.user_mark);
        string(table, "enabled-mark", prompt.enabled_mark);
        for (const std::string_view key : {"user-mark", "enabled-mark"})
            if (table.text(key) && table.text(key)->text.empty())
                reader_.refuse(table.place_of(key), "`" + std::string(key) + "` is empty");
        string(table, "name-characters", prompt.name_characters);
        if (std::string name; pattern(table, "name-pattern", 0, name), !name.empty()) {
            if (auto compiled = Pattern::compile("\\A(?:" + name + ")\\z")) prompt.name_pattern = std::move(*compiled);
            if (table.has("name-characters"))
                reader_.refuse(table.place_of("name-pattern"), "`name-pattern` stands in place of `name-characters`",
                               "keep one of the two");
        }
        number(table, "longest", 1, 255, prompt.longest);
        number(table, "trailing-spaces", 0, 16, prompt.trailing_spaces);
        flag(table, "leading-cr", prompt.leading_cr);
        string(table, "config-pattern", prompt.config_pattern);
        strings(table, "priorities", prompt.priorities);
        number(table, "quiet-ms", 1, 10'000, prompt.quiet_ms);
        if (std::string log_line; pattern(table, "log-line", 0, log_line), !log_line.empty())
            if (auto compiled = Pattern::compile(log_line)) prompt.log_line = std::move(*compiled);
    }

    void read_login(TomlTable& table) {
        strings(table, "user-prompts", profile_.login.user_prompts);
        strings(table, "password-prompts", profile_.login.password_prompts);
        strings(table, "refusals", profile_.login.refusals);
        strings(table, "stop-questions", profile_.login.stop_questions);
    }

    void read_enable(TomlTable& table) {
        // An empty line: the platform has no second level.
        if (const auto text = table.text("line"); text && text->text.empty())
            profile_.enable.line.clear();
        else
            line(table, "line", LineUse::session, profile_.enable.line);
        strings(table, "password-prompts", profile_.enable.password_prompts);
        strings(table, "refusals", profile_.enable.refusals);
    }

    void read_pager(TomlTable& table) {
        string(table, "mark", profile_.pager.mark);
        if (const auto text = table.text("next", TomlCharacters::any)) {
            profile_.pager.next = text->text;
            // The only keys that can be sent besides lines.
            if (text->text != " " && text->text != "\r")
                reader_.refuse(text->place, "`next`: expected a blank or a carriage return");
        }
        if (const auto text = table.text("off"); text && !text->text.empty())
            line(table, "off", LineUse::session, profile_.pager.off);
    }

    void read_refusal(TomlTable& table) {
        Profile::Refusal refusal;
        const TomlText text = table.required_text("text");
        refusal.text = text.text;
        if (table.has("text") && text.text.empty())
            reader_.refuse(text.place, "`text`: an empty text is found in every answer");
        if (const auto word = table.text("outcome")) {
            const auto outcome = outcome_of(word->text);
            if (outcome == Outcome::denied || outcome == Outcome::unsupported || outcome == Outcome::empty)
                refusal.outcome = *outcome;
            else
                reader_.refuse(word->place, "`outcome`: a refusal is one of denied, unsupported, empty");
        }
        profile_.refusals.push_back(std::move(refusal));
    }

    void unique(const TomlText& text, std::string_view key, std::set<std::string>& taken) {
        if (!text.text.empty() && !taken.insert(text.text).second)
            reader_.refuse(text.place, "`" + std::string(key) + "`: `" + text.text + "` is taken already");
    }

    TomlText read_id(TomlTable& table, std::set<std::string>& taken) {
        TomlText id = table.required_text("id");
        if (table.has("id") && !is_lower_name(id.text, "._-"))
            reader_.refuse(id.place, "`id`: expected small letters, digits, `.`, `_` and `-`");
        else
            unique(id, "id", taken);
        return id;
    }

    void read_show(TomlTable& table) {
        Profile::Show show;
        show.id = read_id(table, show_ids_).text;
        required_line(table, "line", LineUse::reading, show.line);
        const TomlText file = table.required_text("file");
        show.file = file.text;
        if (table.has("file") && !is_lower_name(file.text, "._-"))
            reader_.refuse(file.place, "`file`: expected small letters, digits, `.`, `_` and `-`",
                           "for example show-version.txt");
        else
            unique(file, "file", files_);
        flag(table, "before", show.before);
        flag(table, "after", show.after);
        flag(table, "during", show.during);
        flag(table, "extended", show.extended);
        string(table, "end", show.end);
        line(table, "otherwise", LineUse::reading, show.otherwise);
        version(table, "since", show.since);
        if (const auto word = table.text("tells")) {
            const auto role = tells_of(word->text);
            if (role && std::find(show_roles.begin(), show_roles.end(), *role) != show_roles.end())
                show.tells = *role;
            else
                reader_.refuse(word->place, "`tells`: expected one of " + names_of_show_roles());
        }
        profile_.shows.push_back(std::move(show));
    }

    void read_debug(TomlTable& table) {
        auto& debug = profile_.debug;
        if (const auto scope = table.text("scope")) {
            if (scope->text == "device")
                debug.scope = Profile::Debug::Scope::device;
            else if (scope->text != "session")
                reader_.refuse(scope->place, "`scope`: expected session or device");
        }
        line(table, "follow", LineUse::reading, debug.follow);
        line(table, "state", LineUse::reading, debug.state);
        pattern(table, "frame", 0, debug.frame);
        pattern(table, "other", 0, debug.other);
        pattern(table, "heading", 0, debug.heading);
        pattern(table, "crypto", 0, debug.crypto);
        line(table, "fence", LineUse::reading, debug.fence);
        pattern(table, "fence-pattern", 0, debug.fence_pattern);
        line(table, "condition-on", LineUse::debugging, debug.condition_on);
        line(table, "condition-off", LineUse::debugging, debug.condition_off);
        line(table, "condition-state", LineUse::reading, debug.condition_state);
        version(table, "condition-since", debug.condition_since);
        string(table, "condition-listed", debug.condition_listed);
        pattern(table, "condition-told", 0, debug.condition_told);
        line(table, "screen-on", LineUse::debugging, debug.screen_on);
        line(table, "screen-off", LineUse::debugging, debug.screen_off);
        pair(table, "condition-on", "condition-off");
        pair(table, "condition-on", "condition-state");
        pair(table, "condition-on", "condition-told");
        pair(table, "screen-on", "screen-off");
        for (TomlTable t : table.tables("hindrance")) read_hindrance(t);
        for (TomlTable t : table.tables("item")) read_item(t);
        // Without it an empty answer could not be told from none.
        if (!debug.items.empty() || !debug.follow.empty()) table.require("fence-pattern");
        if (!debug.items.empty() && !debug.follow.empty())
            reader_.refuse(table.place_of("follow"), "`follow` stands in place of debugs that are turned on",
                           "keep one of the two");
        // Nothing is turned on, so there is nothing to list.
        if (!debug.follow.empty()) debug.state.clear();
    }

    /// What is turned on must be turned off.
    void pair(TomlTable& table, std::string_view on, std::string_view off) {
        if (table.has(on) && !table.has(off))
            reader_.refuse(table.place_of(on), "`" + std::string(on) + "` without `" + std::string(off) + "`");
    }

    void read_hindrance(TomlTable& table) {
        Profile::Hindrance hindrance;
        hindrance.id = read_id(table, hindrance_ids_).text;
        required_line(table, "line", LineUse::reading, hindrance.line);
        table.require("pattern");
        pattern(table, "pattern", 0, hindrance.pattern);
        pattern(table, "up-to", 0, hindrance.up_to);
        hindrance.reason = table.required_text("reason").text;
        flag(table, "unless-limited", hindrance.unless_limited);
        profile_.debug.hindrances.push_back(std::move(hindrance));
    }

    void read_item(TomlTable& table) {
        Profile::DebugItem item;
        item.id = read_id(table, item_ids_).text;
        required_line(table, "on", LineUse::debugging, item.on);
        required_line(table, "off", LineUse::debugging, item.off);
        table.require("listed");
        pattern(table, "listed", 0, item.listed);
        if (table.has("listed") && item.listed.empty())
            reader_.refuse(table.place_of("listed"), "`listed` is empty: nothing could be proven with it");
        version(table, "since", item.since);
        version(table, "until", item.until);
        pattern(table, "needs", 0, item.needs);
        profile_.debug.items.push_back(std::move(item));
    }

    void read_sessions(TomlTable& table) {
        auto& sessions = profile_.sessions;
        read_session_kind(table, "list", "end", sessions.ssh);
        // Where the platform has one list for all sessions, telnet's is the same.
        sessions.telnet = sessions.ssh;
        if (table.has("telnet-list")) sessions.telnet = {};
        read_session_kind(table, "telnet-list", "telnet-end", sessions.telnet);
        string(table, "end-asks", sessions.end_asks);
        number(table, "most", 0, 1000, sessions.most);
    }

    void read_session_kind(TomlTable& table, std::string_view list, std::string_view end,
                           Profile::Sessions::Kind& kind) {
        line(table, list, LineUse::reading, kind.list);
        line(table, end, LineUse::ending, kind.end);
        if (table.has(end) && kind.end.find("{session-id}") == std::string::npos)
            reader_.refuse(table.place_of(end),
                           "`" + std::string(end) + "` without {session-id} would end every session");
    }

    void read_probe(TomlTable& table) {
        auto& probe = profile_.probe;
        line(table, "ping", LineUse::probing, probe.ping);
        pattern(table, "ping-needs", 1, probe.ping_needs);
        line(table, "trace", LineUse::probing, probe.trace);
        version(table, "trace-since", probe.trace_since);
        pattern(table, "success", 1, probe.success);
    }

    void read_reset(TomlTable& table) {
        Profile::Reset reset;
        reset.id = read_id(table, reset_ids_).text;
        constexpr std::array<std::pair<std::string_view, ResetScope>, 4> scopes{
            {{"peer", ResetScope::peer},
             {"all-tunnels", ResetScope::all_tunnels},
             {"source-xlate", ResetScope::source_xlate},
             {"all-xlates", ResetScope::all_xlates}}};
        const TomlText scope = table.required_text("scope");
        const auto* known =
            std::find_if(scopes.begin(), scopes.end(), [&](const auto& s) { return s.first == scope.text; });
        if (known != scopes.end())
            reset.scope = known->second;
        else if (table.has("scope"))
            reader_.refuse(scope.place, "`scope`: expected peer, all-tunnels, source-xlate or all-xlates");
        required_line(table, "line", LineUse::resetting, reset.line);
        if (known != scopes.end() && table.has("line") && scope_of_reset(reset.line) &&
            scope_of_reset(reset.line) != reset.scope)
            reader_.refuse(table.place_of("line"),
                           "`line` takes down more, or other things, than `" + scope.text + "`");
        version(table, "since", reset.since);
        profile_.resets.push_back(std::move(reset));
    }

    TomlReader& reader_;
    Profile profile_;
    std::set<std::string> show_ids_, files_, item_ids_, hindrance_ids_, reset_ids_;
};

Result<std::string> read_file(const std::filesystem::path& path) {
    std::error_code code;
    const auto size = std::filesystem::file_size(path, code);
    if (code) return Error{ErrorKind::io, path.string(), "cannot be read: " + code.message(), {}};
    if (size > largest_profile)
        return Error{ErrorKind::usage, path.string(), "larger than 1 MiB: not a platform profile", {}};
    std::ifstream in(path, std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(in)), {});
    if (!in.eof() && in.fail()) return Error{ErrorKind::io, path.string(), "cannot be read", {}};
    return text;
}

/// The profile files of a folder, by name, so that errors and lists do not depend on the file
/// system.
Result<std::vector<std::filesystem::path>> profile_files(const std::string& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code code;
    if (folder.empty() || !std::filesystem::exists(folder, code)) return files;
    std::filesystem::directory_iterator entries(folder, code);
    for (; !code && entries != std::filesystem::directory_iterator(); entries.increment(code))
        if (entries->path().extension() == ".toml") files.push_back(entries->path());
    if (code) return Error{ErrorKind::io, folder, "cannot be listed: " + code.message(), {}};
    std::sort(files.begin(), files.end());
    return files;
}

/// A built-in profile's file has its name.
std::string built_in_name(const EmbeddedFile& file) { return std::filesystem::path(file.name).stem().string(); }

bool is_built_in(const std::string& name) {
    const auto files = embedded::platform_profiles();
    return std::any_of(files.begin(), files.end(),
                       [&](const EmbeddedFile& file) { return built_in_name(file) == name; });
}

}  // namespace

Result<Profile> parse_profile(std::string_view toml, const std::string& file) {
    auto reader = TomlReader::parse(toml, file);
    if (!reader) return reader.error();
    Profile profile = ProfileFile(**reader).read();
    if (auto finished = (*reader)->finish(); !finished) return finished.error();
    profile.origin = file;
    profile.digest = sha256_of(toml);
    return profile;
}

Result<Profile> read_profile(const std::string& path) {
    auto text = read_file(path);
    if (!text) return text.error();
    return parse_profile(*text, path);
}

Result<std::vector<Profile>> load_profiles(const std::string& folder) { return load_profiles(folder, {}); }

Result<std::vector<Profile>> load_profiles(const std::string& folder, const std::set<std::string>& named) {
    const bool all = named.empty() || !std::all_of(named.begin(), named.end(), is_built_in);
    std::vector<Profile> profiles;
    for (const EmbeddedFile& file : embedded::platform_profiles()) {
        if (!all && !named.contains(built_in_name(file))) continue;
        auto profile = parse_profile(file.bytes, std::string(file.name));
        if (!profile) return profile.error();
        profile->origin = "built in";
        profiles.push_back(std::move(*profile));
    }
    auto files = profile_files(folder);
    if (!files) return files.error();
    for (const auto& path : *files) {
        auto profile = read_profile(path.string());
        if (!profile) return profile.error();
        const Profile* other = find_profile(profiles, profile->name);
        if (other != nullptr || is_built_in(profile->name))
            return Error{
                ErrorKind::usage, path.string(),
                "the name `" + profile->name + "` is taken (" + (other != nullptr ? other->origin : "built in") + ")",
                "give the profile another `name`"};
        profiles.push_back(std::move(*profile));
    }
    return profiles;
}

const Profile* find_profile(const std::vector<Profile>& profiles, std::string_view name) {
    const auto at =
        std::find_if(profiles.begin(), profiles.end(), [&](const Profile& profile) { return profile.name == name; });
    return at == profiles.end() ? nullptr : &*at;
}

}  // namespace formats
