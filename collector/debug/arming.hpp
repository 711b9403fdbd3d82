#pragma once
// Turns debugs on in a session, and proves that they are: looks for what is on already, tries the undo, limits the
// debugs to the peer, and owes each change before it makes it.
//
// Threads: belongs to the thread that owns its session.

#include <set>
#include <string>
#include <vector>

#include "collector/debug/fenced_session.hpp"
#include "collector/debug/owed_undos.hpp"

namespace collector {

/// What of the plan is armed.
struct ArmOrder {
    std::string version;         ///< of the device
    std::string peer_address;    ///< debugs are limited to it where the platform can; empty: not known
    std::set<std::string> idle;  ///< items that the configuration has no use for
};

class Arming {
 public:
    /// All outlive it. `sent` is set as soon as a line that turns a debug on may have left.
    Arming(FencedSession& session, OwedUndos& owed, bool& sent)
        : session_(session), plan_(session.plan()), owed_(owed), sent_(sent) {}

    /// Arms every item of the plan that the order wants. Error rejected: not armed, with the reason.
    formats::Result<void> arm(const ArmOrder& order, const Patience& patience);

 private:
    formats::Result<void> refuse(std::string reason) const;
    formats::Result<Answer> answer_to(std::string_view id, const Patience& patience, const Slots& slots = {});
    formats::Result<void> find_no_hindrance(bool of_unlimited, const Patience& patience);
    formats::Result<void> follow(const Patience& patience);
    formats::Result<formats::DebugState> look_before(const Patience& patience);
    formats::Result<void> rehearse(const Patience& patience);
    bool may_limit(const ArmOrder& order, const formats::DebugState& before) const;
    formats::Result<bool> limit_to(const std::string& peer_address, const Patience& patience);
    formats::Result<void> show_on_screen(const Patience& patience);
    formats::Result<void> turn_on(const PlannedLine& line, const Patience& patience);
    formats::Result<void> prove_on(const Patience& patience);

    FencedSession& session_;
    const EndpointPlan& plan_;
    OwedUndos& owed_;
    bool& sent_;
    std::vector<std::string> items_;  ///< what is armed, or about to be
};

}  // namespace collector
