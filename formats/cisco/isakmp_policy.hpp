#pragma once
// `show crypto isakmp policy`: the IKE policies with their defaults, which a configuration does not show.
//
//   Protection suite of priority 10
//           encryption algorithm:   AES - Advanced Encryption Standard (256 bit keys).
//           hash algorithm:         Secure Hash Standard
//           authentication method:  Pre-Shared Key
//           Diffie-Hellman group:   #2 (1024 bit)
//           lifetime:               86400 seconds, no volume limit

#include <string_view>
#include <vector>

#include "formats/cisco/crypto_config.hpp"

namespace formats {

/// In the words of a configuration: "aes 256", "sha", "pre-share", "2". The default suite is left out: what is configured
/// stands before it.
std::vector<IkePolicy> parse_isakmp_policy(std::string_view text);

}  // namespace formats
