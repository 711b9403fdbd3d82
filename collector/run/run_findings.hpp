#pragma once
// What only the run knows, as findings of origin "run": how the windows ended, whether the keys of both ends are the
// same, by which way the devices were reached, that nothing was configured. They are kept word for word when a bundle
// is analysed again; why the tunnel is down is told from the captured text alone (formats/analysis).

#include <string>
#include <vector>

#include "collector/debug/window.hpp"
#include "collector/endpoint/endpoint.hpp"
#include "collector/probe/probe.hpp"
#include "formats/bundle/manifest.hpp"

namespace collector {

/// One sentence each, with its evidence. Networks stand in them, never lines of a configuration. `back_after`: the
/// reset after which the tunnel came back; empty: none.
std::vector<formats::FindingRecord> run_findings(const std::vector<Endpoint>& endpoints, WindowEnd window_end,
                                                 const Probe& probe, const std::string& back_after);

/// A sentence that only the run can say.
formats::FindingRecord run_finding(std::string id, std::string severity, std::string text, std::string endpoint = {});

}  // namespace collector
