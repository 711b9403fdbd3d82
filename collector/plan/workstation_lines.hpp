#pragma once
// The lines that are run on a workstation which sends the probe. They are fixed, with the addresses of the incident in
// them, and stand in the plan.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/incident/incident.hpp"
#include "formats/result.hpp"

namespace collector {

/// The login that a probe from a workstation needs, written like an endpoint's target; nothing when the probe
/// comes from elsewhere. Error usage: it is no ssh target.
formats::Result<std::optional<formats::EndpointSpec>> workstation_of(const formats::Incident& incident);

/// What a workstation that runs lines answers with its last word.
inline constexpr std::string_view workstation_greeting = "echo tacbundle-probe";
/// What is typed before the lines, where the workstation runs none but gives a shell: one without a prompt.
inline constexpr std::string_view workstation_shell = "exec /usr/bin/env PS1= /bin/sh";

/// The lines for one probe; the first whose program the workstation has is used. Every shell reads each of them.
std::vector<std::string> probe_lines(const formats::ProbeSpec& probe);
/// All that are run there: the greeting, then the lines for a probe.
std::vector<std::string> workstation_lines(const formats::ProbeSpec& probe);

}  // namespace collector
