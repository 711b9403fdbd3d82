#include "collector/commands/collect.hpp"

#include <unistd.h>

#include <cstdio>
#include <string>

#include "collector/credentials.hpp"
#include "collector/interrupts.hpp"
#include "collector/run.hpp"
#include "collector/terminal.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

constexpr std::chrono::seconds slow_reader{5};

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

/// A name for the run: its start, and the process, so that two of one second differ.
std::string run_name() { return formats::to_compact(formats::utc_now()) + "-" + std::to_string(::getpid()); }

void say_how_it_ended(const RunResult& run, Progress& progress) {
    for (const auto& [endpoint, lines] : run.to_type) {
        std::string text = endpoint + " MAY STILL BE DEBUGGING. Log in and type:\n";
        for (const std::string& line : lines) text += "    " + line + "\n";
        progress.always(text);
    }
    if (run.error) progress.always(run.error->message());
    if (!run.spool.empty()) progress.always("what was captured is kept, redacted, in " + run.spool);
    if (run.exit == ExitCode::no_endpoint) progress.always("no endpoint could be used; there is no bundle");
    if (!run.missing.empty() && run.bundle) {
        std::string text = "not in the bundle, or not whole:\n";
        for (const std::string& item : run.missing) text += "    " + item + "\n";
        progress.warn("", text);
    }
}


}  // namespace

int collect_command(const RunRequest& request) {
    const formats::Incident& incident = request.incident;
    const bool json = incident.json;
    auto prepared = prepare(request);
    if (!prepared) return Progress::refuse(json, prepared.error());
    const PackageOrder package{incident.output, incident.format};
    if (auto place = check_output(package); !place) return Progress::refuse(json, place.error());

    const Interrupts interrupts;
    Terminal terminal(true, interrupts.orderly());
    auto credentials = Credentials::gather_all(incident.endpoints, terminal, *prepared->redaction);
    if (!credentials) return Progress::refuse(json, credentials.error());

    auto spool = formats::Spool::create(state_folder() + "/spool-" + run_name());
    if (!spool) return Progress::refuse(json, spool.error());
    Progress progress(progress_settings(json, request.verbosity), prepared->redaction);
    terminal.around_questions([&] { progress.hold_screen(); }, [&] { progress.release_screen(); });

    const auto give_up = [&](const Error& error) {
        progress.always(error.message());
        if (auto removed = spool->remove(); !removed) progress.always(removed.error().message());
        progress.result({EventKind::result, "", error.detail, {{"bundle", "=null"}, {"outcome", "none"}, {"exit", "=5"}, {"missing", "=[]"}}},
                        "", slow_reader);
        return static_cast<int>(ExitCode::not_written);
    };
    auto log = spool->file(std::string(formats::member::log));
    if (!log) return give_up(log.error());
    progress.log_to(std::move(*log));
    if (auto written = spool->write(std::string(formats::member::plan), prepared->redaction->redact(prepared->plan->text())); !written)
        return give_up(written.error());
    progress.event({EventKind::run, "", "plan " + prepared->plan->digest().substr(0, 12), {{"digest", prepared->plan->digest()}}});

    const formats::HostKeyPolicy host_key = incident.host_key.value_or(
        terminal.is_there() ? formats::HostKeyPolicy::ask : formats::HostKeyPolicy::strict);
    const RunResult run = collect_bundle({*prepared->plan, std::move(*credentials), {host_key, ssh_folder(), &terminal},
                                          prepared->redaction, *spool, progress, interrupts, package});
    say_how_it_ended(run, progress);
    const std::string path = run.bundle ? run.bundle->path.string() : std::string();
    progress.result({EventKind::result,
                     "",
                     run.bundle ? "bundle written and verified" : "no bundle",
                     {{"bundle", run.bundle ? path : "=null"},
                      {"sha256", run.bundle ? run.bundle->sha256 : "=null"},
                      {"outcome", run.outcome},
                      {"exit", "=" + std::to_string(static_cast<int>(run.exit))},
                      {"missing", json_array(run.missing)},
                      {"spool", run.spool.empty() ? "=null" : run.spool}}},
                    path, slow_reader);
    return static_cast<int>(run.exit);
}

}  // namespace collector
