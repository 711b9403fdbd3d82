#pragma once
// The debug of one endpoint: the session that it runs in, and what is owed for it. From the first arming line on the
// session's text, whole and stamped, is the debug capture.
//
// Threads: belongs to the thread that owns its shell.

#include <atomic>
#include <string>
#include <vector>

#include "collector/debug/arming.hpp"
#include "collector/debug/fenced_session.hpp"
#include "collector/debug/owed_undos.hpp"
#include "collector/plan/plan.hpp"
#include "collector/session/shell.hpp"
#include "collector/state/journal.hpp"
#include "formats/bundle/capture.hpp"
#include "formats/result.hpp"

namespace collector {

class DebugStream {
 public:
    /// The endpoint's listening session. `book` is told of every change before it is made; all must outlive it.
    DebugStream(FencedSession session, UndoBook& book) : session_(std::move(session)), owed_(session_.plan(), book) {}
    DebugStream(const DebugStream&) = delete;
    DebugStream& operator=(const DebugStream&) = delete;

    /// Arms every item of the plan that the order wants. Error rejected: not armed, with the reason; nothing of
    /// ours is on then, or disarm() must still be called (is_armed()).
    formats::Result<void> arm(const ArmOrder& order, const Patience& patience) {
        return Arming(session_, owed_, armed_).arm(order, patience);
    }
    /// A line that turned a debug on was sent: disarm() is owed.
    bool is_armed() const { return armed_; }
    /// What is armed is a command that shows a log until it is broken off: nothing on the device is changed.
    bool is_following() const { return armed_ && session_.plan().find("arm/follow") != nullptr; }

    /// What it hears, and lines that are sent into it.
    FencedSession& session() { return session_; }
    const FencedSession& session() const { return session_; }

    /// The session is lost: told by the thread that listens, taken once by the one that turns off elsewhere.
    void lose_session() { is_lost_ = true; }
    bool take_loss() { return is_lost_.exchange(false); }

    /// Turns our items off and proves it. Error: not proven.
    formats::Result<void> disarm(const Patience& patience);

    /// What is still to be undone, in the order it was done.
    const std::vector<UndoEntry>& owed() const { return owed_.entries(); }
    /// All of it was proven undone in another session.
    void take_as_proven(const std::string& how);
    /// The lines that turned debugs on.
    std::vector<std::string> on_lines() const;
    /// The off lines, as a person would type them.
    std::vector<std::string> off_lines() const;

 private:
    formats::Result<void> stop_following(const Patience& patience);

    FencedSession session_;
    OwedUndos owed_;
    bool armed_ = false;
    std::atomic<bool> is_lost_ = false;
};

}  // namespace collector
