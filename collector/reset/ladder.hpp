#pragma once
// The reset ladder (contract, section 5): while the tunnel is down, one rung after the other, the narrowest
// first and phase 2 before phase 1, on every end that consented; after each up to 30 s of probing with the
// debugs still on, so that the rebuild is recorded. It stops as soon as the tunnel is back.
//
// Down: some seconds after the last probe packet the two ends hold no SAs of one negotiation. A missing reply
// is never a reason to reset; translations may be cleared then. What cannot be read is never down.

#include <functional>
#include <vector>

#include "collector/debug/guardian.hpp"
#include "collector/debug/window.hpp"
#include "collector/endpoint.hpp"
#include "collector/probe/probe.hpp"
#include "collector/reset/consent.hpp"
#include "formats/bundle/manifest.hpp"

namespace collector {

enum class TunnelVerdict : std::uint8_t { up, no_return_traffic, down, unreadable };
std::string_view name_of(TunnelVerdict verdict);

/// The tunnel between the endpoints, by the tables as last read; all of them could be read.
TunnelVerdict judge_tunnel(const std::vector<Endpoint>& endpoints, const Probe& probe);

class ResetLadder {
 public:
    /// All outlive it.
    struct Parts {
        const formats::Incident& incident;
        std::vector<Endpoint>& endpoints;
        Probe& probe;
        const Consents& consents;
        Guardian& guardian;
        Progress& progress;
        const Patience& patience;
    };
    /// Opens a window of at most this length on all endpoints and records until it closes.
    using Record = std::function<WindowEnd(milliseconds, WindowGoal)>;

    explicit ResetLadder(Parts parts, Record record) : parts_(parts), record_(std::move(record)) {}

    /// Climbs from the end of the first window; how the last one ended.
    WindowEnd climb(WindowEnd first_window);
    /// One for each line that was sent, or that a device was spared and why.
    std::vector<formats::ActionRecord> take_actions() { return std::move(actions_); }

 private:
    struct Rung {
        formats::ResetScope scope;
        std::vector<std::string> lines;  ///< ids, by endpoint; empty: this end has none
    };
    std::vector<Rung> rungs() const;
    bool calls_for(formats::ResetScope scope, TunnelVerdict verdict) const;
    TunnelVerdict judge();
    bool send(const Rung& rung, TunnelVerdict verdict);
    WindowEnd record(milliseconds limit, WindowGoal goal);

    Parts parts_;
    Record record_;
    WindowEnd window_end_ = WindowEnd::nobody_armed;
    std::vector<formats::ActionRecord> actions_;
};

}  // namespace collector
