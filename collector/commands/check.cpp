#include "collector/commands/check.hpp"

#include <string>

#include "collector/endpoint/endpoint.hpp"
#include "collector/probe/probe.hpp"
#include "collector/progress/terminal.hpp"
#include "collector/run/ending.hpp"
#include "collector/state/run_place.hpp"
#include "collector/system/crew.hpp"
#include "collector/system/interrupts.hpp"
#include "formats/cisco/interesting_traffic.hpp"
#include "formats/text/counted.hpp"

namespace collector {

namespace {

/// Which tunnel, what it is for, and what would be sent to bring it up: every sentence with the line it comes from.
void explain_tunnel(const formats::Incident& incident, std::vector<Endpoint>& endpoints, Progress& progress) {
    find_the_tunnel(incident, endpoints);
    for (const Endpoint& endpoint : endpoints)
        if (!endpoint.failure())
            for (const std::string& said :
                 formats::traffic_in_words(endpoint.configuration(), endpoint.tunnel().peer()))
                progress.event({EventKind::endpoint, endpoint.name(), said, {{"state", "explained"}}});
    const Probe probe = Probe::choose(incident, probe_ends(endpoints));
    progress.event({EventKind::probe, "", probe.explanation(), {{"state", "explained"}}});
    for (const std::string& reason : probe.reasons())
        progress.event({EventKind::probe, "", reason, {{"state", "explained"}}});
}

/// Which endpoints a run could collect from.
struct Readiness {
    Ending ending;
    std::string words;

    Readiness(const std::vector<Endpoint>& endpoints, bool interrupted) {
        std::string others;
        std::size_t ready = 0;
        for (const Endpoint& endpoint : endpoints) {
            if (const auto& why = endpoint.failure())
                others += (others.empty() ? "" : "; ") + endpoint.name() + ": " + why->detail;
            else
                ++ready;
        }
        ending = {.interrupted = interrupted, .nobody = ready == 0, .incomplete = ready < endpoints.size()};
        words = interrupted         ? "INTERRUPTED: "
                : ready == 0        ? "NOT READY: "
                : ending.incomplete ? "INCOMPLETE: "
                                    : "COMPLETE: ";
        words += std::to_string(ready) + " of " + formats::counted(endpoints.size(), "endpoint") +
                 std::string(formats::by_number(ready, " is", " are")) + " ready";
        if (!others.empty()) words += "; not ready: " + others;
    }
};

}  // namespace

int check_command(const RunRequest& request) {
    const formats::Incident& incident = request.incident;
    auto prepared = prepare(request);
    if (!prepared) return Progress::refuse(incident.json, prepared.error());

    const Interrupts interrupts;
    Terminal terminal(true, interrupts.orderly());
    auto credentials = Credentials::gather_all(incident.endpoints, terminal, *prepared->redaction);
    if (!credentials) return Progress::refuse(incident.json, credentials.error());
    Progress progress(progress_settings(incident.json, request.verbosity), prepared->redaction);
    terminal.around_questions([&] { progress.hold_screen(); }, [&] { progress.release_screen(); });

    const formats::HostKeyPolicy host_key =
        incident.host_key.value_or(terminal.is_there() ? formats::HostKeyPolicy::ask : formats::HostKeyPolicy::strict);
    const RunContext context{
        &incident, {host_key, ssh_folder(), &terminal}, prepared->redaction.get(), nullptr, &progress};
    const Patience patience = Patience::within(incident.deadline, interrupts.orderly());
    std::vector<Endpoint> endpoints;
    endpoints.reserve(incident.endpoints.size());
    for (std::size_t i = 0; i < incident.endpoints.size(); ++i)
        endpoints.emplace_back(i, incident.endpoints[i], prepared->plan->candidates(i), std::move((*credentials)[i]),
                               context);

    // What dead runs left on is said first, and known again where a device shows it.
    const std::vector<OwedByDeadRun> owed = owed_by_dead_runs(state_folder());
    for (const Leftover& leftover : leftovers(state_folder())) progress.warn("", leftover.text);
    // One session each: whoever checks at noon must not lock an administrator out.
    progress.phase("check", "logging in to " + formats::counted(endpoints.size(), "endpoint") + "; nothing is changed");
    Crew crew(incident.parallel);
    crew.on_each(endpoints, incident.parallel, [&](Endpoint& e) {
        if (!e.log_in(false, patience)) return;
        e.look_around(patience);
        e.look_at_debugs(owed, patience);
        if (request.explain) e.read_tunnel_facts(patience);
    });
    if (request.explain) explain_tunnel(incident, endpoints, progress);
    crew.on_each(endpoints, incident.parallel, [](Endpoint& e) { e.log_out(); });
    const Readiness readiness(endpoints, interrupts.orderly().stop_requested());
    const ExitCode exit = exit_of(readiness.ending);
    if (request.verbosity < 0 && exit != ExitCode::complete) progress.always(readiness.words);
    const bool told = progress.result({EventKind::result,
                                       "",
                                       readiness.words,
                                       {{"bundle", "=null"},
                                        {"outcome", readiness.ending.incomplete ? "incomplete" : "complete"},
                                        {"exit", "=" + std::to_string(static_cast<int>(exit))}}},
                                      "", std::chrono::seconds{5});
    return static_cast<int>(told || exit != ExitCode::complete ? exit : ExitCode::internal);
}

}  // namespace collector
