#include "formats/analysis/config_diff.hpp"

#include <algorithm>

namespace formats {

namespace {

std::string auth_class(const std::string& authentication) {
    if (authentication == "pre-share" || authentication == "psk" || authentication == "secret") return "pre-shared key";
    if (authentication.empty()) return {};
    return "certificate";
}

bool contains(const Network& outer, const Network& inner) {
    return (inner.mask & outer.mask) == outer.mask && (inner.address & outer.mask) == (outer.address & outer.mask);
}

bool takes(const NetworkPair& own, const Network& local, const Network& remote, SelectorRule rule) {
    switch (rule) {
        case SelectorRule::exact: return own.local == local && own.remote == remote;
        case SelectorRule::subset: return contains(own.local, local) && contains(own.remote, remote);
        case SelectorRule::narrows:
            return (contains(own.local, local) || contains(local, own.local)) &&
                   (contains(own.remote, remote) || contains(remote, own.remote));
    }
    return false;
}

/// Keeps the pair of proposals with the fewest differences.
void keep_nearest(ProposalDiff& diff, std::vector<AttributeDifference> found, const std::string& here_name,
                  const Place& here, const std::string& there_name, const Place& there) {
    const bool is_first = !diff.is_comparable;
    diff.is_comparable = true;
    if (!is_first && found.size() >= diff.differences.size()) return;
    diff.intersect = found.empty();
    diff.differences = std::move(found);
    diff.here_name = here_name;
    diff.there_name = there_name;
    diff.here = here;
    diff.there = there;
}

}  // namespace

ProposalDiff compare_policies(const TunnelEntry& here, const TunnelEntry& there) {
    ProposalDiff diff;
    for (const IkeProposal& one : here.ike)
        for (const IkeProposal& other : there.ike) {
            if (one.version != 0 && other.version != 0 && one.version != other.version) continue;
            auto found = differences(one.algorithms, other.algorithms, true);
            const std::string a = auth_class(one.authentication), b = auth_class(other.authentication);
            if (!a.empty() && !b.empty() && a != b) found.push_back({"authentication", a, b});
            keep_nearest(diff, std::move(found), one.name, one.place, other.name, other.place);
        }
    return diff;
}

ProposalDiff compare_child_proposals(const TunnelChild& here, const TunnelChild& there) {
    ProposalDiff diff;
    const auto unknown = [](const ChildProposal& proposal) { return !proposal.is_known; };
    if (std::any_of(here.proposals.begin(), here.proposals.end(), unknown) ||
        std::any_of(there.proposals.begin(), there.proposals.end(), unknown))
        return diff;
    for (const ChildProposal& one : here.proposals)
        for (const ChildProposal& other : there.proposals) {
            auto found = differences(one.algorithms, other.algorithms, false);
            const auto integrity_is_none = [](const ChildProposal& p) {
                return p.algorithms.integrity.empty() && !p.algorithms.is_combined();
            };
            if (integrity_is_none(one) != integrity_is_none(other) && !one.algorithms.is_combined() &&
                !other.algorithms.is_combined())
                found.push_back(
                    {"integrity",
                     integrity_is_none(one) ? "none" : to_text(Algorithms{{}, one.algorithms.integrity, {}}),
                     integrity_is_none(other) ? "none" : to_text(Algorithms{{}, other.algorithms.integrity, {}})});
            if (one.transport != other.transport)
                found.push_back(
                    {"mode", one.transport ? "transport" : "tunnel", other.transport ? "transport" : "tunnel"});
            if (one.ah != other.ah) found.push_back({"protocol", one.ah ? "AH" : "ESP", other.ah ? "AH" : "ESP"});
            keep_nearest(diff, std::move(found), one.name, one.place, other.name, other.place);
        }
    return diff;
}

PfsDiff compare_pfs(const TunnelChild& here, const TunnelChild& there) {
    PfsDiff diff;
    diff.here = here.pfs.empty() ? "none" : here.pfs;
    diff.there = there.pfs.empty() ? "none" : there.pfs;
    diff.here_place = here.pfs_place;
    diff.there_place = there.pfs_place;
    // With `set pfs` and no group, the version decides: a difference from none is certain, one from another group is not.
    const bool here_is_open = diff.here == "default", there_is_open = diff.there == "default";
    diff.is_comparable = !(here_is_open && diff.there != "none") && !(there_is_open && diff.here != "none");
    diff.differs = diff.is_comparable && diff.here != diff.there;
    return diff;
}

SelectorRule selector_rule_of(const TunnelConfig& config) {
    if (config.dialect == "swanctl" || config.dialect == "ipsec.conf") return SelectorRule::narrows;
    return config.dialect == "ios" ? SelectorRule::subset : SelectorRule::exact;
}

bool is_permitted(const std::vector<NetworkPair>& pairs, const Network& local, const Network& remote,
                  SelectorRule rule) {
    for (const NetworkPair& pair : pairs)
        if (takes(pair, local, remote, pair.permit ? rule : SelectorRule::subset)) return pair.permit;
    return false;
}

std::vector<NetworkPair> not_mirrored(const TunnelChild& here, const TunnelChild& there, SelectorRule rule) {
    std::vector<NetworkPair> missing;
    for (const NetworkPair& pair : here.pairs)
        if (pair.permit && !is_permitted(there.pairs, pair.remote, pair.local, rule)) missing.push_back(pair);
    return missing;
}

KeyDiff compare_keys(const TunnelConfig& here, const TunnelConfig& there,
                     const std::vector<std::string>& here_addresses, const std::vector<std::string>& there_addresses,
                     const TunnelEntry* here_entry, const TunnelEntry* there_entry) {
    KeyDiff diff;
    const auto key_for = [](const TunnelConfig& config, const std::vector<std::string>& addresses,
                            const TunnelEntry* entry) -> const TunnelKey* {
        const std::string identity = entry == nullptr ? std::string() : entry->remote_id;
        const TunnelKey* general = nullptr;
        for (const TunnelKey& key : config.keys)
            for (const std::string& address : addresses)
                if (key.is_for(address, identity)) {
                    if (!key.peers.empty() && (key.peers.front() == address || key.peers.front() == identity))
                        return &key;
                    if (general == nullptr) general = &key;
                }
        return general;
    };
    const TunnelKey* const one = key_for(here, there_addresses, here_entry);
    const TunnelKey* const other = key_for(there, here_addresses, there_entry);
    diff.here_is_missing = one == nullptr && here.parts.keys && !there_addresses.empty();
    diff.there_is_missing = other == nullptr && there.parts.keys && !here_addresses.empty();
    if (one != nullptr) diff.here = one->place;
    if (other != nullptr) diff.there = other->place;
    if (one == nullptr && !here.keys.empty()) diff.here = here.keys.front().place;
    if (other == nullptr && !there.keys.empty()) diff.there = there.keys.front().place;
    // IKEv2 may use a key for each direction; only what is one key for both is compared here.
    if (one != nullptr && other != nullptr && !one->kind.starts_with("ikev2") && !other->kind.starts_with("ikev2"))
        diff.verdict = compare_psk(one->value, other->value);
    return diff;
}

}  // namespace formats
