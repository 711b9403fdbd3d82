#pragma once
// What stands at the end of what a device has said, and whether it has settled: nothing is typed at a device before
// that is known. Pure: it is given bytes, and the time at which they came or did not come; it reads no clock.
//
// What is believed to be a prompt: the exact name learned after login, alone on an unfinished line, after the echo of
// what was typed, with nothing behind it. A question for a name or a password is one when it has stood quietly as the
// whole last line: at once behind the echo of a line of ours, after a while where a banner may still go on, and only
// after seconds where other words stand before it ("Forgotten your Password:", "Last login: ...").
//
// A device prints its log lines wherever the cursor stands, and does not repeat what it asks: behind such a line
// ("fw-a> %PIX-6-302013: Built ...") a prompt still stands, and so does "Password: ". Where they come without a pause
// there is never nothing behind: see PromptsInLog. A prompt that such a line took away is asked for again: see
// FreshPrompt.
//
// Memory is bounded by that of TerminalText. Threads: those of its owner.

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/platform/profile.hpp"
#include "formats/platform/prompt.hpp"
#include "formats/text/terminal_text.hpp"
#include "formats/transcript/echo.hpp"
#include "formats/transcript/fresh_prompt.hpp"
#include "formats/transcript/prompts_in_log.hpp"

namespace formats {

class Standing {
 public:
    using Time = std::chrono::steady_clock::time_point;
    using Milliseconds = std::chrono::milliseconds;

    enum class Kind : std::uint8_t {
        nothing,            ///< no unfinished line, and nothing asked before log lines
        log_line,           ///< the beginning of one of the device's own log lines
        prompt,             ///< of a dialect that may be spoken, and of a name that is believed
        user_question,      ///< "Username: "
        password_question,  ///< "Password: ", "Enter PASSCODE: "
        new_password,       ///< "New Password: ": the old one has expired
        page,               ///< "<--- More --->"
        press_return,       ///< "Press RETURN to get started."
        half_typed,         ///< a prompt, and behind it what somebody typed and did not send
        confirmation,       ///< "Proceed with reload? [confirm]": only a person may answer it
        foreign_prompt,     ///< "> ", "ops@gw:~$ ": that of no dialect that may be spoken
        text,               ///< any other unfinished line: the rest of it may come
    };
    struct Stand {
        Kind kind = Kind::nothing;
        std::string text;
        PromptMatch prompt;                ///< of kind prompt
        const Profile* dialect = nullptr;  ///< whose prompt, question or page it is
        std::optional<Time> settles;       ///< when, if nothing comes until then; nullopt: never by itself
        bool is_settled = false;
    };

    /// The dialects that may turn out to be spoken, at least one. All must outlive it.
    explicit Standing(std::vector<const Profile*> dialects);

    /// Takes what came at this time. Gives the finished lines: without those before the echo of what was typed, where
    /// that is awaited, and without the echo.
    std::string hear(std::string_view bytes, Time at);
    /// Nothing more had come at this time.
    void stay_quiet(Time at);

    Stand stand() const;
    /// When the owner has to look again though nothing came: something settles, or a prompt is to be asked for.
    std::optional<Time> looks_again() const;
    /// A prompt that something took away is to be asked for now, with an empty line. Never while something stands that
    /// an empty line could answer.
    bool is_prompt_wanted() const;
    void ask_for_prompt() { fresh_.is_asked_for(); }
    bool was_prompt_asked_for() const { return fresh_.was_asked_for(); }

    enum class Echo : std::uint8_t {
        awaited,   ///< prompts are believed behind it only, and what comes before it is no part of the answer
        compared,  ///< the owner reads it, from echo() and unfinished()
        unknown,   ///< it may be lost in a stream
    };
    /// This line was typed.
    void type(std::string_view line, Echo echo);
    /// From now on, where it was compared until now.
    void await_echo() { echo_is_ = Echo::awaited; }
    /// The answer is a prompt, so that one that was taken away may be asked for.
    void expect_prompt() { expects_prompt_ = true; }
    /// The answer to it is given up: no echo is awaited, and no prompt asked for.
    void give_up() {
        echo_is_ = Echo::unknown;
        expects_prompt_ = false;
        fresh_ = {};
    }
    /// What stands is about to be answered: nothing stands until more comes.
    void take();

