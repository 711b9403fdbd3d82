#pragma once
// `tacbundle collect`: runs the incident and writes the bundle.

#include "collector/commands/run_request.hpp"

namespace collector {

/// The exit code (contract, section 9). Blocks SIGINT, SIGTERM and SIGHUP for the process.
int collect_command(const RunRequest& request);

}  // namespace collector
