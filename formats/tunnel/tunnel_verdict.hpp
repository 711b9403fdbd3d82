#pragma once
// Whether the tunnel of an incident stands, by the tables of its ends as they were last read.

#include <cstdint>
#include <string_view>

#include "formats/cisco/tunnel_state.hpp"

namespace formats {

enum class TunnelVerdict : std::uint8_t { up, no_return_traffic, down, unreadable };
std::string_view name_of(TunnelVerdict verdict);

/// Up: the two ends hold SAs of one negotiation; of an end alone (`there` null) its own SAs are all that can be known.
/// `is_unanswered`: packets went through and nothing ever came back.
TunnelVerdict judge_tunnel(const TunnelState& here, const TunnelState* there, bool is_unanswered);

}  // namespace formats
