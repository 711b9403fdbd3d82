#include "collector/session/ssh/ssh_link.hpp"

#include <fcntl.h>
#include <libssh/server.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <new>
#include <stdexcept>

#include "formats/transcript/device_words.hpp"
namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

/// In place of stderr: libssh's log would show what is sent, and a LogLevel of ssh_config turns it on.
void discard(int, const char*, const char*, void*) {}

/// What a peer asks of a client (a channel for x11 or the agent): libssh answers with a refusal.
int decline(ssh_session, ssh_message, void*) { return 1; }

}  // namespace

SshLink::SshLink(std::string endpoint) : endpoint_(std::move(endpoint)), session_(ssh_new()) {
    if (session_ == nullptr) throw std::bad_alloc();
    ssh_set_blocking(session_, 0);
    ssh_callbacks_init(&callbacks_);
    callbacks_.userdata = this;
    callbacks_.auth_function = &SshLink::give_passphrase;
    // Left alone, libssh would keep each request of the peer unanswered, and more with every try.
    ssh_set_message_callback(session_, &decline, nullptr);
    if (ssh_set_log_callback(&discard) != SSH_OK || ssh_set_callbacks(session_, &callbacks_) != SSH_OK) {
        ssh_free(session_);
        throw std::logic_error("libssh does not take its callbacks");
    }
}

SshLink::~SshLink() {
    // Not ssh_disconnect: it forgets a socket that was given by option, which would leak it.
    ssh_free(session_);
}

int SshLink::give_passphrase(const char*, char* into, std::size_t size, int, int, void* self_pointer) noexcept {
    const auto& self = *static_cast<SshLink*>(self_pointer);
    return self.passphrase_ && self.passphrase_({into, size}) ? SSH_OK : SSH_ERROR;
}

Result<void> SshLink::shake_hands(TcpConnection connection, const Patience& patience) {
    peer_ = connection.peer;
    const socket_t fd = connection.socket.get();
    if (ssh_options_set(session_, SSH_OPTIONS_FD, &fd) != SSH_OK)
        return failure(ErrorKind::internal, "handing over the socket: " + reason());
    bool handed_over = false;
    OfferWatch watch(session_);
    const auto connected = drive("exchanging keys with", SSH_AGAIN, patience, [&] {
        watch.look(fd);
        const int rc = ssh_connect(session_);
        if (!handed_over) {
            // The socket is libssh's from here on, unless it refused the options before taking it.
            handed_over = true;
            if (rc != SSH_ERROR || reason() != "Couldn't apply options") connection.socket.release();
        }
        // libssh makes the socket blocking once it is connected; a large write would then block.
        const socket_t taken = ssh_get_fd(session_);
        if (taken >= 0) ::fcntl(taken, F_SETFL, ::fcntl(taken, F_GETFL) | O_NONBLOCK);
        return rc;
    });
    if (connected && *connected == SSH_OK) return {};
    offer_ = watch.offer();
    words_before_banner_ = watch.words_before_banner();
    if (connected) return failure(ErrorKind::disconnected, "no SSH session with " + peer_ + ": " + reason());
    return connected.error();
}

Result<int> SshLink::drive(std::string_view doing, int again, const Patience& patience,
                           const std::function<int()>& call) {
    for (;;) {
        const int answer = call();
        if (answer != again) return answer;
        if (auto waited = wait(doing, patience); !waited) return waited.error();
    }
}

Result<void> SshLink::may_go_on(std::string_view doing, const Patience& patience) const {
    const auto what = [&] { return std::string(doing) + " " + peer_; };
    if (patience.is_stopped()) return failure(ErrorKind::interrupted, "interrupted while " + what());
    if (ssh_get_fd(session_) < 0 || is_broken())
        return failure(ErrorKind::disconnected, "disconnected while " + what() + ": " + reason());
    if (patience.is_over()) return failure(ErrorKind::timeout, "no answer in time while " + what());
    return {};
}

Result<void> SshLink::wait(std::string_view doing, const Patience& patience) {
    for (;;) {
        if (auto on = may_go_on(doing, patience); !on) return on;
        const bool sending = (ssh_get_poll_flags(session_) & SSH_WRITE_PENDING) != 0;
        std::array<pollfd, 2> fds{{{ssh_get_fd(session_), static_cast<short>(sending ? POLLIN | POLLOUT : POLLIN), 0},
                                   {patience.stop_fd(), POLLIN, 0}}};
        const int n = ::poll(fds.data(), fds.size(), static_cast<int>(patience.remaining().count()));
        if (n < 0 && errno != EINTR) return formats::system_error(endpoint_, std::string(doing) + " " + peer_, errno);
        if (n > 0 && fds[1].revents == 0) return {};
    }
}

bool SshLink::has_unsent() const { return (ssh_get_status(session_) & SSH_WRITE_PENDING) != 0; }

bool SshLink::is_broken() const { return (ssh_get_status(session_) & (SSH_CLOSED | SSH_CLOSED_ERROR)) != 0; }

std::string SshLink::reason() const {
    std::string text = printable(ssh_get_error(session_));
    // What libssh says when the peer simply closed the connection.
    if (text.empty() || text == "Socket error: disconnected") return "the device closed the connection";
    return text;
}

void SshLink::shut_down() noexcept {
    const socket_t fd = ssh_get_fd(session_);
    if (fd >= 0) ::shutdown(fd, SHUT_RDWR);
}

Error SshLink::failure(ErrorKind kind, std::string detail, std::string remedy) const {
    return {kind, endpoint_, std::move(detail), std::move(remedy)};
}

std::string printable(std::string_view text, std::size_t limit) { return formats::quoted(text, nullptr, limit); }

}  // namespace collector
