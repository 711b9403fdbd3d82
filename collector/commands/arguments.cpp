#include "collector/commands/arguments.hpp"

#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "collector/commands/run_options.hpp"
#include "collector/commands/usage.hpp"
#include "formats/incident/target.hpp"
#include "formats/text/archive_form.hpp"
#include "formats/text/ascii.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

constexpr std::size_t largest_incident = 1U << 20U;

Error usage(std::string subject, std::string detail, std::string remedy) {
    return {ErrorKind::usage, std::move(subject), std::move(detail), std::move(remedy)};
}

std::string see_help(std::string_view command) { return "tacbundle " + std::string(command) + " --help lists them"; }

/// The words of one command, taken apart by CLI11 and judged by us: its own messages name neither remedy nor
/// neighbour.
class Words {
 public:
    explicit Words(const CommandUsage& command) : command_(command) {
        app_.set_help_flag();
        app_.allow_extras();
        app_.add_option("words", positional_);
        flag("help", 'h');
    }

    void flag(std::string_view name, char letter = 0) {
        app_.add_flag(spelled(name, letter), counts_[std::string(name)]);
        known_.push_back("--" + std::string(name));
    }
    void option(std::string_view name, char letter = 0, bool repeats = false) {
        // Of several values each needs its own option word: a plain one would swallow the endpoints.
        app_.add_option(spelled(name, letter), values_[std::string(name)])->allow_extra_args(false);
        known_.push_back("--" + std::string(name));
        if (repeats) repeatable_.insert(std::string(name));
    }

    Result<void> parse(int argc, const char* const* argv) {
        std::vector<std::string> words(argv, argv + argc);
        const auto end = std::find(words.begin(), words.end(), "--");
        for (auto word = words.begin(); word != end; ++word)
            if (const auto equals = word->find('='); word->starts_with("--") &&
                                                     counts_.count(word->substr(2, equals - 2)) > 0 &&
                                                     equals != std::string::npos)
                return usage(word->substr(0, equals), "it takes no value", "write it alone, or leave it out");
        std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
        try {
            app_.parse(words);
        } catch (const CLI::ArgumentMismatch& e) {
            const std::string_view text = e.what();  // "--sr: 1 required TEXT missing"
            return no_value(std::string(text.substr(0, text.find(':'))));
        } catch (const CLI::ParseError& e) {
            return usage("command line", e.what(), see_help(command_.name));
        }
        for (const auto& word : app_.remaining())
            if (word != "--") return unknown(word);
        for (const auto& [name, values] : values_) {
            // CLI11 takes the next option for the value of one that has none.
            if (std::any_of(values.begin(), values.end(), [](const auto& value) { return value.starts_with("--"); }))
                return no_value("--" + name);
        }
        return {};
    }

    bool has(std::string_view name) const {
        const auto found = counts_.find(std::string(name));
        return found != counts_.end() && found->second > 0;
    }
    /// What is given of a repeatable option, or the last value of another: it is overridden as in any tool that is called
    /// through an alias.
    std::vector<std::string> values(std::string_view name) const {
        const auto& all = values_.at(std::string(name));
        if (all.empty() || repeatable_.count(std::string(name)) > 0) return all;
        return {all.back()};
    }
    std::string value(std::string_view name) const {
        const auto& all = values_.at(std::string(name));
        return all.empty() ? std::string() : all.back();
    }
    bool is_given(std::string_view name) const {
        const auto found = values_.find(std::string(name));
        return has(name) || (found != values_.end() && !found->second.empty());
    }
    const std::vector<std::string>& positional() const { return positional_; }

 private:
    static std::string spelled(std::string_view name, char letter) {
        return (letter != 0 ? std::string("-") + letter + ",--" : std::string("--")) + std::string(name);
    }

    Error no_value(std::string option) const {
        return usage(std::move(option), "a value must follow", see_help(command_.name));
    }

    Error unknown(const std::string& word) const {
        // What stands behind "=", or glued to a letter, may be a secret.
        const std::string option = word.substr(0, word.starts_with("--") ? word.find('=') : 2);
        const bool secret = option.starts_with("--pass") || word.starts_with("-p") || option.starts_with("--enable") ||
                            option.starts_with("--secret");
        if (secret)
            return usage("command line", "secrets never come on the command line",
                         "per endpoint: NAME=TARGET?password-from=env:VAR (or file:PATH, fd:N, command:CMD, prompt)");
        std::string remedy = did_you_mean(option, known_);
        if (remedy.empty()) remedy = see_help(command_.name);
        return usage("command line", "unknown option " + option + " of " + std::string(command_.name),
                     std::move(remedy));
    }

