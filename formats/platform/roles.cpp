#include "formats/platform/roles.hpp"

#include <algorithm>

#include "formats/platform/profile.hpp"

namespace formats {

namespace {

struct Need {
    std::array<Tells, 2> roles;  ///< any of them
    bool Profile::Show::*when;
    std::string_view at_that_time, cost;
};

constexpr std::array needs{
    Need{{Tells::configuration, Tells::connections},
         &Profile::Show::before,
         "before",
         "the peer and the interesting traffic cannot be told, and no probe is chosen"},
    Need{{Tells::phase1, Tells::list_sas},
         &Profile::Show::before,
         "before",
         "whether the tunnel is up already is not known"},
    Need{{Tells::phase2, Tells::list_sas},
         &Profile::Show::before,
         "before",
         "SAs that stood already cannot be told from new ones"},
    Need{{Tells::phase2, Tells::list_sas},
         &Profile::Show::during,
         "during",
         "the window stays open until its time is up, however soon the tunnel stands"},
};

bool is_taken(const Profile& profile, const Need& need) {
    return std::any_of(profile.shows.begin(), profile.shows.end(), [&](const Profile::Show& show) {
        return !show.extended && show.*need.when && (show.tells == need.roles[0] || show.tells == need.roles[1]);
    });
}

}  // namespace

std::vector<std::string> costs_of_missing_roles(const Profile& profile) {
    std::vector<std::string> costs;
    for (const Need& need : needs)
        if (!is_taken(profile, need))
            costs.push_back("no show tells `" + std::string(name_of(need.roles[0])) + "` or `" +
                            std::string(name_of(need.roles[1])) + "` " + std::string(need.at_that_time) + ": " +
                            std::string(need.cost));
    const bool reads_phase2 = std::any_of(profile.shows.begin(), profile.shows.end(), [](const Profile::Show& show) {
        return !show.extended && show.during && show.tells == Tells::phase2;
    });
    if (!profile.resets.empty() && !reads_phase2)
        costs.emplace_back("no show tells `phase2` during: nothing is ever reset");
    return costs;
}

}  // namespace formats
