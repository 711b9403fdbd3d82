#include "collector/session/ssh/ssh.hpp"

#include <algorithm>

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

constexpr int columns = 511, rows = 200;       // nothing wraps, and a pager comes late
constexpr std::size_t largest_write = 16'384;  // of one packet
constexpr std::size_t keep_received = 1'024;

}  // namespace

SshTransport::~SshTransport() { SshTransport::close(); }

Result<std::unique_ptr<SshTransport>> SshTransport::open(const SshSettings& settings, Credentials& credentials,
                                                         Terminal& terminal, const Patience& patience) {
    LoginPatience login_patience(patience);
    auto connection = SshConnection::open(settings, credentials, terminal, login_patience);
    if (!connection) return connection.error();
    return on(std::move(*connection), login_patience.now());
}

Result<std::unique_ptr<SshTransport>> SshTransport::on(std::unique_ptr<SshConnection> connection,
                                                       const Patience& patience) {
    SshChannel& channel = connection->new_channel();
    if (auto opened = channel.open(patience); !opened) return opened.error();
    // Separate statements: each is a request of its own, with an answer of its own.
    if (auto sized =
            channel.request("asking for a terminal on", "give a terminal", patience,
                            [&] { return ssh_channel_request_pty_size(channel.get(), "dumb", columns, rows); });
        !sized)
        return sized.error();
    if (auto started = channel.request("starting the shell of", "start a shell", patience,
                                       [&] { return ssh_channel_request_shell(channel.get()); });
        !started)
        return started.error();
    return std::unique_ptr<SshTransport>(new SshTransport(std::move(connection), channel));
}

Error SshTransport::closed() const {
    return {ErrorKind::disconnected, connection_->endpoint(), "the session was closed", {}};
}

Error SshTransport::gone() const {
    const SshLink& link = connection_->link();
    const char* message = ssh_get_disconnect_message(link.get());
    std::string reason = message != nullptr ? printable(message) : link.reason();
    if (channel_.has_ended()) reason = "the device ended the session";
    return link.failure(ErrorKind::disconnected, "session with " + link.peer() + " lost: " + reason);
}

Result<std::size_t> SshTransport::read_some(std::span<char> into, const Patience& patience) {
    if (!connection_->is_open()) return closed();
    SshLink& link = connection_->link();
    std::string& received = channel_.received;
    for (;;) {
        if (received.empty() && !channel_.take_in() && received.empty()) return gone();
        if (!received.empty()) {
            const std::size_t size = received.copy(into.data(), into.size());
            received.erase(0, size);
            // Room for a whole configuration is not kept through the pauses of hundreds of sessions.
            if (received.empty() && received.capacity() > keep_received) std::string().swap(received);
            return size;
        }
        if (channel_.has_ended()) return gone();
        if (auto waited = link.wait("reading from", patience); !waited) {
            if (waited.error().kind == ErrorKind::disconnected) return gone();
            return waited.error();
        }
    }
}

Result<void> SshTransport::write(std::string_view bytes, const Patience& patience) {
    if (!connection_->is_open()) return closed();
    SshLink& link = connection_->link();
    while (!bytes.empty() || link.has_unsent()) {
        if (link.is_broken() || channel_.has_ended()) return gone();
        // Never more than the device has room for: libssh 0.10 would wait for the rest without limit.
        const std::size_t room = ssh_channel_window_size(channel_.get());
        const auto size = static_cast<std::uint32_t>(std::min({bytes.size(), room, largest_write}));
        if (size > 0 && !link.has_unsent()) {
            const int n = ssh_channel_write(channel_.get(), bytes.data(), size);
            if (n < 0) return gone();
            bytes.remove_prefix(static_cast<std::size_t>(n));
            if (n > 0) continue;
        }
        if (ssh_blocking_flush(link.get(), 0) == SSH_ERROR) return gone();
        if (bytes.empty() && !link.has_unsent()) break;
        if (auto waited = link.wait("writing to", patience); !waited) {
            if (waited.error().kind == ErrorKind::disconnected) return gone();
            return waited;
        }
    }
    return {};
}

void SshTransport::close() noexcept { connection_->close(); }

}  // namespace collector
