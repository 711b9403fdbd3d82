#pragma once
// The folder in which runs keep journals and spools: $XDG_STATE_HOME/tacbundle. What stands in it is believed, so it
// must be ours alone.

#include <string>

#include "formats/result.hpp"

namespace collector {

/// Makes it (0700) and its parents where they are missing, and checks it.
formats::Result<void> make_state_folder(const std::string& folder);
/// Error io when another user owns it or others may write to it.
formats::Result<void> check_state_folder(const std::string& folder);

/// The same of one file in it, or elsewhere: `fd` is open. Error usage, with `path` as its subject.
formats::Result<void> check_owned(int fd, const std::string& path);

}  // namespace collector
