#pragma once
// What `collect`, `plan` and `check` are asked to do: the incident, whole and validated, and what does not
// belong to it.

#include <memory>
#include <string>
#include <vector>

#include "collector/plan/plan.hpp"
#include "collector/progress/progress.hpp"
#include "formats/incident/incident.hpp"
#include "formats/platform/profile.hpp"
#include "formats/redaction/redaction.hpp"

namespace collector {

struct RunRequest {
    formats::Incident incident;
    int verbosity = 0;     ///< -q -1, -v 1
    bool yes = false;      ///< ordinary confirmations
    bool explain = false;  ///< `check --explain`
    std::string approve;   ///< digest; run only if the plan has it
};

/// Profiles, redaction and plan of a request: all that can be wrong before anything is contacted.
struct Preparation {
    std::unique_ptr<const std::vector<formats::Profile>> profiles;  ///< a plan points into it
    std::shared_ptr<formats::Redaction> redaction;
    std::unique_ptr<const Plan> plan;
};
/// Errors of kind usage: a platform, transport, probe or option that is not there; a pattern that RE2 refuses.
formats::Result<Preparation> prepare(const RunRequest& request);

/// $XDG_STATE_HOME/tacbundle, $XDG_CONFIG_HOME/tacbundle, $HOME/.ssh
std::string state_folder();
std::string config_folder();
std::string ssh_folder();

}  // namespace collector
