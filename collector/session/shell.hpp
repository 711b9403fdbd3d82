#pragma once
// The dialogue with a device's command line over a Transport: reach the prompt, enable, send a line and
// read to the prompt, or send lines into a running debug stream. Knows the dialect from a Profile and
// nothing of what the lines mean.
//
// Sending (contract, section 8): only a PlannedLine of this endpoint, a secret when the last unterminated
// text is one of the profile's password prompts, or a key of the closed set below. There is no other way to
// write.
//
// Nothing is written before it is known what stands there (formats::Standing). While an unfinished line stands that is
// no prompt, no question for a name or a password, no page and no "press Return", nothing is written at all, a CR
// included: it may be the answer to somebody's `[confirm]`. What somebody left typed is broken off with Ctrl-C.
//
// Threads: a shell belongs to one thread at a time.

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "collector/credentials/credentials.hpp"
#include "collector/plan/plan.hpp"
#include "collector/session/transport/login_patience.hpp"
#include "collector/session/transport/transport.hpp"
#include "formats/platform/profile.hpp"
#include "formats/platform/prompt.hpp"
#include "formats/record/outcome.hpp"
#include "formats/transcript/standing.hpp"

namespace collector {

/// Whole lines of device text, unredacted; false when no more is wanted (reading goes on, text is dropped).
using TextSink = std::function<bool(std::string_view lines)>;

/// What a device answered to one line.
struct Answer {
    /// The first `keep` bytes, unredacted and without the device's own log lines: for parsers, never for files.
    std::string text;
    std::uint64_t bytes = 0, lines = 0;
    std::optional<formats::Outcome> refused;  ///< denied or unsupported
    std::string refusal;                      ///< the device's own line
};

struct AnswerLimits {
    milliseconds silence{60'000};  ///< longest wait for the next byte
    milliseconds whole{600'000};   ///< longest time for the whole answer
    std::size_t keep = std::size_t{256} << 10;
    bool break_off_when_full = false;  ///< once the sink wants no more; else reading goes on to the prompt
};

/// A login that is part of the text, as over telnet and on consoles.
struct TextLogin {
    const PlannedLine* user = nullptr;  ///< for the device's user prompt; null: no name is known
    std::function<formats::Result<const Secret*>()> password;
    std::function<void()> refused;  ///< the device did not take what password() gave
    bool wakes = false;  ///< a console, which may say nothing by itself behind the greeting of what leads to it
};

/// What `enable` may ask for. Neither is looked for before the device asks.
struct EnableLogin {
    const PlannedLine* user = nullptr;  ///< null: no name is known
    std::function<formats::Result<const Secret*>()> password;
    milliseconds one_answer{30'000};  ///< longest wait after each line: an AAA server may be asked for every one
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
    const formats::Profile& dialect() const { return standing_.dialect(); }
    /// Leaves the modes that a console was found in, one after the other. Error prompt when it cannot.
    formats::Result<void> leave_configuration(const PlannedLine& line, const Patience& patience);
    /// From the user prompt to the enabled one; the login is asked for what the device asks for. Error login when the
    /// device refuses the password (it was sent once), or asks something that must not be answered.
    formats::Result<void> enable(const PlannedLine& line, const EnableLogin& login, const Patience& patience);
    bool is_enabled() const { return standing_.mode() == formats::PromptMatch::Mode::enabled; }
    bool is_in_configuration() const { return standing_.mode() == formats::PromptMatch::Mode::configuration; }
    /// Where run_to() was first called: the name then. Empty: never.
    const std::string& came_from() const { return came_from_; }
    /// Name in the prompt: "fw/pri/act".
    const std::string& prompt_name() const { return standing_.name(); }
    /// After identification: the same session, another dialect.
    void speak(const formats::Profile& profile) { standing_.speak(profile); }

    /// Sends a line and reads to the prompt; lines of the answer go to `sink` as they come, without echo, prompt
    /// and pager marks. Errors: timeout, disconnected, interrupted; what came until then has gone to the sink.
    formats::Result<Answer> run(const PlannedLine& line, const TextSink& sink, const AnswerLimits& limits,
                                const Patience& patience);
    /// The same for a line that changes the name in the prompt: `is_named` says which further names are believed.
    formats::Result<Answer> run_to(const PlannedLine& line, std::function<bool(std::string_view name)> is_named,
                                   const AnswerLimits& limits, const Patience& patience);
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
    const std::string& unfinished() const { return standing_.unfinished(); }
    /// The mode of the prompt, when that is the last thing that came: nothing runs.
    std::optional<formats::PromptMatch::Mode> standing_mode();
    /// The prompt that stands is about to be answered: none stands until another one comes.
    void take_prompt() {
        if (standing_.prompt_at_end()) standing_.take();
    }
    /// Enter, where the unfinished line ends with this question of the plan; else nothing.
    formats::Result<void> confirm(std::string_view question, const Patience& patience);
    /// An empty line: keeps a quiet session alive (device facts, section 11 item 10). Nothing is sent while something
    /// stands that it would answer.
    formats::Result<void> nudge(const Patience& patience);
    /// The same where no stream tears lines: behind a prompt, or behind log lines that came after it, and nowhere else.
    formats::Result<void> keep_awake(const Patience& patience);

    /// Leaves, and sees the session close, or a console ask the next one in; false when it saw neither.
    bool leave(const PlannedLine& line, const Patience& patience);
    void close() noexcept;

 private:
    using Standing = formats::Standing;
    using Kind = Standing::Kind;
    using Kinds = std::initializer_list<Kind>;
    enum class Key : char { carriage_return = '\r', space = ' ', quit = 'q', control_c = '\x03' };
    /// Finished lines, or what stands and has settled.
    struct Heard {
        std::string lines;
        Standing::Stand stand;
    };
    /// The one place that waits: for the first of these kinds to settle, or for finished lines. None: for any bytes.
    /// Errors as those of run().
    formats::Result<Heard> wait(Kinds kinds, const Patience& patience);
    formats::Result<void> write_line(const PlannedLine& line, Standing::Echo echo, const Patience& patience,
                                     const TextSink& sink = {});
    formats::Result<void> type_line(const PlannedLine& line, Standing::Echo echo, const TextSink& sink,
                                    const Patience& patience);
    formats::Result<void> write_key(Key key, const Patience& patience);
    formats::Result<void> write_secret(const Secret& secret, const Patience& patience);
    formats::Result<void> turn_page(const formats::Profile& dialect, const Patience& patience);
    formats::Result<void> make_room(const Patience& patience);
    formats::Result<bool> answer_login(const Standing::Stand& stand, const TextLogin* login, bool& password_is_out,
                                       LoginPatience& patience);
    formats::Result<void> take_late_prompts(const Patience& patience);
    const std::string* question_for_a_person() const;
    formats::Error asks_a_person(std::string_view question) const;
    formats::Error ended(const formats::Error& error, bool password_is_out, const TextLogin* login) const;
    formats::Error no_prompt(const Standing::Stand& stand) const;
    std::string quoted(std::string_view text) const;
    std::string said_last() const;
    std::string said_before_question() const;
    /// A device that never pauses is never waited for: its time is looked at all the same.
    formats::Result<void> may_go_on(const Patience& patience) const;
    SteadyTime now();
    bool is_over(const Patience& patience) const { return now_ >= patience.deadline() || patience.is_over(); }
    formats::Error error(formats::ErrorKind kind, std::string detail, std::string remedy = {}) const;

    std::unique_ptr<Transport> transport_;
    std::string endpoint_;
    formats::Redaction* redaction_ = nullptr;
    Standing standing_;
    SteadyTime now_{};  ///< no less than the clock, nor than the end of a wait in which nothing came
    std::string came_from_;
    std::string doing_ = "logging in";  ///< the last line, for messages
    bool midway_ = false;               ///< a line was given up before its answer had ended
};

}  // namespace collector
