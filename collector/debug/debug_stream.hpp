#pragma once
// Debugs in the session that arms them: rehearse the undo, arm, prove that it is on, listen, turn off and
// prove that it is off. From the first arming line on, the session's text, whole and stamped, is the debug
// capture.
//
// Proof (contract, section 8): `show debug` listed our items after arming and lists none of them now, and
// the answer is fenced by a second line whose answer is seen, so that an empty answer was the answer. A
// prompt proves nothing: none is printed after asynchronous lines [device facts, section 7.2].
//
// Threads: belongs to the thread that owns its shell.

#include <functional>
#include <string>
#include <vector>

#include "collector/capture.hpp"
#include "collector/plan.hpp"
#include "collector/session/shell.hpp"
#include "formats/result.hpp"
#include "formats/text/pattern.hpp"

namespace collector {

class DebugStream {
 public:
    /// The endpoint's listening session. `shell`, `plan` and `capture` must outlive it.
    DebugStream(Shell& shell, const EndpointPlan& plan, Capture& capture, formats::Pattern fence);

    /// Arms every item of the plan for `version`; with a peer address and a platform that can, limited to it.
    /// Error rejected: not armed, with the reason; nothing of ours is on then, or disarm() must still be called
    /// (is_armed()).
    formats::Result<void> arm(const std::string& version, const std::string& peer_address, const Patience& patience);
    /// A line that turned a debug on was sent: disarm() is owed.
    bool is_armed() const { return armed_; }

    /// Reads the stream until patience is over or stopped; both are the end of listening, not errors.
    formats::Result<void> listen(const Patience& patience);
    /// Sends a line into the stream, fenced; the lines that came until the fence. They are in the capture too.
    formats::Result<std::string> ask(const PlannedLine& line, const Patience& patience);

    /// Turns our items off and proves it. Error: not proven, with the lines that a person has to type.
    formats::Result<void> disarm(const Patience& patience);
    /// The off lines, as a person would type them.
    std::vector<std::string> off_lines() const;

 private:
    struct Item {
        std::string id, listed;
    };
    using EachLine = std::function<void(std::string_view)>;
    formats::Result<void> refuse(std::string reason) const;
    formats::Result<void> hear(const EachLine& each_line, const Patience& patience);
    formats::Result<void> say(const PlannedLine& line, const EachLine& each_line, const Patience& patience);
    formats::Result<void> fenced(const PlannedLine& line, const std::string& fence_id, const EachLine& each_line, const Patience& patience);
    formats::Result<std::vector<std::string>> listed_items(const std::string& state_id, const std::string& fence_id, const Patience& patience);

    Shell& shell_;
    const EndpointPlan& plan_;
    Capture& capture_;
    formats::Pattern fence_;
    std::vector<Item> items_;   ///< what we armed, or tried to
    bool recording_ = false;    ///< from the first arming line on
    bool armed_ = false;
    bool midway_ = false;       ///< an asked line was given up before its fence
    bool condition_set_ = false;
    std::string peer_address_;
};

}  // namespace collector
