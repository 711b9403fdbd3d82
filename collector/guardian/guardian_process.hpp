#pragma once
// The guardian's own life, in the forked child. Internal to guardian.cpp.

#include "collector/guardian/guardian.hpp"

namespace collector {

/// Watches the run until it dismisses us or dies. `socket` is our end of the pair, `run` the run's pidfd.
[[noreturn]] void guard_run(const GuardianOrder& order, int socket, int run);

}  // namespace collector
