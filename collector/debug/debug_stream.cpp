#include "collector/debug/debug_stream.hpp"

#include <algorithm>
#include <array>

#include "collector/session/configuration_mode.hpp"
#include "formats/text/each_line.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

constexpr milliseconds one_answer{15'000};
/// A device that prints nothing at all for so long after the off lines does not listen any more.
constexpr milliseconds longest_silence{12'000};
constexpr milliseconds one_key{2'000};
constexpr milliseconds longest_echo{250};
constexpr milliseconds start_of_following{400};
constexpr milliseconds pause_of_an_answer{200}, longest_paging{3'000};
constexpr int most_tries = 3;
constexpr std::size_t longest_asked = std::size_t{256} << 10;
/// Undo lines by the beginning of their ids, in the order in which they are due: a condition that went before
/// its debugs would open the stream to all peers.
constexpr std::array<std::string_view, 3> undo_order{"disarm/", "condition-off", "screen-off"};

}  // namespace

DebugStream::DebugStream(Shell& shell, const EndpointPlan& plan, Capture& capture, UndoBook& book, formats::Pattern fence)
    : shell_(shell), plan_(plan), capture_(&capture), book_(&book), fence_(std::move(fence)) {}

DebugStream::DebugStream(Shell& shell, const EndpointPlan& plan, formats::Pattern fence)
    : shell_(shell), plan_(plan), capture_(nullptr), book_(nullptr), fence_(std::move(fence)) {}

Result<void> DebugStream::refuse(std::string reason) const {
    return Error{ErrorKind::rejected, plan_.endpoint(), std::move(reason), {}};
}

bool DebugStream::record(std::string_view lines) {
    last_heard_ = std::chrono::steady_clock::now();
    if (!recording_) return true;
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

TextSink DebugStream::recorded(const EachLine& each_line) {
    return [this, &each_line](std::string_view lines) {
        record(lines);
        formats::for_each_line(lines, each_line);
        return true;
    };
}

Result<void> DebugStream::hear(const EachLine& each_line, const Patience& patience) { return shell_.listen(recorded(each_line), patience); }

Result<void> DebugStream::say(const PlannedLine& line, const EachLine& each_line, const Patience& patience) {
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

/// Where paging cannot be turned off, what is typed while a page waits is taken for its keys: the answer is read
/// to a pause before the next line.
Result<void> DebugStream::turn_pages(const EachLine& each_line, const Patience& patience) {
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

Result<void> DebugStream::fenced(const PlannedLine& line, const std::string& fence_id, const EachLine& each_line,
                                 const Patience& patience) {
    const auto fence = plan_.line(fence_id);
    if (!fence) return fence.error();
    if (auto sent = say(line, each_line, patience); !sent) return sent;
    if (auto turned = turn_pages(each_line, patience); !turned) return turned;
    bool seen = false;
    const auto until_fence = [&](std::string_view one) {
        if (!seen) each_line(one);
        seen = seen || fence_.is_in(one);
    };
    if (auto sent = say(*fence, until_fence, patience); !sent) return sent;
    while (!seen)
        if (auto heard = hear(until_fence, patience.at_most(longest_silence)); !heard) return heard;
    return {};
}

Result<std::vector<std::string>> DebugStream::listed_items(const std::string& state_id, const std::string& fence_id,
                                                           const Patience& patience) {
    const auto state = plan_.line(state_id);
    if (!state) return state.error();
    std::vector<std::pair<const std::string*, formats::Pattern>> known;
    for (const auto& item : plan_.profile().debug.items) {
        auto pattern = formats::Pattern::compile(item.listed);
        if (!pattern) return pattern.error();
        known.emplace_back(&item.id, std::move(*pattern));
    }
    std::vector<std::string> listed;
    auto answered = fenced(*state, fence_id,
                           [&](std::string_view line) {
                               note_refusal(line);
                               for (const auto& [id, pattern] : known)
                                   if (pattern.is_in(line)) listed.push_back(*id);
                           },
                           patience);
    if (!answered) return answered.error();
    return listed;
}

Result<Answer> DebugStream::ask_first(std::string_view id, const Patience& patience, const Slots& slots) {
    const auto line = plan_.line(id, slots);
    if (!line) return line.error();
    return shell_.run(*line, {}, {one_answer, one_answer, std::size_t{64} << 10}, patience);
}

/// Looks for those that hold in any case, or for those that a limit to the peer would take away.
Result<void> DebugStream::find_no_hindrance(bool of_unlimited, const Patience& patience) {
    for (const auto& hindrance : plan_.profile().debug.hindrances) {
        if (hindrance.unless_limited != of_unlimited) continue;
        const auto answer = ask_first("hindrance/" + hindrance.id, patience);
        if (!answer) return answer.error();
        if (formats::find_pattern(hindrance.pattern, answer->text)) return refuse(hindrance.reason);
    }
    return {};
}

Result<void> DebugStream::arm(const ArmOrder& order, const Patience& patience) {
    const formats::Profile::Debug& debug = plan_.profile().debug;
    if (auto none = find_no_hindrance(false, patience); !none) return none;
    if (!debug.follow.empty()) return follow(patience);

    // The baseline: what is on already is not ours, neither to arm nor to turn off.
    const auto before = listed_items("arm/state", "arm/fence", patience.at_most(one_answer));
    if (!before) return before.error();
    for (const auto& item : debug.items) {
        const bool was_on = std::find(before->begin(), before->end(), item.id) != before->end();
        const bool there = item.since.empty() || formats::compare_versions(order.version, item.since) >= 0;
        const bool still = item.until.empty() || formats::compare_versions(order.version, item.until) < 0;
        if (!was_on && there && still && !order.idle.contains(item.id)) items_.push_back(item.id);
    }
    if (items_.empty()) return refuse("every debug of the plan was on already: none is ours");

    // The undo first, once, while nothing is on: command authorisation may permit a debug and deny its end.
    auto rehearsed = rehearse(patience);
    if (!rehearsed && goes_to_configuration()) rehearsed = rehearse(patience);
    if (!rehearsed) return rehearsed;

    bool limited = false;
    if (!debug.condition_on.empty() && !order.peer_address.empty() &&
        formats::compare_versions(order.version, debug.condition_since) >= 0) {
        const auto set = limit_to(order.peer_address, patience);
        if (!set) return set.error();
        limited = *set;
    }
    if (!limited)
        if (auto none = find_no_hindrance(true, patience); !none) return none;
    if (auto shown = show_on_screen(patience); !shown) return shown;

    auto sent = where_taken(patience, [&]() -> Result<void> {
        for (const std::string& item : items_) {
            const auto line = plan_.line("arm/" + item);
            if (!line) return line.error();
            if (auto noted = owe(line->text(), "disarm/" + item, debug.scope); !noted) return noted;
            if (auto turned = turn_on(*line, patience); !turned) return turned;
        }
        return {};
    });
    if (!sent) return sent;
    return prove_on(patience);
}

Result<void> DebugStream::rehearse(const Patience& patience) {
    return where_taken(patience, [&]() -> Result<void> {
        for (const std::string& item : items_) {
            const auto answer = ask_first("rehearse/" + item, patience);
            if (!answer) return answer.error();
            if (!answer->refused) continue;
            refused_as_ = answer->refused;
            const bool could = refused_as_ == formats::Outcome::unsupported && could_configure(plan_);
            return refuse("the device refuses to turn it off (" + answer->refusal + "), so it is not turned on" +
                          (could ? "; --allow-config-mode lets it be tried in configuration mode" : ""));
        }
        return {};
    });
}

/// Some releases take these lines in configuration mode only; whether this one does, its refusal tells.
bool DebugStream::goes_to_configuration() {
    if (needs_configuration_ || refused_as_ != formats::Outcome::unsupported || !may_configure(plan_)) return false;
    needs_configuration_ = true;
    refusal_.clear();
    refused_as_.reset();
    return true;
}

Result<void> DebugStream::from_configuration(const Patience& patience, const std::function<Result<void>()>& send_lines) {
    const EachLine note = [this](std::string_view one) { note_refusal(one); };
    auto entered = enter_configuration(shell_, plan_, recorded(note), patience);
    const bool did_not = !entered && (entered.error().kind == ErrorKind::rejected || entered.error().kind == ErrorKind::interrupted);
    entered_configuration_ = entered_configuration_ || !did_not;
    if (!entered) return entered;
    const auto sent = send_lines();
    const auto left = leave_configuration(shell_, plan_, recorded(note));
    return sent ? left : sent;
}

Result<void> DebugStream::where_taken(const Patience& patience, const std::function<Result<void>()>& send_lines) {
    return needs_configuration_ ? from_configuration(patience, send_lines) : send_lines();
}

/// The command runs in the foreground of a shell: as long as no prompt comes, it is running.
Result<void> DebugStream::follow(const Patience& patience) {
    const auto line = plan_.line("arm/follow");
    if (!line) return line.error();
    if (auto sent = turn_on(*line, patience); !sent) return sent;
    const Patience start = patience.at_most(start_of_following);
    while (!start.is_over()) {
        auto heard = hear([this](std::string_view one) { note_refusal(one); }, start);
        if (!heard && heard.error().kind != ErrorKind::timeout) return heard;
        if (!shell_.standing_mode() && refusal_.empty()) continue;
        armed_ = false;
        return refuse("\"" + line->text() + "\" ended at once" + (refusal_.empty() ? "" : ": " + refusal_));
    }
    return {};
}

/// A shell obeys the next line when the one before has ended: its answer is the proof.
Result<void> DebugStream::stop_following(const Patience& patience) {
    if (auto stopped = shell_.stop_command(patience.at_most(one_key)); !stopped) return stopped;
    const auto fence = plan_.line("disarm/fence");
    if (!fence) return fence.error();
    bool seen = false;
    if (auto sent = say(*fence, [&](std::string_view one) { seen = seen || fence_.is_in(one); }, patience); !sent) return sent;
    while (!seen)
        if (auto heard = hear([&](std::string_view one) { seen = seen || fence_.is_in(one); }, patience.at_most(longest_silence)); !heard)
            return heard;
    armed_ = false;
    return {};
}

Result<void> DebugStream::turn_on(const PlannedLine& line, const Patience& patience) {
    recording_ = armed_ = true;  // from the moment the line may have left
    // The stream may begin at once: no prompt is waited for, the fenced state tells what became of it.
    return say(line, [this](std::string_view one) { note_refusal(one); }, patience);
}

const formats::Profile::Refusal* DebugStream::refusal_in(std::string_view line) const {
    const auto& refusals = plan_.profile().refusals;
    const auto first = line.find_first_not_of(' ');
    if (first == std::string_view::npos) return nullptr;
    const auto refusal = std::find_if(refusals.begin(), refusals.end(), [&](const auto& known) { return line.substr(first).starts_with(known.text); });
    return refusal == refusals.end() ? nullptr : &*refusal;
}

void DebugStream::note_refusal(std::string_view line) {
    const auto* refusal = refusal_.empty() ? refusal_in(line) : nullptr;
    if (refusal == nullptr) return;
    refusal_ = line.substr(line.find_first_not_of(' '));
    refused_as_ = refusal->outcome;
}

Result<void> DebugStream::prove_on(const Patience& patience) {
    // A line may be ignored while another administrator writes ("Command Ignored, Configuration in progress"):
    // what is not listed is sent once more [device facts, section 7.3].
    for (const bool last_try : {false, true}) {
        const auto listed = listed_items("arm/state", "arm/fence", patience.at_most(one_answer));
        if (!listed) return listed.error();
        bool all = true;
        for (const std::string& item : items_) {
            if (std::find(listed->begin(), listed->end(), item) != listed->end()) continue;
            all = false;
            const auto line = plan_.line("arm/" + item);
            if (!line) return line.error();
            if (last_try && refusal_.empty()) return refuse("`" + plan_.profile().debug.state + "` does not list " + item + " after it was turned on");
            if (!refusal_.empty() && (last_try || !goes_to_configuration())) return refuse("\"" + line->text() + "\" was refused: " + refusal_);
            if (auto sent = where_taken(patience, [&] { return turn_on(*line, patience); }); !sent) return sent;
        }
        if (all) return {};
    }
    return {};
}

/// Whether the debugs will show this peer only.
Result<bool> DebugStream::limit_to(const std::string& peer_address, const Patience& patience) {
    const auto state = ask_first("condition-state", patience);
    if (!state) return state.error();
    // Conditions that others have set stay alone: ours would change what they see.
    if (state->refused || state->text.find(plan_.profile().debug.condition_listed) != std::string::npos) return false;
    const Slots slots{{"peer-address", peer_address}};
    const auto line = plan_.line("condition-on", slots);
    if (!line) return line.error();
    // A condition outlives its session, also where a debug does not.
    if (auto noted = owe(line->text(), "condition-off", formats::Profile::Debug::Scope::device, peer_address); !noted) return noted.error();
    const auto set = ask_first("condition-on", patience, slots);
    if (!set) return set.error();
    if (set->refused) prove("condition-off", "it was refused, so nothing was set");
    return !set->refused;
}

Result<void> DebugStream::show_on_screen(const Patience& patience) {
    if (plan_.find("screen-on") == nullptr) return {};
    const auto line = plan_.line("screen-on");
    if (!line) return line.error();
    if (auto noted = owe(line->text(), "screen-off", formats::Profile::Debug::Scope::session); !noted) return noted;
    return turn_on(*line, patience);
}

Result<void> DebugStream::owe(const std::string& line, const std::string& undo_id, formats::Profile::Debug::Scope scope,
                              const std::string& peer_address) {
    const auto undo = plan_.line(undo_id, peer_address.empty() ? Slots{} : Slots{{"peer-address", peer_address}});
    if (!undo) return undo.error();
    UndoEntry entry{0, plan_.endpoint(), scope, undo_id, peer_address, "off", line, undo->text()};
    const auto number = book_->owe(entry);
    if (!number)
        return refuse("its undo could not be put down safely first (" + number.error().message() + "), so it is not turned on");
    entry.number = *number;
    owed_.push_back(std::move(entry));
    return {};
}

/// Strikes off the entries whose ids begin so.
void DebugStream::prove(std::string_view undo_ids, std::string_view how) {
    std::erase_if(owed_, [&](const UndoEntry& entry) {
        if (!entry.undo_id.starts_with(undo_ids)) return false;
        if (book_ != nullptr) book_->prove(entry.number, how);
        return true;
    });
}

Result<void> DebugStream::listen(const Patience& patience) {
    for (;;) {
        auto heard = shell_.listen([this](std::string_view lines) { return record(lines); }, patience);
        if (heard) {
            last_heard_ = std::chrono::steady_clock::now();
            continue;
        }
        if (heard.error().kind == ErrorKind::timeout || heard.error().kind == ErrorKind::interrupted) return {};
        return heard;
    }
}

Result<std::string> DebugStream::ask(const PlannedLine& line, const Patience& patience) {
    std::string text;
    bool unknown = false;
    const EachLine keep = [&](std::string_view one) {
        const auto* refusal = refusal_in(one);
        unknown = unknown || (refusal != nullptr && refusal->outcome == formats::Outcome::unsupported);
        if (text.size() < longest_asked) text.append(one).push_back('\n');
    };
    auto answered = fenced(line, "arm/fence", keep, patience);
    if (answered && unknown && line.in_configuration() == InConfiguration::echoed)
        answered = from_configuration(patience, [&] { return say(line, keep, patience); });
    midway_ = !answered;
    if (!answered) return answered.error();
    return text;
}

std::vector<std::string> DebugStream::off_lines() const {
    std::vector<std::string> lines;
    const auto& configuration = plan_.profile().configuration;
    if (needs_configuration_) lines.push_back(configuration.enter);
    for (const std::string_view due : undo_order)
        for (auto entry = owed_.rbegin(); entry != owed_.rend(); ++entry)
            if (entry->undo_id.starts_with(due)) lines.push_back(entry->undo);
    if (needs_configuration_) lines.push_back(configuration.leave);
    return lines;
}

std::vector<std::string> DebugStream::on_lines() const {
    std::vector<std::string> lines;
    for (const UndoEntry& entry : owed_)
        if (entry.undo_id.starts_with("disarm/")) lines.push_back(entry.line);
    return lines;
}

Result<void> DebugStream::send_off_lines(const Patience& patience) {
    refusal_.clear();
    refused_as_.reset();
    return where_taken(patience, [&]() -> Result<void> {
        for (auto entry = owed_.rbegin(); entry != owed_.rend(); ++entry) {
            if (!entry->undo_id.starts_with("disarm/")) continue;
            const auto line = plan_.line(entry->undo_id);
            if (!line) return line.error();
            if (auto sent = say(*line, [this](std::string_view one) { note_refusal(one); }, patience); !sent) return sent;
        }
        return {};
    });
}

Result<bool> DebugStream::ours_are_listed(const Patience& patience) {
    const auto listed = listed_items("disarm/state", "disarm/fence", patience);
    if (!listed) return listed.error();
    return std::any_of(owed_.begin(), owed_.end(), [&](const UndoEntry& entry) {
        return std::any_of(listed->begin(), listed->end(), [&](const std::string& id) { return entry.undo_id == "disarm/" + id; });
    });
}

Result<void> DebugStream::take_condition_off(const Patience& patience) {
    for (const UndoEntry& entry : owed_) {
        if (entry.undo_id != "condition-off") continue;
        const auto line = plan_.line(entry.undo_id, {{"peer-address", entry.peer_address}});
        if (!line) return line.error();
        if (auto sent = ask(*line, patience); !sent) return sent.error();
        const auto state = plan_.line("condition-state");
        if (!state) return state.error();
        const auto listed = ask(*state, patience);
        if (!listed) return listed.error();
        if (listed->find(entry.peer_address) != std::string::npos)
            return Error{ErrorKind::rejected, plan_.endpoint(), "the condition for " + entry.peer_address + " is still set", {}};
    }
    prove("condition-off", "the device lists the condition no more");
    return {};
}

Result<void> DebugStream::take_screen_off(const Patience& patience) {
    const bool owed = std::any_of(owed_.begin(), owed_.end(), [](const UndoEntry& entry) { return entry.undo_id == "screen-off"; });
    if (!owed) return {};
    const auto line = plan_.line("screen-off");
    if (!line) return line.error();
    if (auto answered = ask(*line, patience); !answered) return answered.error();
    prove("screen-off", "sent in the session it was for, fenced");
    return {};
}

Result<void> DebugStream::disarm(const Patience& patience) {
    if (is_following()) return stop_following(patience);
    // A ping that still waits for replies would hold the off line up.
    if (midway_)
        if (auto stopped = shell_.stop_command(patience.at_most(one_key)); !stopped) return stopped;
    midway_ = false;
    // Sent once more when the device still lists them: a line may be lost in the stream. A device that is
    // merely slow is waited for, so that lines do not pile up in front of it.
    for (int tries = 0; tries < most_tries && !patience.is_over(); ++tries) {
        if (auto sent = send_off_lines(patience); !sent) return sent;
        const auto still = ours_are_listed(patience);
        if (!still) return still.error();
        if (*still) {
            (void)goes_to_configuration();
            continue;
        }
        armed_ = false;
        prove("disarm/", "`" + plan_.profile().debug.state + "` lists none of it, fenced");
        if (auto off = take_condition_off(patience); !off) return off;
        return take_screen_off(patience);
    }
    return Error{ErrorKind::rejected, plan_.endpoint(), "`" + plan_.profile().debug.state + "` still lists debugs of ours", {}};
}

Result<DebugStream::TakenByName> DebugStream::take_back_by_name(Shell& shell, const EndpointPlan& plan, const std::vector<UndoEntry>& entries,
                                            const Patience& patience) {
    auto fence = formats::Pattern::compile(plan.profile().debug.fence_pattern);
    if (!fence) return fence.error();
    DebugStream stream(shell, plan, std::move(*fence));
    stream.owed_ = entries;
    if (auto off = stream.disarm(patience); !off) return off.error();
    return TakenByName{stream.entered_configuration_};
}

}  // namespace collector
