#pragma once
// The phase 2 table of PIX, ASA and IOS (`show crypto ipsec sa`): one entry per pair of proxy
// identities, with its counters and its SAs. One tolerant parser for all layouts: "key: N" and "key
// N", "addr." and "addr:", SPIs as `0x2a31c1f3(707904499)`, `0x32F752FF (855069439)` and
// `a3dc0fc8`. Indentation means nothing. Never throws; at most `most_pairs` pairs and `most_spis`
// SAs of a pair are kept.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/cisco/device_text.hpp"

namespace formats {

/// "(10.1.1.0/255.255.255.0/0/0)": what one side of a phase 2 SA protects.
struct ProxyIdentity {
    std::string text;                 ///< without the parentheses
    std::optional<Network> network;   ///< absent for IPv6 and what could not be read
    unsigned protocol = 0, port = 0;  ///< 0: any
};

struct IpsecSa {
    std::uint32_t spi = 0;
    bool inbound = false;
    std::string protocol;   ///< "esp", "ah"
    std::string transform;  ///< "esp-3des esp-md5-hmac"
    bool active = true;     ///< false when the device prints another state
    std::optional<std::uint64_t> kilobytes_left, seconds_left;
};

struct IpsecPair {
    std::string interface, map, local_address, peer;
    std::optional<std::uint64_t> sequence;
    ProxyIdentity local, remote;
    /// "encaps", "decaps", "encrypt", "send errors", ...: names without `#` and `pkts`.
    std::map<std::string, std::uint64_t, std::less<>> counters;
    std::vector<IpsecSa> sas;

    std::uint64_t counter(std::string_view name) const;
    bool has_live(bool inbound) const;
};

struct IpsecTable {
    std::vector<IpsecPair> pairs;
    bool says_none = false;  ///< "There are no ipsec sas"
    std::uint64_t unknown_lines = 0;
    bool cut = false;

    static constexpr std::size_t most_pairs = 20'000, most_spis = 64, most_counters = 64;
};

IpsecTable parse_ipsec_sa(std::string_view text);

}  // namespace formats
