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

/// What this end's configuration says of the tunnel, for people: the crypto map entry, its pairs of networks in
/// order, each with the line it comes from, and what is ambiguous, missing or not resolved.
std::vector<std::string> explain_traffic(const Endpoint& endpoint);

enum class TunnelVerdict : std::uint8_t { up, no_return_traffic, down, unreadable };
std::string_view name_of(TunnelVerdict verdict);

/// The tunnel between the endpoints, by the tables as last read; all of them could be read. Up: the two ends hold
/// SAs of one negotiation.
TunnelVerdict judge_tunnel(const std::vector<Endpoint>& endpoints, const Probe& probe);

/// What a run found: up, down, up already, back after which reset; the interesting traffic and where the two ends do
/// not mirror each other. One sentence each, with its evidence. Networks stand in them, never lines of a configuration.
/// `back_after`: the reset after which the tunnel came back; empty: none.
std::vector<formats::FindingRecord> findings_of(const std::vector<Endpoint>& endpoints, WindowEnd window_end,
                                                const Probe& probe, const std::string& back_after);

}  // namespace collector
