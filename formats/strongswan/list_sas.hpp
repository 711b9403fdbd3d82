#pragma once
// `swanctl --list-sas`: is there a tunnel with this peer?
//
//   net: #1, ESTABLISHED, IKEv1, 1c2b..._i* 9f0e..._r
//     local  '198.51.100.1' @ 198.51.100.1[4500]
//     remote '203.0.113.1' @ 203.0.113.1[4500]
//     net: #1, reqid 1, INSTALLED, TUNNEL-in-UDP, ESP:3DES_CBC/HMAC_SHA1_96
//       in  c1d2e3f4,     84 bytes,     1 packets,     2s ago
//       out c5d6e7f8,     84 bytes,     1 packets,     2s ago

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/cisco/tunnel_state.hpp"

namespace formats {

/// `peer` empty: whoever stands in the table. Text that is none of this gives a tunnel that is down.
TunnelState parse_list_sas(std::string_view text, std::string_view peer);

struct SwanChildSa {
    std::string name, state;  ///< "INSTALLED", "REKEYED"
    bool in_udp = false;
    std::uint32_t spi_in = 0, spi_out = 0;
    std::uint64_t packets_in = 0, packets_out = 0;
    std::string local, remote;                 ///< networks, as printed
    std::optional<std::uint64_t> rekeying_in;  ///< seconds
    std::uint32_t line = 0;
};
struct SwanIkeSa {
    std::string name, state;  ///< "ESTABLISHED"
    unsigned version = 0;
    std::string initiator_spi, responder_spi;
    IkeRole role = IkeRole::unknown;  ///< of this end
    std::string local_id, local_address, remote_id, remote_address;
    std::vector<SwanChildSa> children;
    std::uint32_t line = 0;
};
/// The whole table. Lines that are not understood are passed over; at most 4,096 rows.
std::vector<SwanIkeSa> parse_list_sas_rows(std::string_view text);

}  // namespace formats
