#pragma once
// What a person sees (stderr) and what a program reads (stdout, --json), and the tool's own log, from one
// stream of events. Every text passes the redactor. A reader that is slow or gone never holds up a
// dialogue: events go through a bounded queue to one writer thread; what does not fit is counted, except
// the result, which is written last and waited for.
//
// Threads: all functions may be called from any thread.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collector/exit_code.hpp"
#include "formats/bundle/spool.hpp"
#include "formats/redaction/redaction.hpp"
#include "formats/result.hpp"

namespace collector {

enum class EventKind : std::uint8_t {
    run,
    phase,
    endpoint,
    capture,
    debug,
    probe,
    action,
    guard,
    finding,
    warning,
    result
};
std::string_view name_of(EventKind kind);

struct Event {
    EventKind kind = EventKind::run;
    std::string endpoint;  ///< empty when it concerns the whole run
    std::string text;      ///< one sentence for people: "3 sessions, CPU 4 %"
    /// Further members of the JSON object, in order; a value starting with '=' is JSON itself, without the '='
    /// (number, true, false, null, an array of strings). "v", "time" and "event" cannot be replaced.
    std::vector<std::pair<std::string, std::string>> members = {};
    /// Said of the moment only: on a terminal it stands in the endpoint's live line, until the next event. All else
    /// scrolls and stays, on a terminal as in a pipe.
    bool is_passing = false;
};

struct ProgressSettings {
    bool json = false;
    int verbosity = 0;    ///< -1 quiet, 0 normal, 1 verbose
    bool colour = false;  ///< stderr is a terminal and NO_COLOR is not set
    bool live = false;    ///< stderr is a terminal: one live line per endpoint
};

/// Colour and live lines as stderr and the environment (NO_COLOR, TERM=dumb) allow them.
ProgressSettings progress_settings(bool json, int verbosity);

class Progress {
 public:
    Progress(const ProgressSettings& settings, std::shared_ptr<formats::Redaction> redaction);
    /// Writes what is queued, for at most a second, and takes the live lines off.
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// From now on every event is a line of collector.log too (UTC time, kind, endpoint, text).
    void log_to(formats::SpoolFile file);
    /// Closes collector.log: the member is final. Error of the first write that failed, if any.
    formats::Result<void> close_log();

    void event(Event event);
    void phase(std::string_view name, std::string_view text);
    void warn(std::string_view endpoint, std::string_view text);
    /// On stderr also with -q: an error that ends the command, a device that may still be debugging.
    void always(std::string_view text);

    /// Keeps stderr still while a question stands on the terminal (Terminal::around_questions): the live lines
    /// are gone when hold_screen() returns, at the latest after 200 ms. Every hold needs its release.
    void hold_screen();
    void release_screen();

    /// The last line on stdout, once: without --json the bundle's path (nothing when there is none), with it
    /// the `result` object. Waits at most `limit` for a slow reader. Later events are not written on stdout.
    /// False: nobody has it, and that was said on stderr, with the path. No exit code 0 after that.
    bool result(Event event, const std::string& bundle_path, std::chrono::milliseconds limit);

    /// The way out of a run that never began (usage, incident file): the error on stderr and, with --json, the
    /// `result` object on stdout; the exit code for main.
    static int refuse(bool json, const formats::Error& error, ExitCode code = ExitCode::usage);

 private:
    struct Writer;
    std::unique_ptr<Writer> writer_;
};

}  // namespace collector
