#include "collector/commands/usage.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "collector/commands/run_options.hpp"

namespace collector {

namespace {

constexpr std::array<CommandUsage, 13> commands{{
    {"collect", "[INCIDENT.toml] [ENDPOINT...] [options]", "run the incident, write the bundle"},
    {"plan", "[INCIDENT.toml] [ENDPOINT...] [options]", "print every line that may be sent; connect to nothing"},
    {"check", "[INCIDENT.toml] [ENDPOINT...] [options]", "log in, identify, read the state; change nothing"},
    {"redact", "[FILE...]", "filter: device text in, redacted text out"},
    {"pack", "--endpoint NAME=FILE...", "make a bundle from transcripts captured by hand"},
    {"merge", "BUNDLE BUNDLE... [-o PATH]", "one bundle of several single-sided ones"},
    {"verify", "BUNDLE", "re-hash every member, validate the manifest, look for leaks"},
    {"show", "BUNDLE", "what is inside: endpoints, captures, outcomes, findings"},
    {"report", "BUNDLE [-o FILE]", "analyse again; write the HTML report"},
    {"diff", "GOOD BAD", "compare the facts of two bundles"},
    {"cleanup", "[JOURNAL]", "turn off what an interrupted run left on"},
    {"recover", "[SPOOL] [-o PATH]", "make a bundle from what an interrupted run had captured"},
    {"platforms", "[--check FILE]", "the platform profiles, built in and your own"},
}};

std::string padded(std::string text, std::size_t width) {
    text.append(text.size() < width ? width - text.size() : 1, ' ');
    return text;
}

constexpr std::string_view endpoint_help = R"(
ENDPOINT is [NAME=]TARGET. TARGET is a Host alias of ssh_config, user@host[:port],
ssh://user@host:port, telnet://user@host:port or exec:COMMAND; ?key=value sets what the
incident file can set: 'hq=ssh://admin@192.0.2.1?platform=pix7&password-from=env:HQ_PW'
An option given here overrides the incident file.
)";

std::string option_line(const RunOption& option) {
    std::string words = option.letter != 0 ? std::string("-") + option.letter + ", " : std::string("    ");
    words.append("--").append(option.name);
    if (!option.value.empty()) words.append(" ").append(option.value);
    std::string line = "  " + padded(std::move(words), 43);
    line.append(option.help);
    if (option.repeats) line.append("; repeatable");
    if (!option.standard.empty()) line.append(" [").append(option.standard).append("]");
    return line + '\n';
}

std::string run_help(bool is_check) {
    std::string text;
    std::string_view group;
    for (const auto& option : run_options()) {
        if (option.check_only && !is_check) continue;
        if (option.group != group) text.append("\n").append(option.group).append(":\n");
        group = option.group;
        text += option_line(option);
    }
    text +=
        "\nMessages:\n"
        "  -v, --verbose                              more on standard error\n"
        "  -q, --quiet                                nothing on standard error but what must be known\n";
    return text;
}

/// Insertions, deletions and replacements between two words, for words of this length cheap enough.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row.back();
}

}  // namespace

std::span<const CommandUsage> command_usages() { return commands; }

const CommandUsage* find_command(std::string_view name) {
    const auto found = std::find_if(commands.begin(), commands.end(), [&](const auto& c) { return c.name == name; });
    return found == commands.end() ? nullptr : &*found;
}

std::string general_help() {
    std::string text =
        "tacbundle collects both ends of a broken IPsec tunnel for TAC, safely.\n\n"
        "Usage: tacbundle COMMAND [arguments]\n\nCommands:\n";
    for (const auto& command : commands) {
        text += "  " + padded(std::string(command.name), 11);
        text.append(command.purpose).append("\n");
    }
    text +=
        "\ntacbundle COMMAND --help tells more. Secrets never come on the command line: see password-from.\n\n"
        "Exit codes:\n"
        "  0    complete bundle, verified; or nothing wrong was found\n"
        "  1    internal error\n"
        "  2    bad usage or incident file, or consent missing; nothing was contacted\n"
        "  3    bundle written but incomplete; what is missing is listed\n"
        "  4    no endpoint could be used; no bundle\n"
        "  5    bundle not written, or not valid; the spool is kept and named\n"
        "  6    a device may still be debugging: it is named, with the exact lines to type\n"
        "  130  interrupted; debugs off\n";
    return text;
}

