#pragma once
// collector.log, the tool's own log inside the bundle:
//
//   2026-11-25T19:24:51.123456Z warning hq warning: 3 sessions of 5 are taken
//
// One line an event: UTC, level, endpoint ("-" for the whole run), kind, text without control characters.
// Every line passes the redaction on its way into the spool.
//
// Threads: belongs to one thread at a time.

#include <memory>

#include "collector/progress/progress.hpp"
#include "formats/bundle/spool.hpp"
#include "formats/redaction/redaction.hpp"
#include "formats/result.hpp"
#include "formats/text/utc_time.hpp"

namespace collector {

class RunLog {
 public:
    RunLog(formats::SpoolFile file, std::shared_ptr<formats::Redaction> redaction);
    ~RunLog();
    RunLog(const RunLog&) = delete;
    RunLog& operator=(const RunLog&) = delete;

    void write(const Event& event, formats::UtcTime time);
    /// The member is final. The first write that failed, else the close.
    formats::Result<void> close();

 private:
    struct Sink;
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace collector
