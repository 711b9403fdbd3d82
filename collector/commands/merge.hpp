#pragma once
// `tacbundle merge BUNDLE BUNDLE...`: one bundle of several, each collected for its own end by its own organisation. What
// each held of its run stays beside the texts of its endpoint; what follows from all texts together is concluded anew.

#include <optional>
#include <string>
#include <vector>

#include "formats/record/layout.hpp"

namespace collector {

struct MergeRequest {
    std::vector<std::string> bundles;  ///< two or more
    std::string output = ".";
    std::optional<formats::ArchiveFormat> format;
    bool json = false;
};

/// Exit 0; 3 when one of the bundles is incomplete; 2: one cannot be read, or the output cannot be written to; 5: one is no
/// bundle, or the merged one was not written.
int merge_command(const MergeRequest& request);

}  // namespace collector
