#pragma once
// What the program itself writes into a bundle: the schema, the elements and names of the manifest, the wording of the
// pages, the paths. A secret that is a part of it cannot be searched for, and a word of the user that is would make
// every bundle unclean: both have to be known before anything is contacted.

#include <string>
#include <string_view>

#include "collector/plan/plan.hpp"
#include "formats/bundle/spool.hpp"
#include "formats/redaction/secret/settings.hpp"
#include "formats/result.hpp"

namespace collector {

/// A bundle of this plan in which no device has said anything. `spool` is read, not written.
formats::Result<std::string> own_text(const Plan& plan, const formats::Spool& spool);

/// Error usage: a word or a pattern stands in that text, or is what any time, count or hash holds. The error names its
/// number or place, never the word.
formats::Result<void> check_words(const formats::RedactionSettings& settings, std::string_view own_text);

}  // namespace collector
