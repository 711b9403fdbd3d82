#include "collector/progress/outlet.hpp"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace collector {

namespace {

/// A terminal polls writable with as little room as this (n_tty: WAKEUP_CHARS).
constexpr std::size_t terminal_piece = 256;
constexpr std::size_t own_piece = std::size_t{64} << 10;

}  // namespace

Outlet::Outlet(int fd, std::size_t bound) : fd_(fd), piece_(PIPE_BUF), bound_(bound) {
    struct stat found {};
    if (::fstat(fd, &found) != 0) {
        failure_ = errno;  // started with the stream closed
        return;
    }
    socket_ = S_ISSOCK(found.st_mode);
    const bool terminal = S_ISCHR(found.st_mode) && ::isatty(fd) == 1;
    if (terminal) piece_ = terminal_piece;
    // A regular file never blocks, and would lose its offset.
    if (!terminal && !S_ISFIFO(found.st_mode)) return;
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    const int own = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (own < 0) return;
    fd_ = own;
    own_ = true;
    piece_ = own_piece;
}

Outlet::~Outlet() {
    if (own_) ::close(fd_);
}

bool Outlet::put(std::string_view lines, bool must) {
    if (failure_ != 0) return true;
    if (!must && pending() + lines.size() > bound_) return false;
    if (at_ > bound_ / 2) {
        pending_.erase(0, at_);
        at_ = 0;
    }
    pending_.append(lines);
    return true;
}

long Outlet::write_some(std::string_view bytes) const {
    if (own_) return ::write(fd_, bytes.data(), bytes.size());
    if (socket_) return ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    pollfd ready{fd_, POLLOUT, 0};
    if (::poll(&ready, 1, 0) == 0) {
        errno = EAGAIN;
        return -1;
    }
    return ::write(fd_, bytes.data(), bytes.size());
}

void Outlet::flush() {
    while (is_pending() && failure_ == 0) {
        const auto n = write_some(std::string_view(pending_).substr(at_, piece_));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
        if (n < 0) failure_ = errno;  // EPIPE, EIO: nobody reads any more; ENOSPC
        if (n > 0) at_ += static_cast<std::size_t>(n);
    }
    pending_.clear();
    at_ = 0;
}

}  // namespace collector
