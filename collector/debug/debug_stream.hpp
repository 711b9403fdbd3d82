#pragma once
// Debugs in the session that arms them: rehearse the undo, arm, prove that it is on, listen, turn off and
// prove that it is off. From the first arming line on, the session's text, whole and stamped, is the debug
// capture.
//
// Proof (contract, section 8): `show debug` listed our items after arming and lists none of them now, and
// the answer is fenced by a second line whose answer is seen, so that an empty answer was the answer. A
// prompt proves nothing: none is printed after asynchronous lines [device facts, section 7.2].
//
// Every line that changes state is owed in the journal before it is sent, and struck off on proof only.
//
// Threads: belongs to the thread that owns its shell.

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "collector/capture.hpp"
#include "collector/guardian/journal.hpp"
#include "collector/plan.hpp"
#include "collector/session/shell.hpp"
#include "formats/result.hpp"
#include "formats/text/pattern.hpp"

namespace collector {

/// What of the plan is armed.
struct ArmOrder {
    std::string version;        ///< of the device
    std::string peer_address;   ///< debugs are limited to it where the platform can; empty: not known
    std::set<std::string> idle; ///< items that the configuration has no use for
};

class DebugStream {
 public:
    /// The endpoint's listening session. `shell`, `plan`, `capture` and `book` must outlive it.
    DebugStream(Shell& shell, const EndpointPlan& plan, Capture& capture, UndoBook& book, formats::Pattern fence);

    /// Arms every item of the plan that the order wants. Error rejected: not armed, with the reason; nothing of
    /// ours is on then, or disarm() must still be called (is_armed()).
    formats::Result<void> arm(const ArmOrder& order, const Patience& patience);
    /// Whether configuration mode was entered, for lines that the device takes nowhere else.
    bool entered_configuration() const { return entered_configuration_; }
    /// The lines that turned debugs on.
    std::vector<std::string> on_lines() const;
    /// A line that turned a debug on was sent: disarm() is owed.
    bool is_armed() const { return armed_; }
    /// What is armed is a command that shows a log until it is broken off: nothing on the device is changed.
    bool is_following() const { return armed_ && plan_.find("arm/follow") != nullptr; }

    /// Reads the stream until patience is over or stopped; both are the end of listening, not errors.
    formats::Result<void> listen(const Patience& patience);
    /// When the device last sent anything, and how many lines of the stream came so far.
    SteadyTime last_heard() const { return last_heard_; }
    std::uint64_t lines_heard() const { return lines_heard_; }
    /// Sends a line into the stream, fenced; the lines that came until the fence. They are in the capture too.
    formats::Result<std::string> ask(const PlannedLine& line, const Patience& patience);

    /// Turns our items off and proves it. Error: not proven, with the lines that a person has to type.
    formats::Result<void> disarm(const Patience& patience);
    /// What is still to be undone, in the order it was done.
    const std::vector<UndoEntry>& owed() const { return owed_; }
    /// The off lines, as a person would type them.
    std::vector<std::string> off_lines() const;

    /// Sends the undo lines of `entries` from a session that armed nothing, and proves that none of it is on:
    /// for what is on for the whole device. Striking them off is the caller's.
    struct TakenByName {
        bool entered_configuration;
    };
    static formats::Result<TakenByName> take_back_by_name(Shell& shell, const EndpointPlan& plan, const std::vector<UndoEntry>& entries,
                                                   const Patience& patience);

 private:
    using EachLine = std::function<void(std::string_view)>;
    formats::Result<void> refuse(std::string reason) const;
    formats::Result<Answer> ask_first(std::string_view id, const Patience& patience, const Slots& slots = {});
    TextSink recorded(const EachLine& each_line);
    formats::Result<void> hear(const EachLine& each_line, const Patience& patience);
    bool record(std::string_view lines);
    formats::Result<void> say(const PlannedLine& line, const EachLine& each_line, const Patience& patience);
    formats::Result<void> turn_pages(const EachLine& each_line, const Patience& patience);
    formats::Result<void> fenced(const PlannedLine& line, const std::string& fence_id, const EachLine& each_line, const Patience& patience);
    formats::Result<std::vector<std::string>> listed_items(const std::string& state_id, const std::string& fence_id, const Patience& patience);

    DebugStream(Shell& shell, const EndpointPlan& plan, formats::Pattern fence);
    formats::Result<void> owe(const std::string& line, const std::string& undo_id, formats::Profile::Debug::Scope scope,
                              const std::string& peer_address = {});
    void prove(std::string_view undo_ids, std::string_view how);
    formats::Result<bool> limit_to(const std::string& peer_address, const Patience& patience);
    formats::Result<void> follow(const Patience& patience);
    formats::Result<void> stop_following(const Patience& patience);
    formats::Result<void> find_no_hindrance(bool of_unlimited, const Patience& patience);
    formats::Result<void> show_on_screen(const Patience& patience);
    formats::Result<void> turn_on(const PlannedLine& line, const Patience& patience);
    formats::Result<void> rehearse(const Patience& patience);
    bool goes_to_configuration();
    formats::Result<void> from_configuration(const Patience& patience, const std::function<formats::Result<void>()>& send_lines);
    formats::Result<void> where_taken(const Patience& patience, const std::function<formats::Result<void>()>& send_lines);
    const formats::Profile::Refusal* refusal_in(std::string_view line) const;
    void note_refusal(std::string_view line);
    formats::Result<void> prove_on(const Patience& patience);
    formats::Result<bool> ours_are_listed(const Patience& patience);
    formats::Result<void> send_off_lines(const Patience& patience);
    formats::Result<void> take_condition_off(const Patience& patience);
    formats::Result<void> take_screen_off(const Patience& patience);

    Shell& shell_;
    const EndpointPlan& plan_;
    Capture* capture_;          ///< null: nothing is recorded
    UndoBook* book_;            ///< null: the caller keeps it
    formats::Pattern fence_;
    std::vector<std::string> items_;  ///< what we armed, or are about to
    std::vector<UndoEntry> owed_;
    std::string refusal_;       ///< the device's own line, when it refused one of ours
    std::optional<formats::Outcome> refused_as_;
    bool needs_configuration_ = false;    ///< the debug lines are taken in configuration mode only
    bool entered_configuration_ = false;
    bool recording_ = false;    ///< from the first arming line on
    bool armed_ = false;
    SteadyTime last_heard_ = std::chrono::steady_clock::now();
    std::uint64_t lines_heard_ = 0;
    bool midway_ = false;       ///< an asked line was given up before its fence
};

}  // namespace collector