    const CommandUsage& command_;
    CLI::App app_;
    std::vector<std::string> positional_, known_;
    std::map<std::string, int> counts_;
    std::map<std::string, std::vector<std::string>> values_;
    std::set<std::string> repeatable_;
};

/// The one argument of a command that takes one: a bundle, a journal, a spool.
Result<std::string> one_argument(const Words& words, const CommandUsage& command, const std::string& what) {
    const auto& given = words.positional();
    if (given.size() == 1) return given.front();
    return usage(std::string(command.name),
                 given.empty() ? "no " + what + " is named" : "more than one " + what + " is named",
                 "tacbundle " + std::string(command.name) + " " + std::string(command.arguments));
}

/// Empty when none is given.
Result<std::string> argument_or_none(const Words& words, const CommandUsage& command, const std::string& what) {
    if (words.positional().empty()) return std::string();
    return one_argument(words, command, what);
}

bool is_regular_file(const std::string& path) {
    struct stat found {};
    return ::stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode);
}

bool is_incident_file(const std::string& word) { return word.ends_with(".toml") || is_regular_file(word); }

Result<formats::Incident> read_incident(const std::string& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) {
        auto error = formats::system_error(path, "reading the incident file", errno);
        error.kind = ErrorKind::usage;
        error.remedy = "an argument that ends in .toml is an incident file: check its path";
        return error;
    }
    if (S_ISDIR(found.st_mode)) return usage(path, "it is a folder, not an incident file", "name the file in it");
    std::ifstream file(path, std::ios::binary);
    std::string text;
    text.reserve(4096);
    for (std::istreambuf_iterator<char> at(file), end; at != end && text.size() <= largest_incident; ++at) text += *at;
    if (!file.is_open() || file.bad()) return usage(path, "the incident file cannot be read", "check its permissions");
    if (const auto form = formats::archive_form(text); !form.empty())
        return usage(path, "it is " + std::string(form) + ", not an incident file",
                     "of a bundle `tacbundle show " + path +
                         "` tells what is inside, and its plan.txt is the plan it was made by");
    if (text.size() > largest_incident) return usage(path, "it is larger than 1 MiB: no incident file", "name another");
    return formats::parse_incident(text, path);
}

Result<void> read_positional(const std::vector<std::string>& words, formats::Incident& incident) {
    std::size_t at = 0;
    if (!words.empty() && is_incident_file(words.front())) {
        auto read = read_incident(words.front());
        if (!read) return read.error();
        incident = std::move(*read);
        at = 1;
    }
    for (; at < words.size(); ++at) {
        const auto& word = words[at];
        if (word.ends_with(".toml") && word.find_first_of("=@:") == std::string::npos)
            return usage(word, "an incident file is the first argument, and there is one",
                         "tacbundle collect INCIDENT.toml ENDPOINT...");
        if (auto added = formats::add_endpoint(incident, word, "argument " + std::to_string(at + 1)); !added)
            return added.error();
    }
    return {};
}

Result<void> check_consent(const formats::Incident& incident) {
    const auto check = [&](std::string_view option, const std::vector<std::string>& names, bool allowed,
                           std::string_view needs) -> Result<void> {
        for (const auto& name : names) {
            const bool known = std::any_of(incident.endpoints.begin(), incident.endpoints.end(),
                                           [&](const auto& endpoint) { return endpoint.name == name; });
            if (!known)
                return usage(std::string(option), "no endpoint is named `" + name + "`", "use the endpoint's name");
        }
        if (names.empty() || allowed) return {};
        return usage(std::string(option), "it consents to what is not asked for", "it goes with " + std::string(needs));
    };
    if (auto ok = check("--reset-drops-all-tunnels", incident.reset_drops_all_tunnels,
                        incident.allow_reset == formats::ResetConsent::all, "--allow-reset all");
        !ok)
        return ok;
    return check("--clear-xlate-drops-connections", incident.clear_xlate_drops_connections, incident.allow_clear_xlate,
                 "--allow-clear-xlate");
}

Result<int> verbosity_of(const Words& words) {
    if (words.has("verbose") && words.has("quiet"))
        return usage("command line", "-v and -q contradict", "leave one out");
    return words.has("verbose") ? 1 : words.has("quiet") ? -1 : 0;
}

