// The configurations of PIX, ASA and IOS as tunnels.

#include <algorithm>

#include "formats/cisco/interesting_traffic.hpp"
#include "formats/cisco/pre_shared_keys.hpp"
#include "formats/text/ip_address.hpp"
#include "formats/tunnel/tunnel_config.hpp"

namespace formats {

namespace {

constexpr std::size_t most_pairs = 2048;

/// A netmask, and not a wildcard that happens to begin with 255: that of `any` ends with it too.
bool is_mask_as_wildcard(const std::string& line) {
    for (const std::string_view word : words_of(line)) {
        const auto number = parse_ipv4(word);
        if (number && (*number >> 24) == 255 && *number != 0xffffffff) return true;
    }
    return false;
}

/// Settings that are not shown have the platform's default, where the facts give it.
IkeProposal proposal_of(const IkePolicy& policy, bool has_defaults, const PlaceMap& places) {
    IkeProposal proposal;
    proposal.name = "policy " + std::to_string(policy.priority);
    proposal.version = policy.version;
    proposal.place = places.of(policy.line);
    // "aes 256" is one algorithm; IKEv2 of ASA lists several: "aes-256 aes-192 3des".
    const auto take_all = [&](const std::string& value) {
        const auto words = words_of(value);
        for (std::size_t i = 0; i < words.size(); ++i) {
            const bool has_bits = i + 1 < words.size() && number_of(words[i + 1]);
            take_algorithm(has_bits ? std::string(words[i]) + std::string(words[i + 1]) : std::string(words[i]),
                           proposal.algorithms);
            if (has_bits) ++i;
        }
    };
    const auto or_default = [&](const std::string& value, const char* standard, const char* attribute) {
        if (!value.empty() || !has_defaults || policy.version != 1) return value;
        proposal.defaults.emplace_back(attribute);
        return std::string(standard);
    };
    take_all(or_default(policy.encryption, "des", "encryption"));
    take_all(or_default(policy.hash, "sha", "integrity"));
    const std::string groups = or_default(policy.group, "1", "Diffie-Hellman group");  // words_of() gives views of it
    for (const std::string_view group : words_of(groups)) proposal.algorithms.group.emplace(group);
    proposal.authentication = policy.authentication;
    proposal.lifetime = policy.lifetime;
    return proposal;
}

class CiscoTunnels {
 public:
    CiscoTunnels(TunnelConfig& into, const CryptoConfig& from, const PlaceMap& places)
        : into_(into), from_(from), places_(places) {}

    void add() {
        into_.dialect = from_.dialect == ConfigDialect::ios    ? "ios"
                        : from_.dialect == ConfigDialect::pix6 ? "pix6"
                                                               : "asa";
        note_parts();
        add_addresses();
        add_policies();
        add_keys();
        for (const CryptoMapEntry& entry : from_.maps) add_entry(entry);
        for (const ConfigInterface& interface : from_.interfaces) add_tunnel_interface(interface);
        find_flaws();
        std::stable_sort(into_.entries.begin(), into_.entries.end(),
                         [](const TunnelEntry& a, const TunnelEntry& b) { return a.sequence < b.sequence; });
    }

 private:
    Place place(std::uint32_t line) const { return places_.of(line); }

    void note_parts() {
        CollectedParts& parts = into_.parts;
        parts.whole = from_.complete();
        parts.policies = parts.whole || !from_.ike_policies.empty();
        parts.keys = parts.whole || !from_.keys.empty() || !from_.tunnel_groups.empty();
        parts.access_lists = parts.whole || !from_.access_lists.empty();
        parts.entries = parts.whole || !from_.maps.empty();
        parts.nat = parts.whole || !from_.nat.empty();
        parts.interfaces = parts.whole || !from_.interfaces.empty();
    }

    void add_addresses() {
        std::vector<std::string>& own = into_.own_addresses;
        const auto add = [&](std::uint32_t address) {
            if (std::string text = ipv4_text(address); !into_.is_own(text)) own.push_back(std::move(text));
        };
        for (const CryptoMapUse& use : from_.map_uses)
            for (const ConfigInterface& interface : from_.interfaces)
                if (interface.name == use.interface || interface.hardware == use.interface)
                    if (interface.address) add(*interface.address);
        if (own.empty())
            if (const auto address = crypto_address(from_).address) add(*address);
        for (const ConfigInterface& interface : from_.interfaces)
            if (interface.address) into_.own_networks.push_back({*interface.address & interface.mask, interface.mask});
    }

