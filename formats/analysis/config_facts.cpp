#include "formats/analysis/config_facts.hpp"

#include <algorithm>

#include "formats/tunnel/algorithms.hpp"

namespace formats {

namespace {

constexpr std::size_t most_pairs = 32;

class Facts {
 public:
    explicit Facts(const TunnelSide& side) : side_(side), config_(side.end->view.config()) {}

    std::vector<ConfigFact> take() {
        add_own_addresses();
        const TunnelEntry* const entry = side_.entry;
        if (entry == nullptr) {
            add("entry", "none for the other end", {}, {});
        } else {
            add_entry(*entry);
        }
        add_policies(entry);
        add_keys();
        if (side_.child != nullptr) add_child(*side_.child);
        for (const ConfigFlaw& flaw : config_.flaws) add("flaw", flaw.text, {}, flaw.place);
        return std::move(facts_);
    }

 private:
    void add(std::string label, std::string value, std::string expected, Place place) {
        facts_.push_back({std::move(label), std::move(value), std::move(expected), std::move(place)});
    }

    void add_own_addresses() {
        for (const std::string& address : config_.own_addresses) add("own address", address, {}, {});
    }

    void add_entry(const TunnelEntry& entry) {
        add("entry", entry.name + (entry.is_applied ? "" : " (on no interface)"), {}, entry.place);
        for (const std::string& peer : entry.peers) add("peer", peer, {}, entry.place);
        if (entry.peers.empty()) add("peer", "any", {}, entry.place);
        const std::string version = entry.ikev1 && entry.ikev2 ? "1 and 2" : entry.ikev2 ? "2" : "1";
        add("IKE version", version, version, entry.version_place);
        if (entry.aggressive) {
            const std::string mode = *entry.aggressive ? "aggressive" : "main";
            add("IKE mode", mode, mode, entry.mode_place);
        }
        if (!entry.local_id.empty()) add("own identity", entry.local_id, {}, entry.id_place);
        if (!entry.remote_id.empty()) add("identity of the peer", entry.remote_id, {}, entry.remote_id_place);
    }

    void add_policies(const TunnelEntry* entry) {
        const auto& policies = entry != nullptr && !entry->ike.empty() ? entry->ike : config_.policies;
        for (const IkeProposal& policy : policies) {
            std::string value = to_text(policy.algorithms);
            if (!policy.authentication.empty()) value += ", " + policy.authentication;
            add("IKE policy", value + (policy.name.empty() || policy.name == value ? "" : " (" + policy.name + ")"),
                value, policy.place);
            if (!policy.lifetime.empty()) add("IKE lifetime", policy.lifetime, policy.lifetime, policy.place);
        }
    }

    /// Never more of a key than its token.
    void add_keys() {
        const std::string identity = side_.entry == nullptr ? std::string() : side_.entry->remote_id;
        const auto is_for_the_peer = [&](const TunnelKey& key) {
            return side_.entry == nullptr ||
                   std::any_of(side_.entry->peers.begin(), side_.entry->peers.end(),
                               [&](const std::string& peer) { return key.is_for(peer, identity); });
        };
        for (const TunnelKey& key : config_.keys)
            if (is_for_the_peer(key)) add("pre-shared key", key.value.empty() ? "not shown" : key.value, {}, key.place);
    }

    void add_child(const TunnelChild& child) {
        for (const ChildProposal& proposal : child.proposals) {
            std::string value = proposal.is_known ? to_text(proposal.algorithms) : "not known";
            if (proposal.ah) value += ", AH";
            if (proposal.transport) value += ", transport mode";
            add("transform",
                value + (proposal.name.empty() || proposal.name == value ? "" : " (" + proposal.name + ")"), value,
                proposal.place);
        }
        const std::string pfs = child.pfs.empty() ? "none" : child.pfs;
        add("PFS", pfs, pfs, child.pfs_place);
        for (std::size_t i = 0; i < std::min(child.pairs.size(), most_pairs); ++i) {
            const NetworkPair& pair = child.pairs[i];
            const NetworkPair mirrored{pair.remote, pair.local, pair.permit, {}};
            add("networks", (pair.permit ? "" : "deny ") + to_text(pair),
                pair.permit ? to_text(mirrored) : std::string(), pair.place);
        }
        if (child.pairs.size() > most_pairs)
            add("networks", std::to_string(child.pairs.size() - most_pairs) + " more pairs", {}, child.selectors_place);
        if (child.pairs.empty() && child.is_dynamic) add("networks", "the gateways' own addresses", {}, child.place);
        if (!child.lifetime.empty()) add("lifetime", child.lifetime, child.lifetime, child.lifetime_place);
    }

    const TunnelSide& side_;
    const TunnelConfig& config_;
    std::vector<ConfigFact> facts_;
};

/// The value without the name in brackets: what the other end is held against.
std::string_view without_name(std::string_view value) {
    const std::size_t bracket = value.rfind(" (");
    return value.ends_with(')') && bracket != std::string_view::npos ? value.substr(0, bracket) : value;
}

}  // namespace

const std::vector<std::string_view>& config_labels() {
    static const std::vector<std::string_view> labels{"own address",
                                                      "entry",
                                                      "peer",
                                                      "IKE version",
                                                      "IKE mode",
                                                      "own identity",
                                                      "identity of the peer",
                                                      "IKE policy",
                                                      "IKE lifetime",
                                                      "pre-shared key",
                                                      "transform",
                                                      "PFS",
                                                      "networks",
                                                      "lifetime",
                                                      "flaw"};
    return labels;
}

std::vector<ConfigFact> config_facts(const TunnelSide& side) {
    if (side.end == nullptr || side.end->view.config().dialect.empty()) return {};
    return Facts(side).take();
}

bool is_met(const ConfigFact& fact, const std::vector<ConfigFact>& across) {
    if (fact.expected.empty()) return true;
    bool is_said = false;
    for (const ConfigFact& other : across) {
        if (other.label != fact.label) continue;
        is_said = true;
        if (without_name(other.value) == fact.expected || other.value == fact.expected) return true;
    }
    // What the other end says nothing of stands against nothing.
    return !is_said;
}

}  // namespace formats
