#pragma once
// Which roles the shows of a profile may have, and what a run goes without where a role is not taken.

#include <array>
#include <string>
#include <vector>

#include "formats/record/tells.hpp"

namespace formats {

struct Profile;

/// What a show can say that it `tells`.
inline constexpr std::array show_roles{Tells::configuration, Tells::policies,    Tells::phase1,       Tells::phase2,
                                       Tells::list_sas,      Tells::connections, Tells::swanctl_conf, Tells::ipsec_conf,
                                       Tells::nat_table,     Tells::log,         Tells::version};

/// One sentence for each role that no show of the standard set has: "no show tells `phase2` in the window: ...".
std::vector<std::string> costs_of_missing_roles(const Profile& profile);

}  // namespace formats