    void add_policies() {
        const bool has_defaults = from_.dialect == ConfigDialect::ios || from_.dialect == ConfigDialect::pix6;
        for (const IkePolicy& policy : from_.ike_policies)
            policies_.push_back(proposal_of(policy, has_defaults, places_));
        into_.policies = policies_;
    }

    void add_keys() {
        for (const KeyPresence& presence : from_.keys) {
            TunnelKey key;
            if (presence.peer != "DefaultL2LGroup") key.peers.push_back(presence.peer);
            if (const auto named = from_.names.find(presence.peer); named != from_.names.end())
                key.peers.push_back(ipv4_text(named->second));
            key.kind = presence.kind;
            key.place = place(presence.line);
            key.value = key_value_on(key.place.text, presence.kind);
            into_.keys.push_back(std::move(key));
        }
    }

    void add_proposals(TunnelChild& child, const std::vector<std::string>& sets, const Place& used_at) {
        for (const std::string& name : sets) {
            ChildProposal proposal;
            proposal.name = name;
            proposal.place = used_at;
            const auto set = std::find_if(from_.transform_sets.begin(), from_.transform_sets.end(),
                                          [&](const TransformSet& s) { return s.name == name; });
            proposal.is_known = set != from_.transform_sets.end();
            if (!proposal.is_known) {
                if (into_.parts.whole || !from_.transform_sets.empty())
                    add_flaw(ConfigFlaw::Kind::dangling_name, name, "transform set " + name, used_at);
            } else {
                proposal.place = place(set->line);
                proposal.transport = set->mode == "transport";
                for (std::size_t i = 0; i < set->transforms.size(); ++i) {
                    const std::string& word = set->transforms[i];
                    if (word.starts_with("ah-")) {
                        proposal.ah = true;
                        take_algorithm(std::string_view(word).substr(3), proposal.algorithms);
                    } else if (word.find(' ') != std::string::npos) {  // ASA IKEv2: "esp encryption aes-256 aes-192"
                        for (const std::string_view one : words_of(word))
                            if (one != "esp" && one != "encryption" && one != "integrity")
                                take_algorithm(one, proposal.algorithms);
                    } else {
                        const bool has_bits = i + 1 < set->transforms.size() && number_of(set->transforms[i + 1]);
                        take_algorithm(has_bits ? word + set->transforms[i + 1] : word, proposal.algorithms);
                        if (has_bits) ++i;
                    }
                }
            }
            child.proposals.push_back(std::move(proposal));
        }
    }

    static std::string pfs_of(const std::string& written) {
        if (written.empty() || written == "default") return written;
        return written.starts_with("group") ? "group " + written.substr(5) : written;
    }

    void add_entry(const CryptoMapEntry& from) {
        TunnelEntry entry;
        entry.name = "crypto map " + from.map + " " + std::to_string(from.sequence);
        entry.sequence = from.sequence;
        entry.place = place(from.line.number);
        entry.is_dynamic_map = !from.dynamic_map.empty();
        for (const CryptoPeer& peer : from.peers)
            entry.peers.push_back(peer.address ? ipv4_text(*peer.address) : peer.text);
        if (from.peers.empty() && !entry.is_dynamic_map) entry.peers.emplace_back("");  // incomplete: for nobody
        entry.locals = into_.own_addresses;
        // An entry of ASA 8.4 and later says by its sets which version it takes; elsewhere it is IKEv1.
        entry.ikev2 = !from.ikev2_proposals.empty();
        entry.ikev1 = !from.transform_sets.empty() || !entry.ikev2;
        entry.version_place = entry.place;
        for (const IkeProposal& policy : policies_)
            if (entry.allows(policy.version)) entry.ike.push_back(policy);
        for (const std::string& option : from.options)
            if (option.find("phase1-mode aggressive") != std::string::npos) entry.aggressive = true;
        entry.is_applied = std::any_of(from_.map_uses.begin(), from_.map_uses.end(),
                                       [&](const CryptoMapUse& use) { return use.map == from.map; });
        TunnelChild child;
        child.name = entry.name;
        child.place = child.pfs_place = child.lifetime_place = child.selectors_place = entry.place;
        add_proposals(child, from.transform_sets, entry.place);
        add_proposals(child, from.ikev2_proposals, entry.place);
        child.pfs = pfs_of(from.pfs);
        const auto lifetime = from.lifetime_seconds ? from.lifetime_seconds : from_.lifetime_seconds;
        if (lifetime) child.lifetime = std::to_string(*lifetime);
        add_pairs(child, from, entry);
        if (!entry.is_dynamic_map && (from.peers.empty() || from.match_address.empty() ||
                                      (from.transform_sets.empty() && from.ikev2_proposals.empty())))
            add_flaw(ConfigFlaw::Kind::incomplete_entry, entry.name,
                     from.peers.empty()           ? "a peer"
                     : from.match_address.empty() ? "an access list"
                                                  : "a transform set",
                     entry.place);
        entry.children.push_back(std::move(child));
        into_.entries.push_back(std::move(entry));
    }

