#include "formats/tunnel/tunnel_view.hpp"

#include "formats/cisco/ipsec_sa.hpp"
#include "formats/cisco/isakmp_sa.hpp"
#include "formats/strongswan/list_conns.hpp"
#include "formats/strongswan/list_sas.hpp"

namespace formats {

void TunnelView::read(Tells tells, const std::string& answer, const NameTable& names) {
    if (tells == Tells::connections) connections_ = answer;
    if (tells == Tells::list_sas) {
        swanctl_ = answer;
        now_ = parse_list_sas(answer, peer_);
    }
    if (tells == Tells::phase1) isakmp_ = answer;
    if (tells == Tells::phase2) ipsec_ = answer;
    if (tells != Tells::phase1 && tells != Tells::phase2) return;
    auto phase1 = parse_isakmp_sa(isakmp_);
    auto phase2 = parse_ipsec_sa(ipsec_);
    resolve_names(phase1, names);
    resolve_names(phase2, names);
    // In a table that is not whole, or is none, a missing SA says nothing.
    if (tells == Tells::phase2)
        phase2_is_read_ = (phase2.says_none || !phase2.pairs.empty()) && !phase2.cut && answer.size() < longest_table;
    now_ = tunnel_state(phase1, phase2, peer_, pair_);
}

void TunnelView::look_at(std::string peer, std::optional<ProxyPair> pair, const NameTable& names) {
    peer_ = std::move(peer);
    pair_ = pair;
    if (swanctl_.empty())
        read(Tells::phase2, std::string(ipsec_), names);
    else
        read(Tells::list_sas, std::string(swanctl_), names);
    before_ = known_ = now_;
}

std::vector<std::string> TunnelView::other_peers() const {
    return formats::other_peers(parse_isakmp_sa(isakmp_), parse_ipsec_sa(ipsec_), peer_);
}

std::vector<std::string> TunnelView::children() const { return children_towards(connections_, peer_); }

}  // namespace formats
