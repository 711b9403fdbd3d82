#pragma once
// What the endpoints' configurations and SA tables say about the one tunnel of an incident: who the peers
// are, and what can be found without analysis.

#include <vector>

#include "collector/debug/window.hpp"
#include "collector/endpoint/endpoint.hpp"
#include "collector/probe/probe.hpp"
#include "collector/progress/progress.hpp"

namespace collector {

/// Tells each endpoint its crypto peer: the incident's word, else the address of the interface that carries
/// the other end's crypto map (contract, section 5). What cannot be told is said.
void find_the_tunnel(const formats::Incident& incident, std::vector<Endpoint>& endpoints, Progress& progress);

/// What a run found: up, down, up already, back after which reset; the interesting traffic and where the two ends do
/// not mirror each other. One sentence each, with its evidence. Networks stand in them, never lines of a configuration.
/// `back_after`: the reset after which the tunnel came back; empty: none.
std::vector<formats::FindingRecord> findings_of(const std::vector<Endpoint>& endpoints, WindowEnd window_end,
                                                const Probe& probe, const std::string& back_after);

}  // namespace collector
