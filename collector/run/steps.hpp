#pragma once
// The steps of a run, in the order in which run.cpp calls them. Each ends, whatever a device does; what it could not do is
// in the ledgers of the endpoints.
//
// Threads: the steps belong to the main thread. Inside a step each endpoint has a thread, joined before the step returns.

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "collector/endpoint/endpoint.hpp"
#include "collector/probe/probe.hpp"
#include "collector/reset/consent.hpp"
#include "collector/run/deadlines.hpp"
#include "collector/run/ending.hpp"
#include "collector/run/listener_keeper.hpp"
#include "collector/run/run.hpp"
#include "collector/run/unsearched.hpp"
#include "collector/system/crew.hpp"
#include "formats/bundle/manifest.hpp"

namespace collector {

class Steps {
 public:
    /// Writes the first draft of the manifest, so that a run that dies leaves something to recover.
    explicit Steps(RunParts& parts);

    void log_in();
    void read_before();
    void ask();
    void wait_for_start();
    void arm();
    void record();
    void reset();
    void disarm();
    void read_after();
    RunResult finish();

 private:
    using Sender = formats::Result<std::unique_ptr<ProbeSender>>;

    bool any(bool (Endpoint::*is_so)() const) const;
    void save_draft();
    void warn_of_logins_through_the_tunnel();
    void ask_about_a_missing_end();
    Sender open_sender();
    /// A window of at most this length, with all that belongs to it.
    WindowEnd open_window(milliseconds longest, WindowGoal goal);
    WindowEnd record_window(milliseconds longest, WindowGoal goal);

    RunParts& parts_;
    const formats::Incident& incident_;
    Progress& progress_;
    Guardian& guardian_;
    std::stop_token interrupted_, leave_now_;
    Patience patience_;  ///< of the run; without the time that a person takes to answer
    RunContext context_;
    formats::Manifest manifest_;
    std::vector<Endpoint> endpoints_;
    std::optional<ListenerKeeper> keeper_;  ///< from the login until the endpoints arm, or end with the run
    Unsearched unsearched_;
    Crew crew_;
    bool is_anybody_there_ = false;
    bool is_declined_ = false;                        ///< not gone on with, since an end is missing
    bool debugs_ = false;                             ///< something is to be armed, or was
    Sender sender_ = std::unique_ptr<ProbeSender>();  ///< of a probe from outside the endpoints; null: none
    Consents consents_;
    std::optional<Probe> probe_;
    std::optional<ArmedTime> armed_time_;  ///< since the first window; none: there was no window
    WindowEnd last_window_ = WindowEnd::nobody_armed;
    std::string back_after_;
};

}  // namespace collector
