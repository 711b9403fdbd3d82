#pragma once
// `tacbundle verify BUNDLE`: re-hashes every member, checks the manifest, looks for leaks
// (contract, sections 2 and 9). Changes nothing, contacts nothing.

#include <iosfwd>
#include <string>

#include "collector/exit_code.hpp"
#include "formats/redaction/redaction.hpp"

namespace collector {

/// The result goes to `out`: one line "PATH: 23 members, valid", or with `json` one `result`
/// object. What is wrong goes to `err`, one line each. ExitCode::complete: valid; not_written (5):
/// not valid; usage (2): it cannot be read; internal: the result could not be written.
ExitCode verify_command(const std::string& path, bool json, const formats::Redaction& redaction, std::ostream& out,
                        std::ostream& err);

}  // namespace collector
