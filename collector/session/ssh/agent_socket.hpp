#pragma once
// The connection to ssh-agent for one login. libssh talks to the agent without any limit, and an agent may
// wait for a person to touch a key: a thread watches over it and cuts the connection when the patience is over
// or stop is requested. Internal to the SSH transport.

#include <libssh/libssh.h>

#include <optional>
#include <thread>

#include "collector/system/patience.hpp"

namespace collector {

class AgentSocket {
 public:
    /// Connects to $SSH_AUTH_SOCK and gives the connection to `session`, once in its life; does nothing where
    /// there is no agent.
    AgentSocket(ssh_session session, const Patience& patience);
    ~AgentSocket();
    AgentSocket(const AgentSocket&) = delete;
    AgentSocket& operator=(const AgentSocket&) = delete;

 private:
    std::optional<StopEvent> done_;
    std::stop_source leaving_;
    std::thread watcher_;
};

}  // namespace collector
