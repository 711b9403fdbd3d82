#pragma once
// `tacbundle plan`: prints every line that may be sent, to whom, when, its impact; connects to nothing.

#include "collector/commands/run_request.hpp"

namespace collector {

/// Writes to std::cout; whether that was delivered is for main to see.
int plan_command(const RunRequest& request);

}  // namespace collector
