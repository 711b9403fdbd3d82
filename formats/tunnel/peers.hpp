#pragma once
// Who the peers of an incident's tunnel are: by the word of the incident, else by the configurations of its ends.

#include <string>
#include <vector>

#include "formats/cisco/crypto_config.hpp"

namespace formats {

struct TunnelEnd {
    /// `peer-address` of the endpoint; empty: none. An address of its own is how the other end calls it, any other is
    /// the peer as this end's `set peer` names it.
    std::string named;
    const CryptoConfig* configuration = nullptr;  ///< without a line where none was read
};

/// The crypto peer of each end: the incident's word, else the address of the interface that carries the other end's
/// crypto map, else the only peer of the only entry. Empty: it cannot be told. A hub stands first and its spokes follow.
std::vector<std::string> peers_of(const std::vector<TunnelEnd>& ends, const std::string& peer_of_the_incident);

}  // namespace formats
