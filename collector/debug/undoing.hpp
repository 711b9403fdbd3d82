#pragma once
// Turns off in a session what is owed there, and proves it (contract, section 8). Off is proven by a positive answer:
// `show debug`, asked in a session that is quiet and fenced by a line whose answer is seen, was understood from end to
// end and lists none of our items. A refusal, silence, or a line that is not understood proves nothing.
//
// Debugs go before the condition that limits them: the other way round the stream would open to all peers.
//
// Threads: belongs to the thread that owns its session.

#include "collector/debug/fenced_session.hpp"
#include "collector/debug/owed_undos.hpp"

namespace collector {

class Undoing {
 public:
    /// Both outlive it.
    Undoing(FencedSession& session, OwedUndos& owed) : session_(session), plan_(session.plan()), owed_(owed) {}

    /// Off, and struck off the list. Error rejected: the device answered, and that was no proof.
    formats::Result<void> undo(const Patience& patience);

 private:
    formats::Result<void> send_off_lines(const Patience& patience);
    formats::Result<bool> is_proven_off(const Patience& patience);
    formats::Result<void> take_condition_off(const Patience& patience);
    formats::Result<void> take_screen_off(const Patience& patience);
    formats::Error unproven(std::string why) const;

    FencedSession& session_;
    const EndpointPlan& plan_;
    OwedUndos& owed_;
};

}  // namespace collector
