#pragma once
// The command line (contract, section 2) as values: what to do, whole and validated, or one clear error. It
// reads the incident file, contacts nothing and asks nothing.

#include <string>
#include <variant>

#include "collector/commands/cleanup.hpp"
#include "collector/commands/diff.hpp"
#include "collector/commands/merge.hpp"
#include "collector/commands/pack.hpp"
#include "collector/commands/platforms.hpp"
#include "collector/commands/recover.hpp"
#include "collector/commands/redact.hpp"
#include "collector/commands/report.hpp"
#include "collector/commands/run_request.hpp"
#include "collector/commands/show.hpp"
#include "formats/result.hpp"

namespace collector {

/// `collect`, `plan`, `check`
struct RunArguments {
    enum class Command : std::uint8_t { collect, plan, check };
    Command command = Command::collect;
    RunRequest request;
};
struct VerifyArguments {
    std::string bundle;
};
/// --help and --version: to standard output, exit 0.
struct TextAnswer {
    std::string text;
};

using Arguments =
    std::variant<RunArguments, RedactRequest, VerifyArguments, ShowRequest, CleanupRequest, RecoverRequest, PackRequest,
                 ReportRequest, DiffRequest, MergeRequest, PlatformsRequest, TextAnswer>;

/// `json` is set as soon as it is known that events are wanted, also when an error comes back: the `result`
/// object tells of it then. Errors are of kind usage, with a remedy: exit code 2.
formats::Result<Arguments> parse_arguments(int argc, const char* const* argv, bool& json);

}  // namespace collector
