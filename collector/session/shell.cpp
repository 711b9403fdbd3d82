#include "collector/session/shell.hpp"

#include <algorithm>
#include <array>

#include "formats/transcript/device_words.hpp"
#include "formats/text/each_line.hpp"

namespace collector {

using formats::ends_with_any;
using formats::Error;
using formats::ErrorKind;
using formats::for_each_line;
using formats::is_echo;
using formats::Outcome;
using formats::PromptMatch;
using formats::Result;
using formats::starts_with_any;
using formats::unindented;
using formats::without_end_blanks;

namespace {

constexpr std::size_t read_size = std::size_t{16} << 10;
/// A first prompt without the CR that this dialect sends before it must stand for this long.
constexpr milliseconds unusual_prompt_after{300};
constexpr std::size_t lines_of_a_refusal = 6;
constexpr milliseconds longest_break_off{5'000};
/// In configuration mode: until a prompt comes, so many times and for so long in all, with a pause for what a stream has
/// to say; and until what was typed is back.
constexpr milliseconds prompt_within{2'000}, longest_asking{10'000}, between_asks{100}, longest_echo{5'000};
constexpr int most_asked = 20;
/// Time stamp and id of a log line are within this.
constexpr std::size_t longest_log_stamp = 120;

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
    : transport_(std::move(transport)), endpoint_(std::move(endpoint)), dialects_(std::move(dialects)), profile_(dialects_.front()) {}

Shell::~Shell() { close(); }

std::string Shell::quoted(std::string_view text) const { return formats::quoted(text, redaction_); }

Error Shell::error(ErrorKind kind, std::string detail, std::string remedy) const {
    return {kind, endpoint_, std::move(detail), std::move(remedy)};
}

Result<std::string> Shell::read_lines(const Patience& patience) {
    std::array<char, read_size> buffer;  // the thread's: hundreds of shells are open, few read at a time
    const auto got = transport_->read_some(buffer, patience);
    if (!got) {
        Error failure = got.error();
        switch (failure.kind) {
            case ErrorKind::timeout: failure.detail = "no answer while " + doing_; break;
            case ErrorKind::disconnected: failure.detail = "the session ended while " + doing_ + ": " + failure.detail; break;
            case ErrorKind::interrupted: failure.detail = "interrupted while " + doing_; break;
            default: break;
        }
        failure.subject = endpoint_;
        return failure;
    }
    std::string lines;
    text_.feed({buffer.data(), *got}, lines);
    see_log_lines(lines);
    return lines;
}

/// Where a log line of the device begins in it, of any dialect that may be spoken.
std::optional<std::size_t> Shell::find_log_line(std::string_view line) const {
    std::optional<std::size_t> first;
    for (const formats::Profile* dialect : dialects_)
        if (const auto found = formats::find_log_line(dialect->prompt, line); found && (!first || *found < *first)) first = found;
    return first;
}

/// What stands before a device's own log line goes on to stand, and a question goes on over whole log lines.
void Shell::see_log_lines(std::string_view lines) {
    std::string_view before = last_line_;
    for_each_line(lines, [&](std::string_view line) {
        see_prompt_in_log(line, before);
        before = line;
        // The echo of an answer to it, also one that fell into a log line.
        if (!asked_.empty() && !sent_.empty() && line.ends_with(sent_)) return asked_.clear();
        // Most lines are those of an answer.
        if (asked_.empty() && !line.starts_with(name_) && !starts_with_any(line, profile_->enable.password_prompts) && !is_paged(line)) return;
        const auto log_line = find_log_line(line);
        std::string asked;
        if (log_line && *log_line == 0)
            asked = asked_;
        else if (log_line && is_question(line.substr(0, *log_line)))
            asked = line.substr(0, *log_line);
        asked_ = std::move(asked);
    });
    if (!lines.empty()) last_line_ = std::string(before.substr(0, longest_log_stamp));
}

void Shell::see_prompt_in_log(std::string_view line, std::string_view before) {
    if (!sent_.empty() && line.ends_with(sent_)) return in_log_.forget();
    // Most lines are those of an answer.
    if (!in_log_.has_one() && line.find(name_) == std::string_view::npos) return in_log_.see_text();
    if (unindented(line).empty()) return;  // the echo of an empty line
    if (const std::string_view within = prompt_in_log_line(line); !within.empty()) return in_log_.see_prompt(within);
    if (const auto log_line = find_log_line(line); log_line && is_log_line(line)) {
        if (*log_line == 0) return;
        const std::string_view prompt = without_end_blanks(line.substr(0, *log_line));
        return believed_prompt(prompt) ? in_log_.see_prompt(prompt) : in_log_.see_text();
    }
    const std::string_view prompt = prompt_at_begin(line);
    const std::string_view behind = line.substr(prompt.size());
    if (!prompt.empty() && unindented(behind).empty()) return in_log_.see_prompt(prompt);
    // The answer to an empty line that came in the middle of a log line: "%SYS-5-CONF", "hq#IG_I: Configured".
    if (!prompt.empty() && is_log_line_around(before, behind)) {
        if (!is_log_line(before)) in_log_.take_back_text();
        return in_log_.see_prompt(prompt);
    }
    in_log_.see_text();
}

/// "hq#", where the line begins with it.
std::string_view Shell::prompt_at_begin(std::string_view line) const {
    for (const std::string* mark : {&profile_->prompt.enabled_mark, &profile_->prompt.user_mark})
        if (!name_.empty() && !mark->empty() && line.starts_with(name_ + *mark)) return line.substr(0, name_.size() + mark->size());
    return {};
}

/// By itself, or behind what the device asks.
bool Shell::begins_log_line(std::string_view line) const {
    const std::string_view alone = line.starts_with(name_) || is_paged(line) ? line : line.substr(0, longest_log_stamp);
    const auto log_line = find_log_line(alone);
    return log_line && (*log_line == 0 || is_question(line.substr(0, *log_line)));
}

bool Shell::is_log_line(std::string_view line) const {
    return begins_log_line(line) || !prompt_in_log_line(line).empty();
}

bool Shell::is_believed(const formats::Profile& dialect, std::string_view name) const {
    return name_.empty() || formats::is_same_prompt_name(dialect.prompt, name_, name) || (renamed_ && renamed_(name));
}

bool Shell::is_question(std::string_view text) const {
    return is_pager(text) || believed_prompt(text) || std::any_of(dialects_.begin(), dialects_.end(), [&](const formats::Profile* dialect) {
               return ends_with_any(text, dialect->login.user_prompts) || ends_with_any(text, dialect->login.password_prompts) ||
                      ends_with_any(text, dialect->enable.password_prompts);
           });
}

/// Nothing but the mark of a page that waits.
bool Shell::is_pager(std::string_view text) const {
    return std::any_of(dialects_.begin(), dialects_.end(), [&](const formats::Profile* dialect) {
        return !dialect->pager.mark.empty() && unindented(text) == unindented(dialect->pager.mark);
    });
}

/// A line of a stream that comes while a page waits is printed right behind the pager's mark.
bool Shell::is_paged(std::string_view line) const {
    return std::any_of(dialects_.begin(), dialects_.end(), [&](const formats::Profile* dialect) {
        const std::string_view mark = unindented(dialect->pager.mark);
        return !mark.empty() && unindented(line).starts_with(mark);
    });
}

void Shell::take_question() {
    text_.take_tail();
    asked_.clear();
    in_log_.forget();
}

std::optional<formats::PromptMatch::Mode> Shell::standing_mode() {
    const auto match = prompt_at_end();
    if (!match) return std::nullopt;
    return mode_ = match->mode;
}

std::optional<Shell::StandingPrompt> Shell::believed_prompt(std::string_view text) const {
    for (const formats::Profile* dialect : dialects_) {
        auto match = formats::match_prompt(dialect->prompt, text);
        if (match && is_believed(*dialect, match->name))
            return StandingPrompt{std::move(*match), dialect};
    }
    return std::nullopt;
}

std::optional<Shell::StandingPrompt> Shell::prompt_at_end() const {
    return text_.tail_is_continued() ? std::nullopt : believed_prompt(question());
}

/// The prompt that stands with nothing behind it, or in a log without a pause. Nullopt: none yet; `late` are lines that
/// came meanwhile.
Result<std::optional<Shell::StandingPrompt>> Shell::settled_prompt(std::string& late, const Patience& patience) {
    if (in_log_.are_enough()) return believed_prompt(in_log_.prompt());
    while (auto prompt = prompt_at_end()) {
        const auto quiet = stays_quiet(*prompt, late, patience);
        if (!quiet) return quiet.error();
        if (*quiet) return prompt;
        if (!late.empty() || patience.is_over() || patience.is_stopped()) break;
    }
    return std::optional<StandingPrompt>{};
}

Result<bool> Shell::stays_quiet(const StandingPrompt& prompt, std::string& late, const Patience& patience) {
    // A prompt after "\n\r" is told from output that looks like one, and so is one that a log line follows; any other
    // has to stand for a while.
    const auto& rules = prompt.dialect->prompt;
    const bool certain = text_.tail().empty() || (rules.leading_cr && text_.tail_follows_cr());
    const milliseconds gap = certain                             ? milliseconds{0}
                             : name_.empty() && rules.leading_cr ? unusual_prompt_after
                                                                 : milliseconds{rules.quiet_ms};
    auto more = read_lines(patience.at_most(gap));
    if (more) {
        late = std::move(*more);
        return false;
    }
    if (more.error().kind == ErrorKind::timeout) return true;
    return more.error();
}

Result<bool> Shell::answer_pager(const Patience& patience) {
    if (text_.tail_is_continued() || !is_pager(question())) return false;
    take_question();
    if (auto sent = write_key(Key::space, patience); !sent) return sent.error();
    return true;
}

Result<void> Shell::may_go_on(const Patience& patience) const {
    if (patience.is_stopped()) return error(ErrorKind::interrupted, "interrupted while " + doing_);
    if (patience.is_over()) return error(ErrorKind::timeout, "no end while " + doing_);
    return {};
}

/// Something else follows on its line, or it fell into the middle of a log line.
bool Shell::is_spoilt_prompt(std::string_view line) const {
    return !prompt_at_begin(line).empty() || (is_in_configuration() && line.starts_with(name_ + profile_->prompt.config_pattern)) ||
           !prompt_in_log_line(line).empty();
}

/// "branch#" in "*Nov 26 19:30:28.318: %SYSbranch#-5-CONFIG_I: Configured", also with blanks behind the mark. Empty: none.
std::string_view Shell::prompt_in_log_line(std::string_view line) const {
    if (name_.empty()) return {};
    for (const std::string* mark : {&profile_->prompt.enabled_mark, &profile_->prompt.user_mark}) {
        const auto place = mark->empty() ? std::string_view::npos : line.find(name_ + *mark);
        if (place == std::string_view::npos || place == 0) continue;
        const std::size_t size = name_.size() + mark->size();
        if (is_log_line_around(line.substr(0, place), line.substr(place + size))) return line.substr(place, size);
    }
    return {};
}

/// Whether these are the ends of one, with blanks of the prompt between.
bool Shell::is_log_line_around(std::string_view before, std::string_view behind) const {
    for (std::size_t blanks = 0; blanks <= profile_->prompt.trailing_spaces; ++blanks) {
        if (begins_log_line(std::string(before.substr(0, longest_log_stamp)).append(behind.substr(0, longest_log_stamp)))) return true;
        if (!behind.starts_with(' ')) break;
        behind.remove_prefix(1);
    }
    return false;
}

/// Nothing stands that an empty line could answer but a prompt: no text without an end but that of a log line.
bool Shell::is_nothing_asked() const {
    return (asked_.empty() || believed_prompt(asked_)) && (text_.tail().empty() || find_log_line(text_.tail()) == std::size_t{0});
}

Result<void> Shell::ask_for_prompt(FreshPrompt& fresh, const Patience& patience) {
    if (!fresh.is_pending() || !is_nothing_asked() || !fresh.is_due()) return {};
    return nudge(patience);
}

Result<void> Shell::take_late_prompts(const Patience& patience) {
    const Patience turn = patience.at_most(FreshPrompt::after);
    while (!turn.is_over())
        if (auto late = read_lines(turn); !late && late.error().kind != ErrorKind::timeout) return late.error();
    take_question();
    return {};
}

Result<void> Shell::write_line(const PlannedLine& line, const Patience& patience, const TextSink& sink) {
    if (line.endpoint() != endpoint_)
        return error(ErrorKind::plan, "\"" + line.text() + "\" is planned for " + line.endpoint());
    if (is_in_configuration() && line.in_configuration() != InConfiguration::at_once) return type_line(line, sink, patience);
    doing_ = "waiting for the answer to \"" + line.text() + "\"";
    sent_ = line.text();
    echo_.forget();
    return transport_->write(line.text() + "\r", patience);
}

/// In configuration mode a line that arrives with a letter missing could be another one that configures: it is
/// typed, its echo compared, and obeyed only then (contract, section 8). From its first letter on there is no way out
/// but its CR or the end of the session: no key is known to take back on all releases what stands there half typed,
/// and the next CR, whoever sends it, would obey it.
Result<void> Shell::type_line(const PlannedLine& line, const TextSink& sink, const Patience& patience) {
    if (line.in_configuration() != InConfiguration::echoed)
        return error(ErrorKind::plan, "\"" + line.text() + "\" is not typed in configuration mode");
    const auto until = [&](auto is_there, const Patience& turn) -> Result<bool> {
        while (!is_there()) {
            if (turn.is_over()) return false;
            auto lines = read_lines(turn);
            if (!lines && lines.error().kind == ErrorKind::timeout) return false;
            if (!lines) return lines.error();
            for_each_line(*lines, [&](std::string_view one) { echo_.see(one, find_log_line(one)); });
            if (sink && !lines->empty()) sink(*lines);
        }
        return true;
    };
    // At the very end, behind no log line: that of the last line may be gone in a stream, and the mode with it.
    const auto stands = [&] { return !text_.tail().empty() && standing_mode().has_value(); };
    doing_ = "waiting for the prompt of configuration mode";
    // With nothing behind it that has come already. Not for longer: where log lines come all the time, none is quiet.
    const auto stays = [&]() -> Result<bool> {
        while (stands()) {
            const auto lines = read_lines(patience.at_most(milliseconds{0}));
            if (!lines && lines.error().kind == ErrorKind::timeout) return true;
            if (!lines) return lines.error();
            if (sink && !lines->empty()) sink(*lines);
        }
        return false;
    };
    auto stood = stays();
    const Patience asking = patience.at_most(longest_asking);
    for (int asked = 0; asked < most_asked && stood && !*stood && !asking.is_over(); ++asked) {
        if (asked > 0)
            if (const auto paused = until([] { return false; }, asking.at_most(between_asks)); !paused) return paused.error();
        if (auto sent = nudge(patience); !sent) return sent;
        if (const auto there = until(stands, asking.at_most(prompt_within)); !there) return there.error();
        stood = stays();
    }
    if (!stood) return stood.error();
    if (!*stood) return error(ErrorKind::prompt, "no prompt of configuration mode");
    if (!is_in_configuration()) return error(ErrorKind::prompt, "it is no longer in configuration mode");
    if (auto on = may_go_on(patience); !on) return on;

    doing_ = "waiting for the echo of \"" + line.text() + "\"";
    sent_ = line.text();
    const Patience typing = Patience::within(longest_echo);  // deaf to interrupts
    echo_.forget();
    const auto is_echoed = [&] {
        const std::string typed = echo_.pending() + text_.tail();
        if (!typed.ends_with(line.text())) return false;
        const auto prompt = formats::match_prompt(profile_->prompt, std::string_view(typed).substr(0, typed.size() - line.text().size()));
        return prompt && prompt->mode == formats::PromptMatch::Mode::configuration;
    };
    const auto typed = transport_->write(line.text(), typing);
    const auto echoed = typed ? until(is_echoed, typing) : Result<bool>(typed.error());
    auto obeyed = echoed && *echoed ? write_key(Key::carriage_return, typing) : Result<void>{};
    if (echoed && *echoed && obeyed) {
        doing_ = "waiting for the answer to \"" + line.text() + "\"";
        return {};
    }
    const std::string came = quoted(echo_.pending() + text_.tail());
    close();
    if (!echoed) return echoed.error();
    if (!obeyed) return obeyed;
    return error(ErrorKind::prompt, "\"" + line.text() + "\" was typed in configuration mode and came back as \"" + came + "\"",
                 "the session was closed before it was obeyed");
}

Result<void> Shell::write_key(Key key, const Patience& patience) {
    const char byte = static_cast<char>(key);
    return transport_->write({&byte, 1}, patience);
}

Result<void> Shell::write_secret(const Secret& secret, const std::vector<std::string>& prompts, const Patience& patience) {
    if (!ends_with_any(question(), prompts))
        return error(ErrorKind::plan, "a password is sent to a password prompt only");
    take_question();
    std::string typed;
    typed.reserve(secret.reveal().size() + 1);  // one allocation, and that is wiped
    typed.append(secret.reveal()).push_back(static_cast<char>(Key::carriage_return));
    const Secret line(std::move(typed));
    return transport_->write(line.reveal(), patience);
}

Result<Answer> Shell::run(const PlannedLine& line, const TextSink& sink, const AnswerLimits& limits, const Patience& patience) {
    Answer answer;
    const Patience whole = patience.at_most(limits.whole);
    if (midway_)
        if (auto free = break_off(whole.at_most(longest_break_off)); !free) return free.error();
    // What has come since belongs to the line before, as does whatever comes until the echo.
    if (auto early = read_lines(whole.at_most(milliseconds{0})); !early && early.error().kind != ErrorKind::timeout) return early.error();
    take_question();

    midway_ = true;
    if (auto sent = write_line(line, whole.at_most(limits.silence)); !sent) return sent.error();
    bool echoed = false, wanted = true;
    FreshPrompt fresh;
    std::string lines;
    for (;;) {
        std::string_view part = lines;
        while (!echoed && !part.empty()) {
            const auto end = part.find('\n');
            echo_.see(part.substr(0, end), find_log_line(part.substr(0, end)));
            const std::size_t prompt = name_.size() + profile_->prompt.enabled_mark.size();
            echoed = is_echo(echo_.text(), line.text(), prompt) || is_echo(part.substr(0, end), line.text(), prompt);
            part.remove_prefix(end == std::string_view::npos ? part.size() : end + 1);
        }
        for_each_line(part, [&](std::string_view one) {
            if (is_spoilt_prompt(one)) fresh.is_wanted(whole);
        });
        answer.lines += static_cast<std::uint64_t>(std::count(part.begin(), part.end(), '\n'));
        answer.bytes += part.size();
        for_each_line(part, [&](std::string_view one) {
            if (answer.text.size() >= limits.keep || is_log_line(one)) return;
            answer.text.append(one, 0, limits.keep - answer.text.size());
            // A line of more than 64 KiB comes in pieces.
            if (one.data() + one.size() != part.data() + part.size()) answer.text += '\n';
        });
        if (!part.empty() && wanted && sink) wanted = sink(part);
        lines.clear();
        if (!wanted && limits.break_off_when_full) {
            if (auto free = break_off(whole.at_most(longest_break_off)); !free) return free.error();
            return answer;
        }

        auto pager = answer_pager(whole.at_most(limits.silence));
        if (!pager) return pager.error();
        if (echoed) {
            const auto prompt = settled_prompt(lines, whole);
            if (!prompt) return prompt.error();
            if (*prompt) {
                mode_ = (*prompt)->mode;
                name_ = (*prompt)->name;
                take_question();
                look_for_refusal(*profile_, answer, redaction_);
                // One that was asked for and not needed must not end the next answer.
                if (fresh.was_asked_for())
                    if (auto taken = take_late_prompts(whole); !taken) return taken.error();
                midway_ = false;
                return answer;
            }
            if (!lines.empty()) continue;
            if (in_log_.has_one()) fresh.is_wanted(whole);
        }
        if (auto asked = ask_for_prompt(fresh, whole); !asked) return asked.error();
        if (auto on = may_go_on(whole); !on) return on.error();
        const bool awaited = fresh.is_pending() && is_nothing_asked();
        auto more = read_lines(awaited ? fresh.until() : whole.at_most(limits.silence));
        const bool ask_now = !more && awaited && more.error().kind == ErrorKind::timeout && !whole.is_over();
        if (!more && !ask_now) return more.error();
        if (more) lines = std::move(*more);
    }
}

Result<Answer> Shell::run_to(const PlannedLine& line, std::function<bool(std::string_view)> is_named, const AnswerLimits& limits,
                             const Patience& patience) {
    if (came_from_.empty()) came_from_ = name_;
    renamed_ = std::move(is_named);
    auto answer = run(line, {}, limits, patience);
    renamed_ = nullptr;
    return answer;
}

Result<void> Shell::break_off(const Patience& patience) {
    doing_ = "breaking off a running command";
    constexpr milliseconds between_keys{1'000};
    in_log_.forget();
    while (!patience.is_over()) {
        if (auto sent = write_key(is_pager(text_.tail()) ? Key::quit : Key::control_c, patience); !sent) return sent;
        const Patience turn = patience.at_most(between_keys);
        for (;;) {
            auto lines = read_lines(turn);
            if (!lines && lines.error().kind == ErrorKind::timeout) break;
            if (!lines) return lines.error();
            std::string late;
            const auto prompt = settled_prompt(late, turn);
            if (!prompt) return prompt.error();
            if (*prompt) {
                mode_ = (*prompt)->mode;
                midway_ = false;
                take_question();
                return {};
            }
            if (turn.is_over()) break;
        }
    }
    return error(ErrorKind::timeout, "no prompt after breaking off the command");
}

Result<void> Shell::send(const PlannedLine& line, const TextSink& sink, const Patience& patience) { return write_line(line, patience, sink); }

Result<void> Shell::listen(const TextSink& sink, const Patience& patience) {
    auto lines = read_lines(patience);
    if (!lines) return lines.error();
    if (!lines->empty() && sink) sink(*lines);
    // Were it none but text that begins so, a blank would be typed at the prompt, and that says nothing.
    bool paged = false;
    for_each_line(*lines, [&](std::string_view line) { paged = paged || is_paged(line); });
    if (paged) {
        asked_.clear();
        return write_key(Key::space, patience);
    }
    auto pager = answer_pager(patience);
    if (!pager) return pager.error();
    return {};
}

Result<void> Shell::confirm(std::string_view question, const Patience& patience) {
    if (!formats::without_end_blanks(text_.tail()).ends_with(question)) return {};
    take_question();
    return write_key(Key::carriage_return, patience);
}

Result<void> Shell::nudge(const Patience& patience) { return write_key(Key::carriage_return, patience); }

void Shell::close() noexcept {
    if (transport_ != nullptr) transport_->close();
}

}  // namespace collector
