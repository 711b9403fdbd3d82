#include "collector/run/run.hpp"

#include <malloc.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <set>

#include "collector/guardian/armed_time.hpp"
#include "collector/probe/local_probe.hpp"
#include "collector/probe/probe.hpp"
#include "collector/probe/workstation.hpp"
#include "collector/progress/conclusion.hpp"
#include "collector/reset/consent.hpp"
#include "collector/reset/ladder.hpp"
#include "collector/run/listener_keeper.hpp"
#include "collector/run/missing_end.hpp"
#include "collector/run/run_findings.hpp"
#include "collector/session/configuration_mode.hpp"
#include "collector/system/crew.hpp"
#include "formats/text/counted.hpp"

namespace collector {

using formats::Outcome;
using formats::Phase;
using formats::Result;

namespace {

std::vector<Endpoint> make_endpoints(RunParts& parts, const RunContext& context) {
    std::vector<Endpoint> endpoints;
    const auto& specs = parts.plan.incident().endpoints;
    endpoints.reserve(specs.size());
    for (std::size_t i = 0; i < specs.size(); ++i)
        endpoints.emplace_back(i, specs[i], parts.plan.candidates(i), std::move(parts.credentials[i]), context);
    return endpoints;
}

bool any(const std::vector<Endpoint>& endpoints, bool (Endpoint::*is_so)() const) {
    return std::any_of(endpoints.begin(), endpoints.end(), [&](const Endpoint& e) { return (e.*is_so)(); });
}

constexpr std::chrono::minutes longest_proof{10};

/// Beyond the time of a step: in and out of configuration mode.
milliseconds for_configuration_mode(const formats::Incident& incident) {
    return incident.allow_config_mode ? 2 * configuration_change_limit : milliseconds{0};
}

/// Threads that a window needs at the same time: an endpoint listens and polls, a probe may come from outside.
std::size_t threads_of_a_window(std::size_t endpoints) { return 2 * endpoints + 1; }

/// Both ends record while the probe brings the tunnel up. Two threads an endpoint: one listens, one polls. The crew has
/// reserved them.
WindowEnd record_window(std::vector<Endpoint>& endpoints, Crew& crew, Probe& probe, milliseconds longest,
                        WindowGoal goal, milliseconds settle, Guardian& guardian, const ArmedTime& armed_time,
                        std::stop_token interrupted) {
    std::set<std::size_t> watched;
    for (const Endpoint& endpoint : endpoints)
        if (endpoint.is_armed()) watched.insert(endpoint.index());
    const milliseconds limit = armed_time.window(longest);
    Window window(limit, settle, watched, std::move(interrupted), goal);
    if (auto told = guardian.armed_for(limit + beyond_the_window); !told) window.guard(told.error().message());
    const std::stop_callback on_alarm(guardian.alarm(), [&] { window.guard(guardian.alarm_reason()); });
    std::vector<std::function<void()>> parts;
    if (probe.is_from_outside()) parts.emplace_back([&] { probe.run(window); });
    for (Endpoint& endpoint : endpoints) {
        if (!endpoint.is_armed()) continue;
        parts.emplace_back([&] { endpoint.record(window, probe); });
        if (endpoint.has_two_sessions()) parts.emplace_back([&] { endpoint.watch(window, probe); });
    }
    crew.on_each(parts, parts.size(), [&](const std::function<void()>& part) {
        try {
            part();
        } catch (const std::exception& error) {
            // The debugs are turned off as ever; what else was to be read or sent in this window is not.
            window.guard(std::string("a part of the window failed: ") + error.what());
        }
    });
    window.close(WindowEnd::limit);
    if (guardian.alarm().stop_requested())
        for (Endpoint& endpoint : endpoints) endpoint.cut_short(window.guard_reason());
    return window.end();
}

/// What sends a probe that comes from no endpoint; null: none does.
Result<std::unique_ptr<ProbeSender>> open_sender(RunParts& parts, const Patience& patience) {
    const formats::Incident& incident = parts.plan.incident();
    if (incident.probe.mode == formats::ProbeSpec::Mode::given && incident.probe.from == "local")
        return std::unique_ptr<ProbeSender>(std::make_unique<LocalProbe>());
    if (!parts.workstation) return std::unique_ptr<ProbeSender>();
    parts.progress.event({EventKind::probe,
                          "",
                          "connecting to the workstation " + parts.workstation->spec.target.written,
                          {{"state", "connecting"}}});
    return Workstation::log_in(*parts.workstation, parts.login, patience.at_most(incident.connect_timeout));
}

/// What is missing, by endpoint.
std::vector<EndpointGaps> gaps_in(const formats::Manifest& manifest, const std::vector<Endpoint>& endpoints) {
    std::vector<EndpointGaps> all;
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
        const ConfigurationProof& proof = endpoints[i].configuration_proof();
        all.push_back({manifest.endpoints[i].name, formats::gaps_in(manifest.endpoints[i].captures),
                       proof.is_needed && !proof.holds() ? proof.in_words() : ""});
    }
    return all;
}

bool has_gaps(const std::vector<EndpointGaps>& gaps) {
    return std::any_of(gaps.begin(), gaps.end(), [](const EndpointGaps& endpoint) { return !endpoint.is_empty(); });
}

/// What is not searched for, and so may stand where no rule finds it.
class Unsearched {
 public:
    explicit Unsearched(const formats::Redaction& redaction) : redaction_(redaction) {}

