#pragma once
// How long debugs may be on (contract, sections 2 and 8): what the guardian is told before each step that leaves any
// of them on. It ends a run that takes longer.

#include <algorithm>

#include "collector/session/configuration_mode.hpp"
#include "collector/system/patience.hpp"
#include "formats/incident/incident.hpp"

namespace collector {

/// Beyond the longest time that arming an endpoint can take, with the way in and out of configuration mode.
inline milliseconds arming_time(const formats::Incident& incident) {
    constexpr std::chrono::seconds arming_limit{75};
    return arming_limit + (incident.allow_config_mode ? 2 * configuration_change_limit : milliseconds{0});
}

/// The same for turning the debugs off.
inline milliseconds disarming_time(const formats::Incident& incident) {
    constexpr std::chrono::seconds disarming_limit{45};
    return disarming_limit + (incident.allow_config_mode ? 2 * configuration_change_limit : milliseconds{0});
}

/// A window of this length, and the time until disarming has begun.
inline milliseconds window_time(milliseconds window) {
    constexpr std::chrono::seconds beyond_the_window{10};
    return window + beyond_the_window;
}

/// For the proof that nothing was configured. It is owed like a disarm, also beyond the deadline of the run.
inline constexpr std::chrono::minutes longest_proof{10};

/// The time of all windows of a run together, those of its resets too.
class ArmedTime {
 public:
    static constexpr std::chrono::minutes longest{10};
    /// Begins now, and ends with the run's own time.
    explicit ArmedTime(const Patience& run) : patience_(run.at_most(longest)) {}

    const Patience& patience() const { return patience_; }
    /// What is left of it for one more window.
    milliseconds window(milliseconds wanted) const { return std::min(wanted, patience_.remaining()); }

 private:
    Patience patience_;
};

}  // namespace collector
