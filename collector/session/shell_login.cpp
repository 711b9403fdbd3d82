// The dialogue of a login: to the first prompt, to the enabled one, and out again.

#include <algorithm>

#include "collector/session/shell.hpp"
#include "formats/transcript/device_words.hpp"
#include "formats/transcript/last_words.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Farewell;
using formats::found_in;
using formats::PromptMatch;
using formats::Result;

namespace {

/// A line that has been silent for so long is sent Ctrl-C, which ends what somebody may have left typed there, and then
/// a CR, once.
constexpr milliseconds wake_after{5'000}, wake_again_after{1'000};
/// Behind a password that is being judged a CR is sent only when there is hardly any time left: what it wakes then is a
/// line that waits for Enter, and not the next login.
constexpr milliseconds knock_before_end{4'000};
/// After an SSH login, which has no questions of its own: a first prompt that fell into a log line is asked for.
constexpr milliseconds ask_after{3'000};
constexpr int most_asked = 2;
/// Somebody's half typed line is broken off so often.
constexpr int most_broken_off = 2;
/// Modes stand in one another: interface in router in global configuration.
constexpr int most_modes = 8;
constexpr const char* longer_login = "log in by hand to see what the device does; --connect-timeout gives it more time";

}  // namespace

std::string Shell::said_last() const {
    const auto words = standing_.last_words();
    return words.empty() ? std::string() : quoted(words.back());
}

/// The last line before the question that stands.
std::string Shell::said_before_question() const {
    const auto words = standing_.last_words();
    return words.size() < 2 ? std::string() : quoted(words[words.size() - 2]);
}

const std::string* Shell::question_for_a_person() const {
    for (const std::string& line : standing_.last_words())
        for (const formats::Profile* dialect : standing_.dialects())
            if (const std::string* question = found_in(line, dialect->login.stop_questions)) return question;
    return nullptr;
}

Error Shell::asks_a_person(std::string_view question) const {
    return error(
        ErrorKind::prompt,
        "the device asks \"" + std::string(question) + "\", which only a person may answer: nothing was typed there",
        "answer it by hand, then run again");
}

/// True when what stands was answered.
Result<bool> Shell::answer_login(const Standing::Stand& stand, const TextLogin* login, bool& password_is_out,
                                 LoginPatience& patience) {
    if (stand.kind == Kind::new_password)
        return error(ErrorKind::login, "the password has expired: the device asks \"" + quoted(stand.text) + "\"",
                     std::string(remedy_of(Farewell::expired)));
    if (stand.kind != Kind::user_question && stand.kind != Kind::password_question) return false;
    if (login == nullptr)
        return error(
            ErrorKind::login, "behind the SSH login it asks for another one (\"" + quoted(stand.text) + "\")",
            "what is behind a console server is reached by telnet: or exec:, with the user and password of the device");
    if (stand.kind == Kind::user_question) {
        if (login->user == nullptr)
            return error(ErrorKind::login, "the device asks for a user name (\"" + quoted(stand.text) + "\")",
                         "name one: telnet://USER@HOST, or user = \"NAME\" for an exec: target");
        if (password_is_out) {
            login->refused();
            const std::string said = said_before_question();
            return error(ErrorKind::login,
                         "the login was refused by the device" + (said.empty() ? "" : " (\"" + said + "\")"),
                         "check user name and password");
        }
        standing_.take();
        if (auto sent = write_line(*login->user, Standing::Echo::unknown, patience.now()); !sent) return sent.error();
        return true;
    }
    // Asked again: what was sent was not taken.
    if (password_is_out) login->refused();
    const auto secret = patience.asking([&] { return login->password(); });
    if (!secret) return secret.error();
    password_is_out = true;
    doing_ = "waiting for the answer to the password";
    if (auto sent = write_secret(**secret, patience.now()); !sent) return sent.error();
    return true;
}

/// A session that ended before a prompt came.
Error Shell::ended(const Error& failure, bool password_is_out, const TextLogin* login) const {
    const std::string said = said_last();
    const auto farewell = farewell_of(standing_.last_words(), standing_.dialects());
    const bool is_refusal = password_is_out && (!farewell || *farewell == Farewell::credentials);
    if (is_refusal) {
        login->refused();
        return error(ErrorKind::login,
                     "the device ended the session after the password" + (said.empty() ? "" : " (\"" + said + "\")"),
                     "check the password; it will not be sent again");
    }
    if (said.empty()) return failure;
    return error(farewell ? ErrorKind::login : failure.kind, "the device ended the session; it said \"" + said + "\"",
                 farewell ? std::string(remedy_of(*farewell)) : std::string());
}

/// What stands is none, or nothing stands.
Error Shell::no_prompt(const Standing::Stand& stand) const {
    std::string words;
    for (const std::string& line : standing_.last_words()) words += line + "\n";
    const std::string mark(formats::without_end_blanks(stand.text));
    if (const formats::ForeignShell* shell = formats::foreign_shell_in(words))
        return error(ErrorKind::prompt, "not a known platform: it is " + std::string(shell->title),
                     std::string(shell->way_in));
    const std::string any = standing_.dialects().size() > 1 ? "any" : dialect().name;
    if (stand.kind == Kind::foreign_prompt && mark == ">")
        return error(
            ErrorKind::prompt,
            "not a known platform: after the login came \"" + quoted(stand.text) + "\", which is no prompt of " + any,
            "a Firepower answers so: `system support diagnostic-cli` leads to its ASA; else see `tacbundle platforms`");
    if (stand.kind == Kind::foreign_prompt)
        return error(
            ErrorKind::prompt,
            "not a known platform: after the login came \"" + quoted(stand.text) + "\", which is no prompt of " + any,
            "name the right platform (see `tacbundle platforms`), or check the address");
    if (stand.kind == Kind::text || stand.kind == Kind::half_typed)
        return error(ErrorKind::prompt,
                     "no prompt of " + any + " came; \"" + quoted(stand.text) +
                         "\" stands there, and nothing was typed behind it",
                     longer_login);
    const std::string said = said_last();
    return error(ErrorKind::timeout,
                 "no prompt after the login" + (said.empty() ? std::string() : "; the last line was \"" + said + "\""),
                 longer_login);
}

Result<void> Shell::reach_prompt(const Patience& patience, const TextLogin* login) {
    doing_ = "waiting for the first prompt";
    LoginPatience left(patience);
    bool password_is_out = false, answered_anything = false;
    bool knocked = false;
    int woken = 0, asked = 0, broken_off = 0;
    SteadyTime last = now();
    standing_.expect_prompt();
    for (;;) {
        if (const std::string* question = question_for_a_person()) return asks_a_person(*question);
        // Silence: what wakes the line, and when. Never behind anything that was answered: over a slow line a CR that
        // is typed ahead is the next login.
        const bool stands_nothing = standing_.is_nothing_asked() && !answered_anything;
        const bool wakes =
            stands_nothing && woken < 2 && (standing_.is_mute() || woken == 1 || (login != nullptr && login->wakes));
        const bool asks = stands_nothing && !wakes && login == nullptr && asked < most_asked && !standing_.is_mute();
        const bool knocks = password_is_out && !knocked && standing_.is_nothing_asked();
        const Patience turn =
            wakes    ? left.now().until(last + (woken == 0 ? wake_after : wake_again_after))
            : asks   ? left.now().until(last + ask_after)
            : knocks ? left.now().until(std::max(last + wake_after, left.now().deadline() - knock_before_end))
                     : left.now();
        auto heard = wait({Kind::prompt, Kind::user_question, Kind::password_question, Kind::new_password, Kind::page,
                           Kind::press_return, Kind::half_typed, Kind::confirmation, Kind::foreign_prompt},
                          turn);
        if (!heard && heard.error().kind == ErrorKind::timeout && (wakes || asks || knocks) && !is_over(left.now())) {
            last = now();
            knocked = knocked || knocks;
            if (!standing_.is_nothing_asked()) continue;
            if (asks) ++asked;
            const Key key = wakes && woken++ == 0 ? Key::control_c : Key::carriage_return;
            if (auto sent = write_key(key, left.now()); !sent) return sent;
            continue;
        }
        if (!heard && heard.error().kind == ErrorKind::timeout) return no_prompt(standing_.stand());
        if (!heard && heard.error().kind == ErrorKind::disconnected)
            return ended(heard.error(), password_is_out, login);
        if (!heard) return heard.error();
        last = now();
        if (auto on = may_go_on(left.now()); !on)
            return on.error().kind == ErrorKind::timeout ? no_prompt(standing_.stand()) : on.error();
        const Standing::Stand& stand = heard->stand;
        switch (stand.kind) {
            case Kind::prompt:
                standing_.learn(stand);
                standing_.take_dialect(*stand.dialect);  // which of those with such a prompt it is, `show version` says
                standing_.take();
                return woken > 0 || asked > 0 || standing_.was_prompt_asked_for() ? take_late_prompts(left.now())
                                                                                  : Result<void>{};
            case Kind::page:
                if (auto turned = turn_page(*stand.dialect, left.now()); !turned) return turned;
                break;
            case Kind::press_return:
                standing_.take();
                if (auto pressed = write_key(Key::carriage_return, left.now()); !pressed) return pressed;
                break;
            case Kind::half_typed:
                if (broken_off++ == most_broken_off) return no_prompt(stand);
                standing_.take();
                if (auto broken = write_key(Key::control_c, left.now()); !broken) return broken;
                break;
            case Kind::confirmation: return asks_a_person(quoted(stand.text));
            case Kind::foreign_prompt: return no_prompt(stand);
            default: {
                const auto answered = answer_login(stand, login, password_is_out, left);
                if (!answered) return answered.error();
                answered_anything = answered_anything || *answered;
                if (*answered) standing_.expect_prompt();
            }
        }
    }
}

Result<void> Shell::leave_configuration(const PlannedLine& line, const Patience& patience) {
    for (int mode = 0; mode < most_modes && is_in_configuration(); ++mode)
        if (auto left = run(line, {}, {patience.remaining(), patience.remaining(), 4096}, patience); !left)
            return left.error();
    if (is_in_configuration())
        return error(ErrorKind::prompt, "the console does not leave configuration mode", "leave it by hand");
    return {};
}

Result<void> Shell::enable(const PlannedLine& line, const EnableLogin& login, const Patience& patience) {
    Patience left = patience.until(now() + login.one_answer);
    if (auto made = make_room(left); !made) return made;
    if (auto sent = write_line(line, Standing::Echo::awaited, left); !sent) return sent;
    bool password_sent = false, user_sent = false;
    const auto refused = [&](const std::string& words) {
        return error(ErrorKind::login,
                     "enable was refused by the device" + (words.empty() ? "" : " (\"" + words + "\")") +
                         (password_sent ? "; what was sent was sent once and will not be sent again" : ""),
                     password_sent ? "check enable-from of this endpoint" : "the account may not enable itself there");
    };
    for (;;) {
        if (const std::string* question = question_for_a_person()) return asks_a_person(*question);
        auto heard = wait({Kind::prompt, Kind::user_question, Kind::password_question, Kind::new_password, Kind::page,
                           Kind::confirmation},
                          left);
        if (!heard) {
            Error failure = heard.error();
            if (failure.kind != ErrorKind::timeout) return failure;
            if (const auto stand = standing_.stand(); !stand.text.empty())
                failure.detail += "; \"" + quoted(stand.text) + "\" stands there";
            failure.remedy = "--connect-timeout gives enable more time as well";
            return failure;
        }
        if (auto on = may_go_on(left); !on) return on;
        if (const std::string* refusal = found_in(heard->lines, dialect().enable.refusals)) return refused(*refusal);
        const Standing::Stand& stand = heard->stand;
        switch (stand.kind) {
            case Kind::prompt:
                if (stand.prompt.mode == PromptMatch::Mode::user) return refused(said_before_question());
                standing_.learn(stand);
                standing_.take();
                return standing_.was_prompt_asked_for() ? take_late_prompts(left) : Result<void>{};
            case Kind::page:
                if (auto turned = turn_page(*stand.dialect, left); !turned) return turned;
                break;
            case Kind::confirmation: return asks_a_person(quoted(stand.text));
            case Kind::new_password:
                return error(ErrorKind::login,
                             "enable asks \"" + quoted(stand.text) + "\": its password has expired or was never set",
                             "enable by hand once, then run again");
            case Kind::user_question:
                if (user_sent || password_sent) return refused(said_before_question());
                if (login.user == nullptr)
                    return error(ErrorKind::login, "enable asks for a user name (\"" + quoted(stand.text) + "\")",
                                 "name one: ssh://USER@HOST");
                standing_.take();
                if (auto sent = write_line(*login.user, Standing::Echo::unknown, left); !sent) return sent;
                left = patience.until(now() + login.one_answer);
                user_sent = true;
                break;
            case Kind::password_question: {
                if (password_sent) return refused(said_before_question());
                const auto secret = login.password();
                if (!secret) return secret.error();
                left = patience.until(now() + login.one_answer);
                if (auto sent = write_secret(**secret, left); !sent) return sent;
                // Never before: an empty line at the password prompt would be the password.
                standing_.expect_prompt();
                doing_ = "waiting for the enabled prompt";
                password_sent = true;
                break;
            }
            default: break;
        }
    }
}

bool Shell::leave(const PlannedLine& line, const Patience& patience) {
    if (transport_ == nullptr) return false;
    bool seen = false;
    if (make_room(patience) && write_line(line, Standing::Echo::unknown, patience)) {
        // The device ends the stream; a console goes on, and asks the next one in. Whatever happens, ours ends too.
        const std::string& said = dialect().leave.said;
        while (!seen && !is_over(patience)) {
            const auto heard =
                wait({Kind::prompt, Kind::user_question, Kind::password_question, Kind::press_return}, patience);
            if (!heard) {
                seen = heard.error().kind == ErrorKind::disconnected;
                break;
            }
            const Standing::Stand& stand = heard->stand;
            if (stand.kind == Kind::prompt && stand.prompt.mode != PromptMatch::Mode::user) standing_.take();
            seen = (!said.empty() && heard->lines.find(said) != std::string::npos) ||
                   (stand.kind != Kind::nothing &&
                    (stand.kind != Kind::prompt || stand.prompt.mode == PromptMatch::Mode::user));
        }
    }
    close();
    return seen;
}

}  // namespace collector
