#include "collector/session/ssh/ssh_command.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

/// Until the last byte and the status have come, in whichever order, or the channel is closed.
Result<void> hear_out(SshLink& link, SshChannel& channel, std::size_t longest, const Patience& patience) {
    for (;;) {
        const bool alive = channel.take_in();
        if (channel.received.size() > longest) channel.received.resize(longest);
        // libssh 0.10 looks for no packet of a channel whose last byte has come.
        if (channel.has_ended()) channel.take_in_status();
        if (channel.is_closed() || (channel.has_ended() && channel.exit_status)) return {};
        if (!alive)
            return link.failure(ErrorKind::disconnected, "session with " + link.peer() + " lost: " + link.reason());
        if (auto waited = link.wait("waiting for a command on", patience); !waited) return waited;
    }
}

}  // namespace

Result<SshCommandAnswer> run_command(SshConnection& connection, const std::string& line, std::size_t longest,
                                     const Patience& patience) {
    SshLink& link = connection.link();
    SshChannel& channel = connection.new_channel();
    Result<void> done = channel.open(patience);
    if (done)
        done = channel.request("running a command on", "run a command", patience,
                               [&] { return ssh_channel_request_exec(channel.get(), line.c_str()); });
    if (done && ssh_channel_send_eof(channel.get()) != SSH_OK)
        done = link.failure(ErrorKind::disconnected, "session with " + link.peer() + " lost: " + link.reason());
    if (done) done = hear_out(link, channel, longest, patience);
    SshCommandAnswer answer{channel.exit_status.value_or(0), std::move(channel.received)};
    const bool has_status = channel.exit_status.has_value();
    channel.abandon();
    if (!done) return done.error();
    if (!has_status) return link.failure(ErrorKind::unreachable, link.peer() + " ended a command without a status");
    return answer;
}

}  // namespace collector