std::string help_of(const CommandUsage& command) {
    std::string text = "Usage: tacbundle ";
    text.append(command.name)
        .append(" ")
        .append(command.arguments)
        .append("\n\n  ")
        .append(command.purpose)
        .append("\n");
    if (command.name == "collect" || command.name == "plan" || command.name == "check")
        return text.append(endpoint_help).append(run_help(command.name == "check"));
    if (command.name == "redact")
        text +=
            "\n  Reads standard input when no FILE is given, or for -.\n"
            "\n  --report             what was replaced: rule, file, line, and counts, on standard error"
            "\n  --explain            the same, and why a line that looks like one with a secret was left"
            "\n  --key-file PATH      at least 32 bytes: equal tokens over several calls"
            "\n  --mask-addresses MAP replace addresses too, prefix-preserving; the map goes to this new file"
            "\n  --unmask MAP         put masked addresses back by their map; nothing else\n";
    if (command.name == "pack")
        text +=
            "\n  Terminal logs as they were kept: any prompts, commands shortened and in any order, debug in between."
            "\n  What a log holds that is not understood is named and kept.\n"
            "\n  --endpoint NAME=FILE a log of this endpoint; again for further logs and endpoints"
            "\n  --sr NUMBER          TAC service request"
            "\n  -o, --output PATH    a folder, or the archive's own path"
            "\n  --format FORMAT      tar.gz, tar.zst or zip"
            "\n  --key-file PATH      at least 32 bytes: equal tokens over several calls\n";
    if (command.name == "cleanup")
        text +=
            "\n  Shows first what it will send. Without a JOURNAL: what earlier runs left on, and how long ago."
            "\n  A program that a journal names (exec:, command:) is run only when that is confirmed on a terminal.\n"
            "\n  -v, --verbose        more on standard error"
            "\n  -q, --quiet          only what must be known\n";
    if (command.name == "recover")
        text +=
            "\n  Without a SPOOL: what earlier runs had captured, and how long ago.\n"
            "\n  -o, --output PATH    a folder, or the archive's own path\n";
    if (command.name == "merge")
        text +=
            "\n  Each organisation collects its own end, with one --start-at; the bundles are merged where both are."
            "\n  Tokens stay those of each bundle: keys are compared only when both were made with one --key-file.\n"
            "\n  -o, --output PATH    a folder, or the archive's own path"
            "\n  --format FORMAT      tar.gz, tar.zst or zip\n";
    if (command.name == "diff")
        text +=
            "\n  Configuration, versions, state of the SAs, what the streams told, findings that came or went."
            "\n  Exit 0: no difference; 3: there are some. What changes by itself (counters, SPIs, times) is none.\n";
    if (command.name == "report")
        text +=
            "\n  Also a bundle of an earlier version. The page is written to BUNDLE's name with .html, here;"
            "\n  a report that is there already is written anew, any other file stays.\n"
            "\n  -o, --output PATH    a folder, or the page's own path\n";
    if (command.name == "verify" || command.name == "show" || command.name == "cleanup" || command.name == "recover" ||
        command.name == "pack" || command.name == "report" || command.name == "diff" || command.name == "merge")
        text += "\n  --json               one JSON object on standard output\n";
    if (command.name == "show")
        text +=
            "  --unmask MAP         show real addresses, by the map of `collect --mask-addresses`\n"
            "  --ladder             the messages between the ends, each with its lines, as text\n";
    if (command.name == "platforms")
        text += "\n  --check FILE         look whether a profile of your own is in order\n";
    return text;
}

std::string version_text() { return "tacbundle " TACBUNDLE_VERSION "\n"; }

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
    const std::string* best = nullptr;
    std::size_t least = std::max<std::size_t>(2, word.size() / 4) + 1;
    for (const auto& candidate : known) {
        const bool abbreviates = word.size() >= 5 && candidate.starts_with(word);
        const auto far = abbreviates ? 1 : distance(word, candidate);
        if (far < least) {
            least = far;
            best = &candidate;
        }
    }
    return best == nullptr ? std::string() : "did you mean " + *best + "?";
}

}  // namespace collector
