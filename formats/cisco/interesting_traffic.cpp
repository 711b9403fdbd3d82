#include "formats/cisco/interesting_traffic.hpp"

#include <algorithm>

namespace formats {

namespace {

constexpr std::size_t most_networks = 4096;  ///< of one operand
constexpr std::size_t most_notes = 64;
constexpr std::size_t most_candidates = 64;
constexpr int deepest_group = 16;

void note(std::vector<std::string>& notes, std::string text) {
    if (notes.size() < most_notes && std::find(notes.begin(), notes.end(), text) == notes.end())
        notes.push_back(std::move(text));
}

class Expansion {
 public:
    Expansion(const CryptoConfig& config, std::vector<std::string>& notes) : config_(config), notes_(notes) {}

    std::vector<Network> of(const Operand& operand) {
        add(operand, 0);
        return std::move(networks_);
    }

 private:
    void add(const Operand& operand, int depth) {
        if (++steps_ > 4 * most_networks || networks_.size() >= most_networks) {
            note(notes_, "a group has more members than are resolved (" + std::to_string(most_networks) + ")");
            return;
        }
        switch (operand.kind) {
            case Operand::Kind::any: networks_.push_back({0, 0}); return;
            case Operand::Kind::network: networks_.push_back(operand.network); return;
            case Operand::Kind::interface: return add_interface(operand.name);
            case Operand::Kind::group: return add_group(operand.name, depth);
            case Operand::Kind::unreadable: note(notes_, "`" + operand.name + "` could not be read"); return;
        }
    }

    void add_interface(const std::string& name) {
        const ConfigInterface* interface = config_.interface(name);
        if (interface == nullptr || !interface->address)
            return note(notes_, "the address of interface `" + name + "` is not in the configuration");
        networks_.push_back({*interface->address, 0xFFFFFFFFU});
    }

    void add_group(const std::string& name, int depth) {
        const auto group = config_.groups.find(name);
        if (group == config_.groups.end()) return note(notes_, "the object or group `" + name + "` is not defined");
        if (depth >= deepest_group) return note(notes_, "the group `" + name + "` is nested too deep, or in itself");
        if (group->second.unread > 0)
            note(notes_, std::to_string(group->second.unread) + " members of the group `" + name +
                             "` could not be read (IPv6 or host names, perhaps)");
        for (const Operand& member : group->second.members) add(member, depth + 1);
    }

