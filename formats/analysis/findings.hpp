#pragma once
// Why the tunnel is down, from what was captured alone (contract, section 12): the findings of the closed list in the
// order of their weight, and what the first of them says in a sentence or three.

#include <string>
#include <vector>

#include "formats/analysis/evidence.hpp"
#include "formats/analysis/finding.hpp"

namespace formats {

struct Analysis {
    std::vector<Finding> findings;  ///< in the order of their weight; never empty when there is an endpoint
    std::string verdict;            ///< one to three sentences
};

/// A hub stands first and its spokes follow; two endpoints are each other's. One endpoint: what it tells by itself.
Analysis analyse(const Evidence& evidence);

}  // namespace formats
