#pragma once
// What an SSH session is asked for, and what it turned out to be.

#include <string>

#include "collector/session/ssh/ssh_way.hpp"
#include "formats/incident/incident.hpp"

namespace collector {

struct SshSettings {
    std::string endpoint;  ///< name, for messages and questions
    formats::Target target;
    bool legacy = false;  ///< offer group1-sha1, ssh-rsa, cbc ciphers, hmac-sha1, 768-bit keys
    formats::HostKeyPolicy host_key = formats::HostKeyPolicy::strict;
    std::string ssh_folder;          ///< "$HOME/.ssh": config, known_hosts, keys
    bool one_time_password = false;  ///< the password is good for one login: it also answers what asks for such a one
    const SshWay* known_way = nullptr;  ///< of an earlier login, in place of ssh_config and known_hosts; null: by those
};

/// What the connection turned out to be; for the manifest.
struct SshFacts {
    std::string host_key;    ///< "ssh-rsa SHA256:..."
    std::string algorithms;  ///< "kex ... cipher ... mac ..."
    std::string banner;      ///< the server's identification
    std::string user, host;
    unsigned port = 0;
    SshWay way;                 ///< for a login like this one
    std::string local_address;  ///< our own address on this connection
};

}  // namespace collector
