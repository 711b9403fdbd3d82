#pragma once
// What a session asks for before it connects: ssh_config, the target's own words, algorithms. Internal to the
// SSH transport.

#include <string>
#include <vector>

#include "collector/session/ssh/ssh_jump.hpp"
#include "collector/session/ssh/ssh_link.hpp"
#include "collector/session/ssh/ssh_settings.hpp"

namespace collector {

/// Applies `<ssh_folder>/config`, then /etc/ssh/ssh_config, then what the target itself says, to the link's
/// session. Where the way is known already, what is known of it instead. Errors: usage (a
/// configuration that libssh cannot read), interrupted.
formats::Result<SshRoute> apply_ssh_options(SshLink& link, const SshSettings& settings, const Patience& patience);

/// The algorithms a session offers, unless ssh_config has others.
AlgorithmOffer offered_algorithms(bool legacy);

/// The known_hosts files of the session, the user's first and never none. After shake_hands only: libssh expands them
/// there.
std::vector<std::string> known_hosts_paths(const SshLink& link, const SshRoute& route);

/// What a later login needs to know of one that was agreed on: puts it into the stop.
void note_agreement(const SshLink& link, SshStop& stop);

/// "kex ... cipher ... mac ..." of an established session.
std::string algorithms_of(const SshLink& link);

}  // namespace collector
