#pragma once
// `swanctl --list-conns`: which child of which connection leads to a peer.
//
//   net: IKEv1, reauthentication every 10800s, no rekeying
//     local:  198.51.100.1
//     remote: 203.0.113.1
//     local pre-shared key authentication:
//       id: 198.51.100.1
//     net: TUNNEL, rekeying every 3600s
//       local:  10.1.1.0/24
//       remote: 10.2.2.0/24

#include <string>
#include <string_view>
#include <vector>

namespace formats {

/// Names of the children whose connection has `peer` among its remote addresses, in the order of the text; `peer`
/// empty: of every connection. Text that is none of this gives none.
std::vector<std::string> children_towards(std::string_view text, std::string_view peer);

}  // namespace formats
