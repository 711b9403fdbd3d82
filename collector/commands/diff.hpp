#pragma once
// `tacbundle diff GOOD BAD`: what a bundle of a bad day shows otherwise than one of a good day.

#include <iosfwd>
#include <string>

#include "collector/exit_code.hpp"

namespace collector {

struct DiffRequest {
    std::string good, bad;
    bool json = false;
};

/// Writes the differences to `out`, by endpoint, or with `json` as one object. ExitCode::complete: none; incomplete (3): there
/// are some; not_written (5): one is no bundle; usage (2): one cannot be read.
ExitCode diff_command(const DiffRequest& request, std::ostream& out, std::ostream& err);

}  // namespace collector
