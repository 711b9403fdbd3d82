#include "collector/system/byte_pipe.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

Error stopped(bool write, const std::string& peer) {
    return {ErrorKind::interrupted,
            {},
            std::string("interrupted while ") + (write ? "writing to " : "reading from ") + peer,
            {}};
}
Error late(bool write, const std::string& peer) {
    return {
        ErrorKind::timeout, {}, std::string("no answer while ") + (write ? "writing to " : "reading from ") + peer, {}};
}

/// Waits until it is worth another try.
Result<void> wait_to(int fd, bool write, const std::string& peer, const Patience& patience) {
    const auto ready = wait_for(fd, patience, write);
    if (!ready) return ready.error();
    if (*ready == Ready::timeout) return late(write, peer);
    if (*ready == Ready::stopped) return stopped(write, peer);
    return {};
}

bool may_try_again() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

Error lost(const std::string& peer, int error) {
    // A terminal whose last user has gone reads as an input error.
    const std::string reason =
        error == 0 || error == EIO ? "the other end closed it" : std::generic_category().message(error);
    return {ErrorKind::disconnected, {}, "session with " + peer + " lost: " + reason, {}};
}

}  // namespace

Result<std::size_t> read_bytes(int fd, std::span<char> into, const std::string& peer, const Patience& patience) {
    for (;;) {
        const ssize_t n = ::read(fd, into.data(), into.size());
        if (n > 0) return static_cast<std::size_t>(n);
        if (n == 0) return lost(peer, 0);
        if (!may_try_again()) return lost(peer, errno);
        if (auto waited = wait_to(fd, false, peer, patience); !waited) return waited.error();
    }
}

Result<void> may_read_on(const std::string& peer, const Patience& patience) {
    if (patience.is_stopped()) return stopped(false, peer);
    if (patience.is_over()) return late(false, peer);
    return {};
}

Result<void> write_bytes(int fd, std::string_view& bytes, const std::string& peer, const Patience& patience) {
    while (!bytes.empty()) {
        const ssize_t n = ::write(fd, bytes.data(), bytes.size());
        if (n >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(n));
            continue;
        }
        if (!may_try_again()) return lost(peer, errno);
        if (auto waited = wait_to(fd, true, peer, patience); !waited) return waited;
    }
    return {};
}

}  // namespace collector
