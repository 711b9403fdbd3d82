#pragma once
// An SSH session that somebody is logged in to, by whatever way ssh_config names, and its channels.
//
// libssh 0.10 facts this rests on: algorithm lists are set whole (no "+alg"), hmac-sha1 is not among its defaults,
// @revoked in known_hosts is ignored. One session never in two threads at once. Internal to the SSH transport and to what
// runs commands on a workstation.

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collector/credentials/credentials.hpp"
#include "collector/progress/terminal.hpp"
#include "collector/session/ssh/ssh_channel.hpp"
#include "collector/session/ssh/ssh_jump.hpp"
#include "collector/session/ssh/ssh_link.hpp"
#include "collector/session/ssh/ssh_options.hpp"
#include "collector/session/ssh/ssh_settings.hpp"
#include "collector/system/child_process.hpp"

namespace collector {

class SshConnection {
 public:
    /// Connects, checks the host key, logs in. `patience` bounds everything but questions. Errors: unreachable, host_key,
    /// login, timeout, interrupted; each says what was being done, to whom, what came back and what to do. A refused
    /// password is reported to `credentials` and not tried again.
    static formats::Result<std::unique_ptr<SshConnection>> open(const SshSettings& settings, Credentials& credentials,
                                                                Terminal& terminal, LoginPatience& patience);
    ~SshConnection();
    SshConnection(const SshConnection&) = delete;
    SshConnection& operator=(const SshConnection&) = delete;

    /// Ends the channels and the session. Never blocks for long, may be called again.
    void close() noexcept;
    bool is_open() const { return link_.has_value(); }

    const std::string& endpoint() const { return endpoint_; }
    const SshFacts& facts() const { return facts_; }
    // While it is open:
    SshLink& link() { return *link_; }
    SshChannel& new_channel();  ///< not yet opened; lives until close()

 private:
    explicit SshConnection(std::string endpoint);
    formats::Result<TcpConnection> connect_through(const std::string& command, const SshRoute& route);
    formats::Result<TcpConnection> reach(const SshRoute& route, const SshSettings& settings, Credentials& credentials,
                                         Terminal& terminal, LoginPatience& patience, int depth = 0);

    std::string endpoint_;
    std::optional<ChildProcess> proxy_;  // outlives the link, as the tunnels do
    std::vector<std::unique_ptr<SshTunnel>> tunnels_;
    std::list<SshChannel> channels_;  // libssh calls through them until the session is freed
    std::optional<SshLink> link_;     // until close()
    SshFacts facts_;
};

}  // namespace collector
