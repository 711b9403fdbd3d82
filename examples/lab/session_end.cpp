#include "examples/lab/session_end.hpp"

#include <sys/socket.h>

namespace lab {

bool leave_session(World& world, Device& device, Session& session) {
    const std::lock_guard lock(world.mutex);
    // The socket's number may soon be somebody else's: nobody may shut it down any more.
    session.socket = -1;
    device.close_session(session, "closed");
    return session.reset || session.half_open;
}

void close_with_reset(int socket) {
    const linger now{1, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace lab
