#include "collector/commands/cleanup.hpp"

#include <algorithm>
#include <iostream>
#include <optional>

#include "collector/commands/run_request.hpp"
#include "collector/debug/undo.hpp"
#include "collector/progress/screen_text.hpp"
#include "collector/session/login.hpp"
#include "collector/state/device_lock.hpp"
#include "collector/state/run_place.hpp"
#include "collector/system/crew.hpp"
#include "collector/system/interrupts.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

constexpr std::chrono::seconds whole_undo{120};
constexpr std::chrono::seconds slow_reader{5};

/// What is to be done at one endpoint.
struct Work {
    const JournalEndpoint* endpoint;
    std::vector<UndoEntry> owed;
    std::size_t index;
    /// False: a program that only the journal names was not to be run, or another run has the device.
    bool may_log_in = true;
    TakenBack taken;
    std::optional<DeviceLock> lock{};
};

/// The incident that the journal's endpoints make; `profiles` says what may be sent to them.
Result<formats::Incident> incident_of(const Journal& journal, const std::vector<JournalEndpoint>& endpoints) {
    formats::Incident incident;
    incident.allow_console_debug = true;  // what was armed with consent is turned off without
    for (const JournalEndpoint& endpoint : endpoints) {
        auto target = formats::parse_target(endpoint.target);
        if (!target) return Error{ErrorKind::usage, journal.path(), endpoint.name + ": " + target.error().detail, {}};
        formats::EndpointSpec spec;
        spec.name = endpoint.name;
        spec.target = std::move(*target);
        // Over exec: the name stands in no target.
        if (spec.target.transport == formats::Transport::exec) spec.target.user = endpoint.user;
        spec.platform = endpoint.profile;
        spec.legacy = endpoint.legacy;
        spec.context = endpoint.context;
        incident.allow_config_mode = incident.allow_config_mode || endpoint.allow_config_mode;
        spec.place = journal.path();
        for (auto [text, source] : {std::pair(&endpoint.password_from, &spec.password_from),
                                    std::pair(&endpoint.enable_from, &spec.enable_from)}) {
            if (text->empty()) continue;
            auto parsed = formats::parse_secret_source(*text);
            if (!parsed) return parsed.error();
            *source = std::move(*parsed);
        }
        incident.endpoints.push_back(std::move(spec));
    }
    if (incident.endpoints.empty()) return Error{ErrorKind::usage, journal.path(), "it names no endpoint", {}};
    return incident;
}

/// A journal is a file, and files can be edited: an undo line is sent only when this build composes the same.
Result<void> check_lines(const Journal& journal, const Work& work, const EndpointPlan& plan) {
    for (const UndoEntry& entry : work.owed) {
        const auto line = plan.line(entry.undo_id,
                                    entry.peer_address.empty() ? Slots{} : Slots{{"peer-address", entry.peer_address}});
        const bool undoes = line && (plan.find(entry.undo_id)->step == Step::disarm || entry.undo_id == "leave");
        if (!undoes || line->text() != entry.undo)
            return Error{ErrorKind::usage, journal.path(),
                         "\"" + entry.undo + "\" is not what this build sends to a " + plan.profile().name,
                         "log in by hand and look at `" + plan.profile().debug.state + "`"};
    }
    return {};
}

void show_lines(Progress& progress, const Work& work, const EndpointPlan& plan) {
    std::string text =
        work.endpoint->name + " (" + work.endpoint->target + "): will be sent, as far as it is needed:\n";
    const auto add = [&](const std::string& line) { text += "    " + line + "\n"; };
    const bool session = std::any_of(work.owed.begin(), work.owed.end(), [](const auto& e) {
        return e.scope == UndoEntry::Scope::session && e.undo_id != "leave";
    });
    if (session) {
        if (const PlannedItem* sessions = plan.find("sessions")) add(sessions->line);
        if (work.endpoint->arming().is_known())
            if (const auto line = plan.line("end-session", {{"session-id", work.endpoint->session}})) add(line->text());
    }
    for (auto entry = work.owed.rbegin(); entry != work.owed.rend(); ++entry)
        if (entry->scope == UndoEntry::Scope::device || entry->undo_id == "leave") add(entry->undo);
    progress.always(text + lines_around(plan));
}

