#pragma once
// What decides between two configurations, side by side: policies as sets with the nearest pair, proposals of the child,
// PFS, networks that have to mirror each other, keys by what stands in their place.

#include <optional>
#include <string>
#include <vector>

#include "formats/redaction/psk_verdict.hpp"
#include "formats/tunnel/tunnel_config.hpp"

namespace formats {

/// Two sets of proposals. Not comparable when one of them is not known: then nothing is said.
struct ProposalDiff {
    bool is_comparable = false;
    bool intersect = false;
    /// Of the nearest pair, when they do not intersect.
    std::vector<AttributeDifference> differences;
    std::string here_name, there_name;
    Place here, there;
};
ProposalDiff compare_policies(const TunnelEntry& here, const TunnelEntry& there);
/// Encryption, integrity, mode and AH; the group is PFS and stands apart.
ProposalDiff compare_child_proposals(const TunnelChild& here, const TunnelChild& there);

struct PfsDiff {
    bool is_comparable = false;  ///< false: one of them is on with a group that the configuration does not name
    bool differs = false;
    std::string here, there;  ///< "group 14", "none"
    Place here_place, there_place;
};
PfsDiff compare_pfs(const TunnelChild& here, const TunnelChild& there);

/// How the peer's device takes what is asked of it (facts A2.10).
enum class SelectorRule : unsigned char { exact, subset, narrows };
SelectorRule selector_rule_of(const TunnelConfig& config);

/// The permitted pairs of `here` that `there` would not take the other way round.
std::vector<NetworkPair> not_mirrored(const TunnelChild& here, const TunnelChild& there, SelectorRule rule);
/// Whether a pair is permitted by one of the pairs, as this end sees it.
bool is_permitted(const std::vector<NetworkPair>& pairs, const Network& local, const Network& remote,
                  SelectorRule rule);

struct KeyDiff {
    PskVerdict verdict = PskVerdict::unverifiable;
    bool here_is_missing = false, there_is_missing = false;  ///< its part was collected, and no key covers the address
    Place here, there;
};
KeyDiff compare_keys(const TunnelConfig& here, const TunnelConfig& there,
                     const std::vector<std::string>& here_addresses, const std::vector<std::string>& there_addresses,
                     const TunnelEntry* here_entry, const TunnelEntry* there_entry);

}  // namespace formats
