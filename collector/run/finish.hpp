#pragma once
// The end of a run, when its last session is closed: every planned item is accounted for, and what was captured is
// packed, kept, or removed.

#include <stop_token>
#include <string>
#include <vector>

#include "collector/debug/window.hpp"
#include "collector/endpoint/endpoint.hpp"
#include "collector/probe/probe.hpp"
#include "collector/run/ending.hpp"
#include "collector/run/run.hpp"
#include "collector/run/unsearched.hpp"
#include "formats/bundle/manifest.hpp"

namespace collector {

/// What the steps of a run leave behind.
struct FinishedSteps {
    RunParts& parts;
    std::vector<Endpoint>& endpoints;
    Probe& probe;
    const Unsearched& unsearched;
    formats::Manifest manifest;  ///< with the actions; without endpoints, probes and findings
    WindowEnd last_window = WindowEnd::nobody_armed;
    std::string back_after;  ///< the reset after which the tunnel came back; empty: none
    bool was_interrupted = false;
    bool was_nobody_there = false;
};

/// Three ways out: without a usable endpoint the spool is removed; interrupted twice, all stays where it lies; else it is
/// packed. Why there is no bundle is told in the result.
RunResult finish(FinishedSteps run);

}  // namespace collector
