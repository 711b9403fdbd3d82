#pragma once
// What one end's configuration says about its tunnels, in the same words whatever the platform: Cisco's crypto maps and
// tunnel interfaces, swanctl.conf, ipsec.conf. Everything carries the place it was read from.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/cisco/crypto_config.hpp"
#include "formats/strongswan/ipsec_conf.hpp"
#include "formats/strongswan/settings.hpp"
#include "formats/tunnel/algorithms.hpp"

namespace formats {

/// A line of a member of the bundle.
struct Place {
    std::string file;
    std::uint64_t line = 0;  ///< from 1; 0: the whole file
    std::string text;        ///< the line, cut; for people
    bool empty() const { return file.empty(); }
};

struct IkeProposal {
    std::string name;      ///< "policy 10"; the proposal itself in swanctl.conf
    unsigned version = 0;  ///< of IKE; 0: both
    Algorithms algorithms;
    std::string authentication;  ///< "pre-share", "rsa-sig", "psk"; empty: not shown
    std::string lifetime;
    std::vector<std::string> defaults;  ///< attributes that are not shown and have the platform's default
    Place place;
};

struct ChildProposal {
    std::string name;       ///< of the transform set
    Algorithms algorithms;  ///< the group is PFS in swanctl.conf
    bool transport = false, ah = false;
    bool is_known = true;  ///< false: it names nothing that is known, or the set is not defined
    Place place;
};

/// A pair of networks as this end sees it.
struct NetworkPair {
    Network local, remote;
    bool permit = true;
    Place place;
};
std::string to_text(const NetworkPair& pair);

struct TunnelChild {
    std::string name;
    std::vector<ChildProposal> proposals;
    std::vector<NetworkPair> pairs;
    /// No networks are named: the two gateways' own addresses are offered.
    bool is_dynamic = false;
    /// Of PFS: "group 14"; "default" when the group is not named; empty: none.
    std::string pfs;
    std::string lifetime;
    Place place, selectors_place, pfs_place, lifetime_place;
};

struct TunnelEntry {
    std::string name;  ///< "crypto map OUT 10"; the connection's name
    std::uint32_t sequence = 0;
    std::vector<std::string> peers;   ///< addresses; none: anybody
    std::vector<std::string> locals;  ///< own addresses that it is bound to
    bool ikev1 = true, ikev2 = true;
    std::optional<bool> aggressive;
    std::vector<IkeProposal> ike;
    std::string local_id, remote_id;  ///< empty: the address
    std::string local_auth, remote_auth;
    std::vector<TunnelChild> children;
    bool is_applied = true;  ///< a crypto map that is on an interface
    bool is_dynamic_map = false;
    std::string protection;  ///< of a tunnel interface: its profile
    Place place, version_place, id_place, remote_id_place, mode_place;

    bool allows(unsigned version) const { return version == 1 ? ikev1 : ikev2; }
    /// Whether `address` may be its peer: named, or anybody.
    bool is_for(std::string_view address) const;
    bool names(std::string_view address) const;
};

struct TunnelKey {
    std::vector<std::string> peers;  ///< addresses or identities; none: for everybody
    std::string kind;
    std::string value;  ///< as it stands in its place after redaction
    Place place;

    bool is_for(std::string_view address, std::string_view identity) const;
};

/// What is wrong within one configuration, whatever the other end says.
struct ConfigFlaw {
    enum class Kind : std::uint8_t {
        mask_as_wildcard,   ///< a netmask where the device wants a wildcard
        dangling_name,      ///< a name that is used and defined nowhere
        map_not_applied,    ///< a crypto map on no interface
        incomplete_entry,   ///< an entry without peer, access list or transform set
        ike_not_enabled,    ///< on the interface that carries the map
        translation_first,  ///< a pair of the tunnel is translated, or is not exempt from translation
        no_protection,      ///< a tunnel interface without IPsec
    };
    Kind kind;
    std::string name, text;
    Place place;
    std::optional<NetworkPair> pair;
};

/// Which parts of the configuration were collected: what is missing from a part that was not says nothing.
struct CollectedParts {
    bool whole = false, policies = false, keys = false, access_lists = false, entries = false, nat = false,
         interfaces = false;
};

struct TunnelConfig {
    std::string dialect;  ///< "ios", "asa", "pix6", "swanctl", "ipsec.conf"; empty: none was read
    std::vector<TunnelEntry> entries;
    std::vector<IkeProposal> policies;  ///< of the device, where they belong to no entry
    std::vector<TunnelKey> keys;
    std::vector<ConfigFlaw> flaws;
    std::vector<std::string> own_addresses;  ///< of interfaces that carry a map, and of the connections
    std::vector<Network> own_networks;       ///< of all interfaces
    std::vector<ConfigInterface> tunnel_interfaces;
    CollectedParts parts;

    bool is_own(std::string_view address) const;
};

/// Where a line of a text that was put together of several members stands.
class PlaceMap {
 public:
    /// The next `lines` lines are those of `file`, from its first.
    void add(std::string file, std::uint64_t lines, std::string_view text);
    Place of(std::uint64_t line) const;

 private:
    struct Part {
        std::uint64_t begin, lines;
        std::string file;
        std::vector<std::string> texts;
    };
    std::vector<Part> parts_;
};

/// Adds what the text says.
void add_cisco(TunnelConfig& config, const CryptoConfig& parsed, const PlaceMap& places);
/// Policies as `show crypto isakmp policy` prints them, with nothing left to defaults: in place of those of the configuration.
void add_policies(TunnelConfig& config, const std::vector<IkePolicy>& policies, const PlaceMap& places);
void add_swanctl(TunnelConfig& config, const SettingsText& settings, const PlaceMap& places);
void add_ipsec_conf(TunnelConfig& config, const std::vector<IpsecConn>& connections, const PlaceMap& places);
void add_ipsec_secrets(TunnelConfig& config, const std::vector<IpsecSecret>& secrets, const PlaceMap& places);

/// "10.1.1.0/24"; a host without a prefix; "0.0.0.0/0". Protocol and port in brackets are left out.
std::optional<Network> network_in(std::string_view text);

}  // namespace formats
