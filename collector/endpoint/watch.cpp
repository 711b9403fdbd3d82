// The debug window: arming, listening, polling, probing, guarding, resetting.

#include <algorithm>

#include "collector/endpoint/endpoint.hpp"
#include "collector/session/configuration_mode.hpp"
#include "formats/cisco/show_outputs.hpp"
#include "formats/text/pattern.hpp"

namespace collector {

using formats::CaptureRecord;
using formats::Error;
using formats::ErrorKind;
using formats::Outcome;
using formats::Phase;
using formats::Profile;
using formats::Result;

namespace {

constexpr milliseconds arm_limit{60'000};
constexpr milliseconds poll_every{1'000};
// A listening session that has been quiet is asked whether it is still there; no echo, and it is lost. All together
// this leaves time to turn its debugs off elsewhere within ten seconds.
constexpr milliseconds listen_for{500};
constexpr milliseconds quiet_before_echo{2'000};
constexpr milliseconds echo_limit{4'500};
/// A device counts the time since a key came, whatever it prints itself [device facts, section 11 item 30].
constexpr milliseconds longest_without_key{4'000};
constexpr milliseconds one_load_reading{8'000};
constexpr milliseconds key_limit{50};

std::string list(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

}  // namespace

void Endpoint::not_armed(Outcome outcome, const std::string& reason) {
    CaptureRecord& record = ledger_.at(debug_capture_id);
    record.outcome = outcome;
    record.reason = "not armed: " + reason;
    why_not_armed_ = reason;
    event(EventKind::debug, record.reason, {{"state", "not-armed"}});
}

void Endpoint::arm(const std::string& hindrance, const Patience& patience) {
    CaptureRecord& record = ledger_.at(debug_capture_id);
    std::vector<std::string> on;
    for (const PlannedItem* item : plan_->items_of(Step::arm))
        if (item->id == "arm/follow" || (item->id.starts_with("arm/") && item->impact == formats::Impact::debug))
            on.push_back(item->line);
    record.command = list(on);

    if (!hindrance.empty()) return not_armed(Outcome::not_attempted, hindrance);
    if (!revive(patience)) return not_armed(Outcome::not_attempted, failure_ ? failure_->detail : "no session");
    if (!may_debug(*context_->incident, *spec_))
        return not_armed(Outcome::not_attempted, "over a console (exec:) that needs --allow-console-debug");
    if (spec_->one_time_password && plan_->profile().debug.scope == Profile::Debug::Scope::device)
        return not_armed(
            Outcome::not_attempted,
            "its debugs outlive the session, and with a one-time password there is no second login to turn them off");
    if (plan_->find("arm/follow") != nullptr && !has_two_sessions())
        return not_armed(Outcome::not_attempted, "its log is followed in a session of its own, and there is one only");
    if (!unlike_its_platform_.empty()) return not_armed(Outcome::not_attempted, unlike_its_platform_);
    if (standby_) return not_armed(Outcome::not_attempted, "this is a standby unit");
    if (busy_)
        return not_armed(Outcome::not_attempted, "CPU at " + std::to_string(*cpu_) + " %, the limit is " +
                                                     std::to_string(context_->incident->cpu_limit) + " %");
    if (!unguarded_.empty()) return not_armed(Outcome::not_attempted, unguarded_);
    auto file = formats::Capture::open(*context_->spool, *context_->redaction, record.planned_file,
                                       context_->incident->byte_limit, formats::Capture::Stamps::arrival);
    if (!file) return not_armed(Outcome::not_attempted, file.error().message());
    debug_capture_ = std::make_unique<formats::Capture>(std::move(*file));
    auto session = FencedSession::make(*stream_shell(), *plan_, debug_capture_.get());
    if (!session) return not_armed(Outcome::not_attempted, session.error().message());
    stream_ = std::make_unique<DebugStream>(std::move(*session), *context_->guardian);

    record.started = formats::utc_now();
    const auto armed = stream_->arm({version(), tunnel_.peer(), idle_debugs_}, patience.at_most(arm_limit));
    armed_ = stream_->owed();
    if (const auto sent = stream_->on_lines(); !sent.empty()) record.command = list(sent);
    if (!armed) {
        // Some of it may be on all the same; disarm() looks at is_armed().
        return not_armed(formats::outcome_after(armed.error()), armed.error().detail);
    }
    record_.debug.armed = formats::utc_now();
    event(EventKind::debug, "armed and proven: " + record.command, {{"state", "armed"}});
}

Result<std::string> Endpoint::poll_line(const std::string& id, const Patience& patience) {
    const auto line = plan_->line(id);
    if (!line) return line.error();
    if (!listener_ && stream_) return stream_->session().ask(*line, patience);
    const auto answer = control_->run(*line, {}, {one_look, one_look, formats::longest_table}, patience);
    if (!answer) return answer.error();
    return answer->refused ? std::string() : answer->text;
}

Result<void> Endpoint::poll_tables(const Patience& patience) {
    for (const PlannedItem* item : plan_->items_of(Step::window)) {
        if (item->phase != Phase::during) continue;
        const auto text = poll_line(item->id, patience);
        CaptureRecord& record = ledger_.at(item->id);
        if (!text) {
            if (text.error().kind == ErrorKind::interrupted) return text.error();
            record.reason = text.error().detail;
            if (ends_session(text.error())) return text.error();
            continue;
        }
        auto found =
            std::find_if(during_.begin(), during_.end(), [&](const auto& entry) { return entry.first == item->id; });
        read_table(*item, *text);
        if (found == during_.end()) {
            auto file = formats::Capture::open(*context_->spool, *context_->redaction, record.planned_file,
                                               context_->incident->byte_limit);
            if (!file) {
                record.reason = file.error().message();
                continue;
            }
            record.started = formats::utc_now();
            during_.emplace_back(item->id, std::make_unique<formats::Capture>(std::move(*file)));
            found = std::prev(during_.end());
        }
        found->second->note("--- " + formats::to_iso(formats::utc_now()) + " " + item->line);
        found->second->take(*text);
    }
    return {};
}

void Endpoint::poll_once(Window& window, Probe& probe) {
    const auto polled = poll_tables(window.patience());
    if (polled) probe.saw(index_, name(), tunnel_.now());
    if (!polled && polled.error().kind != ErrorKind::interrupted) {  // else the window closed
        if (listener_) lose_control(polled.error());
        window.stop_watching(index_);
    }
    if (polled && tunnel_.has_new_sas()) window.tunnel_is_up(index_);
}

bool Endpoint::read_tunnel(const Patience& patience) {
    tunnel_.expect_phase2();
    // A standby unit shows no SAs, whatever its active mate holds.
    if (standby_ || !revive(patience)) return false;
    return poll_tables(patience.at_most(one_look)) && tunnel_.phase2_is_read() && !tunnel_.peer().empty();
}

ResetLosses Endpoint::count_losses(const Patience& patience) {
    ResetLosses losses;
    losses.other_peers = tunnel_.other_peers();
    const auto count = [&](const char* id, const std::string& pattern) -> std::optional<unsigned> {
        if (!control_ || plan_->find(id) == nullptr) return std::nullopt;
        const auto answer = ask(*control_, id, {}, patience);
        if (!answer || answer->refused) return std::nullopt;
        const auto number = formats::find_pattern(pattern, answer->text);
        const auto value = number ? formats::number_of(*number) : std::nullopt;
        return value ? std::optional(static_cast<unsigned>(*value)) : std::nullopt;
    };
    losses.connections = count("counts/connections", plan_->profile().counts.connections_pattern);
    losses.translations = count("counts/translations", plan_->profile().counts.translations_pattern);
    return losses;
}

Result<void> Endpoint::reset(const PlannedLine& line, const Patience& patience) {
    if (!revive(patience)) return failure_ ? *failure_ : Error{ErrorKind::disconnected, name(), "no session", {}};
    if (!listener_ && stream_) {
        // In a debug stream an answer cannot be told from the stream: what it did shows in the SA tables.
        if (const auto asked = stream_->session().ask(line, patience); !asked) return asked.error();
        return {};
    }
    auto answer = control_->run(line, {}, {one_look, one_look, 4096}, patience);
    if (answer && answer->refused == Outcome::unsupported && line.in_configuration() == InConfiguration::echoed) {
        auto entered = enter_configuration(*control_, *plan_, {}, patience);
        const bool did_not =
            !entered && (entered.error().kind == ErrorKind::rejected || entered.error().kind == ErrorKind::interrupted);
        configuration_proof_.is_needed = configuration_proof_.is_needed || !did_not;
        if (!entered && !did_not) lose_control(entered.error());
        if (!entered) return entered;
        answer = control_->run(line, {}, {one_look, one_look, 4096}, patience);
        if (auto left = leave_configuration(*control_, *plan_, {}); !left) {
            lose_control(left.error());
            if (answer) return left;
        }
    }
    if (!answer) return answer.error();
    if (answer->refused) return Error{ErrorKind::rejected, name(), answer->refusal, {}};
    return {};
}

void Endpoint::guard_fired(Window& window, const std::string& reason) {
    guard_reason_ = reason;
    event(EventKind::guard, reason, {{"state", "fired"}});
    window.guard(name() + ": " + reason);
}

void Endpoint::cut_short(const std::string& reason) {
    if (stream_ && guard_reason_.empty()) guard_reason_ = reason;
}

void Endpoint::look_at_load(Window& window, LoadGuard& guard) {
    if (plan_->find("cpu") == nullptr || !window.is_open()) return;
    const auto line = plan_->line("cpu");
    if (!line) return;
    const auto asked = std::chrono::steady_clock::now();
    const auto answer = control_->run(*line, {}, {one_load_reading, one_load_reading, 4096}, window.patience());
    if (!answer) {
        if (answer.error().kind == ErrorKind::interrupted || !window.is_open() || window.patience().is_over()) return;
        // Is it this session that is lost, or the device that has no time any more?
        lose_control(answer.error());
        if (!revive(window.patience().at_most(one_load_reading)) && window.is_open()) {
            window.stop_watching(index_);
            if (answer.error().kind == ErrorKind::timeout)
                guard_fired(window, "the device does not answer on an idle session, nor to a new login");
        }
        return;
    }
    const auto latency = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - asked);
    const auto percent = formats::parse_cpu(answer->text, plan_->profile().cpu.pattern);
    if (const auto why = percent ? guard.read_cpu(*percent) : std::nullopt) return guard_fired(window, *why);
    if (const auto why = guard.waited(latency)) guard_fired(window, *why);
}

/// What a lost session armed is turned off at once; the rest of the run goes on. The end of the window breaks it off:
/// what is owed then is owed to disarm().
void Endpoint::take_back_in_window(Window& window) {
    if (stream_->is_following()) return;  // what ran in the session ended with it
    if (const auto off = take_back_from_outside(window.patience()); !off && window.is_open())
        event(EventKind::debug, "not proven off yet: " + off.error().detail, {{"state", "retrying"}});
}

void Endpoint::watch(Window& window, Probe& probe) {
    LoadGuard guard(context_->incident->cpu_limit);
    while (window.is_open() && control_) {
        if (stream_->take_loss()) take_back_in_window(window);
        if (!control_) return;
        const auto next = std::chrono::steady_clock::now() + poll_every;
        look_at_load(window, guard);
        if (!control_) return;
        probe.attempt(index_, window, [&](const PlannedLine& line) -> Result<std::string> {
            const auto answer = control_->run(line, {}, {one_look, one_look, std::size_t{64} << 10}, window.patience());
            if (!answer) return answer.error();
            return answer->text;
        });
        poll_once(window, probe);
        context_->guardian->share_learned();
        const auto pause = std::chrono::ceil<milliseconds>(next - std::chrono::steady_clock::now());
        if (pause.count() > 0 && !wait_for(-1, window.patience().at_most(pause))) return;
    }
}

void Endpoint::keep_awake(Shell& shell) {
    [[maybe_unused]] const auto heard = shell.listen({}, Patience::within(milliseconds{0}));
    [[maybe_unused]] const auto typed = shell.keep_awake(Patience::within(key_limit));
}

void Endpoint::keep_listener() {
    if (listener_) keep_awake(*listener_);
}

void Endpoint::keep_control() {
    if (control_) keep_awake(*control_);
}

void Endpoint::record(Window& window, Probe& probe) {
    if (!is_armed()) return;
    StreamGuard guard(context_->incident->byte_limit);
    SteadyTime echo_asked{}, key_sent = std::chrono::steady_clock::now();
    bool awaits_echo = false;
    const auto lost = [&](const Error& error) {
        CaptureRecord& record = ledger_.at(debug_capture_id);
        record.outcome = Outcome::disconnected;
        record.reason = error.detail;
        event(EventKind::debug, "the listening session is lost: " + error.detail, {{"state", "lost"}});
        window.stop_watching(index_);
        // Its debugs may go on without it. The controlling session is that of the other thread.
        if (listener_)
            stream_->lose_session();
        else
            take_back_in_window(window);
    };
    while (window.is_open()) {
        if (!listener_) {
            probe.attempt(index_, window,
                          [&](const PlannedLine& line) { return stream_->session().ask(line, window.patience()); });
            poll_once(window, probe);
        }
        const auto heard = stream_->session().listen(window.patience().at_most(listener_ ? listen_for : poll_every));
        if (!heard) return lost(heard.error());
        const auto now = std::chrono::steady_clock::now();
        if (const auto why = guard.heard(stream_->session().lines_heard(), debug_capture_->is_truncated(), now))
            return guard_fired(window, *why);
        // A session that is quiet may be dead (half-open), and is closed by the device after some minutes, and its
        // debug with it: an empty line now and then shows the one and prevents the other.
        if (now - stream_->session().last_heard() < quiet_before_echo) {
            awaits_echo = false;
            if (now - key_sent < longest_without_key) continue;
            key_sent = now;
            if (auto nudged = stream_shell()->nudge(window.patience().at_most(echo_limit)); !nudged && window.is_open())
                return lost(nudged.error());
        } else if (!awaits_echo) {
            awaits_echo = true;
            echo_asked = key_sent = now;
            if (auto nudged = stream_shell()->nudge(window.patience().at_most(echo_limit)); !nudged && window.is_open())
                return lost(nudged.error());
        } else if (now - echo_asked > echo_limit) {
            return lost({ErrorKind::timeout, name(), "nothing comes back on the listening session", {}});
        }
    }
}

}  // namespace collector
