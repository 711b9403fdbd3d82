#include "collector/commands/collect.hpp"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <string>

#include "collector/credentials/credentials.hpp"
#include "collector/guardian/guardian.hpp"
#include "collector/plan/own_text.hpp"
#include "collector/plan/workstation_lines.hpp"
#include "collector/probe/workstation.hpp"
#include "collector/progress/conclusion.hpp"
#include "collector/progress/screen_text.hpp"
#include "collector/progress/terminal.hpp"
#include "collector/reset/consent.hpp"
#include "collector/run/run.hpp"
#include "collector/state/run_place.hpp"
#include "collector/system/interrupts.hpp"
#include "collector/system/open_files.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

constexpr int most_heaps = 2;
constexpr std::size_t most_held = std::size_t{16} << 20;
constexpr std::chrono::seconds slow_reader{5};
constexpr std::chrono::milliseconds farewell_limit{200};

/// JSON array of strings, for events; quoting is the writer's business only for whole values.
std::string json_array(const std::vector<std::string>& values) {
    std::string text = "=[";
    for (const std::string& value : values) {
        text += text.size() > 2 ? ",\"" : "\"";
        for (const char c : value) {
            if (c == '"' || c == '\\') text += '\\';
            text += (c >= ' ' && c <= '~') ? c : '?';
        }
        text += '"';
    }
    return text + "]";
}

/// Which address stands for which: beside the bundle (or the spool that is kept), never inside, under a name that
/// a pattern for bundles does not match.
std::string keep_address_map(RunResult& run, const formats::Redaction& redaction, Progress& progress) {
    const std::filesystem::path kept = run.bundle ? run.bundle->path : std::filesystem::path(run.spool);
    if (kept.empty()) return {};
    std::string path = kept.parent_path() / ("addresses-of-" + kept.filename().string() + ".txt");
    if (auto written = redaction.write_address_map(path); !written) {
        progress.always(written.error().message());
        run.not_kept = "the address map: " + written.error().detail;
        run.ending.incomplete = true;
        return {};
    }
    progress.always("which address stands for which is in " + path + "; keep it, it is not part of the bundle");
    return path;
}

/// An endpoint's name and the service request stand in paths and texts as they are: they may hold nothing that is a
/// secret. Before the program's own text, which the names are part of, is reserved.
Result<void> check_names(const formats::Incident& incident,
                         const std::function<bool(const std::string& name)>& is_clean) {
    for (std::size_t i = 0; i < incident.endpoints.size(); ++i)
        // Not which: the name is the secret.
        if (!is_clean(incident.endpoints[i].name))
            return Error{ErrorKind::usage, "endpoint " + std::to_string(i + 1),
                         "its name holds one of the secrets or of the words to be redacted",
                         "give it another name: it stands in file names"};
    if (!is_clean(incident.sr))
        return Error{ErrorKind::usage, "sr",
                     "the service request holds one of the secrets or of the words to be redacted",
                     "it stands in file names: is it the number of the request?"};
    return {};
}

Result<void> check_names(const formats::Incident& incident, const formats::Redaction& redaction) {
    return check_names(incident, [&](const std::string& name) {
        auto scanner = redaction.scanner("name");
        scanner.feed(name);
        return scanner.finish().empty();
    });
}

/// A short credential stands in many a word; a name that is the same is refused all the same.
Result<void> check_names(const formats::Incident& incident, const std::vector<Credentials>& credentials) {
    constexpr std::size_t least = 6;
    return check_names(incident, [&](const std::string& name) {
        const auto stands_in_name = [&](std::string_view secret) {
            return !secret.empty() &&
                   (secret == name || (secret.size() >= least && name.find(secret) != std::string::npos));
        };
        return std::none_of(credentials.begin(), credentials.end(), [&](const Credentials& login) {
            return stands_in_name(login.password_in_use()) || stands_in_name(login.enable_in_use());
        });
    });
}

/// What the program writes itself is searched for no secret; a word of the user that is part of it is refused.
Result<void> reserve_own_text(const Preparation& prepared, const formats::Spool& spool) {
    const auto own = own_text(*prepared.plan, spool);
    if (!own) return own.error();
    if (auto checked = check_names(prepared.plan->incident(), *prepared.redaction); !checked) return checked;
    if (auto checked = check_words(prepared.plan->incident().redaction, *own); !checked) return checked;
    prepared.redaction->reserve(*own);
    return {};
}

void say_how_it_ended(const RunResult& run, const std::string& journal, Progress& progress) {
    for (const auto& [endpoint, lines] : run.to_type) {
        std::string text = endpoint + " MAY STILL BE DEBUGGING. Log in and type:\n";
        for (const std::string& line : lines) text += "    " + line + "\n";
        progress.always(text + "or have it typed by\n    tacbundle cleanup " + journal);
    }
    if (run.error) progress.always(run.error->message());
    if (const auto missing = run.missing(); !missing.empty() && run.bundle) {
        std::string text = "not in the bundle, or not whole:\n";
        for (const std::string& item : missing) text += "    " + item + "\n";
        progress.warn("", text);
    }
}

