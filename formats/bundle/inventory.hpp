#pragma once
// What the manifest says about the members: every one but the manifest, with size and hash.

#include <vector>

#include "formats/bundle/manifest.hpp"

namespace formats {

/// Sets `files`, and size and hash of every capture that names one of them.
void list_files(Manifest& manifest, std::vector<FileRecord> files);

/// The files that the captures name, with what these say of them: for a run that is not over.
void list_captures(Manifest& manifest);

}  // namespace formats
