#pragma once
// Secrets that are too short or too common to be searched for: where no rule finds one, it stays in the bundle. The
// person is warned of each once, and the bundle says it as a finding.

#include <cstddef>
#include <string>
#include <vector>

#include "collector/progress/progress.hpp"
#include "formats/bundle/manifest.hpp"
#include "formats/redaction/redaction.hpp"

namespace collector {

class Unsearched {
 public:
    /// `redaction` outlives it.
    explicit Unsearched(const formats::Redaction& redaction) : redaction_(redaction) {}

    /// Warns of those that were learned since the last time.
    void warn(Progress& progress);
    void add_to(std::vector<formats::FindingRecord>& findings) const;

 private:
    const formats::Redaction& redaction_;
    std::size_t said_ = 0;
};

}  // namespace collector
