#pragma once
// The way of a login that worked: where ssh_config led each host of it, which key each presented, what was agreed on. With
// it a login is repeated without a file of ~/.ssh: by the guardian, at whose moment they may be gone or others.

#include <algorithm>
#include <string>
#include <vector>

#include "formats/incident/target.hpp"

namespace collector {

/// A bastion as ProxyJump names it; what is missing comes from ssh_config.
struct Hop {
    std::string user, host;
    unsigned port = 0;
};

/// Where to connect to, after ssh_config.
struct SshRoute {
    std::string host, user;
    unsigned port = 22;
    bool names_agent = false;      ///< ssh_config may name another agent than $SSH_AUTH_SOCK
    std::string proxy;             ///< ProxyCommand, ready for a shell; empty: none
    std::vector<Hop> hops;         ///< ProxyJump, the first bastion first; empty: none
    std::string host_key_alias{};  ///< HostKeyAlias: its name in known_hosts; empty: the host's
    std::vector<std::string> user_files{}, global_files{};  ///< of known hosts; empty: the one that libssh has
    std::string not_followed{};  ///< what of ssh_config had no effect, "HostKeyAlias (ssh: not found)"; empty: nothing

    /// The name and port of its rows in known_hosts; an alias stands there without a port.
    const std::string& known_as() const { return host_key_alias.empty() ? host : host_key_alias; }
    unsigned known_at() const { return host_key_alias.empty() ? port : 22; }
};

/// One host of the way: the device, or a bastion.
struct SshStop {
    Hop asked;  ///< as the target or ProxyJump names it
    SshRoute route;
    std::string host_key;                     ///< "ssh-rsa SHA256:..."; empty: it was not spoken to
    std::string key_exchange, ciphers, macs;  ///< agreed on, as lists for libssh; empty: what is offered anyway
    std::string identity;                     ///< the first key file that ssh_config names
};

struct SshWay {
    std::vector<SshStop> stops;

    /// Null when that target was no part of it.
    const SshStop* to(const formats::Target& target) const {
        return find([&](const SshStop& stop) {
            return stop.asked.host == target.host && stop.asked.user == target.user && stop.asked.port == target.port;
        });
    }
    const SshStop* at(const std::string& host, unsigned port) const {
        return find([&](const SshStop& stop) {
            return stop.route.host == host && stop.route.port == port && !stop.host_key.empty();
        });
    }

 private:
    template <class Is>
    const SshStop* find(Is is) const {
        const auto found = std::find_if(stops.begin(), stops.end(), is);
        return found == stops.end() ? nullptr : &*found;
    }
};

}  // namespace collector
