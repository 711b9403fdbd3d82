#pragma once
// The dialogue with a device's command line over a Transport: reach the prompt, enable, send a line and
// read to the prompt, or send lines into a running debug stream. Knows the dialect from a Profile and
// nothing of what the lines mean.
//
// Sending (contract, section 8): only a PlannedLine of this endpoint, a secret when the last unterminated
// text is one of the profile's password prompts, or a key of the closed set below. There is no other way to
// write.
//
// What is believed to be a prompt: the exact name learned after login, alone on an unfinished line, after
// the echo of what was sent, with nothing behind it. Text that still came after it is counted as `stray`
// with the next line.
//
// A device prints its log lines wherever the cursor stands, and does not repeat what it asks: behind such a
// line ("fw-a> %PIX-6-302013: Built ...") a prompt still stands, and so does "Password: ". Where they come without
// a pause there is never nothing behind: see PromptsInLog.
//
// Threads: a shell belongs to one thread at a time.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "collector/credentials.hpp"
#include "collector/plan.hpp"
#include "collector/session/login_patience.hpp"
#include "collector/session/fresh_prompt.hpp"
#include "collector/session/transport.hpp"
#include "formats/bundle/outcome.hpp"
#include "formats/platform/profile.hpp"
#include "formats/platform/prompt.hpp"
#include "formats/text/terminal_text.hpp"
#include "formats/transcript/echo.hpp"
#include "formats/transcript/prompts_in_log.hpp"

