#include "collector/session/ssh/agent_socket.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "collector/session/transport/tcp_connect.hpp"

namespace collector {
namespace {

Descriptor connect_agent() {
    const char* path = std::getenv("SSH_AUTH_SOCK");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path == nullptr || *path == '\0' || std::strlen(path) >= sizeof address.sun_path) return Descriptor();
    std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (socket.get() < 0 || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return Descriptor();
    return socket;
}

}  // namespace

AgentSocket::AgentSocket(ssh_session session, const Patience& patience) {
    Descriptor agent = connect_agent();
    if (agent.get() < 0) return;
    Descriptor own(::fcntl(agent.get(), F_DUPFD_CLOEXEC, 0));
    if (own.get() < 0 || ssh_set_agent_socket(session, agent.get()) != SSH_OK) return;
    agent.release();  // libssh closes it with the session
    done_.emplace(leaving_.get_token());
    try {
        watcher_ = std::thread([own = std::move(own), patience, done = done_->fd()] {
            std::array<pollfd, 2> fds{{{patience.stop_fd(), POLLIN, 0}, {done, POLLIN, 0}}};
            while (fds[0].revents == 0 && fds[1].revents == 0 && !patience.is_over())
                ::poll(fds.data(), fds.size(), static_cast<int>(patience.remaining().count()));
            if (fds[1].revents == 0) ::shutdown(own.get(), SHUT_RDWR);
        });
    } catch (const std::system_error&) {
        // Without the watch the login still works; only a silent agent could hold it up.
    }
}

AgentSocket::~AgentSocket() {
    leaving_.request_stop();
    if (watcher_.joinable()) watcher_.join();
}

}  // namespace collector
