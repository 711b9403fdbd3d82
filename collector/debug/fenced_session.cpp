#include "collector/debug/fenced_session.hpp"

#include <algorithm>

#include "collector/session/configuration_mode.hpp"
#include "formats/platform/prompt.hpp"
#include "formats/text/each_line.hpp"

namespace collector {

using formats::DebugState;
using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

constexpr milliseconds one_answer{15'000};
/// A device that prints nothing at all for so long does not listen any more.
constexpr milliseconds longest_silence{12'000};
constexpr milliseconds longest_echo{250};
constexpr milliseconds pause_of_an_answer{200}, longest_paging{3'000};
/// A stream that is about to end has a pause of this length; one that goes on is not waited for longer.
constexpr milliseconds pause_of_a_stream{100}, longest_stream{2'000};
/// An answer among lines that do not pause; the device's own log may be in a stream for ever.
constexpr milliseconds longest_answer_in_a_stream{12'000};
constexpr milliseconds one_key{2'000};
constexpr int most_tries = 3;
constexpr std::size_t longest_asked = std::size_t{256} << 10;
constexpr std::size_t longest_state = std::size_t{64} << 10;

}  // namespace

FencedSession::FencedSession(Shell& shell, const EndpointPlan& plan, formats::Capture* capture, formats::Pattern fence)
    : shell_(shell), plan_(plan), capture_(capture), fence_(std::move(fence)) {}

Result<FencedSession> FencedSession::make(Shell& shell, const EndpointPlan& plan, formats::Capture* capture) {
    auto fence = formats::Pattern::compile(plan.profile().debug.fence_pattern);
    if (!fence) return fence.error();
    return FencedSession(shell, plan, capture, std::move(*fence));
}

bool FencedSession::record(std::string_view lines) {
    last_heard_ = std::chrono::steady_clock::now();
    if (!recording_ || capture_ == nullptr) return true;
    lines_heard_ += static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
    // An empty line of ours, sent to see whether anybody is there, is answered by a prompt: no text of the debug.
    const auto is_prompt = [&](std::string_view line) {
        const auto prompt = formats::match_prompt(plan_.profile().prompt, line);
        return prompt && prompt->mode != formats::PromptMatch::Mode::user && prompt->name == shell_.prompt_name();
    };
    bool wanted = true;
    while (!lines.empty()) {
        const auto end = lines.find('\n');
        const std::size_t size = end == std::string_view::npos ? lines.size() : end + 1;
        if (!is_prompt(lines.substr(0, end))) wanted = capture_->take(lines.substr(0, size)) && wanted;
        lines.remove_prefix(size);
    }
    return wanted;
}

TextSink FencedSession::recorded(const EachLine& each_line) {
    return [this, &each_line](std::string_view lines) {
        record(lines);
        formats::for_each_line(lines, each_line);
        return true;
    };
}

Result<void> FencedSession::hear(const EachLine& each_line, const Patience& patience) {
    return shell_.listen(recorded(each_line), patience);
}

Result<void> FencedSession::hear_refusals(const Patience& patience) {
    return hear([this](std::string_view one) { look_for_refusal(one); }, patience);
}

Result<void> FencedSession::listen(const Patience& patience) {
    for (;;) {
        auto heard = hear([](std::string_view) {}, patience);
        if (heard) {
            last_heard_ = std::chrono::steady_clock::now();
            continue;
        }
        if (heard.error().kind == ErrorKind::timeout || heard.error().kind == ErrorKind::interrupted) return {};
        return heard;
    }
}

Result<void> FencedSession::send(const PlannedLine& line, const EachLine& each_line, const Patience& patience) {
    if (auto sent = shell_.send(line, recorded(each_line), patience); !sent) return sent;
    // One line after the other: these devices lose characters that come too fast [device facts, section 11
    // item 1]. The stream may cut the echo, so it is waited for, not insisted on.
    const Patience echo = patience.at_most(longest_echo);
    bool echoed = false;
    while (!echoed) {
        auto heard = hear(
            [&](std::string_view one) {
                echoed = echoed || one.find(line.text()) != std::string_view::npos;
                each_line(one);
            },
            echo);
        if (!heard && heard.error().kind == ErrorKind::timeout) break;
        if (!heard) return heard;
        echoed = echoed || shell_.unfinished().find(line.text()) != std::string::npos;
    }
    return {};
}

Result<void> FencedSession::say(const PlannedLine& line, const Patience& patience) {
    return send(
        line, [this](std::string_view one) { look_for_refusal(one); }, patience);
}

/// Where paging cannot be turned off, what is typed while a page waits is taken for its keys: the answer is read
/// to a pause before the next line.
Result<void> FencedSession::turn_pages(const EachLine& each_line, const Patience& patience) {
    const auto& pager = plan_.profile().pager;
    if (pager.mark.empty() || !pager.off.empty()) return {};
    const Patience whole = patience.at_most(longest_paging);
    while (!whole.is_over()) {
        auto heard = hear(each_line, whole.at_most(pause_of_an_answer));
        if (!heard && heard.error().kind == ErrorKind::timeout) break;
        if (!heard) return heard;
    }
    return {};
}

/// An answer to a fence, ours or one that is still owed to an earlier line.
bool FencedSession::is_fence(std::string_view line) {
    if (fences_owed_ == 0 || !fence_.is_in(line)) return false;
    --fences_owed_;
    return true;
}

Result<void> FencedSession::fenced(const PlannedLine& line, const EachLine& each_line, const Patience& patience) {
    const auto fence = plan_.line("arm/fence");
    if (!fence) return fence.error();
    const EachLine before_fence = [&](std::string_view one) {
        if (!is_fence(one)) each_line(one);
    };
    if (auto sent = send(line, before_fence, patience); !sent) return sent;
    if (auto turned = turn_pages(before_fence, patience); !turned) return turned;
    ++fences_owed_;
    const EachLine until_fence = [&](std::string_view one) {
        const bool is_seen = fences_owed_ == 0;
        if (!is_fence(one) && !is_seen) each_line(one);
    };
    if (auto sent = send(*fence, until_fence, patience); !sent) return sent;
    while (fences_owed_ > 0)
        if (auto heard = hear(until_fence, patience.at_most(longest_silence)); !heard) return heard;
    return {};
}

Result<void> FencedSession::see_fence(const Patience& patience) {
    const auto fence = plan_.line("disarm/fence");
    if (!fence) return fence.error();
    const EachLine look = [this](std::string_view one) { (void)is_fence(one); };
    ++fences_owed_;
    if (auto sent = send(*fence, look, patience); !sent) return sent;
    while (fences_owed_ > 0)
        if (auto heard = hear(look, patience.at_most(longest_silence)); !heard) return heard;
    return {};
}

Result<std::string> FencedSession::ask(const PlannedLine& line, const Patience& patience) {
    std::string text;
    bool unknown = false;
    const EachLine keep = [&](std::string_view one) {
        const auto* refusal = refusal_in(one);
        unknown = unknown || (refusal != nullptr && refusal->outcome == formats::Outcome::unsupported);
        // What came before the echo belongs to an earlier line.
        if (one.ends_with(line.text()))
            text.clear();
        else if (text.size() < longest_asked)
            text.append(one).push_back('\n');
    };
    auto answered = fenced(line, keep, patience);
    if (answered && unknown && line.in_configuration() == InConfiguration::echoed)
        answered = from_configuration(patience, [&] { return send(line, keep, patience); });
    midway_ = !answered;
    if (!answered) return answered.error();
    return text;
}

Result<void> FencedSession::stop_waiting(const Patience& patience) {
    if (!midway_) return {};
    midway_ = false;
    return shell_.stop_command(patience.at_most(one_key));
}

Result<Answer> FencedSession::run(const PlannedLine& line, const Patience& patience) {
    return shell_.run(
        line, [this](std::string_view lines) { return record(lines), true; }, {one_answer, one_answer, longest_state},
        patience);
}

/// Lines that are still on their way, and answers that are still owed, come before the next question. Whether there was
/// a pause.
Result<bool> FencedSession::wait_for_a_pause(const Patience& patience) {
    const Patience whole = patience.at_most(longest_stream);
    const EachLine look = [this](std::string_view one) { (void)is_fence(one); };
    bool paused = false;
    while (!whole.is_over() && !(paused && fences_owed_ == 0)) {
        auto heard = hear(look, whole.at_most(pause_of_a_stream));
        if (!heard && heard.error().kind != ErrorKind::timeout) return heard.error();
        paused = !heard;
    }
    fences_owed_ = 0;  // from here on each answer is read behind its own echo
    return paused;
}

/// What stands behind a prompt came after the answer.
bool FencedSession::begins_with_prompt(std::string_view line) const {
    const auto& prompt = plan_.profile().prompt;
    if (!line.starts_with(shell_.prompt_name())) return false;
    line.remove_prefix(shell_.prompt_name().size());
    return !prompt.enabled_mark.empty() && line.starts_with(prompt.enabled_mark);
}

Result<FencedSession::Lines> FencedSession::answer_to(std::string_view id, const Patience& patience) {
    const auto line = plan_.line(id);
    if (!line) return line.error();
    Lines lines;
    const auto add = [](std::string& to, std::string_view text) {
        to.append(text.substr(0, longest_state - std::min(longest_state, to.size())));
    };
    const TextSink keep = [&](std::string_view heard) {
        record(heard);
        add(lines.beside, heard);
        return true;
    };
    const auto answer = shell_.run(*line, keep, {longest_silence, one_answer, longest_state}, patience);
    if (!answer) return answer.error();
    formats::for_each_line(answer->text, [&](std::string_view one) {
        if (!begins_with_prompt(one)) add(lines.answer, std::string(one) + "\n");
    });
    return lines;
}

Result<DebugState> FencedSession::ask_for_state(const Patience& patience) {
    const auto paused = wait_for_a_pause(patience);
    if (!paused) return paused.error();
    const Patience each = patience.at_most(*paused ? one_answer : longest_answer_in_a_stream);
    const auto state = answer_to("disarm/state", each);
    if (!state) return state.error();
    const auto fence = answer_to("disarm/fence", each);
    if (!fence) return fence.error();
    // Whatever stands around the fence's own answer is a part of the answer that came late.
    std::string late;
    bool is_seen = false;
    formats::for_each_line(fence->answer, [&](std::string_view line) {
        if (!is_seen && fence_.is_in(line))
            is_seen = true;
        else
            late.append(line).push_back('\n');
    });
    DebugState said = formats::read_debug_state(plan_.profile(), state->answer + late, state->beside + fence->beside);
    if (!is_seen && said.words.empty())
        return Error{ErrorKind::rejected,
                     plan_.endpoint(),
                     "\"" + plan_.profile().debug.fence + "\", which fences it, is not answered",
                     {}};
    return said;
}

/// A piece of the stream may stand in the first answer, so that it is not understood.
Result<DebugState> FencedSession::debug_state(const Patience& patience) {
    for (int tries = 1;; ++tries) {
        auto said = ask_for_state(patience);
        const bool is_whole = !said || said->words.empty() || said->verdict == DebugState::Verdict::refused;
        if (is_whole || tries == most_tries || patience.is_over()) return said;
    }
}

Result<void> FencedSession::from_configuration(const Patience& patience, const SendLines& send_lines) {
    const EachLine note = [this](std::string_view one) { look_for_refusal(one); };
    auto entered = enter_configuration(shell_, plan_, recorded(note), patience);
    const bool did_not =
        !entered && (entered.error().kind == ErrorKind::rejected || entered.error().kind == ErrorKind::interrupted);
    entered_configuration_ = entered_configuration_ || !did_not;
    if (!entered) return entered;
    const auto sent = send_lines();
    const auto left = leave_configuration(shell_, plan_, recorded(note));
    return sent ? left : sent;
}

Result<void> FencedSession::where_taken(const Patience& patience, const SendLines& send_lines) {
    return needs_configuration_ ? from_configuration(patience, send_lines) : send_lines();
}

/// Some releases take these lines in configuration mode only; whether this one does, its refusal tells.
bool FencedSession::goes_to_configuration() {
    if (needs_configuration_ || refused_as_ != formats::Outcome::unsupported || !may_configure(plan_)) return false;
    needs_configuration_ = true;
    forget_refusal();
    return true;
}

const formats::Profile::Refusal* FencedSession::refusal_in(std::string_view line) const {
    const auto& refusals = plan_.profile().refusals;
    const auto first = line.find_first_not_of(' ');
    if (first == std::string_view::npos) return nullptr;
    const auto refusal = std::find_if(refusals.begin(), refusals.end(),
                                      [&](const auto& known) { return line.substr(first).starts_with(known.text); });
    return refusal == refusals.end() ? nullptr : &*refusal;
}

void FencedSession::look_for_refusal(std::string_view line) {
    const auto* refusal = refusal_.empty() ? refusal_in(line) : nullptr;
    if (refusal != nullptr) note_refusal(std::string(line.substr(line.find_first_not_of(' '))), refusal->outcome);
}

void FencedSession::note_refusal(std::string words, std::optional<formats::Outcome> outcome) {
    refusal_ = std::move(words);
    refused_as_ = outcome;
}

void FencedSession::forget_refusal() {
    refusal_.clear();
    refused_as_.reset();
}

}  // namespace collector
