#pragma once
// One command on a host, in a channel of its own: no terminal, no echo, and its exit status is told.

#include <cstddef>
#include <string>

#include "collector/session/ssh/ssh_connection.hpp"
#include "collector/system/patience.hpp"
#include "formats/result.hpp"

namespace collector {

struct SshCommandAnswer {
    int status = 0;    ///< 127: no such program
    std::string text;  ///< of both streams, at most `longest` bytes of it
};

/// Runs `line`, which the user's own shell there reads, with nothing to read on its input. Errors: unreachable (the host
/// runs no commands, or ended this one without a status), timeout, interrupted, disconnected; the connection can be used on
/// after all but the last.
formats::Result<SshCommandAnswer> run_command(SshConnection& connection, const std::string& line, std::size_t longest,
                                              const Patience& patience);

}  // namespace collector
