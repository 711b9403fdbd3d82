#include "examples/lab/lab_files.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>

namespace lab {
namespace {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

Error wrong(const std::string& file, const std::string& what) {
    return Error{ErrorKind::usage, file, what, "see the comments at the top of the lab's own files"};
}

Result<toml::table> parse(const std::string& path) {
    try {
        return toml::parse_file(path);
    } catch (const toml::parse_error& error) {
        return Error{ErrorKind::usage, path + ":" + std::to_string(error.source().begin.line),
                     std::string(error.description()), ""};
    }
}

std::string text_of(const toml::table& table, std::string_view key) { return table[key].value_or(std::string()); }

int number_of(const toml::table& table, std::string_view key, int otherwise) { return table[key].value_or(otherwise); }

Slots slots_of(const toml::table& parent, std::string_view key) {
    Slots slots;
    if (const auto* table = parent[key].as_table())
        for (const auto& [name, value] : *table)
            if (const auto text = value.value<std::string>()) slots.emplace(std::string(name.str()), *text);
    return slots;
}

std::vector<std::string> words_of(const std::string& line) {
    std::istringstream in(line);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    return words;
}

/// `child` with what it does not say taken from `parent`; commands add up.
toml::table merge(toml::table parent, const toml::table& child) {
    for (const auto& [key, value] : child) {
        auto* mine = parent.get(key.str());
        if (mine != nullptr && mine->is_table() && value.is_table()) {
            for (const auto& [name, inner] : *value.as_table()) mine->as_table()->insert_or_assign(name.str(), inner);
        } else if (mine != nullptr && mine->is_array_of_tables() && value.is_array_of_tables()) {
            for (const auto& item : *value.as_array()) mine->as_array()->push_back(*item.as_table());
        } else {
            parent.insert_or_assign(key.str(), value);
        }
    }
    return parent;
}

/// The platform's table, and the folders its files are in: its own, then that of the platform it is
/// like.
Result<toml::table> parse_platform(const std::string& devices, const std::string& name,
                                   std::vector<std::string>& folders) {
    folders.push_back(devices + "/" + name);
    auto table = parse(folders.back() + "/platform.toml");
    if (!table) return table;
    const auto like = text_of(*table, "like");
    if (like.empty()) return table;
    auto parent = parse_platform(devices, like, folders);
    if (!parent) return parent;
    return merge(std::move(*parent), *table);
}

/// The first of the folders that has the file decides.
std::string find_file(const std::vector<std::string>& folders, const std::string& name) {
    const auto in = [&](std::string folder) { return folder.append("/").append(name); };
    for (const auto& folder : folders)
        if (std::string path = in(folder); std::ifstream(path)) return path;
    return in(folders.front());
}

std::string joined(const std::vector<std::string>& words) {
    std::string line;
    for (const auto& word : words) line += (line.empty() ? "" : " ") + word;
    return line;
}

Result<CommandSpec> command_of(const toml::table& table, const Platform& platform,
                               const std::vector<std::string>& folders, const std::string& file) {
    CommandSpec command;
    command.words = words_of(text_of(table, "words"));
    command.enabled_only = table["enabled"].value_or(false);
    command.does = text_of(table, "does");
    command.kind = text_of(table, "kind");
    if (command.words.empty()) return wrong(file, "a command without words");
    if (const auto answer = text_of(table, "answer"); !answer.empty()) {
        const auto text = platform.texts.find(answer);
        if (text == platform.texts.end()) return wrong(file, "no text \"" + answer + "\"");
        command.answer = text->second;
    }
    if (const auto name = text_of(table, "file"); !name.empty()) {
        auto text = read_file(find_file(folders, name));
        if (!text) return text.error();
        command.answer = std::move(*text);
    }
    return command;
}

/// Grammar: `# comment`, blank, `@ ROLE EVENT` with ROLE initiator, responder or either, and below
/// each `KIND LEVEL TEXT`, where a last `\` means that no line end follows; `KIND-more` is a
/// further line of the message before, without a time in front.
Result<void> read_vocabulary(const std::string& path, const std::vector<std::string>& timed, Platform& platform) {
    auto text = read_file(path);
    if (!text) return text.error();
    std::istringstream lines(*text);
    std::vector<std::vector<DebugLine>*> current;
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        if (line.empty() || line[0] == '#') continue;
        if (line[0] == '@') {
            const auto words = words_of(line);
            if (words.size() != 3) return wrong(path + ":" + std::to_string(number), "@ ROLE EVENT");
            current.clear();
            for (std::size_t role = 0; role < 2; ++role) {
                const auto* name = role == 0 ? "initiator" : "responder";
                if (words[1] == name || words[1] == "either") current.push_back(&platform.vocabulary[role][words[2]]);
            }
            continue;
        }
        const auto kind_end = line.find(' ');
        const auto level_end = line.find(' ', kind_end + 1);
        if (current.empty() || level_end == std::string::npos)
            return wrong(path + ":" + std::to_string(number), "KIND LEVEL TEXT");
        DebugLine spoken;
        spoken.kind = line.substr(0, kind_end);
        spoken.timed = std::find(timed.begin(), timed.end(), spoken.kind) != timed.end();
        if (const auto more = spoken.kind.find("-more"); more != std::string::npos) spoken.kind.resize(more);
        spoken.level = std::atoi(line.substr(kind_end + 1, level_end).c_str());
        spoken.text = line.substr(level_end + 1);
        if (!spoken.text.empty() && spoken.text.back() == '\\') {
            spoken.text.pop_back();
            spoken.glued = true;
        }
        for (auto* event : current) event->push_back(spoken);
    }
    return {};
}

/// The vocabulary of another platform in this one's spelling.
void respell(Platform& platform, const Slots& spelling, const Slots& kinds) {
    for (auto& events : platform.vocabulary) {
        for (auto& [event, lines] : events) {
            for (auto& line : lines) {
                if (const auto kind = kinds.find(line.kind); kind != kinds.end()) line.kind = kind->second;
                for (const auto& [from, to] : spelling)
                    if (const auto at = line.text.find(from); at != std::string::npos)
                        line.text.replace(at, from.size(), to);
            }
        }
    }
}

std::vector<std::string> list_of(const toml::table& table, std::string_view key) {
    std::vector<std::string> list;
    if (const auto* array = table[key].as_array())
        for (const auto& item : *array) list.push_back(item.value_or(std::string()));
    return list;
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return formats::system_error(path, "reading", errno);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

Result<Site> load_site(const std::string& folder, const std::string& name) {
    auto table = parse(folder + "/devices/" + name + ".toml");
    if (!table) return table.error();
    Site site;
    site.name = text_of(*table, "name");
    site.user = text_of(*table, "user");
    site.password = text_of(*table, "password");
    site.enable = text_of(*table, "enable");
    site.outside = text_of(*table, "outside");
    site.inside = text_of(*table, "inside");
    site.inside_interface = text_of(*table, "inside-interface");
    site.local_network = text_of(*table, "local-network");
    site.local_mask = text_of(*table, "local-mask");
    site.clock_offset = std::chrono::milliseconds(number_of(*table, "clock-offset-ms", 0));
    site.slots = slots_of(*table, "slots");
    return site;
}

Result<Platform> load_platform(const std::string& folder, const std::string& name, const std::string& site) {
    std::vector<std::string> folders;
    auto parsed = parse_platform(folder + "/devices", name, folders);
    const std::string file = folders.front() + "/platform.toml";
    if (!parsed) return parsed.error();
    const toml::table& table = *parsed;
    Platform platform;
    platform.name = name;
    if (const auto* ssh = table["ssh"].as_table()) {
        platform.ident = text_of(*ssh, "ident");
        platform.key_exchange = text_of(*ssh, "key-exchange");
        platform.ciphers = text_of(*ssh, "ciphers");
        platform.macs = text_of(*ssh, "macs");
        platform.host_key_bits = number_of(*ssh, "host-key-bits", 1024);
        platform.login_tries = number_of(*ssh, "login-tries", 3);
    }
    if (const auto* terminal = table["terminal"].as_table()) {
        platform.terminal = slots_of(table, "terminal");
        platform.sessions = number_of(*terminal, "sessions", 5);
        platform.idle_seconds = number_of(*terminal, "idle-seconds", 300);
        platform.pager_lines = number_of(*terminal, "pager-lines", 24);
        platform.enable_tries = number_of(*terminal, "enable-tries", 3);
    }
    platform.slots = slots_of(table, "slots");
    platform.contexts = list_of(table, "contexts");
    platform.states = slots_of(table, "states");
    platform.telnet = text_of(table, "transport") == "telnet";
    platform.errors = slots_of(table, "errors");
    platform.texts = slots_of(table, "text");
    std::vector<std::string> timed;
    if (const auto* debug = table["debug"].as_table()) {
        platform.device_scope = text_of(*debug, "scope") == "device";
        platform.monitor_command = (*debug)["monitor-command"].value_or(false);
        platform.debug_kinds = list_of(*debug, "kinds");
        platform.debug = slots_of(table, "debug");
        timed = list_of(*debug, "time-prefixed");
    }
    if (const auto* commands = table["command"].as_array()) {
        for (const auto& item : *commands) {
            if (!item.is_table()) return wrong(file, "[[command]] is a table");
            auto command = command_of(*item.as_table(), platform, folders, file);
            if (!command) return command.error();
            platform.commands.push_back(std::move(*command));
        }
    }
    const auto removed = list_of(table, "without");
    std::erase_if(platform.commands, [&](const CommandSpec& command) {
        return std::find(removed.begin(), removed.end(), joined(command.words)) != removed.end();
    });
    if (auto read = read_vocabulary(find_file(folders, "ike.txt"), timed, platform); !read) return read.error();
    respell(platform, slots_of(table, "respell"), slots_of(table, "kinds-renamed"));
    // A site's own file, or one for both whose {slots} make the difference.
    auto config_file = find_file(folders, site + "-running-config.txt");
    if (std::ifstream(folders.front() + "/running-config.txt")) config_file = folders.front() + "/running-config.txt";
    auto config = read_file(config_file);
    if (!config) return config.error();
    platform.running_configs[site] = std::move(*config);
    return platform;
}

Result<Scenario> load_scenario(const std::string& folder, const std::string& name) {
    const std::string file = folder + "/scenarios/" + name + ".toml";
    auto parsed = parse(file);
    if (!parsed) return parsed.error();
    const toml::table& table = *parsed;
    Scenario scenario;
    scenario.name = name;
    scenario.title = text_of(table, "title");
    scenario.plain = text_of(table, "plain");
    scenario.replies = table["replies"].value_or(true);
    scenario.stands = text_of(table, "stands");
    scenario.remedy_side = text_of(table, "remedy-side");
    for (const auto& [what, then] : slots_of(table, "remedy")) scenario.remedies[what] = then;
    if (const auto* left = table["left"].as_table()) scenario.slots[0] = slots_of(*left, "slots");
    if (const auto* right = table["right"].as_table()) scenario.slots[1] = slots_of(*right, "slots");
    if (const auto like = text_of(table, "like"); !like.empty()) {
        auto model = load_scenario(folder, like);
        if (!model) return model.error();
        const auto through = text_of(table, "through");
        for (const auto& step : model->steps) {
            scenario.steps.push_back(step);
            if (!through.empty() && step.name == through) break;
        }
    }
    if (const auto* steps = table["step"].as_array()) {
        for (const auto& item : *steps) {
            const auto* step = item.as_table();
            if (step == nullptr) return wrong(file, "[[step]] is a table");
            const auto who = text_of(*step, "who");
            if (who != "initiator" && who != "responder") return wrong(file, "who is initiator or responder");
            scenario.steps.push_back({text_of(*step, "name"), std::chrono::milliseconds(number_of(*step, "after", 0)),
                                      who == "initiator" ? Role::initiator : Role::responder, text_of(*step, "says"),
                                      text_of(*step, "state"), text_of(*step, "does"), number_of(*step, "phase", 1)});
        }
    }
    return scenario;
}

}  // namespace lab
