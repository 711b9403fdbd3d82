#pragma once
// What decides of one end's configuration, row by row, so that both ends can be read side by side: the same rows on every
// platform, in the same words.

#include <string>
#include <string_view>
#include <vector>

#include "formats/analysis/tunnel_facts.hpp"

namespace formats {

struct ConfigFact {
    std::string label;     ///< "peer", "IKE policy", "networks", ...
    std::string value;     ///< "AES-256, SHA-1, group 5 (policy 10)"
    std::string expected;  ///< what the other end has to say in this row for the two to fit; empty: nothing
    Place place;
};

/// Every label in the order of the rows.
const std::vector<std::string_view>& config_labels();

/// Of the entry of `side` that is for the other end: in the order of the labels, several of one label as the device takes
/// them. Nothing where no configuration was read.
std::vector<ConfigFact> config_facts(const TunnelSide& side);

/// Whether the other end says what this fact expects there.
bool is_met(const ConfigFact& fact, const std::vector<ConfigFact>& across);

}  // namespace formats
