#pragma once
// `tacbundle cleanup JOURNAL`: turns off what a run that died left on, by its journal. Shows first what it
// will send: only lines that this build composes for that profile, whatever stands in the file. A program that only
// the file names (an exec: target, a command: source) is run when a person confirms it on the terminal.

#include <string>

namespace collector {

struct CleanupRequest {
    std::string journal;  ///< empty: what there is, with its age
    bool json = false;
    int verbosity = 0;
};

/// Exit code 0 when all is proven off (the journal is removed), 6 when something is not, with the lines to
/// type; 2 when this is no journal, its run still lives, or it names what this build does not know.
int cleanup_command(const CleanupRequest& request);

}  // namespace collector
