// The dialogue of a login: to the first prompt, to the enabled one, and out again.

#include "collector/session/shell.hpp"

#include <algorithm>

#include "formats/transcript/device_words.hpp"
#include "formats/text/each_line.hpp"

namespace collector {

using formats::ends_with_any;
using formats::ErrorKind;
using formats::for_each_line;
using formats::found_in;
using formats::PromptMatch;
using formats::Result;
using formats::unindented;

namespace {

/// An unfinished line that is no prompt and stays as it is for this long is taken for a foreign prompt.
constexpr milliseconds foreign_prompt_after{3'000};
/// A console that has said nothing for so long is sent a CR.
constexpr milliseconds wake_after{1'000};
constexpr int most_wakes = 5;
/// After an SSH login, which has no questions of its own: a first prompt that fell into a log line is asked for.
constexpr int most_asked = 2;
/// Modes stand in one another: interface in router in global configuration.
constexpr int most_modes = 8;

}  // namespace

bool Shell::asks_to_log_in() const {
    return std::any_of(dialects_.begin(), dialects_.end(), [&](const formats::Profile* dialect) {
        return ends_with_any(question(), dialect->login.user_prompts) || ends_with_any(question(), dialect->login.password_prompts);
    });
}

const std::string* Shell::question_for_a_person(std::string_view text) const {
    for (const formats::Profile* dialect : dialects_)
        if (const std::string* question = found_in(text, dialect->login.stop_questions)) return question;
    return nullptr;
}

/// True when there was a prompt to answer.
Result<bool> Shell::answer_login(const TextLogin& login, bool& password_is_out, LoginPatience& patience) {
    for (const formats::Profile* dialect : dialects_) {
        if (ends_with_any(question(), dialect->login.user_prompts)) {
            if (login.user == nullptr)
                return error(ErrorKind::login, "the device asks for a user name (\"" + quoted(question()) + "\")",
                             "name one: telnet://USER@HOST, or user = \"NAME\" for an exec: target");
            if (password_is_out) return error(ErrorKind::login, "the login was refused by the device", "check user name and password");
            take_question();
            if (auto sent = write_line(*login.user, patience.now()); !sent) return sent.error();
            return true;
        }
        if (ends_with_any(question(), dialect->login.password_prompts)) {
            // Asked again: what was sent was not taken.
            if (password_is_out) login.refused();
            const auto secret = patience.asking([&] { return login.password(); });
            if (!secret) return secret.error();
            password_is_out = true;
            doing_ = "waiting for the answer to the password";
            if (auto sent = write_secret(**secret, dialect->login.password_prompts, patience.now()); !sent) return sent.error();
            return true;
        }
    }
    return false;
}

Result<void> Shell::reach_prompt(const Patience& patience, const TextLogin* login) {
    doing_ = "waiting for the first prompt";
    LoginPatience left(patience);
    std::string seen;
    bool password_is_out = false;
    FreshPrompt fresh;
    int wakes = login == nullptr ? most_asked : login->wakes ? most_wakes : 0;
    for (;;) {
        if (const std::string* question = question_for_a_person(text_.tail()))
            return error(ErrorKind::prompt, "the device asks \"" + *question + "\", which only a person may answer",
                         "log in by hand once, then run again");
        auto pager = answer_pager(left.now());
        if (!pager) return pager.error();
        std::string late;
        const auto prompt = settled_prompt(late, left.now());
        if (!prompt) return prompt.error();
        if (*prompt) {
            name_ = (*prompt)->name;
            mode_ = (*prompt)->mode;
            profile_ = (*prompt)->dialect;  // which of those with such a prompt it is, `show version` says
            take_question();
            return fresh.was_asked_for() ? take_late_prompts(left.now()) : Result<void>{};
        }
        if (!late.empty()) continue;
        if (in_log_.has_one()) {  // now: a password question may have come since one had
            fresh.is_wanted(left.now());
            if (auto asked = ask_for_prompt(fresh, left.now()); !asked) return asked;
        }
        if (login != nullptr) {
            auto answered = answer_login(*login, password_is_out, left);
            if (!answered) return answered.error();
            if (*answered) continue;
        }
        const bool something = !unindented(text_.tail()).empty();
        const bool wakes_now = wakes > 0 && (login != nullptr || (!seen.empty() && is_nothing_asked()));
        auto lines = read_lines(wakes_now && login != nullptr ? left.now().at_most(wake_after)
                                : wakes_now || something      ? left.now().at_most(foreign_prompt_after)
                                                              : left.now());
        if (lines) {
            for_each_line(*lines, [&](std::string_view line) {
                if (!unindented(line).empty()) seen = quoted(line);
            });
            if (auto on = may_go_on(left.now()); !on) lines = on.error();
            else continue;
        }
        if (lines.error().kind == ErrorKind::timeout && wakes_now) {
            --wakes;
            take_question();
            if (auto woken = nudge(left.now()); !woken) return woken;
            continue;
        }
        if (lines.error().kind == ErrorKind::timeout && something)
            return error(ErrorKind::prompt,
                         "not a known platform: after the login came \"" + quoted(text_.tail()) + "\", which is no prompt of " +
                             (dialects_.size() > 1 ? "any" : profile_->name),
                         "name the right platform (see `tacbundle platforms`), or check the address");
        if (lines.error().kind == ErrorKind::timeout)
            return error(ErrorKind::timeout,
                         "no prompt after the login" + (seen.empty() ? std::string() : "; the last line was \"" + seen + "\""),
                         "log in by hand to see what the device does; --connect-timeout gives it more time");
        if (lines.error().kind == ErrorKind::disconnected && password_is_out) {
            login->refused();
            return error(ErrorKind::login, "the device ended the session after the password" + (seen.empty() ? "" : " (\"" + seen + "\")"),
                         "check the password; it will not be sent again");
        }
        return lines.error();
    }
}

Result<void> Shell::leave_configuration(const PlannedLine& line, const Patience& patience) {
    for (int mode = 0; mode < most_modes && is_in_configuration(); ++mode)
        if (auto left = run(line, {}, {patience.remaining(), patience.remaining(), 4096}, patience); !left) return left.error();
    if (is_in_configuration()) return error(ErrorKind::prompt, "the console does not leave configuration mode", "leave it by hand");
    return {};
}

Result<void> Shell::enable(const PlannedLine& line, const Secret& secret, const Patience& patience) {
    if (auto sent = write_line(line, patience); !sent) return sent;
    bool password_sent = false;
    FreshPrompt fresh;
    for (;;) {
        if (password_sent) {
            std::string late;
            const auto prompt = settled_prompt(late, patience);
            if (!prompt) return prompt.error();
            if (*prompt) {
                mode_ = (*prompt)->mode;
                take_question();
                if (mode_ == PromptMatch::Mode::user)
                    return error(ErrorKind::login, "enable was refused", "check enable-from");
                return fresh.was_asked_for() ? take_late_prompts(patience) : Result<void>{};
            }
            if (!late.empty()) continue;
            if (in_log_.has_one()) fresh.is_wanted(patience);
        }
        if (ends_with_any(question(), profile_->enable.password_prompts)) {
            if (password_sent)
                return error(ErrorKind::login, "enable was refused by the device; what was sent was sent once and will not be sent again",
                             "check enable-from of this endpoint");
            if (auto sent = write_secret(secret, profile_->enable.password_prompts, patience); !sent) return sent;
            password_sent = true;
        }
        if (auto asked = ask_for_prompt(fresh, patience); !asked) return asked.error();
        if (auto on = may_go_on(patience); !on) return on.error();
        const bool awaited = fresh.is_pending() && is_nothing_asked();
        auto lines = read_lines(awaited ? fresh.until() : patience);
        if (!lines && awaited && lines.error().kind == ErrorKind::timeout && !patience.is_over()) continue;
        if (!lines) return lines.error();
        // Never before: an empty line at the password prompt would be the password.
        if (password_sent)
            for_each_line(*lines, [&](std::string_view one) {
                if (is_spoilt_prompt(one)) fresh.is_wanted(patience);
            });
        if (const std::string* refusal = found_in(*lines, profile_->enable.refusals))
            return error(ErrorKind::login,
                         "enable was refused by the device (\"" + *refusal + "\"); what was sent was sent once and will not be sent again",
                         "check enable-from of this endpoint");
        if (const std::string* question = found_in(*lines + text_.tail(), profile_->login.stop_questions))
            return error(ErrorKind::prompt, "the device asks \"" + *question + "\", which only a person may answer",
                         "log in by hand once, then run again");
        // A device without an enable password goes straight to the enabled prompt.
        if (const auto match = prompt_at_end(); match && match->mode == PromptMatch::Mode::enabled) password_sent = true;
    }
}

bool Shell::leave(const PlannedLine& line, const Patience& patience) {
    if (transport_ == nullptr) return false;
    take_question();
    bool seen = false;
    if (write_line(line, patience)) {
        // The device ends the stream; a console goes on, and asks the next one in. Whatever happens, ours ends too.
        const std::string& said = profile_->leave.said;
        while (!seen) {
            const auto lines = read_lines(patience);
            const auto match = prompt_at_end();
            seen = lines ? (!said.empty() && lines->find(said) != std::string::npos) || asks_to_log_in() ||
                               (match && match->mode == PromptMatch::Mode::user)
                         : lines.error().kind == ErrorKind::disconnected;
            if (!lines) break;
        }
    }
    close();
    return seen;
}

}  // namespace collector
