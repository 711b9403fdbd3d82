#pragma once
// Bastions on the way to a device (ProxyJump of ssh_config): a session of our own to each, and in it a channel that
// the bastion connects to whatever comes next. The device's own session runs inside, from end to end: its host key,
// algorithms, legacy ones too, and password are none of the bastion's business, and no ssh program is needed.
//
// A thread of its own carries the bytes between the channel and a socket, so that the inner session has a descriptor
// to wait on like any other. libssh 0.10 allows that: a session belongs to the one thread that works on it, and the
// two sessions share nothing but the socket. Internal to the SSH transport.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "collector/session/ssh/ssh_link.hpp"
#include "collector/session/ssh/ssh_way.hpp"
#include "collector/session/transport/tcp_connect.hpp"
#include "collector/system/patience.hpp"
#include "formats/result.hpp"

namespace collector {

/// The hops, first to last, of what libssh 0.10 makes of ProxyJump and gives as a ProxyCommand:
///   ssh [-l USER] [-p PORT] [-J NEXT,NEXT] -W '[%h]:%p' HOST
/// Empty: a ProxyCommand of the user's own, or none.
std::vector<Hop> hops_of(std::string_view proxy_command);

class SshTunnel {
 public:
    /// Has the bastion at the other end of `link`, logged in there, connect to `host`. Errors: unreachable (the
    /// bastion refuses, or cannot reach it), timeout, interrupted.
    static formats::Result<std::unique_ptr<SshTunnel>> open(std::unique_ptr<SshLink> link, const std::string& host,
                                                            unsigned port, const Patience& patience);
    /// Ends the connection and joins the thread.
    ~SshTunnel();
    SshTunnel(const SshTunnel&) = delete;
    SshTunnel& operator=(const SshTunnel&) = delete;

    /// Our end of it: what stands in for a TCP connection. Once.
    Descriptor take_socket() { return std::move(ours_); }

 private:
    SshTunnel(std::unique_ptr<SshLink> link, ssh_channel channel, Descriptor ours, Descriptor theirs);
    void carry(int stopped);

    std::unique_ptr<SshLink> link_;
    ssh_channel channel_;
    Descriptor ours_, theirs_;
    std::stop_source leaving_;
    StopEvent left_{leaving_.get_token()};
    std::thread carrier_;
};

}  // namespace collector
