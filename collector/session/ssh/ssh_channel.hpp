#pragma once
// A channel of an SSH session. libssh keeps the address of its callbacks and calls through it for as long as the peer has
// the channel, closed or not: a channel lives as long as its session. Internal to the SSH transport.

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include <optional>
#include <string>

#include "collector/session/ssh/ssh_link.hpp"

namespace collector {

class SshChannel {
 public:
    explicit SshChannel(SshLink& link) : link_(link) {}
    SshChannel(const SshChannel&) = delete;
    SshChannel& operator=(const SshChannel&) = delete;

    /// Opens a session's channel. Errors: unreachable (it gives none), timeout, interrupted.
    formats::Result<void> open(const Patience& patience);
    /// Sends a request and waits for its answer; `call` is that of libssh, `doing` and `what` are for errors: "asking for
    /// a terminal on", "give a terminal". Errors as those of open().
    formats::Result<void> request(std::string_view doing, const std::string& what, const Patience& patience,
                                  const std::function<int()>& call);
    /// Takes in what has come, without waiting; false when the session is broken.
    bool take_in();
    /// The same behind the last byte, where only a status and the end are still to come.
    void take_in_status();
    /// The device is told that it is over; what still comes is dropped. Never blocks.
    void abandon() noexcept;

    ssh_channel get() const { return channel_; }
    bool has_ended() const;  ///< the device has closed it, or will send no more
    bool is_closed() const;
    std::string received;  ///< of both streams, and not yet read
    std::optional<int> exit_status;

 private:
    static int on_data(ssh_session, ssh_channel, void* data, std::uint32_t size, int is_error, void* self) noexcept;
    static void on_exit_status(ssh_session, ssh_channel, int status, void* self) noexcept;

    SshLink& link_;
    ssh_channel channel_ = nullptr;  // freed with the session
    ssh_channel_callbacks_struct callbacks_{};
    bool is_abandoned_ = false;
};

}  // namespace collector