    const CryptoConfig& config_;
    std::vector<std::string>& notes_;
    std::vector<Network> networks_;
    std::size_t steps_ = 0;
};

bool names_peer(const CryptoMapEntry& entry, std::string_view peer) {
    const auto address = parse_ipv4(peer);
    return std::any_of(entry.peers.begin(), entry.peers.end(), [&](const CryptoPeer& known) {
        return known.text == peer || (address && known.address == address);
    });
}

std::vector<const CryptoMapUse*> uses_of(const CryptoConfig& config, std::string_view map) {
    std::vector<const CryptoMapUse*> uses;
    for (const CryptoMapUse& use : config.map_uses)
        if (use.map == map) uses.push_back(&use);
    return uses;
}

/// Entries that can be this tunnel, applied maps first, then in the order the device tries them.
std::vector<const CryptoMapEntry*> candidates(const CryptoConfig& config, std::string_view peer) {
    std::vector<const CryptoMapEntry*> found;
    for (const CryptoMapEntry& entry : config.maps)
        if (peer.empty() ? !entry.peers.empty() : names_peer(entry, peer)) found.push_back(&entry);
    std::set<std::string_view> applied;
    for (const CryptoMapUse& use : config.map_uses) applied.insert(use.map);
    std::stable_sort(found.begin(), found.end(), [&](const CryptoMapEntry* a, const CryptoMapEntry* b) {
        return std::pair(!applied.contains(a->map), a->sequence) < std::pair(!applied.contains(b->map), b->sequence);
    });
    if (found.size() > most_candidates) found.resize(most_candidates);
    return found;
}

std::string called(const CryptoMapEntry& entry) {
    return "crypto map " + entry.map + " " + std::to_string(entry.sequence) + " (line " +
           std::to_string(entry.line.number) + ")";
}

void resolve_list(const CryptoConfig& config, InterestingTraffic& traffic) {
    const AccessList* list = config.access_list(traffic.access_list);
    if (list == nullptr || list->entries.empty()) {
        note(traffic.notes, "the access list `" + traffic.access_list + "` is not in the configuration, or empty");
        return;
    }
    for (const ConfigLine& line : list->unread)
        note(traffic.notes, "line " + std::to_string(line.number) + " could not be read: " + line.text);
    for (const AccessEntry& entry : list->entries) {
        if (entry.inactive) {
            note(traffic.notes, "line " + std::to_string(entry.line.number) + " is inactive and left out");
            continue;
        }
        if (!entry.time_range.empty())
            note(traffic.notes, "line " + std::to_string(entry.line.number) + " holds only in the time range `" +
                                    entry.time_range + "`");
        TrafficPair pair;
        pair.permit = entry.permit;
        pair.protocol = entry.protocol;
        pair.covers_icmp = entry.covers_icmp();
        pair.ports = entry.source_ports.empty() ? entry.destination_ports : entry.source_ports;
        pair.line = entry.line;
        const auto destinations = expand(entry.destination, config, traffic.notes);
        for (const Network& source : expand(entry.source, config, traffic.notes)) {
            for (const Network& destination : destinations) {
                if (traffic.pairs.size() >= InterestingTraffic::most_pairs) {
                    note(traffic.notes, "the access list gives more pairs than are kept (" +
                                            std::to_string(InterestingTraffic::most_pairs) + ")");
                    return;
                }
                pair.source = source;
                pair.destination = destination;
                traffic.pairs.push_back(pair);
            }
        }
    }
}

/// Why there is no entry, as far as the configuration tells.
void explain_absence(const CryptoConfig& config, std::string_view peer, InterestingTraffic& traffic) {
    if (config.lines == 0) return note(traffic.notes, "the configuration is empty");
    const bool dynamic = std::any_of(config.maps.begin(), config.maps.end(),
                                     [](const CryptoMapEntry& entry) { return !entry.dynamic_map.empty(); });
    const auto tunnel = std::find_if(config.interfaces.begin(), config.interfaces.end(),
                                     [](const ConfigInterface& known) { return !known.tunnel_profile.empty(); });
    if (dynamic) {
        traffic.finding = InterestingTraffic::Finding::dynamic_only;
        note(traffic.notes, "only a dynamic crypto map could take this peer: the other end has to start");
    } else if (tunnel != config.interfaces.end()) {
        traffic.finding = InterestingTraffic::Finding::tunnel;
        note(traffic.notes, "no crypto map, but the tunnel interface " + tunnel->name + " with the IPsec profile " +
                                tunnel->tunnel_profile + ": what is routed into it is interesting");
    } else {
        note(traffic.notes, peer.empty() ? "no crypto map entry names a peer"
                                         : "no crypto map entry names the peer " + std::string(peer));
    }
    for (const CryptoMapEntry& entry : config.maps)
        for (const CryptoPeer& known : entry.peers)
            if (!known.address) note(traffic.notes, called(entry) + " names its peer by a host name: " + known.text);
}

}  // namespace

std::vector<Network> expand(const Operand& operand, const CryptoConfig& config, std::vector<std::string>& notes) {
    return Expansion(config, notes).of(operand);
}

InterestingTraffic interesting_traffic(const CryptoConfig& config, std::string_view peer) {
    InterestingTraffic traffic;
    if (!config.complete() && config.lines > 0) note(traffic.notes, "the configuration has no end mark: it may be cut");
    const auto found = candidates(config, peer);
    if (found.empty()) {
        explain_absence(config, peer, traffic);
        return traffic;
    }
    const CryptoMapEntry& entry = *found.front();
    traffic.finding = InterestingTraffic::Finding::found;
    if (found.size() > 1) {
        traffic.finding = InterestingTraffic::Finding::several;
        for (const CryptoMapEntry* other : found) note(traffic.notes, "candidate: " + called(*other));
        note(traffic.notes, "the first one is used; name the peer to choose another");
    }
    traffic.map = entry.map;
    traffic.sequence = entry.sequence;
    traffic.entry_line = entry.line;
    traffic.access_list = entry.match_address;
    const auto uses = uses_of(config, entry.map);
    if (uses.empty())
        note(traffic.notes, "crypto map " + entry.map + " is applied to no interface: nothing is encrypted with it");
    else
        traffic.interface = uses.front()->interface;
    if (entry.peers.size() > 1)
        note(traffic.notes, called(entry) + " has " + std::to_string(entry.peers.size()) + " peers, tried in order");
    if (entry.transform_sets.empty() && entry.ikev2_proposals.empty())
        note(traffic.notes, called(entry) + " has no transform set: it is incomplete and stays off");
    if (entry.match_address.empty())
        note(traffic.notes, called(entry) + " has no `match address`: it is incomplete and stays off");
    else
        resolve_list(config, traffic);
    return traffic;
}

std::string to_text(const TrafficPair& pair) {
    return std::string(pair.permit ? "permits " : "denies ") + pair.protocol + " " + to_text(pair.source) + " to " +
           to_text(pair.destination) + (pair.ports.empty() ? "" : " " + pair.ports);
}

const TrafficPair* first_match(const std::vector<TrafficPair>& pairs, std::uint32_t source, std::uint32_t destination) {
    const auto at = std::find_if(pairs.begin(), pairs.end(), [&](const TrafficPair& pair) {
        return pair.covers_icmp && pair.source.contains(source) && pair.destination.contains(destination);
    });
    return at == pairs.end() ? nullptr : &*at;
}

CryptoAddress crypto_address(const CryptoConfig& config, std::string_view peer) {
    CryptoAddress found;
    std::vector<const CryptoMapUse*> uses;
    if (!peer.empty())
        for (const CryptoMapEntry* entry : candidates(config, peer))
            for (const CryptoMapUse* use : uses_of(config, entry->map))
                if (std::find(uses.begin(), uses.end(), use) == uses.end()) uses.push_back(use);
    if (uses.empty())
        for (const CryptoMapUse& use : config.map_uses) uses.push_back(&use);
    if (uses.empty()) {
        note(found.notes, "no crypto map is applied to an interface");
        return found;
    }
    if (uses.size() > 1) {
        for (const CryptoMapUse* use : uses)
            note(found.notes, "crypto map " + use->map + " is applied to " + use->interface + " (line " +
                                  std::to_string(use->line) + ")");
        note(found.notes, "several interfaces carry a crypto map: name the peer address");
        return found;
    }
    found.map = uses.front()->map;
    found.interface = uses.front()->interface;
    const auto local = config.map_local_interface.find(found.map);
    const std::string& carrier = local == config.map_local_interface.end() ? found.interface : local->second;
    const ConfigInterface* interface = config.interface(carrier);
    if (interface != nullptr && interface->address)
        found.address = interface->address;
    else
        note(found.notes, "the address of " + carrier +
                              (interface != nullptr && interface->dynamic_address
                                   ? " comes from DHCP or PPPoE and is not in the configuration"
                                   : " is not in the configuration"));
    return found;
}

std::vector<std::string> traffic_in_words(const CryptoConfig& config, std::string_view peer) {
    if (config.lines == 0) return {"no configuration was read: the tunnel cannot be told from it"};
    constexpr std::size_t most_pairs_said = 32;
    const InterestingTraffic traffic = interesting_traffic(config, peer);
    std::vector<std::string> said;
    if (!traffic.map.empty())
        said.push_back(
            "crypto map " + traffic.map + " " + std::to_string(traffic.sequence) + " (line " +
            std::to_string(traffic.entry_line.number) + ")" +
            (traffic.interface.empty() ? "" : " on interface " + traffic.interface) +
            (traffic.access_list.empty() ? "" : ", interesting traffic by access list " + traffic.access_list));
    for (std::size_t i = 0; i < std::min(traffic.pairs.size(), most_pairs_said); ++i)
        said.push_back(to_text(traffic.pairs[i]) + " (line " + std::to_string(traffic.pairs[i].line.number) + ": " +
                       traffic.pairs[i].line.text + ")");
    if (traffic.pairs.size() > most_pairs_said)
        said.push_back(std::to_string(traffic.pairs.size() - most_pairs_said) + " more pairs");
    said.insert(said.end(), traffic.notes.begin(), traffic.notes.end());
    return said;
}

}  // namespace formats
