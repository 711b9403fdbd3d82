#pragma once
// What the manifest says about the finished spool: every member but the manifest, with size and
// hash.

#include <vector>

#include "formats/bundle/manifest.hpp"
#include "formats/bundle/spool.hpp"
#include "formats/result.hpp"

namespace formats {

/// Reads every member once; sorted bytewise by path. To be called when all members are final.
Result<std::vector<FileRecord>> inventory(const Spool& spool);

/// Sets `files`, and size and hash of every capture that names one of them.
void list_files(Manifest& manifest, std::vector<FileRecord> files);

}  // namespace formats
