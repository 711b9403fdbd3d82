#include "collector/reset/ladder.hpp"

#include <algorithm>

namespace collector {

using formats::ActionRecord;
using formats::ResetScope;
using formats::TunnelState;
using formats::TunnelVerdict;

namespace {

constexpr milliseconds quiet_before_a_verdict{15'000};
constexpr milliseconds probing_after_a_rung{30'000};
constexpr milliseconds longest_line{20'000};
constexpr ResetScope all_scopes[] = {ResetScope::peer, ResetScope::all_tunnels, ResetScope::source_xlate,
                                     ResetScope::all_xlates};

bool clears_translations(ResetScope scope) {
    return scope == ResetScope::source_xlate || scope == ResetScope::all_xlates;
}

/// "up, 5 out, 5 in": the stage and the counters of one end.
std::string state_of(const Endpoint& endpoint) {
    const TunnelState& now = endpoint.tunnel().now();
    std::string text(name_of(now.stage));
    if (!now.phase1_state.empty()) text += ", phase 1 " + now.phase1_state;
    if (!now.spis.empty())
        text += ", " + std::to_string(now.encaps) + " packets out, " + std::to_string(now.decaps) + " in";
    return text;
}

constexpr std::string_view not_sent = "not sent: ";

bool is_over(WindowEnd end) { return end != WindowEnd::limit && end != WindowEnd::settled; }

}  // namespace

std::vector<ResetLadder::Rung> ResetLadder::rungs() const {
    std::vector<Rung> all;
    for (const ResetScope scope : all_scopes) {
        std::vector<Rung> of_scope;
        for (const Endpoint& endpoint : parts_.endpoints) {
            std::size_t rung = 0;
            for (const auto& reset : endpoint.plan().profile().resets) {
                const bool has_it =
                    reset.since.empty() || formats::compare_versions(endpoint.version(), reset.since) >= 0;
                if (reset.scope != scope || !has_it || endpoint.plan().find("reset/" + reset.id) == nullptr) continue;
                if (rung == of_scope.size())
                    of_scope.push_back({scope, std::vector<std::string>(parts_.endpoints.size())});
                of_scope[rung++].lines[endpoint.index()] = "reset/" + reset.id;
            }
        }
        all.insert(all.end(), of_scope.begin(), of_scope.end());
    }
    return all;
}

bool ResetLadder::calls_for(ResetScope scope, TunnelVerdict verdict) const {
    return verdict == TunnelVerdict::down ||
           (verdict == TunnelVerdict::no_return_traffic && clears_translations(scope));
}

WindowEnd ResetLadder::record(milliseconds limit, WindowGoal goal) {
    for (Endpoint& endpoint : parts_.endpoints) endpoint.tunnel().expect_new_sas();
    return climb_.last_window = record_(std::min(limit, parts_.incident.debug_window), goal);
}

/// Waits, while all goes on recording, until the last probe packet is long enough ago to say `down`.
TunnelVerdict ResetLadder::judge() {
    for (;;) {
        if (is_over(climb_.last_window)) return TunnelVerdict::unreadable;
        if (auto told = parts_.guardian.armed_for(longest_line); !told) return TunnelVerdict::unreadable;
        std::atomic<bool> all_read{true};
        parts_.crew.on_each(parts_.endpoints, parts_.endpoints.size(), [&](Endpoint& e) {
            if (!e.read_tunnel(parts_.patience.at_most(longest_line))) all_read = false;
        });
        if (!all_read) return TunnelVerdict::unreadable;
        const TunnelVerdict verdict =
            judge_tunnel(parts_.endpoints.front().tunnel().now(),
                         parts_.endpoints.size() == 1 ? nullptr : &parts_.endpoints.back().tunnel().now(),
                         parts_.probe.is_unanswered());
        // A window that the operator made shorter than this is the operator's word on how long to wait.
        const auto quiet = parts_.probe.quiet_left(std::min(quiet_before_a_verdict, parts_.incident.debug_window));
        if (verdict != TunnelVerdict::down || quiet.count() == 0) return verdict;
        const auto at_rest = parts_.probe.at_rest();
        record(quiet, WindowGoal::new_sas);
    }
}

bool ResetLadder::send(const Rung& rung, TunnelVerdict verdict) {
    if (auto told = parts_.guardian.armed_for(2 * longest_line); !told) return false;
    bool sent = false;
    for (Endpoint& endpoint : parts_.endpoints) {
        const std::string& id = rung.lines[endpoint.index()];
        if (id.empty()) continue;
        const Consent& consent = parts_.consents.of(endpoint.index(), rung.scope);
        ActionRecord action;
        action.endpoint = endpoint.name();
        action.kind = endpoint.plan().find(id)->line;
        action.consent = consent.given ? consent.how : "not given: " + consent.how;
        action.started = formats::utc_now();
        const auto spare = [&](const std::string& why) {
            action.outcome = std::string(not_sent) + why;
            action.ended = formats::utc_now();
            parts_.progress.event({EventKind::action,
                                   endpoint.name(),
                                   action.kind + ": " + action.outcome,
                                   {{"line", action.kind}, {"state", "spared"}}});
            climb_.actions.push_back(action);
        };
        if (!consent.given) {
            spare(consent.how);
            continue;
        }
        if (!endpoint.is_armed()) {
            spare("no debug is on there: the rebuild would not be recorded");
            continue;
        }
        if (verdict == TunnelVerdict::no_return_traffic && endpoint.configuration().nat.empty()) {
            spare("its configuration translates nothing");
            continue;
        }
        Slots slots{{"peer-address", endpoint.tunnel().peer()}};
        if (const std::string source = parts_.probe.source_behind(endpoint.index()); !source.empty())
            slots["probe-source"] = source;
        const auto line = endpoint.plan().line(id, slots);
        if (!line) {
            spare(line.error().detail);
            continue;
        }
        action.kind = line->text();
        action.outcome = state_of(endpoint);
        parts_.progress.event({EventKind::action,
                               endpoint.name(),
                               "sending `" + action.kind + "` (allowed by " + consent.how + ")",
                               {{"line", action.kind}, {"state", "sent"}}});
        const auto done = endpoint.reset(*line, parts_.patience.at_most(longest_line));
        action.ended = formats::utc_now();
        if (!done) action.outcome += "; " + done.error().detail;
        // One whose answer was not seen may have been obeyed all the same.
        sent = sent || done || done.error().kind != formats::ErrorKind::rejected;
        climb_.actions.push_back(std::move(action));
    }
    return sent;
}

/// What became of the tunnel, for the lines of one rung: their outcome so far is the state before them.
void ResetLadder::describe(std::size_t first_action, TunnelVerdict verdict) {
    for (auto action = climb_.actions.begin() + static_cast<std::ptrdiff_t>(first_action);
         action != climb_.actions.end(); ++action) {
        if (action->outcome.starts_with(not_sent)) continue;
        const auto at = std::find_if(parts_.endpoints.begin(), parts_.endpoints.end(),
                                     [&](const Endpoint& e) { return e.name() == action->endpoint; });
        action->outcome = "tunnel " + std::string(name_of(verdict)) + "; here before: " + action->outcome +
                          "; after: " + state_of(*at);
        if (verdict == TunnelVerdict::up)
            climb_.back_after +=
                (climb_.back_after.empty() ? "`" : " and `") + action->kind + "` on " + action->endpoint;
        parts_.progress.event({EventKind::action,
                               action->endpoint,
                               "`" + action->kind + "`: " + action->outcome,
                               {{"line", action->kind}, {"state", "done"}, {"tunnel", std::string(name_of(verdict))}}});
    }
}

ResetLadder::Climb ResetLadder::climb(WindowEnd first_window) {
    climb_.last_window = first_window;
    TunnelVerdict verdict = judge();
    for (const Rung& rung : rungs()) {
        if (!calls_for(rung.scope, verdict)) continue;
        const std::size_t first_action = climb_.actions.size();
        const bool was_down = verdict == TunnelVerdict::down;
        const WindowGoal goal = was_down ? WindowGoal::new_sas : WindowGoal::replies;
        if (!send(rung, verdict)) continue;
        parts_.probe.begin_round();
        record(probing_after_a_rung, goal);
        verdict = judge();
        describe(first_action, verdict);
        // A tunnel that came up when translations were cleared has been helped. The few packets since, of which the first
        // is lost while it is built, do not call for more.
        if (was_down && verdict == TunnelVerdict::no_return_traffic && clears_translations(rung.scope)) break;
    }
    parts_.progress.phase("reset", "the tunnel is " + std::string(name_of(verdict)));
    return std::move(climb_);
}

}  // namespace collector