    /// What has come to it since.
    void warn(Progress& progress) {
        const auto secrets = redaction_.unsearched();
        for (; said_ < secrets.size(); ++said_) progress.warn("", sentence_of(secrets[said_]));
    }
    void add_to(std::vector<formats::FindingRecord>& findings) const {
        for (const std::string& secret : redaction_.unsearched())
            findings.push_back(run_finding("secret-not-searched", "warning", sentence_of(secret)));
    }

 private:
    static std::string sentence_of(const std::string& secret) {
        return secret +
               " is too short or too common to be searched for: where no rule finds it, it stays in the bundle";
    }
    const formats::Redaction& redaction_;
    std::size_t said_ = 0;
};

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

RunResult collect_bundle(RunParts parts) {
    const formats::Incident& incident = parts.plan.incident();
    Progress& progress = parts.progress;
    const std::stop_token interrupted = parts.interrupts.orderly();
    Patience patience = Patience::within(incident.deadline, interrupted);
    formats::Manifest manifest = begin_manifest(incident);
    RunResult result;

    Guardian& guardian = parts.guardian;
    const std::stop_token leave_now = parts.interrupts.leave_now();
    const RunContext context{&incident,
                             parts.login,
                             parts.redaction.get(),
                             &parts.spool,
                             &progress,
                             &guardian,
                             parts.spool.folder().parent_path().string()};
    std::vector<Endpoint> endpoints = make_endpoints(parts, context);

    const auto save = [&] {
        formats::Manifest draft = manifest;
        for (const Endpoint& endpoint : endpoints) draft.endpoints.push_back(endpoint.record_so_far());
        if (auto saved = formats::save_draft(std::move(draft), parts.spool, *parts.redaction); !saved)
            progress.warn("", saved.error().message());
    };
    save();
    Unsearched unsearched(*parts.redaction);
    unsearched.warn(progress);

    Crew crew(incident.parallel);

    // 1. Log in to every endpoint at once, both sessions of each.
    progress.phase("connect", "logging in to " + formats::counted(endpoints.size(), "endpoint"));
    crew.on_each(endpoints, incident.parallel, [&](Endpoint& e) { (void)e.log_in(!incident.no_debug, patience); });
    const bool nobody = !any(endpoints, &Endpoint::is_up);

    // Until they arm, or end with the run.
    ListenerKeeper keeper(endpoints);

    // 2. Take the state before anything is touched; the configuration first, since it says where the tunnel is.
    if (!nobody) progress.phase("before", "state before anything is touched");
    crew.on_each(endpoints, incident.parallel, [&](Endpoint& e) {
        if (!e.is_up()) return;
        e.collect(Phase::before, patience);
        e.read_keys(patience);
        e.look_around(patience);
    });
    find_the_tunnel(incident, endpoints);
    guardian.share_learned();
    // Every configuration is read: what was held back is searched for the keys of all of them and may go to the disk.
    for (const formats::UnwrittenMember& member : parts.spool.release()) {
        progress.warn("", member.error.message());
        for (Endpoint& endpoint : endpoints)
            endpoint.ledger().note_unwritten(member.member, member.error.message(), member.is_there);
    }
    unsearched.warn(progress);
    save();

    bool is_declined = false;
    // Said before anything is armed: whoever logs in through the tunnel may lose the login with it.
    for (const Endpoint& endpoint : endpoints)
        if (const formats::Path path = endpoint.path();
            endpoint.is_up() && path.verdict == formats::PathVerdict::through)
            progress.warn(endpoint.name(), "this login may run through a tunnel of the device: " + path.reason +
                                               "; no full reset from here");

    bool debugging = !incident.no_debug && !nobody && !patience.is_stopped();
    if (debugging) {
        const auto asked = std::chrono::steady_clock::now();
        const auto declined = declined_without_missing_end(endpoints, *parts.login.terminal, parts.yes, patience);
        patience = patience.longer_by(std::chrono::steady_clock::now() - asked);
        if (declined) {
            debugging = false;
            for (Endpoint& endpoint : endpoints)
                if (endpoint.is_up()) endpoint.not_armed(Outcome::not_attempted, *declined);
        }
        is_declined = declined.has_value();
    }
    // Whoever probes from outside the endpoints has to be there before anything is armed; a run without it goes on.
    auto sender =
        debugging ? open_sender(parts, patience) : Result<std::unique_ptr<ProbeSender>>(std::unique_ptr<ProbeSender>());
    if (!sender) progress.warn("", sender.error().message());

    // 3. Ask, before anything is armed, for whatever takes down more than the one tunnel. The answer is a
    //    person's time, not the run's.
    const auto asked = std::chrono::steady_clock::now();
    const Consents consents =
        is_declined ? Consents() : Consents::gather(incident, endpoints, *parts.login.terminal, progress, patience);
    patience = patience.longer_by(std::chrono::steady_clock::now() - asked);

    // 4. Arm. The end of on_each is the barrier: no probe packet leaves before every reachable endpoint
    //    has proven that it is listening.
    keeper.end();
    if (debugging) {
        progress.phase("arm", "turning debugs on");
        const auto told = guardian.armed_for(arming_limit + for_configuration_mode(incident));
        const std::string unguarded = !told                                                 ? told.error().message()
                                      : crew.reserve(threads_of_a_window(endpoints.size())) ? ""
                                                                                            : "no threads can be had";
        crew.on_each(endpoints, endpoints.size(), [&](Endpoint& e) {
            if (e.is_up()) e.arm(unguarded, patience);
        });
    }

    // 5. Record both ends while the probe brings the tunnel up.
    Probe probe = Probe::choose(incident, probe_ends(endpoints), sender ? std::move(*sender) : nullptr,
                                sender ? "" : sender.error().detail);
    WindowEnd window_end = WindowEnd::nobody_armed;
    std::string back_after;
    if (debugging && any(endpoints, &Endpoint::is_armed)) {
        // The guardian knows before anybody else does: whoever sees the window open may count on its end.
        if (auto told = guardian.armed_for(incident.debug_window + beyond_the_window); !told)
            progress.warn("", told.error().message());
        progress.phase("window", probe.explanation());
        if (auto evidence = formats::Capture::open(parts.spool, *parts.redaction, std::string(formats::member::probe),
                                                   incident.byte_limit))
            probe.write_to(std::move(*evidence));
        const ArmedTime armed_time(patience);
        const auto record = [&](milliseconds longest, WindowGoal goal) {
            try {
                return record_window(endpoints, crew, probe, longest, goal, incident.settle, guardian, armed_time,
                                     interrupted);
            } catch (const std::exception& error) {
                // No window; what is armed is turned off as ever.
                const std::string reason = std::string("the window could not be opened: ") + error.what();
                for (Endpoint& endpoint : endpoints) endpoint.cut_short(reason);
                progress.warn("", reason);
                return WindowEnd::guard;
            }
        };
        window_end = record(incident.debug_window, WindowGoal::new_sas);
        progress.phase("window", "the debug window is closed: " + std::string(name_of(window_end)));

        // 6. Reset, only when that is allowed and only while the tunnel is down, with the debugs still on.
        if (incident.allow_reset != formats::ResetConsent::none || incident.allow_clear_xlate) {
            ResetLadder ladder({incident, endpoints, crew, probe, consents, guardian, progress, armed_time.patience()},
                               record);
            ResetLadder::Climb climb = ladder.climb(window_end);
            window_end = climb.last_window;
            manifest.actions = std::move(climb.actions);
            back_after = std::move(climb.back_after);
        }
    }

    // 7. Turn the debugs off and prove it. Never skipped, deaf to the interrupt and to the deadline.
    if (debugging) {
        progress.phase("disarm", "turning debugs off");
        // One that is gone is not needed any more: what is armed is turned off now.
        [[maybe_unused]] const auto told = guardian.armed_for(disarming_limit + for_configuration_mode(incident));
    }
    crew.on_each(endpoints, debugging ? endpoints.size() : incident.parallel, [](Endpoint& e) { e.disarm(); });
    guardian.stand_down();
    guardian.share_learned();
    if (debugging) save();  // else nothing has come since the last one

    // 8. Take the state after, and leave.
    const bool is_over = nobody || is_declined;
    if (!is_over && !leave_now.stop_requested()) progress.phase("after", "state after");
    crew.on_each(endpoints, incident.parallel, [&](Endpoint& e) {
        if (!e.is_identified() || is_declined) return;
        // Owed like a disarm: an interrupt does not take it away.
        e.prove_configuration(Patience::within(longest_proof, leave_now));
        e.collect(Phase::after, patience);
    });
    crew.on_each(endpoints, incident.parallel, [](Endpoint& e) { e.log_out(); });
    crew.dismiss();
    // What hundreds of sessions held lies in the heaps of threads that are gone; packing needs memory of its own.
    if (endpoints.size() > incident.parallel) ::malloc_trim(0);

    // 9. Account for every planned item, and pack.
    for (Endpoint& endpoint : endpoints) {
        endpoint.close_the_ledger();
        if (const auto& why = endpoint.failure()) result.unusable.push_back(endpoint.name() + ": " + why->detail);
        if (!endpoint.still_to_type().empty()) result.to_type.emplace_back(endpoint.name(), endpoint.still_to_type());
        manifest.endpoints.push_back(endpoint.record_of_run());
    }
    const auto probes = probe.finish();
    if (probes) manifest.probes = *probes;
    for (const auto& sent : manifest.probes)
        progress.event({EventKind::probe,
                        "",
                        sent.from + " to " + sent.to + " by " + sent.kind + ": " + sent.outcome,
                        {{"state", "done"},
                         {"from", sent.from},
                         {"to", sent.to},
                         {"kind", sent.kind},
                         {"outcome", sent.outcome}}});
    manifest.findings = run_findings(endpoints, window_end, probe, back_after);
    unsearched.add_to(manifest.findings);
    for (const auto& finding : manifest.findings)
        progress.event({EventKind::finding,
                        finding.endpoint,
                        finding.text,
                        {{"id", finding.id}, {"severity", finding.severity}, {"origin", finding.origin}}});
    manifest.ended = formats::utc_now();
    result.gaps = gaps_in(manifest, endpoints);
    Ending& ending = result.ending;
    ending = {.still_debugging = !result.to_type.empty(),
              .interrupted = patience.is_stopped(),
              .nobody = nobody,
              .incomplete = has_gaps(result.gaps)};
    result.outcome = ending.interrupted ? "interrupted" : ending.incomplete ? "incomplete" : "complete";
    manifest.outcome = result.outcome;

    if (ending.nobody && !ending.interrupted) {
        result.outcome = "none";
        (void)progress.close_log();
        if (auto removed = parts.spool.remove(); !removed) progress.warn("", removed.error().message());
        return result;
    }
    if (leave_now.stop_requested()) {
        // Interrupted twice: what there is stays where it is.
        [[maybe_unused]] const auto closed = progress.close_log();
        result.outcome = "none";
        result.spool = kept_in(parts.spool);
        return result;
    }
    progress.phase("package", "redacting, verifying and packing");
    Result<formats::BundleFile> bundle =
        progress.close_log() ? package(manifest, parts.spool, parts.redaction, parts.package)
                             : Result<formats::BundleFile>(
                                   formats::Error{formats::ErrorKind::io, "collector.log", "could not be written", {}});
    if (bundle) {
        result.bundle = *bundle;
        result.verdict = manifest.verdict;
        say_findings(manifest, progress);
        result.gaps = gaps_in(manifest, endpoints);
        result.outcome = manifest.outcome;
        ending.incomplete = result.outcome != "complete";
        if (auto removed = parts.spool.remove(); !removed) progress.warn("", removed.error().message());
    } else {
        result.error = bundle.error();
        result.spool = kept_in(parts.spool);
        ending.not_written = true;
    }
    return result;
}

}  // namespace collector
