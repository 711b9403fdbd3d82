#include "collector/debug/undoing.hpp"

#include "formats/text/pattern.hpp"
#include "formats/transcript/device_words.hpp"

namespace collector {

using formats::DebugState;
using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

constexpr int most_tries = 3;

}  // namespace

Error Undoing::unproven(std::string why) const { return {ErrorKind::rejected, plan_.endpoint(), std::move(why), {}}; }

Result<void> Undoing::undo(const Patience& patience) {
    // A ping that still waits for replies would hold the off line up.
    if (auto stopped = session_.stop_waiting(patience); !stopped) return stopped;
    // Sent once more when the device still lists them: a line may be lost in the stream. A device that is
    // merely slow is waited for, so that lines do not pile up in front of it.
    for (int tries = 0; tries < most_tries && !patience.is_over(); ++tries) {
        if (auto sent = send_off_lines(patience); !sent) return sent;
        const auto off = is_proven_off(patience);
        if (!off) return off.error();
        if (!*off) {
            (void)session_.goes_to_configuration();
            continue;
        }
        owed_.prove("disarm/", "`" + plan_.profile().debug.state + "` lists none of it, fenced");
        if (auto condition = take_condition_off(patience); !condition) return condition;
        return take_screen_off(patience);
    }
    return unproven("`" + plan_.profile().debug.state + "` still lists debugs of ours");
}

Result<void> Undoing::send_off_lines(const Patience& patience) {
    session_.forget_refusal();
    return session_.where_taken(patience, [&]() -> Result<void> {
        const auto& entries = owed_.entries();
        for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
            if (!entry->undo_id.starts_with("disarm/")) continue;
            const auto line = plan_.line(entry->undo_id);
            if (!line) return line.error();
            if (auto sent = session_.say(*line, patience); !sent) return sent;
        }
        return {};
    });
}

/// False: items of ours are listed.
Result<bool> Undoing::is_proven_off(const Patience& patience) {
    const auto said = session_.debug_state(patience);
    if (!said) return said.error();
    for (const std::string& item : said->items)
        if (owed_.has("disarm/" + item)) return false;
    // Items that were on before us may be listed; what is not understood may be ours.
    if (said->words.empty()) return true;
    const std::string asked = "`" + plan_.profile().debug.state + "`";
    return unproven(said->verdict == DebugState::Verdict::refused
                        ? asked + " is refused: " + formats::quoted(said->words, nullptr)
                        : "the answer to " + asked + " is not understood: " + formats::quoted(said->words, nullptr));
}

Result<void> Undoing::take_condition_off(const Patience& patience) {
    for (const UndoEntry& entry : owed_.entries()) {
        if (entry.undo_id != "condition-off") continue;
        const auto line = plan_.line(entry.undo_id, {{"peer-address", entry.peer_address}});
        if (!line) return line.error();
        if (auto sent = session_.run(*line, patience); !sent) return sent.error();
        const auto state = plan_.line("condition-state");
        if (!state) return state.error();
        const auto listed = session_.run(*state, patience);
        if (!listed) return listed.error();
        if (listed->text.find(entry.peer_address) != std::string::npos)
            return unproven("the condition for " + entry.peer_address + " is still set");
        if (listed->refused || !formats::find_pattern(plan_.profile().debug.condition_told, listed->text))
            return unproven("whether the condition for " + entry.peer_address + " is off is not told by `" +
                            state->text() + "`" + (listed->refused ? ": " + listed->refusal : ""));
    }
    owed_.prove("condition-off", "the device lists the condition no more");
    return {};
}

Result<void> Undoing::take_screen_off(const Patience& patience) {
    if (!owed_.has("screen-off")) return {};
    const auto line = plan_.line("screen-off");
    if (!line) return line.error();
    if (auto answered = session_.ask(*line, patience); !answered) return answered.error();
    owed_.prove("screen-off", "sent in the session it was for, fenced");
    return {};
}

}  // namespace collector
