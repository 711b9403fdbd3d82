#pragma once
// What a bundle of a bad day shows otherwise than one of a good day: what decides of both configurations, their lines,
// versions, algorithms, the state of the SAs, what the streams told, findings that came or went.

#include <string>
#include <vector>

#include "formats/analysis/conclusion.hpp"
#include "formats/result.hpp"

namespace formats {

struct Difference {
    std::string endpoint;   ///< empty: of the whole bundle
    std::string subject;    ///< "version", "IKE policy", "configuration", "phase 2", "event", "finding"
    std::string good, bad;  ///< empty: nothing of it there
};

/// Endpoints are the same by name, else by host name. Secrets are compared by whether there is one: tokens of two runs
/// differ. What changes by itself from day to day (counters, SPIs, times, checksums) is no difference. Errors are those
/// of the spools. At most 1,000 are listed.
Result<std::vector<Difference>> compare_bundles(const ConcludedBundle& good, const ConcludedBundle& bad);

}  // namespace formats
