#pragma once
// `tacbundle platforms`: which device dialects this build knows, its own and the user's, and
// whether a profile file of one's own is in order. Talks to no device.

#include <iosfwd>
#include <string>

namespace collector {

struct PlatformsRequest {
    std::string folder;      ///< the user's profiles; may be missing
    std::string check_file;  ///< `--check FILE`; empty: list
};

/// Writes the list or the verdict to `out`, what is wrong to `err`. Returns the exit code: 0, or 2
/// when a profile is not in order.
int show_platforms(const PlatformsRequest& request, std::ostream& out, std::ostream& err);

}  // namespace collector
