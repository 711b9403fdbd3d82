#pragma once
// Is this tunnel up? Answered from the phase 1 and phase 2 tables of one end, for one peer and,
// when known, one pair of proxy identities. The set of SPIs lets a caller tell a newly negotiated
// tunnel from one that was up before.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/cisco/access_list.hpp"
#include "formats/cisco/ipsec_sa.hpp"
#include "formats/cisco/isakmp_sa.hpp"

namespace formats {

/// The networks a phase 2 SA must protect, as this end sees them.
struct ProxyPair {
    Network local, remote;
};

struct TunnelState {
    enum class Stage : std::uint8_t {
        down,      ///< no SA with this peer
        building,  ///< phase 1 under way, or up without phase 2
        up,        ///< live inbound and outbound IPsec SAs
    };
    Stage stage = Stage::down;
    bool phase1_up = false;
    std::string phase1_state;         ///< "MM_WAIT_MSG4"; empty: no phase 1 SA
    IkeRole role = IkeRole::unknown;  ///< of this end
    /// Of live SAs: inbound as true.
    std::set<std::pair<bool, std::uint32_t>> spis;
    std::uint64_t encaps = 0, decaps = 0, send_errors = 0, recv_errors = 0;
};

/// With `names` on, PIX and ASA print names where addresses belong, in the SA tables as well: puts
/// the addresses back, so that a peer and a pair of networks can be found in them.
void resolve_names(IsakmpTable& phase1, const NameTable& names);
void resolve_names(IpsecTable& phase2, const NameTable& names);

std::string_view name_of(TunnelState::Stage stage);  ///< "down", "building", "up"

/// `pair` absent: any pair of proxy identities with this peer counts.
TunnelState tunnel_state(const IsakmpTable& phase1, const IpsecTable& phase2, std::string_view peer,
                         const std::optional<ProxyPair>& pair = std::nullopt);

/// True when the two ends hold SAs of one negotiation: what one sends with, the other takes, both ways. An end
/// that holds on to SAs the other has lost shares none.
bool share_a_pair(const TunnelState& here, const TunnelState& there);

/// Whom else this device has tunnels with: the peers of live IPsec SAs and of phase 1 SAs that are up, without
/// `peer`. Each once, in the order of the tables.
std::vector<std::string> other_peers(const IsakmpTable& phase1, const IpsecTable& phase2, std::string_view peer);

/// True when `now` has a live inbound and a live outbound SA that `before` did not have.
bool has_new_sas(const TunnelState& before, const TunnelState& now);

}  // namespace formats
