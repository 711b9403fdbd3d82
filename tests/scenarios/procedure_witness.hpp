#pragma once
// What the lab's log and a bundle's manifest say of resets: what was cleared where, and whether it was announced,
// recorded and watched.

#include <string>
#include <vector>

#include "formats/bundle/manifest.hpp"
#include "scenarios/stage.hpp"

namespace stage {

using Lines = std::vector<std::string>;
Lines operator+(Lines a, const Lines& b);
std::string joined(const Lines& lines);

inline const Lines hq_peer{"clear crypto ipsec sa peer 203.0.113.1"},
    branch_peer{"clear crypto ipsec sa peer 198.51.100.1"};
inline const Lines every_tunnel{"clear crypto ipsec sa", "clear crypto isakmp sa"};
/// Options that allow everything where no terminal can ask.
inline const Lines named_resets{"--allow-reset", "all", "--reset-drops-all-tunnels", "hq", "--reset-drops-all-tunnels",
                                "branch"};

/// The `clear` lines that a side received, in order.
Lines cleared(const Lab& lab, const std::string& side);
/// Entries of the log.
std::size_t count(const Lab& lab, const std::string& event);
/// Both debugs were on at this side whenever something was cleared there.
bool debugs_were_on(const Lab& lab, const std::string& side);
/// Lines that were sent and stand in no plan.
std::string unannounced(const Lab& lab, const std::string& plan);

formats::Manifest manifest_of(const Run& run);
bool has_finding(const formats::Manifest& manifest, const std::string& id);

}  // namespace stage