/// What the run itself cannot end any more, for want of memory or by a defect: its sessions are closed by now, and the
/// guardian turns off what is on. What is said here asks for as little as can be.
int abandon(const char* why, Guardian& guardian, RunPlace& place, bool json) noexcept {
    const bool off = guardian.take_over();
    const ExitCode code = off ? ExitCode::internal : ExitCode::still_debugging;
    try {
        std::string detail = std::string("the run was given up: ") + why;
        if (!std::filesystem::exists(place.spool.folder() / formats::member::manifest)) {  // nothing was begun
            if (auto discarded = place.discard(); !discarded) detail += "\n" + discarded.error().message();
        } else {
            detail += "\nwhat was captured is kept: tacbundle recover " + place.spool.folder().string();
        }
        if (!off) detail += "\na device MAY STILL BE DEBUGGING: tacbundle cleanup " + place.journal.path();
        return Progress::refuse(json, {ErrorKind::internal, "", std::move(detail), {}}, code);
    } catch (const std::exception&) {
        std::fprintf(stderr, "tacbundle: the run was given up: %s\n", why);
        if (!off)
            std::fprintf(stderr, "tacbundle: a device MAY STILL BE DEBUGGING: tacbundle cleanup %s\n",
                         place.journal.path().c_str());
        return static_cast<int>(code);
    }
}

/// Interrupted three times: the guardian turns off what is on, as for a run that was killed.
void leave_at_once(const std::atomic<Progress*>& progress, const Journal& journal, const formats::Spool& spool) {
    const bool owing = !journal.owed().empty();
    const auto code = exit_of({.still_debugging = owing, .interrupted = true});
    if (Progress* still = progress.load()) {
        if (owing)
            still->always("leaving; the guardian turns the debugs off now, and says so. What it owes stands in " +
                          journal.path());
        (void)still->result(
            {EventKind::result,
             "",
             owing ? "STILL DEBUGGING, when the guardian has not said otherwise; then run: tacbundle cleanup " +
                         journal.path()
                   : "INTERRUPTED three times: no debug of this run is on; what was captured is kept in " +
                         spool.folder().string(),
             {{"bundle", "=null"},
              {"sha256", "=null"},
              {"outcome", "none"},
              {"exit", "=" + std::to_string(static_cast<int>(code))},
              {"missing", "=[]"},
              {"spool", spool.folder().string()}}},
            "", farewell_limit);
    }
    ::_exit(static_cast<int>(code));
}

