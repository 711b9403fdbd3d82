#pragma once
// One libssh session on a socket of ours, driven so that nothing blocks: libssh is told not to wait, and the
// waiting is done here, on its socket and the stop. Internal to the SSH transport.

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collector/session/ssh/ssh_offer.hpp"
#include "collector/session/transport/login_patience.hpp"
#include "collector/session/transport/tcp_connect.hpp"
#include "collector/system/patience.hpp"
#include "formats/result.hpp"

namespace collector {

class SshLink {
 public:
    /// Writes the passphrase of the key file that is being read, with a NUL behind, into the buffer; false when there
    /// is none.
    using Passphrase = std::function<bool(std::span<char> into)>;

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

    /// Who is asked for passphrases from here on; an empty function asks nobody, and so it is before the first call.
    void ask_passphrases_of(Passphrase person) { passphrase_ = std::move(person); }

    /// What the peer offered, when shake_hands failed after it was seen.
    const std::optional<AlgorithmOffer>& offer() const { return offer_; }
    /// What it said in place of a banner, when shake_hands failed: raw, the newest line last.
    const std::vector<std::string>& words_before_banner() const { return words_before_banner_; }

    /// Calls `call` until it answers something else than `again`, waiting in between; that answer. `doing` is
    /// for errors: "logging in to". Errors: timeout, interrupted, disconnected.
    formats::Result<int> drive(std::string_view doing, int again, const Patience& patience,
                               const std::function<int()>& call);

    /// Waits until libssh can go on: bytes have come, or can go when some are pending. Same errors as drive.
    formats::Result<void> wait(std::string_view doing, const Patience& patience);

    /// Whether there is any point in going on, without waiting. Same errors.
    formats::Result<void> may_go_on(std::string_view doing, const Patience& patience) const;

    bool has_unsent() const;     ///< bytes that the peer has not taken yet
    bool is_broken() const;      ///< the connection is gone
    std::string reason() const;  ///< why, in libssh's or the peer's words, printable
    /// Ends every wait of this connection, also the peer's. Never blocks.
    void shut_down() noexcept;

    formats::Error failure(formats::ErrorKind kind, std::string detail, std::string remedy = {}) const;

 private:
    static int give_passphrase(const char*, char* into, std::size_t size, int, int, void* self) noexcept;

    std::string endpoint_, peer_;
    std::optional<AlgorithmOffer> offer_;
    std::vector<std::string> words_before_banner_;
    Passphrase passphrase_;
    // libssh 0.10 keeps the address, calls through it at each renewal of keys, global request and channel that the peer
    // opens, and refuses to forget it: the struct lives as long as the session.
    ssh_callbacks_struct callbacks_{};
    ssh_session session_;
};

/// What a device sent, fit for a message of an outlet that redacts: its words within `limit` bytes (device_words.hpp).
std::string printable(std::string_view text, std::size_t limit = 1000);

}  // namespace collector
