#pragma once
// `tacbundle show BUNDLE`: what is inside, from its manifest alone. `verify` tells whether that is true. With `--ladder`
// the messages between the ends, from the captured text.

#include <iosfwd>
#include <string>

#include "collector/exit_code.hpp"

namespace collector {

struct ShowRequest {
    std::string bundle;
    std::string unmask;  ///< the address map of the run (`collect --mask-addresses`): show real addresses
    bool json = false;
    bool ladder = false;  ///< the ladder of each tunnel instead (formats/report/ladder_text.hpp)
};

/// Writes the summary of the bundle (formats/report/summary.hpp) to `out`; with `json` the
/// manifest's essentials as one object. What is wrong goes to `err`. ExitCode::complete;
/// not_written (5): it is no bundle; usage (2): it or the map cannot be read; internal: the result
/// could not be written.
ExitCode show_command(const ShowRequest& request, std::ostream& out, std::ostream& err);

}  // namespace collector
