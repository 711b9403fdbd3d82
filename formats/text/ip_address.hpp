#pragma once
// IP addresses as people and devices write them. IPv4 in host byte order, so that networks can be
// compared and counted through; IPv6 is recognised, not computed with.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace formats {

/// "192.0.2.1": four decimal numbers, nothing else.
std::optional<std::uint32_t> parse_ipv4(std::string_view text);
std::string ipv4_text(std::uint32_t address);
/// An IPv4 or IPv6 address without brackets, zone or prefix length.
bool is_ip_address(std::string_view text);

}  // namespace formats
