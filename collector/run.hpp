#pragma once
// The runbook: one incident, from the first login to the verified bundle.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "collector/credentials.hpp"
#include "collector/endpoint.hpp"
#include "collector/interrupts.hpp"
#include "collector/package.hpp"
#include "collector/plan.hpp"
#include "collector/probe/workstation.hpp"
#include "collector/progress.hpp"
#include "collector/run/ending.hpp"
#include "formats/bundle/archive.hpp"
#include "formats/bundle/spool.hpp"

namespace collector {

/// The parts of a run that its caller made. All outlive it.
struct RunParts {
    const Plan& plan;
    std::vector<Credentials> credentials;         ///< in the order of the incident's endpoints
    std::optional<WorkstationLogin> workstation;  ///< where the probe comes from one
    LoginSettings login;
    std::shared_ptr<formats::Redaction> redaction;
    formats::Spool& spool;
    Progress& progress;
    Guardian& guardian;
    const Interrupts& interrupts;
    PackageOrder package;
    bool yes = false;  ///< ordinary confirmations are given
};

RunResult collect_bundle(RunParts parts);

}  // namespace collector