namespace collector {

/// Whole lines of device text, unredacted; false when no more is wanted (reading goes on, text is dropped).
using TextSink = std::function<bool(std::string_view lines)>;

/// What a device answered to one line.
struct Answer {
    /// The first `keep` bytes, unredacted and without the device's own log lines: for parsers, never for files.
    std::string text;
    std::uint64_t bytes = 0, lines = 0;
    std::optional<formats::Outcome> refused;  ///< denied or unsupported
    std::string refusal;           ///< the device's own line
};

struct AnswerLimits {
    milliseconds silence{60'000};          ///< longest wait for the next byte
    milliseconds whole{600'000};           ///< longest time for the whole answer
    std::size_t keep = std::size_t{256} << 10;
    bool break_off_when_full = false;      ///< once the sink wants no more; else reading goes on to the prompt
};

/// A login that is part of the text, as over telnet and on consoles.
struct TextLogin {
    const PlannedLine* user = nullptr;  ///< for the device's user prompt; null: no name is known
    std::function<formats::Result<const Secret*>()> password;
    std::function<void()> refused;      ///< the device did not take what password() gave
    bool wakes = false;                 ///< a console says nothing by itself: CR until it does
};

class Shell {
 public:
    /// The dialects that may turn out to be spoken, at least one. All must outlive it.
    Shell(std::unique_ptr<Transport> transport, std::string endpoint, std::vector<const formats::Profile*> dialects);
    ~Shell();
    /// What redacts the device's words before a message quotes them; it must outlive the shell. Without one they are
    /// quoted as they are, for an outlet that redacts.
    void quote_with(formats::Redaction& redaction) { redaction_ = &redaction; }

    /// Waits for the first prompt, learns it and takes the first dialect that has such a prompt. With a `login`
    /// it answers user and password prompts on the way; a person's time to answer is not counted. Errors: prompt
    /// (what came is none: "not a known platform"), login (refused; what was sent will not be sent again).
    formats::Result<void> reach_prompt(const Patience& patience, const TextLogin* login = nullptr);
    const formats::Profile& dialect() const { return *profile_; }
    /// Leaves the modes that a console was found in, one after the other. Error prompt when it cannot.
    formats::Result<void> leave_configuration(const PlannedLine& line, const Patience& patience);
    /// From the user prompt to the enabled one. Error login when the device refuses the password (it was sent
    /// once), or asks something that must not be answered.
    formats::Result<void> enable(const PlannedLine& line, const Secret& secret, const Patience& patience);
    bool is_enabled() const { return mode_ == formats::PromptMatch::Mode::enabled; }
    bool is_in_configuration() const { return mode_ == formats::PromptMatch::Mode::configuration; }
    /// Where run_to() was first called: the name then. Empty: never.
    const std::string& came_from() const { return came_from_; }
    /// Name in the prompt: "fw/pri/act".
    const std::string& prompt_name() const { return name_; }
    /// After identification: the same session, another dialect.
    void speak(const formats::Profile& profile) {
        profile_ = &profile;
        dialects_ = {profile_};
    }

    /// Sends a line and reads to the prompt; lines of the answer go to `sink` as they come, without echo, prompt
    /// and pager marks. Errors: timeout, disconnected, interrupted; what came until then has gone to the sink.
    formats::Result<Answer> run(const PlannedLine& line, const TextSink& sink, const AnswerLimits& limits,
                                const Patience& patience);
    /// The same for a line that changes the name in the prompt: `is_named` says which further names are believed.
    formats::Result<Answer> run_to(const PlannedLine& line, std::function<bool(std::string_view name)> is_named, const AnswerLimits& limits,
                                   const Patience& patience);
    /// Breaks off what the device is doing (q at a pager, Ctrl-C) and finds the prompt again. run() does it by
    /// itself when the line before was given up.
    formats::Result<void> break_off(const Patience& patience);
    /// Ctrl-C into a running debug stream, where no prompt can be waited for.
    formats::Result<void> stop_command(const Patience& patience) { return write_key(Key::control_c, patience); }

    /// Sends a line and waits for nothing: a debug stream is running. In configuration mode its echo is waited for,
    /// as everywhere; lines that come meanwhile go to `sink`.
    formats::Result<void> send(const PlannedLine& line, const TextSink& sink, const Patience& patience);
    /// Reads what has come, waiting for at least one byte; finished lines go to `sink`. Pager marks are answered.
    formats::Result<void> listen(const TextSink& sink, const Patience& patience);
    /// The unfinished line as it stands: prompts and half lines of a stream.
    const std::string& unfinished() const { return text_.tail(); }
    /// The mode of the prompt, when that is the last thing that came: nothing runs.
    std::optional<formats::PromptMatch::Mode> standing_mode();
    /// The prompt that stands is about to be answered: none stands until another one comes.
    void take_prompt() {
        if (prompt_at_end()) take_question();
    }
    /// Enter, where the unfinished line ends with this question of the plan; else nothing.
    formats::Result<void> confirm(std::string_view question, const Patience& patience);
    /// An empty line: keeps a quiet session alive (device facts, section 11 item 10).
    formats::Result<void> nudge(const Patience& patience);

    /// Leaves, and sees the session close, or a console ask the next one in; false when it saw neither.
    bool leave(const PlannedLine& line, const Patience& patience);
    void close() noexcept;

 private:
    enum class Key : char { carriage_return = '\r', space = ' ', quit = 'q', control_c = '\x03' };
    formats::Result<void> write_line(const PlannedLine& line, const Patience& patience, const TextSink& sink = {});
    formats::Result<void> type_line(const PlannedLine& line, const TextSink& sink, const Patience& patience);
    formats::Result<void> write_key(Key key, const Patience& patience);
    formats::Result<void> write_secret(const Secret& secret, const std::vector<std::string>& prompts, const Patience& patience);
    formats::Result<std::string> read_lines(const Patience& patience);
    /// The unfinished line, or what the device had asked before log lines of its own.
    std::string quoted(std::string_view text) const;
    const std::string& question() const { return text_.tail().empty() ? asked_ : text_.tail(); }
    void take_question();
    void see_log_lines(std::string_view lines);
    void see_prompt_in_log(std::string_view line, std::string_view before);
    std::optional<std::size_t> find_log_line(std::string_view line) const;
    bool begins_log_line(std::string_view line) const;
    bool is_log_line(std::string_view line) const;
    bool is_pager(std::string_view text) const;
    bool is_paged(std::string_view line) const;
    bool is_believed(const formats::Profile& dialect, std::string_view name) const;
    bool is_question(std::string_view text) const;
    formats::Result<bool> answer_pager(const Patience& patience);
    formats::Result<bool> answer_login(const TextLogin& login, bool& password_is_out, LoginPatience& patience);
    bool asks_to_log_in() const;
    const std::string* question_for_a_person(std::string_view text) const;
    /// A device that never pauses is never waited for: its time is looked at all the same.
    formats::Result<void> may_go_on(const Patience& patience) const;
    bool is_spoilt_prompt(std::string_view line) const;
    std::string_view prompt_in_log_line(std::string_view line) const;
    bool is_log_line_around(std::string_view before, std::string_view behind) const;
    std::string_view prompt_at_begin(std::string_view line) const;
    bool is_nothing_asked() const;
    formats::Result<void> ask_for_prompt(FreshPrompt& fresh, const Patience& patience);
    formats::Result<void> take_late_prompts(const Patience& patience);
    struct StandingPrompt : formats::PromptMatch {
        const formats::Profile* dialect;
    };
    std::optional<StandingPrompt> believed_prompt(std::string_view text) const;
    std::optional<StandingPrompt> prompt_at_end() const;
    formats::Result<std::optional<StandingPrompt>> settled_prompt(std::string& late, const Patience& patience);
    formats::Result<bool> stays_quiet(const StandingPrompt& prompt, std::string& late, const Patience& patience);
    formats::Error error(formats::ErrorKind kind, std::string detail, std::string remedy = {}) const;

    std::unique_ptr<Transport> transport_;
    std::string endpoint_;
    std::vector<const formats::Profile*> dialects_;  ///< all that may be spoken: log lines and pages come in any of them
    const formats::Profile* profile_;                ///< the first of them, the one with such a prompt, or the one that is spoken
    formats::Redaction* redaction_ = nullptr;
    formats::TerminalText text_;
    std::string asked_;  ///< a prompt or question that only log lines followed, else empty
    formats::PromptsInLog in_log_;
    std::string last_line_;
    std::string name_, came_from_;
    formats::PromptMatch::Mode mode_ = formats::PromptMatch::Mode::user;
    formats::EchoPieces echo_;                   ///< of the line that was sent last
    std::string sent_;                  ///< the last line, as its echo will be
    std::string doing_ = "logging in";  ///< the last line, for messages
    std::function<bool(std::string_view)> renamed_;  ///< further names that are believed, while run_to() runs
    bool midway_ = false;               ///< a line was given up before its answer had ended
};

}  // namespace collector
