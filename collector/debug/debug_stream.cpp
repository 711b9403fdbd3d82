#include "collector/debug/debug_stream.hpp"

#include <algorithm>

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

constexpr milliseconds one_answer{15'000};
/// An arming line may be answered by the first lines of the stream instead of a prompt.
constexpr milliseconds prompt_after_arming{2'000};
constexpr milliseconds one_disarm{10'000};
constexpr milliseconds longest_echo{500};
constexpr std::size_t longest_asked = std::size_t{256} << 10;

}  // namespace

DebugStream::DebugStream(Shell& shell, const EndpointPlan& plan, Capture& capture, formats::Pattern fence)
    : shell_(shell), plan_(plan), capture_(capture), fence_(std::move(fence)) {}

Result<void> DebugStream::refuse(std::string reason) const {
    return Error{ErrorKind::rejected, plan_.endpoint(), std::move(reason), {}};
}

Result<void> DebugStream::hear(const EachLine& each_line, const Patience& patience) {
    return shell_.listen(
        [&](std::string_view lines) {
            if (recording_) capture_.take(lines);
            while (!lines.empty()) {
                const auto end = lines.find('\n');
                each_line(lines.substr(0, end));
                lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
            }
            return true;
        },
        patience);
}

Result<void> DebugStream::say(const PlannedLine& line, const EachLine& each_line, const Patience& patience) {
    if (auto sent = shell_.send(line, patience); !sent) return sent;
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

Result<void> DebugStream::fenced(const PlannedLine& line, const std::string& fence_id, const EachLine& each_line,
                                 const Patience& patience) {
    const auto fence = plan_.line(fence_id);
    if (!fence) return fence.error();
    if (auto sent = say(line, each_line, patience); !sent) return sent;
    bool seen = false;
    const auto until_fence = [&](std::string_view one) {
        if (!seen) each_line(one);
        seen = seen || fence_.is_in(one);
    };
    if (auto sent = say(*fence, until_fence, patience); !sent) return sent;
    while (!seen)
        if (auto heard = hear(until_fence, patience); !heard) return heard;
    return {};
}

Result<std::vector<std::string>> DebugStream::listed_items(const std::string& state_id, const std::string& fence_id,
                                                           const Patience& patience) {
    const auto state = plan_.line(state_id);
    if (!state) return state.error();
    std::vector<std::string> listed;
    auto answered = fenced(*state, fence_id,
                           [&](std::string_view line) {
                               for (const auto& item : plan_.profile().debug.items)
                                   if (line.find(item.listed) != std::string_view::npos) listed.push_back(item.id);
                           },
                           patience);
    if (!answered) return answered.error();
    return listed;
}

Result<void> DebugStream::arm(const std::string& version, const std::string& peer_address, const Patience& patience) {
    const formats::Profile::Debug& debug = plan_.profile().debug;
    const AnswerLimits limits{one_answer, one_answer, std::size_t{64} << 10};
    const auto ask_first = [&](std::string_view id, const Slots& slots = {}) -> Result<Answer> {
        const auto line = plan_.line(id, slots);
        if (!line) return line.error();
        return shell_.run(*line, {}, limits, patience);
    };

    // Would anything be captured at all? [device facts, section 7.1: logging debug-trace]
    if (plan_.find("redirected") != nullptr) {
        const auto answer = ask_first("redirected");
        if (!answer) return answer.error();
        if (answer->text.find(debug.redirected_listed) != std::string::npos)
            return refuse("debug output goes to the log on this device (" + debug.redirected_listed +
                          "): nothing would be captured");
    }

    // The baseline: what is on already is not ours, neither to arm nor to turn off.
    const auto before = listed_items("arm/state", "arm/fence", patience.at_most(one_answer));
    if (!before) return before.error();
    for (const auto& item : debug.items) {
        const bool was_on = std::find(before->begin(), before->end(), item.id) != before->end();
        const bool there = item.since.empty() || formats::compare_versions(version, item.since) >= 0;
        const bool still = item.until.empty() || formats::compare_versions(version, item.until) < 0;
        if (!was_on && there && still) items_.push_back({item.id, item.listed});
    }
    if (items_.empty()) return refuse("every debug of the plan was on already: none is ours");

    // The undo first, once, while nothing is on: command authorisation may permit a debug and deny its end.
    for (const Item& item : items_) {
        const auto answer = ask_first("rehearse/" + item.id);
        if (!answer) return answer.error();
        if (answer->refused) return refuse("the device refuses to turn it off (" + answer->refusal + "), so it is not turned on");
    }

    const bool can_limit = !debug.condition_on.empty() && !peer_address.empty() &&
                           formats::compare_versions(version, debug.condition_since) >= 0;
    if (can_limit) {
        const auto state = ask_first("condition-state");
        if (!state) return state.error();
        const bool others = !state->refused && state->text.find(debug.condition_listed) != std::string::npos;
        if (!others) {
            const auto set = ask_first("condition-on", {{"peer-address", peer_address}});
            if (!set) return set.error();
            condition_set_ = !set->refused;
            peer_address_ = peer_address;
        }
    }

    for (const Item& item : items_) {
        const auto line = plan_.line("arm/" + item.id);
        if (!line) return line.error();
        recording_ = armed_ = true;  // from the moment the line may have left
        const auto answer = shell_.run(*line, [this](std::string_view lines) { return capture_.take(lines); }, {prompt_after_arming, prompt_after_arming, std::size_t{16} << 10}, patience);
        if (answer && answer->refused) return refuse("\"" + line->text() + "\" was refused: " + answer->refusal);
        if (!answer && answer.error().kind != ErrorKind::timeout) return answer.error();
    }

    const auto listed = listed_items("arm/state", "arm/fence", patience.at_most(one_answer));
    if (!listed) return listed.error();
    for (const Item& item : items_)
        if (std::find(listed->begin(), listed->end(), item.id) == listed->end())
            return refuse("`" + debug.state + "` does not list " + item.id + " after it was turned on");
    return {};
}

Result<void> DebugStream::listen(const Patience& patience) {
    for (;;) {
        auto heard = shell_.listen([this](std::string_view lines) { return capture_.take(lines); }, patience);
        if (heard) continue;
        if (heard.error().kind == ErrorKind::timeout || heard.error().kind == ErrorKind::interrupted) return {};
        return heard;
    }
}

Result<std::string> DebugStream::ask(const PlannedLine& line, const Patience& patience) {
    std::string text;
    auto answered = fenced(line, "arm/fence",
                           [&](std::string_view one) {
                               if (text.size() < longest_asked) text.append(one).push_back('\n');
                           },
                           patience);
    midway_ = !answered;
    if (!answered) return answered.error();
    return text;
}

std::vector<std::string> DebugStream::off_lines() const {
    std::vector<std::string> lines;
    for (auto item = items_.rbegin(); item != items_.rend(); ++item)
        if (const auto line = plan_.line("disarm/" + item->id)) lines.push_back(line->text());
    if (condition_set_)
        if (const auto line = plan_.line("condition-off", {{"peer-address", peer_address_}})) lines.push_back(line->text());
    return lines;
}

Result<void> DebugStream::disarm(const Patience& patience) {
    std::string why = "no answer";
    // A ping that still waits for replies would hold the off line up.
    if (midway_)
        if (auto stopped = shell_.stop_command(patience.at_most(one_disarm)); !stopped) return stopped;
    midway_ = false;
    // Once more when the first try was lost in the stream; each try is off lines, state, fence.
    for (int tries = 0; tries < 3 && !patience.is_over(); ++tries) {
        const Patience turn = patience.at_most(one_disarm);
        for (auto item = items_.rbegin(); item != items_.rend(); ++item) {
            const auto line = plan_.line("disarm/" + item->id);
            if (!line) return line.error();
            if (auto sent = say(*line, [](std::string_view) {}, turn); !sent) return sent;
        }
        const auto listed = listed_items("disarm/state", "disarm/fence", turn);
        if (!listed) {
            if (listed.error().kind != ErrorKind::timeout) return listed.error();
            why = listed.error().detail;
            continue;
        }
        const bool ours_left = std::any_of(items_.begin(), items_.end(), [&](const Item& item) {
            return std::find(listed->begin(), listed->end(), item.id) != listed->end();
        });
        if (ours_left) {
            why = "`" + plan_.profile().debug.state + "` still lists them";
            continue;
        }
        armed_ = false;
        if (condition_set_) {
            // After the debugs: the other way round the stream would open to all peers.
            const auto line = plan_.line("condition-off", {{"peer-address", peer_address_}});
            if (!line) return line.error();
            if (auto sent = ask(*line, turn); !sent) return sent.error();
            condition_set_ = false;
        }
        return {};
    }
    return Error{ErrorKind::rejected, plan_.endpoint(), "debugs are not proven off: " + why, {}};
}

}  // namespace collector
