#pragma once
// Takes back from another session what a lost one armed, and proves it (contract, section 8):
//
//   session scope   the arming session is gone from the device's list; one that lingers for ten seconds is
//                   ended by its number, and five seconds later given up. It is ours where number, user and client
//                   address agree; where that is not known, no other session of ours is listed.
//   device scope    the undo lines are sent, `show debug` lists none of our items, fenced (Undoing). What a lost
//                   session shows on its screen goes with it.
//
// Debugs first, then conditions: the other way round the stream would open to all peers. Used by the run when
// the arming session is lost, by the guardian and by `cleanup`.
//
// Threads: one take_back() per endpoint at a time, in a thread of its own.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "collector/plan/plan.hpp"
#include "collector/session/shell.hpp"
#include "collector/state/journal.hpp"
#include "formats/cisco/show_outputs.hpp"

namespace collector {

struct TakeBackOrder {
    const EndpointPlan& plan;
    std::vector<UndoEntry> entries;  ///< what is owed at this endpoint
    formats::SessionMark arming;     ///< the session that armed, in the device's list
    /// An enabled session of its own. A device that answers is given at most three logins.
    std::function<formats::Result<std::unique_ptr<Shell>>(const Patience&)> log_in;
    /// One that stands already, opened beside the arming one; may be null.
    std::unique_ptr<Shell> session;
    /// Until a session that lingers is ended by its number, and until that is given up too.
    milliseconds ghost_limit{10'000}, longest_ghost{15'000};
};

struct TakenBack {
    bool proven = false;
    std::string how;                     ///< how it was proven, or why it was not
    std::unique_ptr<Shell> session;      ///< one that may be used on; may be null
    bool entered_configuration = false;  ///< configuration mode, for lines that are taken nowhere else
};

TakenBack take_back(TakeBackOrder order, const Patience& patience);

/// What is left for a person to type, a line each, indented.
std::string lines_by_hand(const std::vector<UndoEntry>& owed, const EndpointPlan& plan);
/// The lines around those, where configuration mode was allowed; else empty.
std::string lines_around(const EndpointPlan& plan);
/// Said wherever lines were sent in configuration mode and no digest is at hand from before.
inline constexpr const char* not_compared = "its configuration was not compared with what it was: look at it";

}  // namespace collector
