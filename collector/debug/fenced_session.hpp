#pragma once
// A session that a debug stream runs in: what it hears is recorded, and lines are sent into it all the same.
//
// A prompt proves nothing there, since none is printed after asynchronous lines [device facts, section 7.2]. So a
// line that is sent into a stream is fenced: a second line that always answers follows it, and what came until that
// answer belongs to the first. A fence belongs to one line: an answer that is still owed to an earlier one is
// counted, and serves nobody.
//
// What proves something is asked in a stream that has paused, and read from its own echo to its own prompt.
//
// Threads: belongs to the thread that owns its shell.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "collector/plan/plan.hpp"
#include "collector/session/shell.hpp"
#include "formats/bundle/capture.hpp"
#include "formats/result.hpp"
#include "formats/text/pattern.hpp"
#include "formats/transcript/debug_state.hpp"

namespace collector {

class FencedSession {
 public:
    using EachLine = std::function<void(std::string_view)>;
    using SendLines = std::function<formats::Result<void>()>;

    /// `shell`, `plan` and `capture` must outlive it; without a capture nothing is recorded.
    static formats::Result<FencedSession> make(Shell& shell, const EndpointPlan& plan, formats::Capture* capture);

    const EndpointPlan& plan() const { return plan_; }
    Shell& shell() { return shell_; }

    /// From now on what is heard is the capture.
    void start_recording() { recording_ = true; }
    /// Reads until patience is over or stopped; both are the end of listening, not errors.
    formats::Result<void> listen(const Patience& patience);
    /// Reads what comes within patience; a refusal among it is noted.
    formats::Result<void> hear_refusals(const Patience& patience);
    /// When the device last sent anything, and how many recorded lines came so far.
    SteadyTime last_heard() const { return last_heard_; }
    std::uint64_t lines_heard() const { return lines_heard_; }

    /// Sends a line and waits for its echo, but not for long: the stream may cut it. A refusal among what comes is noted.
    formats::Result<void> say(const PlannedLine& line, const Patience& patience);
    /// Sends a line, fenced; the lines that came from its echo to its fence.
    formats::Result<std::string> ask(const PlannedLine& line, const Patience& patience);
    /// Sends a line and reads its answer from its echo to its prompt: no stream may be running.
    formats::Result<Answer> run(const PlannedLine& line, const Patience& patience);
    /// What is on, asked while the stream pauses, and fenced by a line whose own answer is seen.
    formats::Result<formats::DebugState> debug_state(const Patience& patience);
    /// A line that waits for something is broken off.
    formats::Result<void> stop_waiting(const Patience& patience);
    /// Sends the fence and waits for its answer.
    formats::Result<void> see_fence(const Patience& patience);

    /// Sends lines where the device takes them: at its prompt, or in configuration mode and out of it again.
    formats::Result<void> where_taken(const Patience& patience, const SendLines& send_lines);
    /// Whether the refusal that was noted sends them to configuration mode, and the plan allows that. It is forgotten then.
    bool goes_to_configuration();
    bool needs_configuration() const { return needs_configuration_; }
    bool entered_configuration() const { return entered_configuration_; }

    /// The device's own line, when it refused one of ours; else empty.
    const std::string& refusal() const { return refusal_; }
    void note_refusal(std::string words, std::optional<formats::Outcome> outcome);
    void forget_refusal();

 private:
    FencedSession(Shell& shell, const EndpointPlan& plan, formats::Capture* capture, formats::Pattern fence);
    bool record(std::string_view lines);
    TextSink recorded(const EachLine& each_line);
    formats::Result<void> hear(const EachLine& each_line, const Patience& patience);
    formats::Result<void> send(const PlannedLine& line, const EachLine& each_line, const Patience& patience);
    formats::Result<void> fenced(const PlannedLine& line, const EachLine& each_line, const Patience& patience);
    formats::Result<void> turn_pages(const EachLine& each_line, const Patience& patience);
    formats::Result<bool> wait_for_a_pause(const Patience& patience);
    struct Lines {
        std::string answer, beside;
    };
    formats::Result<Lines> answer_to(std::string_view id, const Patience& patience);
    formats::Result<formats::DebugState> ask_for_state(const Patience& patience);
    bool begins_with_prompt(std::string_view line) const;
    formats::Result<void> from_configuration(const Patience& patience, const SendLines& send_lines);
    const formats::Profile::Refusal* refusal_in(std::string_view line) const;
    void look_for_refusal(std::string_view line);
    bool is_fence(std::string_view line);

    Shell& shell_;
    const EndpointPlan& plan_;
    formats::Capture* capture_;
    formats::Pattern fence_;
    unsigned fences_owed_ = 0;  ///< sent, and not answered yet
    std::string refusal_;
    std::optional<formats::Outcome> refused_as_;
    bool needs_configuration_ = false;  ///< the debug lines are taken in configuration mode only
    bool entered_configuration_ = false;
    bool recording_ = false;
    bool midway_ = false;  ///< an asked line was given up before its fence
    SteadyTime last_heard_ = std::chrono::steady_clock::now();
    std::uint64_t lines_heard_ = 0;
};

}  // namespace collector
