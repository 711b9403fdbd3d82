#pragma once
// Which tunnel, and what it protects: the crypto map entry for a peer and the pairs of networks its
// access list permits or denies, in order, each with the configuration line it comes from. What is
// ambiguous or could not be resolved is said in `notes`, in sentences for people.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/cisco/crypto_config.hpp"

namespace formats {

/// One pair of networks; groups are resolved, so one line can give several.
struct TrafficPair {
    bool permit = true;
    std::string protocol;  ///< as written: "ip", "icmp", "tcp"
    Network source, destination;
    bool covers_icmp = true;
    std::string ports;  ///< "eq 443" of either side; empty: any
    ConfigLine line;
};

/// "permits ip 10.1.1.0/24 to 10.2.2.0/24", with the ports when there are any
std::string to_text(const TrafficPair& pair);

struct InterestingTraffic {
    enum class Finding : std::uint8_t {
        found,         ///< one entry names this peer
        several,       ///< more than one does; the first in order is used
        dynamic_only,  ///< only a dynamic map can take this peer: this end cannot start
        tunnel,        ///< no crypto map, but tunnel interfaces with an IPsec profile
        none,          ///< no entry for this peer
    };
    Finding finding = Finding::none;
    std::string map, interface;  ///< the interface that carries the map; empty: applied nowhere
    std::uint32_t sequence = 0;
    std::string access_list;
    ConfigLine entry_line;  ///< of the crypto map entry
    std::vector<TrafficPair> pairs;
    std::vector<std::string> notes;

    static constexpr std::size_t most_pairs = 20'000;
};

/// `peer`: address of the other end as `set peer` names it. Empty: the only entry there is, if
/// there is one.
InterestingTraffic interesting_traffic(const CryptoConfig& config, std::string_view peer);

/// The same for people: the crypto map entry, its pairs of networks in order, each with the line it comes from, and what
/// is ambiguous, missing or not resolved.
std::vector<std::string> traffic_in_words(const CryptoConfig& config, std::string_view peer);

/// Whether a packet between these addresses would be taken: the first pair that matches decides.
const TrafficPair* first_match(const std::vector<TrafficPair>& pairs, std::uint32_t source, std::uint32_t destination);

/// The address this device ends its tunnels on.
struct CryptoAddress {
    std::optional<std::uint32_t> address;
    std::string interface, map;
    std::vector<std::string> notes;  ///< several interfaces, an address by DHCP, a map applied nowhere
};
/// `peer` given: of the interface whose map has an entry for it. Several interfaces carry a map and
/// no peer decides: no address, and a note for each candidate.
CryptoAddress crypto_address(const CryptoConfig& config, std::string_view peer = {});

/// The networks an operand stands for. What cannot be resolved is appended to `notes`.
std::vector<Network> expand(const Operand& operand, const CryptoConfig& config, std::vector<std::string>& notes);

}  // namespace formats
