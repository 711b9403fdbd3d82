#pragma once
// Is this bundle whole and clean? Every member re-hashed against the manifest, the manifest against the
// schema's rules, no member missing or extra, and text and names scanned for secrets.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "formats/bundle/manifest.hpp"
#include "formats/redaction/redaction.hpp"
#include "formats/result.hpp"

namespace formats {

struct Verdict {
    Manifest manifest;
    std::vector<std::string> problems;     ///< one sentence each, with the member's name; empty: valid
    std::vector<Leak> leaks;               ///< empty: clean
    std::uint64_t members = 0, bytes = 0;  ///< what was read: files, and their text
    bool valid() const { return problems.empty() && leaks.empty(); }
};

/// Streaming, in constant memory but for the manifest.
/// Error{io} when the file cannot be read, Error{invalid} when it is not an archive; what is wrong inside
/// one is in the verdict. `redaction` gives rules and, within a run, the learned literals.
Result<Verdict> verify_bundle(const std::filesystem::path& path, const Redaction& redaction);

}  // namespace formats
