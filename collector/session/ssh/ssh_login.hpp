#pragma once
// Logging in over SSH: which methods are tried, in which order, and who is asked. Internal to the SSH transport.
//
//   a source for the password was named: password, else keyboard-interactive. Keys only when the device offers
//   neither; without one: agent and keys of ssh_config, then a password typed on the terminal.
//
// The password is sent at most once per session, by whichever method, and only to a question that asks for it. Whatever
// else is asked (a second factor) is asked on the terminal; a new password is nobody's to give here.

#include "collector/credentials/credentials.hpp"
#include "collector/progress/terminal.hpp"
#include "collector/session/ssh/ssh_link.hpp"
#include "collector/session/ssh/ssh_options.hpp"
#include "collector/session/ssh/ssh_settings.hpp"

namespace collector {

/// Errors: login, timeout, interrupted. A refused password is reported to `credentials`.
formats::Result<void> log_in(SshLink& link, const SshSettings& settings, const SshRoute& route,
                             Credentials& credentials, Terminal& terminal, LoginPatience& patience);

}  // namespace collector
