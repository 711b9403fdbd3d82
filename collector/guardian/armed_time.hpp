#pragma once
// How long debugs may be on (contract, sections 2 and 8): what the guardian is told before each step that leaves any
// of them on. It ends a run that takes longer.

#include <algorithm>

#include "collector/system/patience.hpp"

namespace collector {

/// Beyond the longest time that each step can take.
inline constexpr std::chrono::seconds arming_limit{75};
inline constexpr std::chrono::seconds beyond_the_window{10};
inline constexpr std::chrono::seconds disarming_limit{45};

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
