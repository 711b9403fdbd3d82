#pragma once
// A file descriptor that closes itself, and the loops around write(2).

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

/// Writes all of it; disk full and the like are errors of kind io.
inline Result<void> write_all(int fd, std::string_view bytes, const std::string& subject) {
    while (!bytes.empty()) {
        const ssize_t n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return system_error(subject, "writing", errno);
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
}

}  // namespace formats
