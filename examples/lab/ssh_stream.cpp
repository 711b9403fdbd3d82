#include "examples/lab/ssh_stream.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <thread>

#include "examples/lab/session_end.hpp"

namespace lab {
namespace {

constexpr long login_seconds = 60;

SshStream& stream_of(void* self);

}  // namespace

SshStream::SshStream(ssh_session connection, World& world, Device& device, std::shared_ptr<Session> session)
    : connection_(connection),
      world_(world),
      device_(device),
      session_(std::move(session)),
      socket_(ssh_get_fd(connection)),
      wake_(session_->wake) {
    ssh_callbacks_init(&callbacks_);
    callbacks_.userdata = this;
    callbacks_.connect_status_function = &SshStream::on_status;
    ssh_callbacks_init(&server_callbacks_);
    server_callbacks_.userdata = this;
    server_callbacks_.auth_password_function = &SshStream::on_password;
    server_callbacks_.channel_open_request_session_function = &SshStream::on_channel;
    ssh_callbacks_init(&channel_callbacks_);
    channel_callbacks_.userdata = this;
    channel_callbacks_.channel_pty_request_function = &SshStream::on_pty;
    channel_callbacks_.channel_shell_request_function = &SshStream::on_shell;
    channel_callbacks_.channel_exec_request_function = &SshStream::on_exec;
}

SshStream::~SshStream() {
    const bool reset = leave_session(world_, device_, *session_);
    if (reset) {
        // No farewell: a reset is what the other end sees when a link or a box dies.
        close_with_reset(socket_);
        ssh_silent_disconnect(connection_);
    } else {
        if (channel_ != nullptr && ssh_channel_is_open(channel_)) {
            ssh_channel_send_eof(channel_);
            ssh_channel_close(channel_);
        }
        ssh_disconnect(connection_);
    }
    ssh_free(connection_);
}

/// libssh tells how far a key exchange is, from 0 to 1: the first one and each renewal.
void SshStream::on_status(void* self, float progress) {
    SshStream& stream = stream_of(self);
    const std::lock_guard lock(stream.world_.mutex);
    if (progress < 1 || !stream.session_->authenticated) return;
    stream.device_.log(stream.session_.get(), "keys-renewed");
}

int SshStream::on_password(ssh_session, const char* user, const char* password, void* self) {
    SshStream& stream = stream_of(self);
    const std::lock_guard lock(stream.world_.mutex);
    ++stream.tries_;
    return stream.device_.log_in(*stream.session_, user, password) ? SSH_AUTH_SUCCESS : SSH_AUTH_DENIED;
}

ssh_channel SshStream::on_channel(ssh_session connection, void* self) {
    SshStream& stream = stream_of(self);
    if (stream.channel_ != nullptr) return nullptr;  // one terminal a connection
    stream.channel_ = ssh_channel_new(connection);
    ssh_set_channel_callbacks(stream.channel_, &stream.channel_callbacks_);
    return stream.channel_;
}

int SshStream::on_pty(ssh_session, ssh_channel, const char*, int, int, int, int, void*) { return 0; }

int SshStream::on_shell(ssh_session, ssh_channel, void* self) {
    stream_of(self).shell_ = true;
    return 0;
}

int SshStream::on_exec(ssh_session, ssh_channel, const char*, void*) { return 1; }

bool SshStream::open_terminal() {
    ssh_set_callbacks(connection_, &callbacks_);
    ssh_set_server_callbacks(connection_, &server_callbacks_);
    ssh_set_auth_methods(connection_, SSH_AUTH_METHOD_PASSWORD);
    ssh_options_set(connection_, SSH_OPTIONS_TIMEOUT, &login_seconds);
    {
        const std::lock_guard lock(world_.mutex);
        const auto& faults = device_.faults();
        const auto bytes = static_cast<std::uint64_t>(faults.number("renew-keys", 512));
        if (faults.on("renew-keys") && faults.line("renew-keys").empty())
            ssh_options_set(connection_, SSH_OPTIONS_REKEY_DATA, &bytes);
    }
    if (ssh_handle_key_exchange(connection_) != SSH_OK) {
        const std::lock_guard lock(world_.mutex);
        device_.log(session_.get(), "key-exchange-failed", JsonObject().add("error", ssh_get_error(connection_)));
        return false;
    }
    keys_made_ = Clock::now();
    if (const char* cipher = ssh_get_cipher_out(connection_)) {
        const std::lock_guard lock(world_.mutex);
        session_->cipher = cipher;
    }
    const auto until = Clock::now() + std::chrono::seconds(login_seconds);
    ssh_event event = ssh_event_new();
    ssh_event_add_session(event, connection_);
    bool alive = true;
    while (alive && !shell_ && Clock::now() < until) {
        alive = ssh_event_dopoll(event, 200) != SSH_ERROR && ssh_is_connected(connection_) != 0;
        const std::lock_guard lock(world_.mutex);
        if (session_->ended) alive = false;
        if (tries_ >= device_.platform().login_tries && !session_->authenticated) alive = false;
    }
    ssh_event_remove_session(event, connection_);
    ssh_event_free(event);
    return alive && shell_;
}

void SshStream::drain_wake() const {
    std::uint64_t count = 0;
    while (::read(wake_, &count, sizeof count) > 0) {
    }
}

long SshStream::read_some(std::span<char> into, std::chrono::milliseconds limit) {
    const auto until = Clock::now() + limit;
    for (;;) {
        // libssh holds bytes that poll() knows nothing of: drain before waiting.
        const int count =
            ssh_channel_read_nonblocking(channel_, into.data(), static_cast<std::uint32_t>(into.size()), 0);
        if (count > 0) return count;
        if (count < 0 || ssh_channel_is_eof(channel_) || !ssh_channel_is_open(channel_) ||
            !ssh_is_connected(connection_))
            return -1;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
        if (left.count() <= 0) return 0;
        std::array<pollfd, 2> waits{{{socket_, POLLIN, 0}, {wake_, POLLIN, 0}}};
        if (::poll(waits.data(), waits.size(), static_cast<int>(left.count())) > 0 &&
            (waits[1].revents & POLLIN) != 0) {
            drain_wake();
            return 0;
        }
    }
}

bool SshStream::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const int count = ssh_channel_write(channel_, bytes.data(), static_cast<std::uint32_t>(bytes.size()));
        if (count <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

void SshStream::sleep(std::chrono::milliseconds limit) {
    pollfd wait{wake_, POLLIN, 0};
    ::poll(&wait, 1, static_cast<int>(limit.count()));
    drain_wake();
}

/// libssh renews keys of its own accord only, when they are too old for it, and counts in whole seconds.
void SshStream::renew_keys() {
    constexpr std::uint32_t at_once = 1, never = 0;
    constexpr auto too_old = std::chrono::milliseconds(1050);
    const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - keys_made_);
    if (age < too_old) std::this_thread::sleep_for(too_old - age);
    ssh_options_set(connection_, SSH_OPTIONS_REKEY_TIME, &at_once);
    ssh_send_ignore(connection_, "");  // goes out with the new keys
    ssh_options_set(connection_, SSH_OPTIONS_REKEY_TIME, &never);
    keys_made_ = Clock::now();
}

namespace {

SshStream& stream_of(void* self) { return *static_cast<SshStream*>(self); }

}  // namespace
}  // namespace lab