/// The run, beside its guardian. What escapes from it is for that one to end.
int collect_guarded(const RunRequest& request, Preparation& prepared, const formats::PackageOrder& package,
                    RunPlace& place, Guardian& guardian) {
    const formats::Incident& incident = request.incident;
    const bool json = incident.json;
    formats::Spool& spool = place.spool;
    const auto refuse = [&](const Error& error, ExitCode code = ExitCode::usage) {
        if (auto discarded = place.discard(); !discarded)
            std::fprintf(stderr, "tacbundle: %s\n", discarded.error().message().c_str());
        return Progress::refuse(json, error, code);
    };
    std::atomic<Progress*> progress_now{nullptr};
    const Interrupts interrupts([&] { leave_at_once(progress_now, place.journal, spool); }, incident.watch_parent);
    guardian.watch();
    Terminal terminal(true, interrupts.orderly());
    if (auto had = Consents::can_be_had(incident, terminal.is_there()); !had) {
        guardian.dismiss();
        return refuse(had.error());
    }
    if (auto reserved = reserve_own_text(prepared, spool); !reserved) {
        guardian.dismiss();
        return refuse(reserved.error());
    }
    // The workstation's secrets are read with the others: no child process of one sees another's.
    std::vector<formats::EndpointSpec> logins = incident.endpoints;
    const auto station = workstation_of(incident);
    if (station && *station) logins.push_back(**station);
    auto credentials = Credentials::gather_all(logins, terminal, *prepared.redaction);
    if (!credentials) {
        guardian.dismiss();
        return refuse(credentials.error());
    }
    if (auto checked = check_names(incident, *credentials); !checked) {
        guardian.dismiss();
        return refuse(checked.error());
    }
    std::optional<WorkstationLogin> workstation;
    if (station && *station) {
        workstation = WorkstationLogin{**station, std::move(credentials->back())};
        credentials->pop_back();
    }

    Progress progress(progress_settings(json, request.verbosity), prepared.redaction);
    progress_now = &progress;
    terminal.around_questions([&] { progress.hold_screen(); }, [&] { progress.release_screen(); });

    const auto give_up = [&](const Error& error) {
        guardian.dismiss();
        progress.always("the run's folder " + spool.folder().string() + ": " + error.message());
        if (auto discarded = place.discard(); !discarded) progress.always(discarded.error().message());
        (void)progress.result({EventKind::result,
                               "",
                               "NO BUNDLE: " + error.detail,
                               {{"bundle", "=null"}, {"outcome", "none"}, {"exit", "=5"}, {"missing", "=[]"}}},
                              "", slow_reader);
        return static_cast<int>(ExitCode::not_written);
    };
    // The log too: it quotes what devices say. Until collect_bundle() has read every configuration.
    spool.hold(most_held, *prepared.redaction);
    auto log = spool.file(std::string(formats::member::log));
    if (!log) return give_up(log.error());
    progress.log_to(std::move(*log));
    if (auto written =
            spool.write(std::string(formats::member::plan), prepared.redaction->for_bundle(prepared.plan->text()));
        !written)
        return give_up(written.error());
    progress.event(
        {EventKind::run, "", "plan " + prepared.plan->digest().substr(0, 12), {{"digest", prepared.plan->digest()}}});

    const formats::HostKeyPolicy host_key =
        incident.host_key.value_or(terminal.is_there() ? formats::HostKeyPolicy::ask : formats::HostKeyPolicy::strict);
    RunResult run = collect_bundle({*prepared.plan,
                                    std::move(*credentials),
                                    std::move(workstation),
                                    {host_key, ssh_folder(), &terminal},
                                    prepared.redaction,
                                    spool,
                                    progress,
                                    guardian,
                                    interrupts,
                                    package,
                                    request.yes});
    guardian.dismiss();
    if (auto closed = place.journal.close(); !closed) progress.warn("", closed.error().message());
    const std::string map = incident.mask_addresses ? keep_address_map(run, *prepared.redaction, progress) : "";
    say_how_it_ended(run, place.journal.path(), progress);
    say_verdict(run.verdict, progress);
    const std::string path = run.bundle ? run.bundle->path.string() : std::string();
    const std::string words = last_words(run, place.journal.path());
    const ExitCode exit = run.exit();
    if (request.verbosity < 0 && exit != ExitCode::complete) progress.always(words);
    const bool told = progress.result({EventKind::result,
                                       "",
                                       words,
                                       {{"bundle", run.bundle ? path : "=null"},
                                        {"sha256", run.bundle ? run.bundle->sha256 : "=null"},
                                        {"outcome", run.outcome},
                                        {"verdict", run.verdict.empty() ? "=null" : run.verdict},
                                        {"exit", "=" + std::to_string(static_cast<int>(exit))},
                                        {"missing", json_array(run.missing())},
                                        {"spool", run.spool.empty() ? "=null" : run.spool},
                                        {"address-map", map.empty() ? "=null" : map}}},
                                      path, slow_reader);
    return static_cast<int>(told || exit != ExitCode::complete ? exit : ExitCode::internal);
}

}  // namespace

int collect_command(const RunRequest& request) {
    // A thread for each session at work, most of them waiting: a heap for each, as glibc would make up to eight for
    // every core, keeps what a login or an answer needed for a moment, many times over.
    ::mallopt(M_ARENA_MAX, most_heaps);
    const formats::Incident& incident = request.incident;
    const bool json = incident.json;
    auto prepared = prepare(request);
    if (!prepared) return Progress::refuse(json, prepared.error());
    if (auto room = make_room_for_open_files(incident.endpoints.size()); !room)
        return Progress::refuse(json, room.error(), ExitCode::not_written);
    const auto package = formats::order_for(incident.output, incident.format);
    if (!package) return Progress::refuse(json, package.error());
    if (auto output = formats::check_output(*package); !output) return Progress::refuse(json, output.error());

    for (const Leftover& left : leftovers(state_folder()))
        std::fprintf(stderr, "tacbundle: %s\n", neutralised(left.text).c_str());
    auto place = RunPlace::make(state_folder());
    if (!place) return Progress::refuse(json, place.error(), ExitCode::not_written);
    // Before any thread, logger or child: it must outlive whatever becomes of this process.
    const auto guardian = Guardian::start({prepared->plan.get(), prepared->redaction, &place->journal,
                                           place->spool.folder().string(), place->spool_lock.get(), ssh_folder()});
    if (!guardian) {
        if (auto discarded = place->discard(); !discarded)
            std::fprintf(stderr, "tacbundle: %s\n", discarded.error().message().c_str());
        return Progress::refuse(json, guardian.error(), ExitCode::internal);
    }
    try {
        return collect_guarded(request, *prepared, *package, *place, **guardian);
    } catch (const std::exception& error) {
        return abandon(error.what(), **guardian, *place, json);
    }
}

}  // namespace collector