Result<Arguments> run_arguments(const Words& words, RunArguments::Command command, bool& json) {
    RunArguments arguments{command, {}};
    auto& request = arguments.request;
    if (auto read = read_positional(words.positional(), request.incident); !read) return read.error();
    json = json || request.incident.json;
    const auto verbosity = verbosity_of(words);
    if (!verbosity) return verbosity.error();
    request.verbosity = *verbosity;

    for (const auto& option : run_options()) {
        if (!words.is_given(option.name)) continue;
        const std::vector<std::string> flag_given{""};
        for (const auto& value : option.value.empty() ? flag_given : words.values(option.name)) {
            if (auto set = option.set(request, value); !set)
                return usage("--" + std::string(option.name), set.error().detail, set.error().remedy);
        }
    }
    if (auto valid = formats::validate(request.incident); !valid) {
        auto error = valid.error();
        if (words.is_given(error.subject)) error.subject = "--" + error.subject;
        return error;
    }
    if (request.incident.start_at && request.incident.no_debug)
        return usage("--start-at", "with no-debug nothing is armed", "leave one of the two out");
    if (auto consent = check_consent(request.incident); !consent) return consent.error();
    return Arguments(std::move(arguments));
}

/// Unset: what the name of the output says.
Result<std::optional<formats::ArchiveFormat>> format_of(const Words& words) {
    RunRequest request;
    const auto options = run_options();
    const auto option = std::find_if(options.begin(), options.end(), [](const auto& o) { return o.name == "format"; });
    if (words.is_given("format"))
        if (auto set = option->set(request, words.value("format")); !set)
            return usage("--format", set.error().detail, set.error().remedy);
    return request.incident.format;
}

Result<Arguments> merge_arguments(const Words& words, bool json) {
    if (words.positional().size() < 2)
        return usage("merge", "two bundles or more are to be named", "tacbundle merge OURS.tar.gz THEIRS.tar.gz");
    auto format = format_of(words);
    if (!format) return format.error();
    return Arguments(
        MergeRequest{words.positional(), words.is_given("output") ? words.value("output") : ".", *format, json});
}

/// --endpoint NAME=FILE, again for further files of one endpoint and for further endpoints.
Result<Arguments> pack_arguments(const Words& words, bool json) {
    const auto refuse = [](const std::string& problem) {
        return usage("--endpoint", problem, "tacbundle pack --endpoint hq=hq.log --endpoint branch=branch.log");
    };
    if (!words.positional().empty()) return refuse("each file is named with its endpoint");
    if (!words.is_given("endpoint")) return refuse("no endpoint is named");
    PackRequest request;
    for (const std::string& word : words.values("endpoint")) {
        const std::size_t equals = word.find('=');
        if (equals == std::string::npos || equals + 1 == word.size()) return refuse("a value is NAME=FILE");
        const std::string name = word.substr(0, equals);
        if (!formats::is_endpoint_name(name))
            return refuse("the name is none: letters, digits, `.`, `_` and `-`, 32 at most");
        auto known = std::find_if(
            request.endpoints.begin(), request.endpoints.end(),
            [&](const PackRequest::Endpoint& e) { return formats::lowered(e.name) == formats::lowered(name); });
        if (known == request.endpoints.end()) known = request.endpoints.insert(known, {name, {}});
        known->files.push_back(word.substr(equals + 1));
    }
    if (words.is_given("sr")) request.sr = words.value("sr");
    if (!request.sr.empty() && !formats::is_service_request(request.sr))
        return usage("--sr", "expected 1 to 32 letters, digits and hyphens", {});
    auto format = format_of(words);
    if (!format) return format.error();
    request.format = *format;
    if (words.is_given("output")) request.output = words.value("output");
    if (words.is_given("key-file")) request.key_file = words.value("key-file");
    request.json = json;
    return Arguments(std::move(request));
}