    void add_pairs(TunnelChild& child, const CryptoMapEntry& from, const TunnelEntry& entry) {
        if (from.match_address.empty()) return;
        const AccessList* const list = from_.access_list(from.match_address);
        if (list == nullptr) {
            if (into_.parts.whole)
                add_flaw(ConfigFlaw::Kind::dangling_name, from.match_address, "access list " + from.match_address,
                         entry.place);
            return;
        }
        std::vector<std::string> notes;
        for (const AccessEntry& line : list->entries) {
            if (line.inactive) continue;
            const Place at = place(line.line.number);
            if (child.selectors_place.line == entry.place.line || child.pairs.empty()) child.selectors_place = at;
            for (const Network& source : expand(line.source, from_, notes))
                for (const Network& destination : expand(line.destination, from_, notes))
                    if (child.pairs.size() < most_pairs) child.pairs.push_back({source, destination, line.permit, at});
            if (from_.dialect == ConfigDialect::ios && is_mask_as_wildcard(line.line.text))
                add_flaw(ConfigFlaw::Kind::mask_as_wildcard, from.match_address, line.line.text, at);
        }
    }

    void add_tunnel_interface(const ConfigInterface& interface) {
        if (interface.tunnel_destination.empty()) return;
        into_.tunnel_interfaces.push_back(interface);
        TunnelEntry entry;
        entry.name = "interface " + interface.hardware;
        entry.place = place(interface.line);
        entry.peers.push_back(interface.tunnel_destination);
        entry.protection = interface.tunnel_profile;
        entry.version_place = entry.place;
        entry.ike = policies_;
        TunnelChild child;
        child.name = entry.name;
        child.place = child.pfs_place = child.lifetime_place = child.selectors_place = entry.place;
        if (interface.tunnel_profile.empty()) {
            add_flaw(ConfigFlaw::Kind::no_protection, interface.hardware, "interface " + interface.hardware,
                     entry.place);
        } else {
            const auto profile =
                std::find_if(from_.ipsec_profiles.begin(), from_.ipsec_profiles.end(),
                             [&](const IpsecProfile& p) { return p.name == interface.tunnel_profile; });
            if (profile != from_.ipsec_profiles.end()) {
                child.pfs = pfs_of(profile->pfs);
                add_proposals(child, profile->transform_sets, place(profile->line));
            } else if (into_.parts.whole || !from_.ipsec_profiles.empty()) {
                add_flaw(ConfigFlaw::Kind::dangling_name, interface.tunnel_profile,
                         "IPsec profile " + interface.tunnel_profile, entry.place);
            }
        }
        entry.children.push_back(std::move(child));
        into_.entries.push_back(std::move(entry));
    }

    void find_flaws() {
        for (const CryptoMapUse& use : from_.map_uses) {
            const bool is_defined = std::any_of(from_.maps.begin(), from_.maps.end(),
                                                [&](const CryptoMapEntry& entry) { return entry.map == use.map; });
            if (!is_defined && into_.parts.entries)
                add_flaw(ConfigFlaw::Kind::dangling_name, use.map, "crypto map " + use.map, place(use.line));
        }
        const bool shows_uses = into_.parts.whole || !from_.map_uses.empty();
        for (const TunnelEntry& entry : into_.entries)
            if (!entry.is_applied && shows_uses && entry.protection.empty() && entry.name.starts_with("crypto map"))
                add_flaw(ConfigFlaw::Kind::map_not_applied, entry.name, entry.name, entry.place);
        if (from_.dialect != ConfigDialect::ios && into_.parts.policies && !from_.map_uses.empty())
            for (const CryptoMapUse& use : from_.map_uses) {
                const bool is_enabled =
                    std::any_of(from_.ike_enabled.begin(), from_.ike_enabled.end(),
                                [&](const auto& enabled) { return enabled.second == use.interface; });
                if (!is_enabled)
                    add_flaw(ConfigFlaw::Kind::ike_not_enabled, use.interface, "interface " + use.interface,
                             place(use.line));
            }
        find_translations();
    }

