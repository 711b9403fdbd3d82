#pragma once
// What the analysis concludes, with how sure it is and from which lines.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "formats/bundle/manifest.hpp"
#include "formats/tunnel/tunnel_config.hpp"

namespace formats {

enum class Grade : std::uint8_t { contradicted, possible, likely, proved };
std::string_view name_of(Grade grade);

enum class Severity : std::uint8_t { note, warning, problem };
std::string_view name_of(Severity severity);

struct Finding {
    std::string id;  ///< of the closed list
    Severity severity = Severity::problem;
    Grade grade = Grade::possible;
    std::string endpoint;         ///< where it was seen to lie; empty: between the ends
    std::string title;            ///< one sentence
    std::string remedy;           ///< one sentence: what to compare or do next
    std::vector<Place> evidence;  ///< the deciding line first
};

/// The layer in which a cause of this kind stops a tunnel: 0 nothing is sent, 1 lost, 2 IKE refused, 3 authentication,
/// 4 child refused, 5 data path, 6 state. Ids that are not of the closed list come last.
unsigned layer_of(std::string_view id);
bool is_finding_id(std::string_view id);

/// In the order of their weight: problems before warnings and notes; what is sure before what is possible; then the layer
/// that failed first, then the better grade. What was read and not held against it comes last.
void sort_by_weight(std::vector<Finding>& findings);

FindingRecord record_of(const Finding& finding);

}  // namespace formats
