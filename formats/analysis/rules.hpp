#pragma once
// The rules of the closed list, each a function over the facts of a tunnel: what was seen, what refutes it, how sure it
// is. A rule looks from one side (`here`, the end that refused, received, or that a line of configuration belongs to) to
// the side across. Private to analyse().

#include <optional>
#include <string>
#include <vector>

#include "formats/analysis/config_diff.hpp"
#include "formats/analysis/finding.hpp"
#include "formats/analysis/tunnel_facts.hpp"

namespace formats {

struct RuleView {
    const TunnelFacts& tunnel;
    const TunnelSide& here;
    const TunnelSide& across;
    std::vector<Finding>& findings;

    bool is_two_sided() const { return tunnel.is_two_sided(); }
    const TunnelConfig& config() const { return here.end->view.config(); }

    /// How a refusal on a line of `here` stands today: a problem; a note that a later success contradicts; a note of the
    /// past where the tunnel stands now and did not stand before it.
    struct Standing {
        Severity severity = Severity::problem;
        bool is_contradicted = false;
        Place against;
    };
    Standing standing_of(const Event& refusal, bool is_child) const;
    /// Adds a finding that rests on `refusal`.
    void add_refusal(const Event& refusal, bool is_child, std::string id, Grade grade, std::string title,
                     std::string remedy, std::vector<Place> further = {}) const;
    /// Adds one that rests on configuration or tables. When the tunnel stands it is a note.
    void add(std::string id, Grade grade, std::string title, std::string remedy, std::vector<Place> evidence,
             std::string endpoint = {}) const;
    void add_as(Severity severity, std::string id, Grade grade, std::string title, std::string remedy,
                std::vector<Place> evidence, std::string endpoint = {}) const;
    /// The keys of both ends: by their tokens, else as the run compared them. Tokens of two keys say nothing.
    KeyDiff keys() const;
    bool has(std::string_view id, Grade least = Grade::possible) const;
    /// IKE was spoken with the other end, by any line of `side`.
    static bool has_spoken(const TunnelSide& side);
    /// Of this pair of ends, phase 1 got as far as keys at `side`.
    static bool reached_keys(const TunnelSide& side);
    static bool has_phase1(const TunnelSide& side);
};

/// "encryption has to be equal: hq allows AES-256, branch offers AES-128"
std::string in_words(const std::vector<AttributeDifference>& differences, const std::string& here,
                     const std::string& there);

void find_ike_refusals(const RuleView& view);    ///< ike-policy, no-config-for-peer, mode-or-version
void find_authentication(const RuleView& view);  ///< key-missing, key-differs, identity, certificate, limit-reached
void find_child_refusals(const RuleView& view);  ///< selectors, entry-not-for-peer, transform, pfs
void find_silence(const RuleView& view);         ///< lan-acl-cannot-match, dangling-name, isakmp-off
void find_losses(const RuleView& view);          ///< lost-on-the-way, lost-4500-or-fragments, return-path, dead-peer
void find_packet_faults(
    const RuleView& view);  ///< stale-sa, wrong-sa, clear-text, nat-exemption, sysopt-or-acl, replay
void find_counter_faults(const RuleView& view);  ///< esp-lost, no-return-traffic, never-reaches-crypto
/// From the configurations alone, where no line of a device has said it; once for both ends.
void find_config_differences(const RuleView& view);
void find_state(const RuleView& view);  ///< duplicates, lifetime, tunnel-up, up-and-passing; once

}  // namespace formats
