#pragma once
// What a configuration (`write terminal`, `show running-config`) says about IPsec: interfaces,
// names, access lists, crypto maps and where they are applied, IKE policies, keys (that there is
// one, never its value), NAT and routes. PIX 6 flat lines, PIX 7 and ASA, IOS. Read as it stands:
// what belongs to this model but cannot be read is listed in `unread`, the rest of the
// configuration is counted in `other_lines`.
//
// Device text is hostile: nothing throws, memory is bounded by the text's length.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "formats/cisco/access_list.hpp"

namespace formats {

enum class ConfigDialect : std::uint8_t { unknown, pix6, asa, ios };  ///< asa: PIX 7 as well

struct ConfigInterface {
    std::string name;      ///< what other lines call it: nameif on PIX and ASA
    std::string hardware;  ///< "ethernet0", "GigabitEthernet0/0"
    std::optional<std::uint32_t> address;
    std::uint32_t mask = 0;
    std::vector<std::uint32_t> further;  ///< standby, secondary: also ours
    bool dynamic_address = false;        ///< DHCP or PPPoE
    bool shutdown = false;
    int security = -1;                              ///< security level; -1: none
    std::string tunnel_profile;                     ///< IOS, ASA: `tunnel protection ipsec profile`
    std::string tunnel_source, tunnel_destination;  ///< as written: an address, an interface, a host name
    std::uint32_t line = 0;
};

struct CryptoPeer {
    std::string text;                      ///< as written
    std::optional<std::uint32_t> address;  ///< resolved; absent: a host name nobody resolves
};

/// An entry of a crypto map or a dynamic map.
struct CryptoMapEntry {
    std::string map;
    std::uint32_t sequence = 0;
    std::string match_address;  ///< access list
    std::vector<CryptoPeer> peers;
    std::vector<std::string> transform_sets, ikev2_proposals;
    std::string pfs;  ///< "group2"; "default" when the group is not named
    std::optional<std::uint64_t> lifetime_seconds, lifetime_kilobytes;
    std::string dynamic_map;           ///< the map behind it
    std::vector<std::string> options;  ///< other settings, as written
    ConfigLine line;                   ///< the first line of the entry
};

struct CryptoMapUse {
    std::string map, interface;
    std::uint32_t line = 0;
};

struct TransformSet {
    std::string name;
    std::vector<std::string> transforms;  ///< "esp-3des", "esp-md5-hmac"
    std::string mode;                     ///< "transport"; empty: tunnel
    std::uint32_t line = 0;
};

/// What protects a tunnel interface.
struct IpsecProfile {
    std::string name;
    std::vector<std::string> transform_sets;
    std::string pfs;
    std::uint32_t line = 0;
};

/// A policy of phase 1. Settings that are not shown have the device's default and stay empty.
struct IkePolicy {
    unsigned version = 1;
    std::uint32_t priority = 0;
    std::string authentication, encryption, hash, group, lifetime, prf;
    std::uint32_t line = 0;
};

/// A pre-shared key without its value.
struct KeyPresence {
    std::string peer;  ///< address, network or host name as written; the tunnel group's name
    std::string kind;  ///< "isakmp key", "ikev1", "ikev2 remote", "ikev2 local"
    std::uint32_t line = 0;
};

struct TunnelGroup {
    std::string name, type;  ///< "ipsec-l2l"
    bool ikev1_key = false, ikev2_remote_key = false, ikev2_local_key = false, trust_point = false;
    std::uint32_t line = 0;
};

struct ConfigRoute {
    std::string interface;  ///< empty when only a gateway is named
    Network network;
    std::optional<std::uint32_t> gateway;
};

/// NAT lines as written; exemptions with their access list.
struct NatLine {
    ConfigLine line;
    std::string exempt_list;  ///< of `nat (IF) 0 access-list NAME`
};

struct CryptoConfig {
    ConfigDialect dialect = ConfigDialect::unknown;
    std::string version, hostname;
    bool header_seen = false, end_seen = false, ok_seen = false;  ///< ": end" or "end"; "[OK]"

    NameTable names;
    GroupTable groups;  ///< objects and object-groups of networks
    std::set<std::string, std::less<>> service_groups;
    std::vector<ConfigInterface> interfaces;
    std::map<std::string, AccessList, std::less<>> access_lists;
    std::vector<CryptoMapEntry> maps, dynamic_maps;
    std::vector<CryptoMapUse> map_uses;
    std::map<std::string, std::string, std::less<>> map_local_interface;  ///< IOS: `crypto map X local-address IF`
    std::vector<TransformSet> transform_sets;
    std::vector<IpsecProfile> ipsec_profiles;
    std::vector<IkePolicy> ike_policies;
    std::vector<KeyPresence> keys;
    std::vector<TunnelGroup> tunnel_groups;
    std::vector<std::pair<std::string, std::string>> ike_enabled;  ///< "isakmp" | "ikev1" | "ikev2", interface
    std::string ike_identity;                                      ///< "address", "hostname", "auto"; empty: not shown
    std::optional<std::uint64_t> lifetime_seconds,
        lifetime_kilobytes;             ///< `crypto ipsec security-association`
    std::string management_access;      ///< interface
    std::optional<bool> permits_ipsec;  ///< `sysopt connection permit-ipsec|permit-vpn`
    std::vector<NatLine> nat;
    std::vector<ConfigRoute> routes;
    std::map<std::string, std::chrono::minutes, std::less<>> zones;  ///< `clock timezone`, `clock summer-time`

    std::uint32_t lines = 0, other_lines = 0;
    std::vector<ConfigLine> unread;  ///< ours, but not understood; at most 64 are kept
    std::uint32_t unread_lines = 0;

    /// The text has the mark that ends a whole configuration.
    bool complete() const { return end_seen || ok_seen; }
    const ConfigInterface* interface(std::string_view name) const;
    const AccessList* access_list(std::string_view name) const;
    /// True when `address` is one of the device's own, standby and secondary ones included.
    bool is_own(std::uint32_t address) const;
    /// Offset of a zone name that `show clock` prints, from the configuration, else what the name
    /// means.
    std::optional<std::chrono::minutes> offset_of(std::string_view zone) const;
};

/// `assumed`: whose it is when no line of a fragment tells.
CryptoConfig parse_crypto_config(std::string_view text, ConfigDialect assumed = ConfigDialect::unknown);

}  // namespace formats
