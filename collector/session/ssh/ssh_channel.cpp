#include "collector/session/ssh/ssh_channel.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

Result<void> SshChannel::open(const Patience& patience) {
    channel_ = ssh_channel_new(link_.get());
    ssh_callbacks_init(&callbacks_);
    callbacks_.userdata = this;
    callbacks_.channel_data_function = &on_data;
    callbacks_.channel_exit_status_function = &on_exit_status;
    const bool is_ready = channel_ != nullptr && ssh_set_channel_callbacks(channel_, &callbacks_) == SSH_OK;
    return request("opening a session on", "open a session", patience,
                   [&] { return is_ready ? ssh_channel_open_session(channel_) : SSH_ERROR; });
}

Result<void> SshChannel::request(std::string_view doing, const std::string& what, const Patience& patience,
                                 const std::function<int()>& call) {
    const auto answered = link_.drive(doing, SSH_AGAIN, patience, call);
    if (!answered) {
        Error error = answered.error();
        if (error.kind == ErrorKind::disconnected) error.kind = ErrorKind::unreachable;
        return error;
    }
    if (*answered == SSH_OK) return {};
    return link_.failure(ErrorKind::unreachable, link_.peer() + " did not " + what + ": " + link_.reason(),
                         "It may have no free session: see its list of sessions.");
}

bool SshChannel::take_in() { return ssh_channel_poll(channel_, 0) != SSH_ERROR; }

void SshChannel::take_in_status() {
    // Its answer is the status again, or -1 for none yet, for none at all and for a broken session.
    (void)ssh_channel_get_exit_status(channel_);
}

void SshChannel::abandon() noexcept {
    is_abandoned_ = true;
    std::string().swap(received);
    if (channel_ == nullptr || ssh_channel_is_open(channel_) == 0) return;
    if (ssh_channel_close(channel_) != SSH_OK) link_.shut_down();
}

bool SshChannel::has_ended() const { return ssh_channel_is_eof(channel_) != 0 || is_closed(); }
bool SshChannel::is_closed() const { return ssh_channel_is_closed(channel_) != 0; }

/// Called by libssh, inside its calls and so on their thread, with what has come on either stream: a device that uses the
/// error stream of its terminal means it for the terminal all the same. Asking for one stream and then the other would
/// leave what came for the first while the second was asked lying in libssh, where poll() does not see it.
int SshChannel::on_data(ssh_session, ssh_channel, void* data, std::uint32_t size, int, void* self_pointer) noexcept {
    auto& self = *static_cast<SshChannel*>(self_pointer);
    if (!self.is_abandoned_) self.received.append(static_cast<const char*>(data), size);
    return static_cast<int>(size);
}

void SshChannel::on_exit_status(ssh_session, ssh_channel, int status, void* self) noexcept {
    static_cast<SshChannel*>(self)->exit_status = status;
}

}  // namespace collector
