#pragma once
// IPv4 addresses as the lab needs them: parsed, and compared with a network.

#include <arpa/inet.h>

#include <cstdint>
#include <optional>
#include <string>

namespace lab {

/// Host byte order; nothing when `text` is no dotted quad.
inline std::optional<std::uint32_t> parse_address(const std::string& text) {
    in_addr address{};
    if (inet_pton(AF_INET, text.c_str(), &address) != 1) return std::nullopt;
    return ntohl(address.s_addr);
}

inline bool is_in(const std::string& address, const std::string& network, const std::string& mask) {
    const auto a = parse_address(address), n = parse_address(network), m = parse_address(mask);
    return a && n && m && (*a & *m) == (*n & *m);
}

}  // namespace lab
