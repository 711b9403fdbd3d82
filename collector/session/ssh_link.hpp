#pragma once
// One libssh session on a socket of ours, driven so that nothing blocks: libssh is told not to wait, and the
// waiting is done here, on its socket and the stop. Internal to the SSH transport.

#include <libssh/libssh.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "collector/patience.hpp"
#include "collector/session/login_patience.hpp"
#include "collector/session/ssh_offer.hpp"
#include "collector/session/tcp_connect.hpp"
#include "formats/result.hpp"

namespace collector {

class SshLink {
 public:
    explicit SshLink(std::string endpoint);
    ~SshLink();
    SshLink(const SshLink&) = delete;
    SshLink& operator=(const SshLink&) = delete;

    ssh_session get() const { return session_; }
    const std::string& endpoint() const { return endpoint_; }
    const std::string& peer() const { return peer_; }  ///< "203.0.113.7 port 22"

    /// Takes the connection and exchanges keys. Errors: timeout, interrupted, disconnected (libssh's own
    /// words, see reason()).
    formats::Result<void> shake_hands(TcpConnection connection, const Patience& patience);

    /// What the peer offered, when shake_hands failed after it was seen.
    const std::optional<AlgorithmOffer>& offer() const { return offer_; }

    /// Calls `call` until it answers something else than `again`, waiting in between; that answer. `doing` is
    /// for errors: "logging in to". Errors: timeout, interrupted, disconnected.
    formats::Result<int> drive(std::string_view doing, int again, const Patience& patience,
                               const std::function<int()>& call);

    /// Waits until libssh can go on: bytes have come, or can go when some are pending. Same errors as drive.
    formats::Result<void> wait(std::string_view doing, const Patience& patience);

    /// Whether there is any point in going on, without waiting. Same errors.
    formats::Result<void> may_go_on(std::string_view doing, const Patience& patience) const;

    bool has_unsent() const;    ///< bytes that the peer has not taken yet
    bool is_broken() const;     ///< the connection is gone
    std::string reason() const; ///< why, in libssh's or the peer's words, printable
    /// Ends every wait of this connection, also the peer's. Never blocks.
    void shut_down() noexcept;

    formats::Error failure(formats::ErrorKind kind, std::string detail, std::string remedy = {}) const;

 private:
    std::string endpoint_, peer_;
    std::optional<AlgorithmOffer> offer_;
    ssh_session session_;
};

/// What a device sent, fit for a message: one line, printable ASCII, at most `limit` bytes.
std::string printable(std::string_view text, std::size_t limit = 1000);

}  // namespace collector