/// Programs that would have to be run for one endpoint, as its journal names them.
std::vector<std::string> programs_of(const formats::EndpointSpec& spec) {
    std::vector<std::string> programs;
    if (spec.target.transport == formats::Transport::exec) programs.push_back(spec.target.written);
    for (const auto* source : {&spec.password_from, &spec.enable_from})
        if (source->kind == formats::SecretSource::Kind::command) programs.push_back("command:" + source->value);
    return programs;
}

/// A file can be edited by whoever gets at it: a program is run only when a person says so.
bool may_run(const Work& work, const std::vector<std::string>& programs, Terminal& terminal) {
    for (const std::string& program : programs) {
        const auto answer = terminal.ask(
            work.endpoint->name + ": the journal names a program: " + neutralised(program) + "\nRun it (yes/no)? ",
            false, Patience::within(std::chrono::minutes{2}));
        if (!answer || *answer != "yes") return false;
    }
    return true;
}

/// What is owed, an endpoint each.
std::vector<Work> works_of(const Journal& journal, const std::vector<JournalEndpoint>& endpoints) {
    std::vector<Work> works;
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
        Work work{&endpoints[i], {}, i, true, {}};
        for (const UndoEntry& entry : journal.owed())
            if (entry.endpoint == endpoints[i].name) work.owed.push_back(entry);
        if (!work.owed.empty()) works.push_back(std::move(work));
    }
    return works;
}

/// A file that can be edited names the lock: a name, and no path.
bool is_lock_name(const std::string& name) {
    return name.starts_with(device_lock_prefix) && name.find('/') == std::string::npos;
}

/// A run that works on the device now would see its debugs go off, or turn them on behind the proof of this cleanup.
void lock_the_device(Work& work, const std::string& journal) {
    if (!is_lock_name(work.endpoint->lock)) return;
    auto lock = DeviceLock::take(state_folder(), work.endpoint->lock, work.endpoint->name, journal);
    if (lock) {
        work.lock.emplace(std::move(*lock));
        return;
    }
    work.may_log_in = false;
    work.taken.how = lock.error().detail + (lock.error().remedy.empty() ? "" : "; " + lock.error().remedy);
}

void undo(Work& work, const Plan& plan, Credentials& credentials, const LoginSettings& login,
          const std::stop_token& interrupted) {
    const EndpointPlan& lines = plan.candidates(work.index).front();
    TakeBackOrder order{lines, work.owed, work.endpoint->arming(), {}, nullptr};
    order.log_in = [&](const Patience& patience) -> Result<std::unique_ptr<Shell>> {
        const Patience turn = patience.at_most(plan.incident().connect_timeout);
        auto session = open_session(plan.incident().endpoints[work.index], {&lines, 1}, credentials, login, turn);
        if (!session) return session.error();
        if (auto ready = make_ready(*session->shell, lines, credentials, turn); !ready) return ready.error();
        return std::move(session->shell);
    };
    work.taken = take_back(std::move(order), Patience::within(whole_undo, interrupted));
    if (work.taken.session)
        if (const auto leave = lines.line("leave"))
            work.taken.session->leave(*leave, Patience::within(std::chrono::seconds{2}));
    work.taken.session.reset();
    credentials.wipe();
}

}  // namespace

