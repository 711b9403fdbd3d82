#pragma once
// The options of `collect`, `plan` and `check` as a table: their words, their help, and what each sets. An
// option overrides what the incident file says.

#include <span>
#include <string>
#include <string_view>

#include "collector/commands/run_request.hpp"
#include "formats/result.hpp"

namespace collector {

struct RunOption {
    std::string_view name;   ///< "debug-window": without dashes
    char letter;             ///< 'o' for -o; 0: none
    std::string_view value;  ///< "DURATION"; empty: a flag
    std::string_view group;  ///< heading in the help
    std::string_view help;
    std::string_view standard;  ///< the default, for the help; empty: none, or off
    bool repeats = false;       ///< may be given several times
    bool check_only = false;
    /// Takes the value ("" for a flag). The error's detail and remedy say what was expected.
    formats::Result<void> (*set)(RunRequest& request, const std::string& value);
};

std::span<const RunOption> run_options();

}  // namespace collector