    /// Whether this list permits packets between the two networks before it denies them.
    bool takes(const std::string& list_name, const NetworkPair& pair) const {
        const AccessList* const list = from_.access_list(list_name);
        if (list == nullptr) return false;
        std::vector<std::string> notes;
        for (const AccessEntry& line : list->entries) {
            if (line.inactive) continue;
            for (const Network& source : expand(line.source, from_, notes))
                for (const Network& destination : expand(line.destination, from_, notes))
                    if (source.contains(pair.local.address) && destination.contains(pair.remote.address))
                        return line.permit;
        }
        return false;
    }

    bool group_holds(std::string_view name, std::uint32_t address) const {
        if (name == "any" || name == "any4") return true;
        Operand operand;
        operand.kind = Operand::Kind::group;
        operand.name = std::string(name);
        std::vector<std::string> notes;
        const auto networks = expand(operand, from_, notes);
        return std::any_of(networks.begin(), networks.end(),
                           [&](const Network& network) { return network.contains(address); });
    }

    void find_translations() {
        if (!into_.parts.nat || from_.nat.empty()) return;
        for (const TunnelEntry& entry : into_.entries)
            for (const TunnelChild& child : entry.children)
                for (const NetworkPair& pair : child.pairs)
                    if (pair.permit && child.pairs.size() <= 64) find_translation_of(pair);
    }

    void find_translation_of(const NetworkPair& pair) {
        const auto translates = [&](const NatLine& nat) {
            add_flaw(ConfigFlaw::Kind::translation_first, nat.line.text, nat.line.text, place(nat.line.number), pair);
        };
        const NatLine* dynamic = nullptr;
        for (const NatLine& nat : from_.nat) {
            const auto words = words_of(nat.line.text);
            const auto at = [&](std::size_t i) { return i < words.size() ? words[i] : std::string_view(); };
            if (!nat.exempt_list.empty()) {
                if (takes(nat.exempt_list, pair)) return;
                continue;
            }
            if (at(0) == "ip" && at(2) == "inside" && at(3) == "source") {  // IOS
                if (at(4) == "list" && takes(std::string(at(5)), pair)) return translates(nat);
                // A host's own translation is its own matter: its pair may pass.
                continue;
            }
            const std::size_t source = [&] {
                for (std::size_t i = 0; i + 1 < words.size(); ++i)
                    if (words[i] == "source") return i;
                return words.size();
            }();
            if (at(0) == "nat" && source < words.size()) {  // twice NAT
                const bool is_static = at(source + 1) == "static";
                const bool from_here = group_holds(at(source + 2), pair.local.address);
                std::size_t destination = source;
                while (destination < words.size() && words[destination] != "destination") ++destination;
                const bool to_there =
                    destination >= words.size() || group_holds(at(destination + 3), pair.remote.address);
                if (!from_here || !to_there) continue;
                if (is_static && at(source + 2) == at(source + 3)) return;  // identity: exempt
                return translates(nat);
            }
            if (at(0) == "nat" && words.size() > 4 && !at(2).empty() &&
                at(2) != "0") {  // nat (inside) 1 10.0.0.0 255.0.0.0
                const auto network = network_of(at(3), at(4));
                if ((network && network->contains(pair.local.address)) || (at(3) == "0.0.0.0" && at(4) == "0.0.0.0"))
                    if (dynamic == nullptr) dynamic = &nat;
            }
        }
        if (dynamic != nullptr) translates(*dynamic);
    }

    void add_flaw(ConfigFlaw::Kind kind, std::string name, std::string text, Place at,
                  std::optional<NetworkPair> pair = std::nullopt) {
        constexpr std::size_t most_flaws = 256;
        if (into_.flaws.size() < most_flaws)
            into_.flaws.push_back({kind, std::move(name), std::move(text), std::move(at), std::move(pair)});
    }

    TunnelConfig& into_;
    const CryptoConfig& from_;
    const PlaceMap& places_;
    std::vector<IkeProposal> policies_;
};

}  // namespace

void add_policies(TunnelConfig& config, const std::vector<IkePolicy>& policies, const PlaceMap& places) {
    if (policies.empty()) return;
    config.parts.policies = true;
    config.policies.clear();
    for (const IkePolicy& policy : policies) config.policies.push_back(proposal_of(policy, false, places));
    for (TunnelEntry& entry : config.entries) entry.ike = config.policies;
}

void add_cisco(TunnelConfig& config, const CryptoConfig& parsed, const PlaceMap& places) {
    CiscoTunnels(config, parsed, places).add();
}

}  // namespace formats
