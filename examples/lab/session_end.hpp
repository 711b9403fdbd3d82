#pragma once
// How a connection leaves the device it was logged in to, whatever the transport.

#include "examples/lab/world.hpp"

namespace lab {

/// From here on nobody else touches the session's socket. True: the other end is to see a reset.
bool leave_session(World& world, Device& device, Session& session);

/// Makes the coming close() of `socket` a TCP reset.
void close_with_reset(int socket);

}  // namespace lab
