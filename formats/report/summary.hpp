#pragma once
// SUMMARY.txt: what a TAC engineer reads first. The incident, what was found, both endpoints,
// whether the debugs are off, what is missing and why. 80 columns, plain UTF-8.

#include <string>

#include "formats/bundle/manifest.hpp"
#include "formats/redaction/redaction.hpp"
#include "formats/result.hpp"

namespace formats {

/// Of a run: texts are redacted one by one, like in the manifest.
Result<RedactedText> summary_text(const Manifest& manifest, Redaction& redaction);

/// Of a manifest that was read from a bundle and therefore is clean.
std::string summary_of_bundle(const Manifest& manifest);

}  // namespace formats
