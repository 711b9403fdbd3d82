#pragma once
// With an end missing a run shows half of the truth. A person at a terminal is asked whether it shall go on all the same,
// before anything is armed; where nobody can be asked it goes on.

#include <optional>
#include <string>
#include <vector>

#include "collector/endpoint/endpoint.hpp"
#include "collector/progress/terminal.hpp"

namespace collector {

/// Why the run does not go on without the endpoints that could not be used: declined, no answer in 60 s, interrupted.
/// Nothing: it goes on. `yes` answers the question.
std::optional<std::string> declined_without_missing_end(const std::vector<Endpoint>& endpoints, Terminal& terminal,
                                                        bool yes, const Patience& patience);

}  // namespace collector
