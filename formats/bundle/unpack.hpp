#pragma once
// A finished bundle as a spool again, for what reads captured text: report, diff.

#include <filesystem>

#include "formats/bundle/manifest.hpp"
#include "formats/bundle/spool.hpp"
#include "formats/redaction/redaction.hpp"
#include "formats/result.hpp"

namespace formats {

/// Writes every member into `spool`, which is empty, and returns the manifest. The bundle is
/// somebody else's file: its text goes through the redaction like a device's. Nothing is verified
/// (verify.hpp). Errors of kind invalid: no bundle; io: it cannot be read, or the spool not be
/// written.
Result<Manifest> unpack_bundle(const std::filesystem::path& bundle, Spool& spool, Redaction& redaction);

/// The manifest alone; the rest is read past, so that a broken archive is noticed.
Result<Manifest> manifest_in(const std::filesystem::path& bundle);

}  // namespace formats