Result<Arguments> arguments_of(const CommandUsage& command, int argc, const char* const* argv, bool& json) {
    const std::string_view name = command.name;
    const bool runs = name == "collect" || name == "plan" || name == "check";
    Words words(command);
    if (runs) {
        words.flag("verbose", 'v');
        words.flag("quiet", 'q');
        for (const auto& option : run_options()) {
            if (option.check_only && name != "check") continue;
            if (option.value.empty())
                words.flag(option.name, option.letter);
            else
                words.option(option.name, option.letter, option.repeats);
        }
    } else if (name == "redact") {
        words.flag("report");
        words.flag("explain");
        for (const char* option : {"key-file", "mask-addresses", "unmask"}) words.option(option);
    } else if (name == "platforms") {
        words.option("check");
    } else {
        words.flag("json");
        if (name == "recover" || name == "pack" || name == "report" || name == "merge") words.option("output", 'o');
        if (name == "pack") {
            words.option("endpoint", 0, true);
            for (const char* option : {"sr", "format", "key-file"}) words.option(option);
        }
        if (name == "merge") words.option("format");
        if (name == "show") {
            words.option("unmask");
            words.flag("ladder");
        }
        if (name == "cleanup") {
            words.flag("verbose", 'v');
            words.flag("quiet", 'q');
        }
    }
    if (auto parsed = words.parse(argc, argv); !parsed) return parsed.error();
    if (words.has("help")) return Arguments(TextAnswer{help_of(command)});

    if (name == "collect") return run_arguments(words, RunArguments::Command::collect, json);
    if (name == "plan") return run_arguments(words, RunArguments::Command::plan, json);
    if (name == "check") return run_arguments(words, RunArguments::Command::check, json);
    if (name == "redact") {
        for (const char* other : {"mask-addresses", "key-file", "report", "explain"})
            if (words.is_given("unmask") && words.is_given(other))
                return usage("--unmask", std::string("it only puts addresses back and does not go with --") + other,
                             "tacbundle redact --unmask MAPFILE FILE");
        return Arguments(RedactRequest{words.positional(), words.has("report"), words.value("key-file"),
                                       words.value("mask-addresses"), words.value("unmask"), words.has("explain")});
    }
    if (name == "platforms") {
        if (!words.positional().empty())
            return usage("platforms", "it takes no argument", "tacbundle platforms --check FILE");
        return Arguments(PlatformsRequest{config_folder() + "/platforms", words.value("check")});
    }
    if (name == "cleanup") {
        auto journal = argument_or_none(words, command, "journal");
        if (!journal) return journal.error();
        const auto verbosity = verbosity_of(words);
        if (!verbosity) return verbosity.error();
        return Arguments(CleanupRequest{std::move(*journal), json, *verbosity});
    }
    if (name == "recover") {
        auto spool = argument_or_none(words, command, "spool");
        if (!spool) return spool.error();
        return Arguments(
            RecoverRequest{std::move(*spool), words.is_given("output") ? words.value("output") : ".", json});
    }
    if (name == "pack") return pack_arguments(words, json);
    if (name == "merge") return merge_arguments(words, json);
    if (name == "diff") {
        if (words.positional().size() != 2)
            return usage("diff", "two bundles are to be named", "tacbundle diff GOOD.tar.gz BAD.tar.gz");
        return Arguments(DiffRequest{words.positional()[0], words.positional()[1], json});
    }
    auto bundle = one_argument(words, command, "bundle");
    if (!bundle) return bundle.error();
    if (name == "report")
        return Arguments(
            ReportRequest{std::move(*bundle), words.is_given("output") ? words.value("output") : ".", json});
    if (name == "verify") return Arguments(VerifyArguments{std::move(*bundle)});
    if (json && words.has("ladder"))
        return usage("--ladder", "the ladder is a text and does not go with --json", "tacbundle show BUNDLE --ladder");
    return Arguments(ShowRequest{std::move(*bundle), words.value("unmask"), json, words.has("ladder")});
}

Error unknown_command(const std::string& word) {
    if (word.starts_with('-'))
        return usage("command line", "unknown option " + word.substr(0, word.find('=')) + " before a command",
                     "tacbundle COMMAND [options]; tacbundle --help lists the commands");
    std::vector<std::string> known;
    for (const auto& command : command_usages()) known.emplace_back(command.name);
    std::string remedy = did_you_mean(word, known);
    if (remedy.empty()) remedy = "tacbundle --help lists the commands";
    return usage("command line", "unknown command `" + word.substr(0, 40) + "`", std::move(remedy));
}

}  // namespace

Result<Arguments> parse_arguments(int argc, const char* const* argv, bool& json) {
    const std::vector<std::string_view> words(argv + std::min(argc, 1), argv + argc);
    const auto end = std::find(words.begin(), words.end(), "--");
    json = std::find(words.begin(), end, "--json") != end;

    if (words.empty())
        return usage("command line", "no command is given",
                     "tacbundle collect hq=ssh://admin@192.0.2.1 branch=ssh://admin@203.0.113.7; tacbundle --help");
    const std::string first(words.front());
    if (first == "--version" || first == "-V") return Arguments(TextAnswer{version_text()});
    if (first == "--help" || first == "-h" || first == "help") {
        const auto* command = words.size() > 1 ? find_command(words[1]) : nullptr;
        return Arguments(TextAnswer{command == nullptr ? general_help() : help_of(*command)});
    }
    const auto* command = find_command(first);
    if (command == nullptr) return unknown_command(first);
    return arguments_of(*command, argc - 2, argv + 2, json);
}

}  // namespace collector
