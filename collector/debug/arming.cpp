#include "collector/debug/arming.hpp"

#include <algorithm>

#include "collector/session/configuration_mode.hpp"
#include "formats/text/each_line.hpp"
#include "formats/text/pattern.hpp"
#include "formats/transcript/device_words.hpp"

namespace collector {

using formats::DebugState;
using formats::Error;
using formats::ErrorKind;
using formats::Profile;
using formats::Result;

namespace {

constexpr milliseconds longest_answer{60'000};
constexpr milliseconds one_answer{15'000};
constexpr milliseconds start_of_following{400};

bool is_among(const std::vector<std::string>& ids, const std::string& id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace

Result<void> Arming::refuse(std::string reason) const {
    return Error{ErrorKind::rejected, plan_.endpoint(), std::move(reason), {}};
}

Result<Answer> Arming::answer_to(std::string_view id, const Patience& patience, const Slots& slots) {
    const auto line = plan_.line(id, slots);
    if (!line) return line.error();
    return session_.run(*line, patience);
}

Result<void> Arming::arm(const ArmOrder& order, const Patience& patience) {
    const Profile::Debug& debug = plan_.profile().debug;
    if (auto none = find_no_hindrance(false, patience); !none) return none;
    if (!debug.follow.empty()) return follow(patience);

    // What is on already is not ours, neither to arm nor to turn off.
    const auto before = look_before(patience.at_most(one_answer));
    if (!before) return before.error();
    for (const auto& item : debug.items) {
        const bool there = item.since.empty() || formats::compare_versions(order.version, item.since) >= 0;
        const bool still = item.until.empty() || formats::compare_versions(order.version, item.until) < 0;
        if (!is_among(before->items, item.id) && there && still && !order.idle.contains(item.id))
            items_.push_back(item.id);
    }
    if (items_.empty()) return refuse("every debug of the plan was on already: none is ours");

    // The undo first, once, while nothing is on: command authorisation may permit a debug and deny its end.
    auto rehearsed = rehearse(patience);
    if (!rehearsed && session_.goes_to_configuration()) rehearsed = rehearse(patience);
    if (!rehearsed) return rehearsed;

    bool limited = false;
    if (may_limit(order, *before)) {
        const auto set = limit_to(order.peer_address, patience);
        if (!set) return set.error();
        limited = *set;
    }
    if (!limited)
        if (auto none = find_no_hindrance(true, patience); !none) return none;
    if (auto shown = show_on_screen(patience); !shown) return shown;

    auto sent = session_.where_taken(patience, [&]() -> Result<void> {
        for (const std::string& item : items_) {
            const auto line = plan_.line("arm/" + item);
            if (!line) return line.error();
            if (auto noted = owed_.owe(line->text(), "disarm/" + item, debug.scope); !noted) return noted;
            if (auto turned = turn_on(*line, patience); !turned) return turned;
        }
        return {};
    });
    if (!sent) return sent;
    return prove_on(patience);
}

/// Looks for those that hold in any case, or for those that a limit to the peer would take away.
Result<void> Arming::find_no_hindrance(bool of_unlimited, const Patience& patience) {
    for (const auto& hindrance : plan_.profile().debug.hindrances) {
        if (hindrance.unless_limited != of_unlimited) continue;
        const auto line = plan_.line("hindrance/" + hindrance.id);
        if (!line) return line.error();
        // What is looked for comes first; the rest, a log of a megabyte over a slow line, may go on without us.
        bool is_over = false;
        const TextSink sink = [&](std::string_view lines) {
            formats::for_each_line(lines, [&](std::string_view one) {
                is_over = is_over || formats::find_pattern(hindrance.up_to, one).has_value();
            });
            return !is_over;
        };
        const auto answer =
            session_.shell().run(*line, sink, {one_answer, longest_answer, std::size_t{64} << 10, true}, patience);
        if (!answer) return answer.error();
        if (formats::find_pattern(hindrance.pattern, answer->text)) return refuse(hindrance.reason);
    }
    return {};
}

/// The command runs in the foreground of a shell: as long as no prompt comes, it is running.
Result<void> Arming::follow(const Patience& patience) {
    const auto line = plan_.line("arm/follow");
    if (!line) return line.error();
    if (auto turned = turn_on(*line, patience); !turned) return turned;
    const Patience start = patience.at_most(start_of_following);
    while (!start.is_over()) {
        auto heard = session_.hear_refusals(start);
        if (!heard && heard.error().kind != ErrorKind::timeout) return heard;
        const std::string& refusal = session_.refusal();
        if (!session_.shell().standing_mode() && refusal.empty()) continue;
        sent_ = false;
        return refuse("\"" + line->text() + "\" ended at once" + (refusal.empty() ? "" : ": " + refusal));
    }
    return {};
}

/// A list that cannot be read now would prove nothing later.
Result<DebugState> Arming::look_before(const Patience& patience) {
    auto before = session_.debug_state(patience);
    if (!before) return before;
    const std::string asked = "`" + plan_.profile().debug.state + "`";
    if (before->verdict == DebugState::Verdict::refused)
        return Error{
            ErrorKind::rejected,
            plan_.endpoint(),
            asked + " is refused (" + formats::quoted(before->words, nullptr) + "), so nothing could be proven off",
            {}};
    if (!before->words.empty())
        return Error{ErrorKind::rejected,
                     plan_.endpoint(),
                     "the answer to " + asked + " is not understood (" + formats::quoted(before->words, nullptr) +
                         "), so nothing could be proven off",
                     {}};
    return before;
}

Result<void> Arming::rehearse(const Patience& patience) {
    return session_.where_taken(patience, [&]() -> Result<void> {
        for (const std::string& item : items_) {
            const auto answer = answer_to("rehearse/" + item, patience);
            if (!answer) return answer.error();
            if (!answer->refused) continue;
            session_.note_refusal(answer->refusal, answer->refused);
            const bool could = answer->refused == formats::Outcome::unsupported && could_configure(plan_);
            return refuse("the device refuses to turn it off (" + answer->refusal + "), so it is not turned on" +
                          (could ? "; --allow-config-mode lets it be tried in configuration mode" : ""));
        }
        return {};
    });
}

/// Whether the platform can limit debugs to a peer, and nobody else's crypto debugs would be narrowed by it.
bool Arming::may_limit(const ArmOrder& order, const DebugState& before) const {
    const Profile::Debug& debug = plan_.profile().debug;
    if (debug.condition_on.empty() || order.peer_address.empty()) return false;
    if (formats::compare_versions(order.version, debug.condition_since) < 0) return false;
    return debug.scope == Profile::Debug::Scope::session || (before.items.empty() && !before.others);
}

/// Whether the debugs will show this peer only.
Result<bool> Arming::limit_to(const std::string& peer_address, const Patience& patience) {
    const Profile::Debug& debug = plan_.profile().debug;
    const auto state = answer_to("condition-state", patience);
    if (!state) return state.error();
    // Conditions that others have set stay alone: ours would change what they see. One that could not be proven off
    // is not set.
    if (state->refused || !formats::find_pattern(debug.condition_told, state->text) ||
        state->text.find(debug.condition_listed) != std::string::npos)
        return false;
    const Slots slots{{"peer-address", peer_address}};
    const auto line = plan_.line("condition-on", slots);
    if (!line) return line.error();
    // A condition outlives its session, also where a debug does not.
    if (auto noted = owed_.owe(line->text(), "condition-off", Profile::Debug::Scope::device, peer_address); !noted)
        return noted.error();
    const auto set = session_.run(*line, patience);
    if (!set) return set.error();
    if (set->refused) owed_.prove("condition-off", "it was refused, so nothing was set");
    return !set->refused;
}

Result<void> Arming::show_on_screen(const Patience& patience) {
    if (plan_.find("screen-on") == nullptr) return {};
    const auto line = plan_.line("screen-on");
    if (!line) return line.error();
    if (auto noted = owed_.owe(line->text(), "screen-off", Profile::Debug::Scope::session); !noted) return noted;
    return turn_on(*line, patience);
}

Result<void> Arming::turn_on(const PlannedLine& line, const Patience& patience) {
    session_.start_recording();
    sent_ = true;  // from the moment the line may have left
    // The stream may begin at once: no prompt is waited for, the fenced state tells what became of it.
    return session_.say(line, patience);
}

Result<void> Arming::prove_on(const Patience& patience) {
    const auto state = plan_.line("arm/state");
    if (!state) return state.error();
    // A line may be ignored while another administrator writes ("Command Ignored, Configuration in progress"):
    // what is not listed is sent once more [device facts, section 7.3].
    for (const bool last_try : {false, true}) {
        const auto answer = session_.ask(*state, patience.at_most(one_answer));
        if (!answer) return answer.error();
        const DebugState listed = formats::read_debug_state(plan_.profile(), *answer);
        bool all = true;
        for (const std::string& item : items_) {
            if (is_among(listed.items, item)) continue;
            all = false;
            const auto line = plan_.line("arm/" + item);
            if (!line) return line.error();
            const std::string& refusal = session_.refusal();
            if (last_try && refusal.empty())
                return refuse("`" + plan_.profile().debug.state + "` does not list " + item +
                              " after it was turned on");
            if (!refusal.empty() && (last_try || !session_.goes_to_configuration()))
                return refuse("\"" + line->text() + "\" was refused: " + refusal);
            if (auto sent = session_.where_taken(patience, [&] { return turn_on(*line, patience); }); !sent)
                return sent;
        }
        if (all) return {};
    }
    return {};
}

}  // namespace collector