int cleanup_command(const CleanupRequest& request) {
    if (request.journal.empty()) {
        std::cout << neutralised(list_of(leftovers(state_folder()), Leftover::Kind::journal), true) << std::flush;
        return static_cast<int>(std::cout ? ExitCode::complete : ExitCode::internal);
    }
    // 1. What the journal owes, as far as this build sends the same.
    auto journal = Journal::take_over(request.journal);
    if (!journal) return Progress::refuse(request.json, journal.error());
    const std::vector<JournalEndpoint> endpoints = journal->endpoints();
    std::vector<Work> works = works_of(*journal, endpoints);
    auto redaction = formats::Redaction::make({});
    if (!redaction) return Progress::refuse(request.json, redaction.error(), ExitCode::internal);
    auto profiles = formats::load_profiles(config_folder() + "/platforms");
    if (!profiles) return Progress::refuse(request.json, profiles.error());
    auto incident = incident_of(*journal, endpoints);
    if (!incident) return Progress::refuse(request.json, incident.error());
    auto plan = Plan::make(*incident, *profiles);
    if (!plan) return Progress::refuse(request.json, plan.error());
    for (const Work& work : works)
        if (auto ours = check_lines(*journal, work, plan->candidates(work.index).front()); !ours)
            return Progress::refuse(request.json, ours.error());

    // 2. Shown before anything is run or contacted.
    const Interrupts interrupts;
    Terminal terminal(true, interrupts.orderly());
    Progress progress(progress_settings(request.json, request.verbosity), *redaction);
    terminal.around_questions([&] { progress.hold_screen(); }, [&] { progress.release_screen(); });
    for (const Work& work : works) show_lines(progress, work, plan->candidates(work.index).front());
    std::vector<formats::EndpointSpec> logins;
    for (Work& work : works) {
        logins.push_back(plan->incident().endpoints[work.index]);
        const auto programs = programs_of(logins.back());
        work.may_log_in = may_run(work, programs, terminal);
        if (work.may_log_in) continue;
        logins.back().password_from = logins.back().enable_from = {};
        work.taken.how = "it needs a program that only the journal names, `" + programs.front() +
                         "`, which is run when that is confirmed on a terminal";
    }
    auto credentials = Credentials::gather_all(logins, terminal, **redaction);
    if (!credentials) {
        progress.result({EventKind::result,
                         "",
                         credentials.error().message(),
                         {{"bundle", "=null"}, {"outcome", "usage"}, {"exit", "=2"}}},
                        "", slow_reader);
        return static_cast<int>(ExitCode::usage);
    }

    // 3. Undone at all at once.
    const LoginSettings login{terminal.is_there() ? formats::HostKeyPolicy::ask : formats::HostKeyPolicy::strict,
                              ssh_folder(), &terminal};
    Crew(works.size()).on_each(works, works.size(), [&](Work& work) {
        if (work.may_log_in) lock_the_device(work, request.journal);
        if (work.may_log_in)
            undo(work, *plan, (*credentials)[static_cast<std::size_t>(&work - works.data())], login,
                 interrupts.orderly());
    });

    // 4. What became of it.
    bool all = true;
    for (const Work& work : works) {
        if (work.taken.proven) {
            for (const UndoEntry& entry : work.owed) journal->prove(entry.number, "by cleanup: " + work.taken.how);
            progress.event({EventKind::debug,
                            work.endpoint->name,
                            "off and proven: " + work.taken.how,
                            {{"state", "disarmed"}, {"proven", "=true"}}});
            if (work.taken.entered_configuration) progress.warn(work.endpoint->name, not_compared);
            continue;
        }
        all = false;
        std::string text = work.endpoint->name + " MAY STILL BE DEBUGGING (" + work.taken.how + "). Log in and type:\n";
        text += lines_by_hand(work.owed, plan->candidates(work.index).front());
        progress.always(text + "or try again with\n    tacbundle cleanup " + request.journal);
    }
    if (auto closed = journal->close(); !closed) progress.warn("", closed.error().message());
    const auto code = all ? ExitCode::complete : ExitCode::still_debugging;
    const bool told = progress.result({EventKind::result,
                                       "",
                                       all ? "all is off and proven" : "something may still be on",
                                       {{"bundle", "=null"},
                                        {"outcome", all ? "complete" : "incomplete"},
                                        {"exit", "=" + std::to_string(static_cast<int>(code))}}},
                                      "", slow_reader);
    return static_cast<int>(told || !all ? code : ExitCode::internal);
}

}  // namespace collector
