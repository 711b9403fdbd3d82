#include "collector/run/steps.hpp"

#include <malloc.h>

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "collector/probe/local_probe.hpp"
#include "collector/probe/workstation.hpp"
#include "collector/reset/ladder.hpp"
#include "collector/run/finish.hpp"
#include "collector/run/missing_end.hpp"
#include "formats/text/counted.hpp"

namespace collector {

using formats::Outcome;
using formats::Phase;

namespace {

std::vector<Endpoint> make_endpoints(RunParts& parts, const RunContext& context) {
    std::vector<Endpoint> endpoints;
    const auto& specs = parts.plan.incident().endpoints;
    endpoints.reserve(specs.size());
    for (std::size_t i = 0; i < specs.size(); ++i)
        endpoints.emplace_back(i, specs[i], parts.plan.candidates(i), std::move(parts.credentials[i]), context);
    return endpoints;
}

constexpr milliseconds keep_every{3'000};  ///< between two keys in a session that waits

/// Threads that a window needs at the same time: an endpoint listens and polls, a probe may come from outside.
std::size_t threads_of_a_window(std::size_t endpoints) { return 2 * endpoints + 1; }

formats::Manifest begin_manifest(const formats::Incident& incident) {
    formats::Manifest manifest;
    manifest.tool_version = TACBUNDLE_VERSION;
    manifest.sr = incident.sr;
    manifest.started = formats::utc_now();
    manifest.window_ms = incident.no_debug ? 0 : static_cast<std::uint64_t>(incident.debug_window.count());
    manifest.problem = {incident.problem.since, incident.problem.symptom, incident.problem.changed};
    return manifest;
}

}  // namespace

Steps::Steps(RunParts& parts)
    : parts_(parts),
      incident_(parts.plan.incident()),
      progress_(parts.progress),
      guardian_(parts.guardian),
      interrupted_(parts.interrupts.orderly()),
      leave_now_(parts.interrupts.leave_now()),
      patience_(Patience::within(incident_.deadline, interrupted_)),
      context_{&incident_,
               parts.login,
               parts.redaction.get(),
               &parts.spool,
               &progress_,
               &guardian_,
               parts.spool.folder().parent_path().string()},
      manifest_(begin_manifest(incident_)),
      endpoints_(make_endpoints(parts, context_)),
      unsearched_(*parts.redaction),
      crew_(incident_.parallel) {
    save_draft();
    unsearched_.warn(progress_);
}

bool Steps::any(bool (Endpoint::*is_so)() const) const {
    return std::any_of(endpoints_.begin(), endpoints_.end(), [&](const Endpoint& e) { return (e.*is_so)(); });
}

void Steps::save_draft() {
    formats::Manifest draft = manifest_;
    for (const Endpoint& endpoint : endpoints_) draft.endpoints.push_back(endpoint.record_so_far());
    if (auto saved = formats::save_draft(std::move(draft), parts_.spool, *parts_.redaction); !saved)
        progress_.warn("", saved.error().message());
}

void Steps::log_in() {
    progress_.phase("connect", "logging in to " + formats::counted(endpoints_.size(), "endpoint"));
    crew_.on_each(endpoints_, incident_.parallel, [&](Endpoint& e) { (void)e.log_in(!incident_.no_debug, patience_); });
    is_anybody_there_ = any(&Endpoint::is_up);
    keeper_.emplace(endpoints_);
}

void Steps::read_before() {
    if (is_anybody_there_) progress_.phase("before", "state before anything is touched");
    crew_.on_each(endpoints_, incident_.parallel, [&](Endpoint& e) {
        if (!e.is_up()) return;
        e.collect(Phase::before, patience_);
        e.read_keys(patience_);
        e.look_around(patience_);
    });
    find_the_tunnel(incident_, endpoints_);
    guardian_.share_learned();
    // Every configuration is read: what was held back is searched for the keys of all of them and may go to the disk.
    for (const formats::UnwrittenMember& member : parts_.spool.release()) {
        progress_.warn("", member.error.message());
        for (Endpoint& endpoint : endpoints_)
            endpoint.ledger().note_unwritten(member.member, member.error.message(), member.is_there);
    }
    unsearched_.warn(progress_);
    save_draft();
}

/// Said before anything is armed: a login through the tunnel may be lost with it.
void Steps::warn_of_logins_through_the_tunnel() {
    for (const Endpoint& endpoint : endpoints_)
        if (const formats::Path path = endpoint.path();
            endpoint.is_up() && path.verdict == formats::PathVerdict::through)
            progress_.warn(endpoint.name(), "this login may run through a tunnel of the device: " + path.reason +
                                                "; no full reset from here");
}

void Steps::ask_about_a_missing_end() {
    const auto declined = declined_without_missing_end(endpoints_, *parts_.login.terminal, parts_.yes, patience_);
    if (!declined) return;
    is_declined_ = true;
    debugs_ = false;
    for (Endpoint& endpoint : endpoints_)
        if (endpoint.is_up()) endpoint.not_armed(Outcome::not_attempted, *declined);
}

void Steps::ask() {
    warn_of_logins_through_the_tunnel();
    debugs_ = !incident_.no_debug && is_anybody_there_ && !patience_.is_stopped();
    // An answer takes a person's time, not the run's.
    auto asked = std::chrono::steady_clock::now();
    const auto give_back_the_time = [&] {
        const auto now = std::chrono::steady_clock::now();
        patience_ = patience_.longer_by(now - std::exchange(asked, now));
    };
    if (debugs_) ask_about_a_missing_end();
    give_back_the_time();
    // A sender outside the endpoints has to be there before anything is armed; a run without it goes on.
    if (debugs_) sender_ = open_sender();
    if (!sender_) progress_.warn("", sender_.error().message());
    asked = std::chrono::steady_clock::now();
    if (!is_declined_)
        consents_ = Consents::gather(incident_, endpoints_, *parts_.login.terminal, progress_, patience_);
    give_back_the_time();
}

void Steps::wait_for_start() {
    if (!debugs_ || !incident_.start_at) return;
    const formats::UtcTime begun = formats::utc_now(), start = *incident_.start_at;
    if (begun >= start) {
        progress_.warn("", "it is later than " + formats::to_seconds(start) + ": the devices are armed at once");
        return;
    }
    progress_.phase("wait", "waiting until " + formats::to_seconds(start) + " to arm");
    const auto since = std::chrono::steady_clock::now();
    // By the wall clock, which may be set meanwhile: it is what the other organisation goes by.
    while (!interrupted_.stop_requested()) {
        const auto left = std::chrono::ceil<milliseconds>(start - formats::utc_now());
        if (left.count() <= 0) break;
        for (Endpoint& endpoint : endpoints_) endpoint.keep_control();
        [[maybe_unused]] const auto slept = wait_for(-1, Patience::within(std::min(left, keep_every), interrupted_));
    }
    // The agreed time is nobody's delay.
    patience_ = patience_.longer_by(std::chrono::steady_clock::now() - since);
    debugs_ = !patience_.is_stopped();
}

/// What sends a probe that comes from no endpoint; null: none does.
Steps::Sender Steps::open_sender() {
    if (incident_.probe.mode == formats::ProbeSpec::Mode::given && incident_.probe.from == "local")
        return std::unique_ptr<ProbeSender>(std::make_unique<LocalProbe>());
    if (!parts_.workstation) return std::unique_ptr<ProbeSender>();
    progress_.event({EventKind::probe,
                     "",
                     "connecting to the workstation " + parts_.workstation->spec.target.written,
                     {{"state", "connecting"}}});
    return Workstation::log_in(*parts_.workstation, parts_.login, patience_.at_most(incident_.connect_timeout));
}

void Steps::arm() {
    keeper_->end();
    if (debugs_) {
        progress_.phase("arm", "turning debugs on");
        const auto told = guardian_.armed_for(arming_time(incident_));
        const std::string hindrance = !told                                                   ? told.error().message()
                                      : crew_.reserve(threads_of_a_window(endpoints_.size())) ? ""
                                                                                              : "no threads can be had";
        crew_.on_each(endpoints_, endpoints_.size(), [&](Endpoint& e) {
            if (e.is_up()) e.arm(hindrance, patience_);
        });
    }
    probe_ = Probe::choose(incident_, probe_ends(endpoints_), sender_ ? std::move(*sender_) : nullptr,
                           sender_ ? "" : sender_.error().detail);
}

void Steps::record() {
    if (!debugs_ || !any(&Endpoint::is_armed)) return;
    // The guardian knows of the window before it is announced.
    if (auto told = guardian_.armed_for(window_time(incident_.debug_window)); !told)
        progress_.warn("", told.error().message());
    progress_.phase("window", probe_->explanation());
    if (auto evidence = formats::Capture::open(parts_.spool, *parts_.redaction, std::string(formats::member::probe),
                                               incident_.byte_limit))
        probe_->write_to(std::move(*evidence));
    armed_time_.emplace(patience_);
    last_window_ = open_window(incident_.debug_window, WindowGoal::new_sas);
    progress_.phase("window", "the debug window is closed: " + std::string(name_of(last_window_)));
}

WindowEnd Steps::open_window(milliseconds longest, WindowGoal goal) {
    try {
        return record_window(longest, goal);
    } catch (const std::exception& error) {
        // No window; what is armed is turned off as ever.
        const std::string reason = std::string("the window could not be opened: ") + error.what();
        for (Endpoint& endpoint : endpoints_) endpoint.cut_short(reason);
        progress_.warn("", reason);
        return WindowEnd::guard;
    }
}

/// Two threads an endpoint: one listens, one polls. The crew has reserved them.
WindowEnd Steps::record_window(milliseconds longest, WindowGoal goal) {
    std::set<std::size_t> watched;
    for (const Endpoint& endpoint : endpoints_)
        if (endpoint.is_armed()) watched.insert(endpoint.index());
    const milliseconds limit = armed_time_->window(longest);
    Window window(limit, incident_.settle, watched, interrupted_, goal);
    if (auto told = guardian_.armed_for(window_time(limit)); !told) window.guard(told.error().message());
    const std::stop_callback on_alarm(guardian_.alarm(), [&] { window.guard(guardian_.alarm_reason()); });
    std::vector<std::function<void()>> parts;
    if (probe_->is_from_outside()) parts.emplace_back([&] { probe_->run(window); });
    for (Endpoint& endpoint : endpoints_) {
        if (!endpoint.is_armed()) continue;
        parts.emplace_back([&] { endpoint.record(window, *probe_); });
        if (endpoint.has_two_sessions()) parts.emplace_back([&] { endpoint.watch(window, *probe_); });
    }
    crew_.on_each(parts, parts.size(), [&](const std::function<void()>& part) {
        try {
            part();
        } catch (const std::exception& error) {
            // The debugs are turned off as ever; what else was to be read or sent in this window is not.
            window.guard(std::string("a part of the window failed: ") + error.what());
        }
    });
    window.close(WindowEnd::limit);
    if (guardian_.alarm().stop_requested())
        for (Endpoint& endpoint : endpoints_) endpoint.cut_short(window.guard_reason());
    return window.end();
}

void Steps::reset() {
    const bool is_allowed = incident_.allow_reset != formats::ResetConsent::none || incident_.allow_clear_xlate;
    if (!armed_time_ || !is_allowed) return;
    ResetLadder ladder(
        {incident_, endpoints_, crew_, *probe_, consents_, guardian_, progress_, armed_time_->patience()},
        [&](milliseconds longest, WindowGoal goal) { return open_window(longest, goal); });
    ResetLadder::Climb climb = ladder.climb(last_window_);
    last_window_ = climb.last_window;
    manifest_.actions = std::move(climb.actions);
    back_after_ = std::move(climb.back_after);
}

void Steps::disarm() {
    if (debugs_) {
        progress_.phase("disarm", "turning debugs off");
        // A guardian that is gone is not needed any more: what is armed is turned off now.
        [[maybe_unused]] const auto told = guardian_.armed_for(disarming_time(incident_));
    }
    crew_.on_each(endpoints_, debugs_ ? endpoints_.size() : incident_.parallel, [](Endpoint& e) { e.disarm(); });
    guardian_.stand_down();
    guardian_.share_learned();
    if (debugs_) save_draft();  // else nothing has come since the last one
}

void Steps::read_after() {
    const bool is_over = !is_anybody_there_ || is_declined_;
    if (!is_over && !leave_now_.stop_requested()) progress_.phase("after", "state after");
    crew_.on_each(endpoints_, incident_.parallel, [&](Endpoint& e) {
        if (!e.is_identified() || is_declined_) return;
        // Owed like a disarm: an interrupt does not take it away.
        e.prove_configuration(Patience::within(longest_proof, leave_now_));
        e.collect(Phase::after, patience_);
    });
    crew_.on_each(endpoints_, incident_.parallel, [](Endpoint& e) { e.log_out(); });
    crew_.dismiss();
    // What hundreds of sessions held lies in the heaps of threads that are gone; packing needs memory of its own.
    if (endpoints_.size() > incident_.parallel) ::malloc_trim(0);
}

RunResult Steps::finish() {
    return collector::finish({parts_, endpoints_, *probe_, unsearched_, std::move(manifest_), last_window_, back_after_,
                              patience_.is_stopped(), !is_anybody_there_});
}

}  // namespace collector
