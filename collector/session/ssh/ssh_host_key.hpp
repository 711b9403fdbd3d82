#pragma once
// Whether the host key of a session is to be trusted. Internal to the SSH transport.

#include <string>

#include "collector/progress/terminal.hpp"
#include "collector/session/ssh/ssh_link.hpp"
#include "collector/session/ssh/ssh_options.hpp"
#include "collector/session/ssh/ssh_settings.hpp"

namespace collector {

/// Judges the key the device presented by known_hosts and the policy; asks and adds it where the policy says
/// so. "ssh-rsa SHA256:..." when it is trusted. Errors: host_key, timeout, interrupted, io (adding it).
formats::Result<std::string> check_host_key(SshLink& link, const SshSettings& settings, const SshRoute& route,
                                            Terminal& terminal, LoginPatience& patience);

}  // namespace collector