    /// The prompt's name and mode are known from now on.
    void learn(const Stand& prompt);
    const std::string& name() const { return name_; }
    PromptMatch::Mode mode() const { return mode_; }
    const Profile& dialect() const { return *profile_; }
    const std::vector<const Profile*>& dialects() const { return dialects_; }
    /// This is the one whose prompt stands; the others may still be spoken.
    void take_dialect(const Profile& dialect) { profile_ = &dialect; }
    /// Another dialect, the only one from now on.
    void speak(const Profile& profile);
    /// Which further names are believed; empty: none.
    void believe(std::function<bool(std::string_view name)> renamed) { renamed_ = std::move(renamed); }

    /// The unfinished line.
    const std::string& unfinished() const { return text_.tail(); }
    /// The prompt that is the last thing that came.
    std::optional<Stand> prompt_at_end() const;
    /// Nothing stands that an empty line could answer but a prompt: no text without an end but that of a log line.
    bool is_nothing_asked() const;
    /// By itself, behind what the device asks, or around a prompt.
    bool is_log_line(std::string_view line) const;
    /// Where a log line of the device begins in it, of any dialect that may be spoken.
    std::optional<std::size_t> find_log_line(std::string_view line) const;
    /// A line of a stream that comes while a page waits is printed right behind the pager's mark.
    bool is_paged(std::string_view line) const;
    /// When the answer last went on; the device's own log lines do not count.
    Time went_on() const { return went_on_; }
    /// Nothing at all has come yet.
    bool is_mute() const { return !heard_anything_; }
    /// The last lines that say anything since something was typed, and the unfinished one: oldest first.
    std::vector<std::string> last_words() const;
    /// The echo of what was typed, as far as log lines cut it.
    const EchoPieces& echo() const { return echo_; }

 private:
    const std::string& question() const { return text_.tail().empty() ? asked_ : text_.tail(); }
    std::string_view stands_behind_logs() const;
    void classify(std::string_view text, Stand& stand) const;
    bool classify_question(std::string_view text, Stand& stand) const;
    std::optional<Milliseconds> gap_of(const Stand& stand) const;
    Milliseconds gap_of_question(std::string_view text,
                                 std::initializer_list<const std::vector<std::string>*> lists) const;
    bool is_half_typed(std::string_view text) const;
    bool awaits_echo() const { return echo_is_ == Echo::awaited; }
    bool begins_with_question(std::string_view line) const;
    bool is_whole_question(std::string_view line) const;
    std::string_view after_echo(std::string_view lines);
    void see_log_lines(std::string_view lines);
    void see_prompt_in_log(std::string_view line, std::string_view before);
    void see_progress(std::string_view lines, Time at);
    void remember(std::string_view lines);
    std::string_view prompt_at_begin(std::string_view line) const;
    bool begins_log_line(std::string_view line) const;
    bool is_believed(const Profile& dialect, std::string_view name) const;
    bool is_question(std::string_view text) const;
    const Profile* pager_of(std::string_view text) const;
    struct BelievedPrompt : PromptMatch {
        const Profile* dialect;
    };
    std::optional<BelievedPrompt> believed_prompt(std::string_view text) const;
    bool is_spoilt_prompt(std::string_view line) const;
    std::string_view prompt_in_log_line(std::string_view line) const;
    bool is_log_line_around(std::string_view before, std::string_view behind) const;

    std::vector<const Profile*> dialects_;  ///< all that may be spoken: log lines and pages come in any of them
    const Profile* profile_;  ///< the first of them, the one with such a prompt, or the one that is spoken
    TerminalText text_;
    std::string asked_;           ///< a prompt or question that only log lines followed, else empty
    std::string ended_question_;  ///< whose line has ended; a log line behind it shows that it stands
    PromptsInLog in_log_;
    FreshPrompt fresh_;
    EchoPieces echo_;
    std::string last_line_;
    std::string name_;
    PromptMatch::Mode mode_ = PromptMatch::Mode::user;
    std::function<bool(std::string_view)> renamed_;
    std::string sent_;  ///< the line typed last, as its echo will be
    Echo echo_is_ = Echo::unknown;
    bool expects_prompt_ = false, typed_anything_ = false, heard_anything_ = false;
    bool asks_for_log_ = false;      ///< so that lines of the log are the answer
    bool said_since_typed_ = false;  ///< a line that is neither empty nor the echo
    std::vector<std::string> words_;
    Time heard_at_{}, quiet_at_{}, went_on_{}, went_on_before_line_{};
    bool is_quiet_ = false;
    std::string stood_;  ///< the question that stood last
    Time stood_since_{};
};

}  // namespace formats
