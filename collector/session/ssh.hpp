#pragma once
// A terminal over SSH, by libssh: connection, host key, login, pseudo-terminal, shell.
//
// libssh 0.10 facts this rests on: algorithm lists are set whole (no "+alg"), hmac-sha1 is not among its
// defaults, `ssh_channel_read_timeout` returns 0 for timeout and for EOF, a write beyond the window blocks
// without limit, @revoked in known_hosts is ignored. One session never in two threads at once.

#include <memory>
#include <string>

#include "collector/credentials.hpp"
#include "collector/session/transport.hpp"
#include "collector/terminal.hpp"
#include "formats/incident/incident.hpp"
#include "formats/result.hpp"

namespace collector {

struct SshSettings {
    std::string endpoint;            ///< name, for messages and questions
    formats::Target target;
    bool legacy = false;             ///< offer group1-sha1, ssh-rsa, cbc ciphers, hmac-sha1, 768-bit keys
    formats::HostKeyPolicy host_key = formats::HostKeyPolicy::strict;
    std::string ssh_folder;          ///< "$HOME/.ssh": config, known_hosts, keys
    bool one_time_password = false;  ///< the password is good for one login: it also answers what asks for such a one
};

/// What the connection turned out to be; for the manifest.
struct SshFacts {
    std::string host_key;    ///< "ssh-rsa SHA256:..."
    std::string algorithms;  ///< "kex ... cipher ... mac ..."
    std::string banner;      ///< the server's identification
    std::string user, host;
    unsigned port = 0;
    std::string local_address;  ///< our own address on this connection
};

class SshTransport : public Transport {
 public:
    /// Connects, checks the host key, logs in, opens a 511-column "dumb" terminal and a shell. `patience`
    /// bounds everything but questions. Errors: unreachable, host_key, login, timeout, interrupted; each says
    /// what was being done, to whom, what came back and what to do. A refused password is reported to
    /// `credentials` and not tried again.
    static formats::Result<std::unique_ptr<SshTransport>> open(const SshSettings& settings, Credentials& credentials,
                                                               Terminal& terminal, const Patience& patience);
    ~SshTransport() override;

    formats::Result<std::size_t> read_some(std::span<char> into, const Patience& patience) override;
    formats::Result<void> write(std::string_view bytes, const Patience& patience) override;
    void close() noexcept override;

    const SshFacts& facts() const;

 private:
    struct Connection;
    explicit SshTransport(std::unique_ptr<Connection> connection);
    std::unique_ptr<Connection> connection_;
};

}  // namespace collector
