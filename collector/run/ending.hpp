#pragma once
// How a run ended: what it was worth as an exit code, and in the one line that is said last.

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "collector/exit_code.hpp"
#include "formats/bundle/archive.hpp"
#include "formats/record/ledger.hpp"
#include "formats/result.hpp"

namespace collector {

/// What can be true of a run's end, in any combination.
struct Ending {
    bool still_debugging = false;  ///< debugs of an endpoint are not proven off
    bool not_written = false;      ///< what was captured did not become a verified bundle
    bool interrupted = false;
    bool nobody = false;      ///< no endpoint could be used
    bool incomplete = false;  ///< something that was planned is missing or cut short
};

/// The gravest counts: 6, 5, 130, 4, 3, 0 (contract, section 9).
ExitCode exit_of(const Ending& ending);

/// What one endpoint owes the bundle.
struct EndpointGaps {
    std::string endpoint;
    formats::Gaps items;
    std::string configuration;  ///< that it could not be shown to be unchanged; empty: it was, or need not be

    bool is_empty() const { return items.missing() == 0 && configuration.empty(); }
    /// "branch: timed-out (no answer in 60 s): before/show-version, after/show-version"
    std::vector<std::string> sentences() const;
};

struct RunResult {
    Ending ending;
    std::optional<formats::BundleFile> bundle;
    std::string verdict;  ///< why the tunnel is down, or that it stands; empty when there is no bundle
    std::string outcome;  ///< complete | incomplete | interrupted | none
    std::vector<EndpointGaps> gaps;
    std::vector<std::string> unusable;  ///< "branch: login refused ...", of endpoints that were not logged in to
    std::vector<std::pair<std::string, std::vector<std::string>>> to_type;  ///< endpoint, lines: debugs not proven off
    std::string spool;                                                      ///< kept there; empty when it is gone
    std::optional<formats::Error> error;                                    ///< why there is no bundle
    std::string not_kept;  ///< of what belongs beside the bundle; empty: nothing

    ExitCode exit() const { return exit_of(ending); }
    /// Every gap as a sentence.
    std::vector<std::string> missing() const;
};

/// "INCOMPLETE: 12 of 24 items are missing or cut short: branch (all 12)". After exit code 6 it ends with the command
/// that plays `journal`.
std::string last_words(const RunResult& run, const std::string& journal);

}  // namespace collector
