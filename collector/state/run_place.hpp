#pragma once
// What a run keeps on disk while it lives: its journal and its spool, both locked, in
// $XDG_STATE_HOME/tacbundle; and what earlier runs left there.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "collector/state/journal.hpp"
#include "formats/bundle/spool.hpp"
#include "formats/result.hpp"
#include "formats/text/descriptor.hpp"

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

/// The folder of a spool from which `recover` can make a bundle; empty when it has gone away, or holds nothing yet.
std::string kept_in(const formats::Spool& spool);

/// An undo that the journal of a dead run has open.
struct OwedByDeadRun {
    std::string target;   ///< the endpoint's, as written
    std::string undo_id;  ///< "disarm/isakmp"
    std::string journal;  ///< path
};
std::vector<OwedByDeadRun> owed_by_dead_runs(const std::string& state_folder);

/// What a run that is dead left on devices or on disk.
struct Leftover {
    enum class Kind : std::uint8_t { journal, spool, trouble };
    Kind kind = Kind::trouble;
    std::string path;
    std::string text;             ///< a sentence, with the command to type
    std::chrono::minutes age{0};  ///< since it was last written to
};

/// Journals first. A journal that owes nothing is removed on the way, and so is what is left of a spool that was being
/// removed. One that cannot be read is said: a device may be debugging on its account. Nothing is read or removed in a
/// folder that is not ours alone.
std::vector<Leftover> leftovers(const std::string& state_folder);

/// For people: what there is of one kind, oldest first, a line each with its age; a sentence when there is nothing.
std::string list_of(const std::vector<Leftover>& all, Leftover::Kind kind);

}  // namespace collector
