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

#include "formats/bundle/spool.hpp"
#include "formats/redaction/redaction.hpp"
#include "formats/result.hpp"

namespace collector {

enum class EventKind : std::uint8_t { run, phase, endpoint, capture, debug, probe, action, guard, finding, warning, result };
std::string_view name_of(EventKind kind);

struct Event {
    EventKind kind = EventKind::run;
    std::string endpoint;  ///< empty when it concerns the whole run
    std::string text;      ///< one sentence for people: "3 sessions, CPU 4 %"
    /// Further members of the JSON object, in order; a value starting with '=' is written as a bare JSON
    /// token (number, true, false, null) without the '='.
    std::vector<std::pair<std::string, std::string>> members;
};

struct ProgressSettings {
    bool json = false;
    int verbosity = 0;    ///< -1 quiet, 0 normal, 1 verbose
    bool colour = false;  ///< stderr is a terminal and NO_COLOR is not set
    bool live = false;    ///< stderr is a terminal: one live line per endpoint
};

class Progress {
 public:
    Progress(const ProgressSettings& settings, std::shared_ptr<formats::Redaction> redaction);
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

    /// The last line on stdout, once: without --json the bundle's path (nothing when there is none), with it
    /// the `result` object. Waits at most `limit` for a slow reader.
    void result(Event event, const std::string& bundle_path, std::chrono::milliseconds limit);

 private:
    struct Writer;
    std::unique_ptr<Writer> writer_;
};

}  // namespace collector
