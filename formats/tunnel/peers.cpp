#include "formats/tunnel/peers.hpp"

#include <string_view>

#include "formats/cisco/interesting_traffic.hpp"
#include "formats/cisco/probe_choice.hpp"
#include "formats/text/ip_address.hpp"

namespace formats {

namespace {

std::string own_crypto_address(const TunnelEnd& end, std::string_view peer = {}) {
    const auto own = crypto_address(*end.configuration, peer);
    return own.address ? ipv4_text(*own.address) : std::string();
}

bool is_own(const TunnelEnd& end, const std::string& address) {
    const auto number = parse_ipv4(address);
    return number && end.configuration->is_own(*number);
}

std::string peer_of(const std::vector<TunnelEnd>& ends, std::size_t index, const std::string& peer_of_the_incident) {
    const TunnelEnd& end = ends[index];
    if (!end.named.empty() && !is_own(end, end.named)) return end.named;
    if (!peer_of_the_incident.empty() && !is_own(end, peer_of_the_incident)) return peer_of_the_incident;
    // Two ends are each other's; every spoke has the hub.
    if (ends.size() == 2 || (ends.size() > 2 && index != 0)) {
        const TunnelEnd& other = ends[index == 0 ? 1 : 0];
        if (!other.named.empty() && is_own(other, other.named)) return other.named;
        if (std::string own = own_crypto_address(other, own_crypto_address(end)); !own.empty()) return own;
    }
    // A single end, or the other end did not tell: the only entry there is.
    const auto traffic = interesting_traffic(*end.configuration, {});
    if (traffic.finding != InterestingTraffic::Finding::found) return {};
    for (const auto& entry : end.configuration->maps)
        if (entry.map == traffic.map && entry.sequence == traffic.sequence && entry.peers.size() == 1 &&
            entry.peers.front().address)
            return ipv4_text(*entry.peers.front().address);
    return {};
}

}  // namespace

std::vector<std::string> peers_of(const std::vector<TunnelEnd>& ends, const std::string& peer_of_the_incident) {
    std::vector<std::string> peers;
    for (std::size_t index = 0; index < ends.size(); ++index)
        peers.push_back(peer_of(ends, index, peer_of_the_incident));
    return peers;
}

}  // namespace formats
