#pragma once
// The reset ladder (contract, section 5): while the tunnel is down, one rung after the other, the narrowest
// first and phase 2 before phase 1, on every end that consented; after each up to 30 s of probing with the
// debugs still on, so that the rebuild is recorded. It stops as soon as the tunnel is back.
//
// Down: some seconds after the last probe packet the two ends hold no SAs of one negotiation. A missing reply
// is never a reason to reset; translations may be cleared then. What cannot be read is never down.

#include <functional>
#include <vector>

#include "collector/debug/window.hpp"
#include "collector/endpoint/endpoint.hpp"
#include "collector/guardian/guardian.hpp"
#include "collector/probe/probe.hpp"
#include "collector/reset/consent.hpp"
#include "collector/system/crew.hpp"
#include "formats/bundle/manifest.hpp"
#include "formats/tunnel/tunnel_verdict.hpp"

namespace collector {

class ResetLadder {
 public:
    /// All outlive it.
    struct Parts {
        const formats::Incident& incident;
        std::vector<Endpoint>& endpoints;
        Crew& crew;
        Probe& probe;
        const Consents& consents;
        Guardian& guardian;
        Progress& progress;
        const Patience& patience;
    };
    /// Opens a window of at most this length on all endpoints and records until it closes.
    using Record = std::function<WindowEnd(milliseconds, WindowGoal)>;

    explicit ResetLadder(Parts parts, Record record) : parts_(parts), record_(std::move(record)) {}

    struct Climb {
        WindowEnd last_window = WindowEnd::nobody_armed;
        std::vector<formats::ActionRecord> actions;  ///< one for each line that was sent, or not and why
        std::string back_after;  ///< the lines after which the tunnel was back; empty: it was up before, or stayed down
    };
    /// From the end of the first window on.
    Climb climb(WindowEnd first_window);

 private:
    struct Rung {
        formats::ResetScope scope;
        std::vector<std::string> lines;  ///< ids, by endpoint; empty: this end has none
    };
    std::vector<Rung> rungs() const;
    bool calls_for(formats::ResetScope scope, formats::TunnelVerdict verdict) const;
    formats::TunnelVerdict judge();
    bool send(const Rung& rung, formats::TunnelVerdict verdict);
    void describe(std::size_t first_action, formats::TunnelVerdict verdict);
    WindowEnd record(milliseconds limit, WindowGoal goal);

    Parts parts_;
    Record record_;
    Climb climb_;
};

}  // namespace collector
