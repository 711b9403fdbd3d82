#pragma once
// A TCP connection to a device: every address of the name is tried, nothing blocks beyond the patience, and
// a peer that vanishes is noticed by the kernel while the dialogue is idle.

#include <string>

#include "collector/system/patience.hpp"
#include "formats/result.hpp"

namespace collector {

/// A file descriptor that is closed when it goes.
class Descriptor {
 public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor();
    int get() const { return fd_; }
    int release();  ///< The caller closes it from now on.

 private:
    int fd_;
};

struct TcpConnection {
    Descriptor socket;          ///< non-blocking, close-on-exec, keepalive 5 s + 3 x 2 s, no delay
    std::string peer;           ///< "203.0.113.7 port 22", with the name before it when one was resolved
    std::string local_address;  ///< our own address on this connection, without the port
};

/// Addresses are tried in the order of the resolver, the next one a second after the one before, so that a
/// silent first address does not cost the whole patience. `subject` is whom errors name. Errors: unreachable
/// (not resolved, refused; every address with its reason), timeout, interrupted.
formats::Result<TcpConnection> connect_tcp(const std::string& subject, const std::string& host, unsigned port,
                                           const Patience& patience);

}  // namespace collector
