#pragma once
// `swanctl --list-sas`: is there a tunnel with this peer?
//
//   net: #1, ESTABLISHED, IKEv1, 1c2b..._i* 9f0e..._r
//     local  '198.51.100.1' @ 198.51.100.1[4500]
//     remote '203.0.113.1' @ 203.0.113.1[4500]
//     net: #1, reqid 1, INSTALLED, TUNNEL-in-UDP, ESP:3DES_CBC/HMAC_SHA1_96
//       in  c1d2e3f4,     84 bytes,     1 packets,     2s ago
//       out c5d6e7f8,     84 bytes,     1 packets,     2s ago

#include <string_view>

#include "formats/cisco/tunnel_state.hpp"

namespace formats {

/// `peer` empty: whoever stands in the table. Text that is none of this gives a tunnel that is down.
TunnelState parse_list_sas(std::string_view text, std::string_view peer);

}  // namespace formats
