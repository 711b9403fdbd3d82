#pragma once
// What a run keeps on disk while it lives: its journal and its spool, both locked, in
// $XDG_STATE_HOME/tacbundle; and what earlier runs left there.

#include <string>
#include <vector>

#include "collector/guardian/journal.hpp"
#include "formats/bundle/descriptor.hpp"
#include "formats/bundle/spool.hpp"
#include "formats/result.hpp"

namespace collector {

struct RunPlace {
    Journal journal;
    formats::Spool spool;
    formats::Descriptor spool_lock;  ///< shared with the guardian: locked as long as either lives

    /// Makes both for a new run; nothing is left behind when it fails. Errors are of kind io.
    static formats::Result<RunPlace> make(const std::string& state_folder);
    /// Removes both: nothing was contacted.
    formats::Result<void> discard();
};

/// What runs that are dead left on devices or on disk: one sentence each, with the command to type. A journal
/// that owes nothing is removed on the way, and so is what is left of a spool that was being removed.
std::vector<std::string> leftovers(const std::string& state_folder);

}  // namespace collector
