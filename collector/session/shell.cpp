#include "collector/session/shell.hpp"

#include <algorithm>
#include <array>

#include "formats/text/each_line.hpp"
#include "formats/transcript/device_words.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::for_each_line;
using formats::PromptMatch;
using formats::Result;
using formats::unindented;

namespace {

constexpr std::size_t read_size = std::size_t{16} << 10;
constexpr std::size_t lines_of_a_refusal = 6;
constexpr milliseconds longest_break_off{5'000}, between_keys{1'000};
/// Before a line is typed: what stands unfinished may be the beginning of a log line.
constexpr milliseconds longest_half_line{3'000};
constexpr const char* longer_command = "--command-timeout gives it more time";

/// Finds the device's refusal in a short answer.
void look_for_refusal(const formats::Profile& profile, Answer& answer, formats::Redaction* redaction) {
    if (answer.lines > lines_of_a_refusal) return;
    for_each_line(answer.text, [&](std::string_view line) {
        if (answer.refused) return;
        for (const auto& refusal : profile.refusals)
            if (unindented(line).starts_with(refusal.text)) {
                answer.refused = refusal.outcome;
                answer.refusal = formats::quoted(unindented(line), redaction);
                return;
            }
    });
}

}  // namespace

Shell::Shell(std::unique_ptr<Transport> transport, std::string endpoint, std::vector<const formats::Profile*> dialects)
    : transport_(std::move(transport)), endpoint_(std::move(endpoint)), standing_(std::move(dialects)) {}

Shell::~Shell() { close(); }

std::string Shell::quoted(std::string_view text) const { return formats::quoted(text, redaction_); }

Error Shell::error(ErrorKind kind, std::string detail, std::string remedy) const {
    return {kind, endpoint_, std::move(detail), std::move(remedy)};
}

SteadyTime Shell::now() { return now_ = std::max(now_, std::chrono::steady_clock::now()); }

Result<void> Shell::may_go_on(const Patience& patience) const {
    if (patience.is_stopped()) return error(ErrorKind::interrupted, "interrupted while " + doing_);
    if (is_over(patience)) return error(ErrorKind::timeout, "no end while " + doing_);
    return {};
}

Result<Shell::Heard> Shell::wait(Kinds kinds, const Patience& patience) {
    const auto is_wanted = [&](const Standing::Stand& stand) {
        return stand.is_settled && std::find(kinds.begin(), kinds.end(), stand.kind) != kinds.end();
    };
    std::array<char, read_size> buffer;  // the thread's: hundreds of shells are open, few read at a time
    for (;;) {
        SteadyTime end = patience.deadline();
        if (kinds.size() > 0) {
            if (auto stand = standing_.stand(); is_wanted(stand)) return Heard{{}, std::move(stand)};
            if (standing_.is_prompt_wanted()) {
                standing_.ask_for_prompt();
                if (auto asked = write_key(Key::carriage_return, patience); !asked) return asked.error();
            }
            if (const auto next = standing_.looks_again()) end = std::min(end, std::max(*next, now()));
        }
        const auto got = transport_->read_some(buffer, patience.until(end));
        if (got) {
            std::string lines = standing_.hear({buffer.data(), *got}, now());
            if (kinds.size() == 0 || !lines.empty()) return Heard{std::move(lines), {}};
            if (auto on = may_go_on(patience); !on) return on.error();
            continue;
        }
        Error failure = got.error();
        if (failure.kind == ErrorKind::timeout) {
            now_ = std::max(now(), end);
            standing_.stay_quiet(now_);
            if (end < patience.deadline()) continue;
            if (auto stand = standing_.stand(); is_wanted(stand)) return Heard{{}, std::move(stand)};
        }
        switch (failure.kind) {
            case ErrorKind::timeout: failure.detail = "no answer while " + doing_; break;
            case ErrorKind::disconnected:
                failure.detail = "the session ended while " + doing_ + ": " + failure.detail;
                break;
            case ErrorKind::interrupted: failure.detail = "interrupted while " + doing_; break;
            default: break;
        }
        failure.subject = endpoint_;
        return failure;
    }
}

std::optional<PromptMatch::Mode> Shell::standing_mode() {
    const auto prompt = standing_.prompt_at_end();
    if (!prompt) return std::nullopt;
    standing_.learn(*prompt);
    return prompt->prompt.mode;
}

Result<void> Shell::turn_page(const formats::Profile& dialect, const Patience& patience) {
    standing_.take();
    return write_key(dialect.pager.next == "\r" ? Key::carriage_return : Key::space, patience);
}

/// Prompts that were asked for and not needed must not end the next answer.
Result<void> Shell::take_late_prompts(const Patience& patience) {
    const Patience turn = patience.until(now() + formats::FreshPrompt::after);
    while (!is_over(turn))
        if (auto late = wait({}, turn); !late && late.error().kind != ErrorKind::timeout) return late.error();
    standing_.take();
    return {};
}

/// What has come since belongs to the line before. Nothing is typed behind what is not known: it may be the answer to
/// somebody's question.
Result<void> Shell::make_room(const Patience& patience) {
    if (midway_)
        if (auto free = break_off(patience.at_most(longest_break_off)); !free) return free;
    doing_ = "looking at what stands before a line is typed";
    Patience turn = patience.until(now());
    for (const Patience unclear = patience.until(now() + longest_half_line);; turn = unclear) {
        auto heard = wait({}, turn);
        if (!heard && heard.error().kind != ErrorKind::timeout) return heard.error();
        const auto stand = standing_.stand();
        switch (stand.kind) {
            case Kind::nothing:
            case Kind::log_line:
            case Kind::press_return:
            case Kind::prompt: standing_.take(); return {};
            case Kind::page:
            case Kind::half_typed: return break_off(patience.at_most(longest_break_off));
            default: break;
        }
        if (!is_over(unclear)) continue;
        if (stand.kind == Kind::text) return break_off(patience.at_most(longest_break_off));
        if (auto on = may_go_on(patience); !on) return on;
        return error(ErrorKind::prompt,
                     "\"" + quoted(stand.text) + "\" stands where a line was to be typed: nothing was typed there",
                     "answer it by hand, then run again");
    }
}

Result<void> Shell::write_line(const PlannedLine& line, Standing::Echo echo, const Patience& patience,
                               const TextSink& sink) {
    if (line.endpoint() != endpoint_)
        return error(ErrorKind::plan, "\"" + line.text() + "\" is planned for " + line.endpoint());
    if (is_in_configuration() && line.in_configuration() != InConfiguration::at_once)
        return type_line(line, echo, sink, patience);
    doing_ = "waiting for the answer to \"" + line.text() + "\"";
    standing_.type(line.text(), echo);
    return transport_->write(line.text() + "\r", patience);
}

Result<void> Shell::write_key(Key key, const Patience& patience) {
    const char byte = static_cast<char>(key);
    return transport_->write({&byte, 1}, patience);
}

Result<void> Shell::write_secret(const Secret& secret, const Patience& patience) {
    if (const auto stand = standing_.stand(); stand.kind != Kind::password_question || !stand.is_settled)
        return error(ErrorKind::plan, "a password is sent to a password prompt only");
    standing_.take();
    standing_.type({}, Standing::Echo::unknown);
    std::string typed;
    typed.reserve(secret.reveal().size() + 1);  // one allocation, and that is wiped
    typed.append(secret.reveal()).push_back(static_cast<char>(Key::carriage_return));
    const Secret line(std::move(typed));
    return transport_->write(line.reveal(), patience);
}

Result<Answer> Shell::run(const PlannedLine& line, const TextSink& sink, const AnswerLimits& limits,
                          const Patience& patience) {
    Answer answer;
    const Patience whole = patience.at_most(limits.whole);
    if (auto made = make_room(whole); !made) return made.error();

    midway_ = true;
    const SteadyTime sent_at = now();
    if (auto sent = write_line(line, Standing::Echo::awaited, whole.at_most(limits.silence), sink); !sent)
        return sent.error();
    standing_.expect_prompt();
    bool wanted = true, breaks_off = limits.break_off_when_full;
    for (;;) {
        // The device's own log lines are no answer, and do not make the wait for one longer.
        const Patience silence = whole.until(std::max(sent_at, standing_.went_on()) + limits.silence);
        if (auto on = may_go_on(silence); !on) {
            Error failure = on.error();
            failure.remedy = failure.kind == ErrorKind::timeout ? longer_command : "";
            return failure;
        }
        auto heard = wait({Kind::prompt, Kind::page, Kind::confirmation}, silence);
        if (!heard) {
            Error failure = heard.error();
            if (failure.kind != ErrorKind::timeout) return failure;
            if (const auto stand = standing_.stand(); !stand.text.empty())
                failure.detail += "; \"" + quoted(stand.text) + "\" stands there";
            failure.remedy = longer_command;
            return failure;
        }
        const std::string_view part = heard->lines;
        answer.lines += static_cast<std::uint64_t>(std::count(part.begin(), part.end(), '\n'));
        answer.bytes += part.size();
        for_each_line(part, [&](std::string_view one) {
            if (answer.text.size() >= limits.keep || standing_.is_log_line(one)) return;
            answer.text.append(one, 0, limits.keep - answer.text.size());
            // A line of more than 64 KiB comes in pieces.
            if (one.data() + one.size() != part.data() + part.size()) answer.text += '\n';
        });
        if (!part.empty() && wanted && sink) wanted = sink(part);
        if (!wanted && breaks_off) {
            breaks_off = false;
            auto free = break_off(whole.at_most(longest_break_off));
            if (free) {
                look_for_refusal(dialect(), answer, redaction_);
                return answer;
            }
            // It goes on to its end.
            if (free.error().kind != ErrorKind::timeout) return free.error();
            doing_ = "waiting for the end of the answer to \"" + line.text() + "\"";
        }
        const Standing::Stand& stand = heard->stand;
        if (stand.kind == Kind::page) {
            if (auto turned = turn_page(*stand.dialect, whole.at_most(limits.silence)); !turned) return turned.error();
        } else if (stand.kind == Kind::confirmation) {
            return error(ErrorKind::prompt, "the device asks \"" + quoted(stand.text) + "\" after \"" + line.text() +
                                                "\": nothing was answered");
        } else if (stand.kind == Kind::prompt) {
            standing_.learn(stand);
            standing_.take();
            look_for_refusal(dialect(), answer, redaction_);
            if (standing_.was_prompt_asked_for())
                if (auto taken = take_late_prompts(whole); !taken) return taken.error();
            midway_ = false;
            return answer;
        }
    }
}

Result<Answer> Shell::run_to(const PlannedLine& line, std::function<bool(std::string_view)> is_named,
                             const AnswerLimits& limits, const Patience& patience) {
    if (came_from_.empty()) came_from_ = prompt_name();
    standing_.believe(std::move(is_named));
    auto answer = run(line, {}, limits, patience);
    standing_.believe({});
    return answer;
}

Result<void> Shell::break_off(const Patience& patience) {
    doing_ = "breaking off a running command";
    bool is_page = standing_.stand().kind == Kind::page;
    standing_.give_up();
    standing_.take();
    while (!is_over(patience)) {
        if (auto sent = write_key(is_page ? Key::quit : Key::control_c, patience); !sent) return sent;
        is_page = false;
        const Patience turn = patience.until(now() + between_keys);
        while (!is_over(turn) && !is_page) {
            auto heard = wait({Kind::prompt, Kind::page}, turn);
            if (!heard && heard.error().kind == ErrorKind::timeout) break;
            if (!heard) return heard.error();
            is_page = heard->stand.kind == Kind::page;
            if (is_page) standing_.take();
            if (heard->stand.kind != Kind::prompt) continue;
            standing_.learn(heard->stand);
            midway_ = false;
            standing_.take();
            return {};
        }
    }
    return error(ErrorKind::timeout, "no prompt after breaking off the command");
}

Result<void> Shell::send(const PlannedLine& line, const TextSink& sink, const Patience& patience) {
    return write_line(line, Standing::Echo::unknown, patience, sink);
}

Result<void> Shell::listen(const TextSink& sink, const Patience& patience) {
    auto heard = wait({}, patience);
    if (!heard) return heard.error();
    if (!heard->lines.empty() && sink) sink(heard->lines);
    // Were it none but text that begins so, a blank would be typed at the prompt, and that says nothing.
    bool paged = false;
    for_each_line(heard->lines, [&](std::string_view line) { paged = paged || standing_.is_paged(line); });
    const auto stand = standing_.stand();
    if (stand.kind != Kind::page && !paged) return {};
    return turn_page(stand.dialect != nullptr ? *stand.dialect : dialect(), patience);
}

Result<void> Shell::confirm(std::string_view question, const Patience& patience) {
    if (!formats::without_end_blanks(standing_.unfinished()).ends_with(question)) return {};
    standing_.take();
    return write_key(Key::carriage_return, patience);
}

Result<void> Shell::nudge(const Patience& patience) {
    switch (standing_.stand().kind) {
        case Kind::confirmation:
        case Kind::user_question:
        case Kind::password_question:
        case Kind::new_password:
        case Kind::half_typed:
        case Kind::foreign_prompt: return {};
        default: return write_key(Key::carriage_return, patience);
    }
}

Result<void> Shell::keep_awake(const Patience& patience) {
    const Kind kind = standing_.stand().kind;
    return kind == Kind::prompt || kind == Kind::nothing ? nudge(patience) : Result<void>();
}

void Shell::close() noexcept {
    if (transport_ != nullptr) transport_->close();
}

}  // namespace collector
