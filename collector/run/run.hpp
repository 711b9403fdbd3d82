#pragma once
// The runbook: one incident, from the first login to the verified bundle.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "collector/credentials/credentials.hpp"
#include "collector/endpoint/endpoint.hpp"
#include "collector/plan/plan.hpp"
#include "collector/probe/workstation.hpp"
#include "collector/progress/progress.hpp"
#include "collector/run/ending.hpp"
#include "collector/system/interrupts.hpp"
#include "formats/assembly/assembly.hpp"
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
    formats::PackageOrder package;
    bool yes = false;  ///< ordinary confirmations are given
};

RunResult collect_bundle(RunParts parts);

}  // namespace collector
