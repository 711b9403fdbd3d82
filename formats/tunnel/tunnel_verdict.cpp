#include "formats/tunnel/tunnel_verdict.hpp"

namespace formats {

std::string_view name_of(TunnelVerdict verdict) {
    switch (verdict) {
        case TunnelVerdict::up: return "up";
        case TunnelVerdict::no_return_traffic: return "up, no return traffic";
        case TunnelVerdict::down: return "down";
        case TunnelVerdict::unreadable: return "not known";
    }
    return "";
}

TunnelVerdict judge_tunnel(const TunnelState& here, const TunnelState* there, bool is_unanswered) {
    const bool is_up = there == nullptr ? here.stage == TunnelState::Stage::up : share_a_pair(here, *there);
    if (!is_up) return TunnelVerdict::down;
    return is_unanswered ? TunnelVerdict::no_return_traffic : TunnelVerdict::up;
}

}  // namespace formats
