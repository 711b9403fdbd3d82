#pragma once
// `tacbundle check`: connects, logs in, enables, identifies, reads clock, CPU, sessions and `show debug`;
// changes nothing and writes nothing.

#include "collector/commands/run_request.hpp"

namespace collector {

/// 0 when every endpoint is ready to be collected from, 3 when some are, 4 when none is.
int check_command(const RunRequest& request);

}  // namespace collector
