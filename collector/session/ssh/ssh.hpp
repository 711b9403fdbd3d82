#pragma once
// A terminal over SSH, by libssh: a pseudo-terminal and a shell on a connection.
//
// libssh 0.10 facts this rests on: algorithm lists are set whole (no "+alg"), hmac-sha1 is not among its
// defaults, `ssh_channel_read_timeout` returns 0 for timeout and for EOF, a write beyond the window blocks
// without limit, @revoked in known_hosts is ignored. One session never in two threads at once.

#include <memory>
#include <string>

#include "collector/credentials/credentials.hpp"
#include "collector/progress/terminal.hpp"
#include "collector/session/ssh/ssh_connection.hpp"
#include "collector/session/ssh/ssh_settings.hpp"
#include "collector/session/transport/transport.hpp"
#include "formats/result.hpp"

namespace collector {

class SshTransport : public Transport {
 public:
    /// Connects, checks the host key, logs in, opens a 511-column "dumb" terminal and a shell. `patience`
    /// bounds everything but questions. Errors: unreachable, host_key, login, timeout, interrupted; each says
    /// what was being done, to whom, what came back and what to do. A refused password is reported to
    /// `credentials` and not tried again.
    static formats::Result<std::unique_ptr<SshTransport>> open(const SshSettings& settings, Credentials& credentials,
                                                               Terminal& terminal, const Patience& patience);
    /// The same on a connection that stands. Errors: unreachable (it gives no terminal or no shell), timeout, interrupted.
    static formats::Result<std::unique_ptr<SshTransport>> on(std::unique_ptr<SshConnection> connection,
                                                             const Patience& patience);
    ~SshTransport() override;

    formats::Result<std::size_t> read_some(std::span<char> into, const Patience& patience) override;
    formats::Result<void> write(std::string_view bytes, const Patience& patience) override;
    void close() noexcept override;

    const SshFacts& facts() const { return connection_->facts(); }

 private:
    SshTransport(std::unique_ptr<SshConnection> connection, SshChannel& channel)
        : connection_(std::move(connection)), channel_(channel) {}
    formats::Error closed() const;
    formats::Error gone() const;

    std::unique_ptr<SshConnection> connection_;
    SshChannel& channel_;  // lives as long as the connection
};

}  // namespace collector
