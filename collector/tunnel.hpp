#pragma once
// What the endpoints' configurations and SA tables say about the one tunnel of an incident: who the peers
// are, and what can be found without analysis.

#include <vector>

#include "collector/debug/window.hpp"
#include "collector/endpoint.hpp"
#include "collector/progress.hpp"

namespace collector {

/// Tells each endpoint its crypto peer: the incident's word, else the address of the interface that carries
/// the other end's crypto map (contract, section 5). What cannot be told is said.
void find_the_tunnel(const formats::Incident& incident, std::vector<Endpoint>& endpoints, Progress& progress);

/// Up, down, up already: one sentence each, with its evidence.
std::vector<formats::FindingRecord> findings_of(const std::vector<Endpoint>& endpoints, WindowEnd window_end);

}  // namespace collector
