#pragma once
// A file descriptor that closes itself, and the loop around write(2).

#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include "formats/result.hpp"

namespace formats {

class Descriptor {
 public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }

    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }
    int release() { return std::exchange(fd_, -1); }

    /// A failed close is a failed write. Closed afterwards in any case.
    Result<void> close(const std::string& subject) {
        if (fd_ >= 0 && ::close(release()) != 0) return system_error(subject, "closing", errno);
        return {};
    }

 private:
    int fd_;
};

/// Writes all of it. 0, or the errno: disk full and the like.
inline int write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return 0;
}

}  // namespace formats
