#pragma once
// What --help and --version print, and the advice for a word that is not known.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace collector {

struct CommandUsage {
    std::string_view name;
    std::string_view arguments;
    std::string_view purpose;
};
std::span<const CommandUsage> command_usages();
const CommandUsage* find_command(std::string_view name);

std::string general_help();
/// `tacbundle COMMAND --help`
std::string help_of(const CommandUsage& command);
std::string version_text();

/// "did you mean --settle?", or empty when nothing is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

}  // namespace collector
