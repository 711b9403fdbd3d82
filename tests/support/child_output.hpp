#pragma once
// A forked child with pipes for its stdout and stderr, for what writes on the process's own streams.

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <functional>
#include <string>

namespace support {

/// Only where the test program has no second thread. The streams are read when asked for, never before.
class ChildOutput {
 public:
    explicit ChildOutput(const std::function<int()>& body) {
        std::array<int, 2> out{};
        std::array<int, 2> err{};
        if (::pipe(out.data()) != 0 || ::pipe(err.data()) != 0) return;
        std::fflush(nullptr);  // a sanitizer flushes in _exit too: nothing of ours may come twice
        child_ = ::fork();
        if (child_ == 0) {
            ::dup2(out[1], STDOUT_FILENO);
            ::dup2(err[1], STDERR_FILENO);
            for (const int fd : {out[0], out[1], err[0], err[1]}) ::close(fd);
            ::_exit(body());
        }
        ::close(out[1]);
        ::close(err[1]);
        out_ = out[0];
        err_ = err[0];
    }
    ChildOutput(const ChildOutput&) = delete;
    ChildOutput& operator=(const ChildOutput&) = delete;
    ~ChildOutput() {
        if (child_ > 0) {
            ::kill(child_, SIGKILL);
            wait();
        }
        close_output();
        if (err_ >= 0) ::close(err_);
    }

    /// As a reader that goes away.
    void close_output() {
        if (out_ >= 0) ::close(out_);
        out_ = -1;
    }
    /// The exit status, without reading.
    int wait() {
        int status = 0;
        while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) continue;
        child_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    /// Reads both streams to their ends.
    void read() {
        std::array<pollfd, 2> fds{{{out_, POLLIN, 0}, {err_, POLLIN, 0}}};
        while (fds[0].fd >= 0 || fds[1].fd >= 0) {
            if (::poll(fds.data(), fds.size(), 20'000) <= 0) return;
            for (auto& from : fds) {
                if (from.fd < 0 || from.revents == 0) continue;
                std::array<char, 65536> piece{};
                const auto n = ::read(from.fd, piece.data(), piece.size());
                if (n <= 0)
                    from.fd = -1;
                else
                    (from.fd == out_ ? output : error_output).append(piece.data(), static_cast<std::size_t>(n));
            }
        }
    }

    std::string output, error_output;

 private:
    pid_t child_ = -1;
    int out_ = -1, err_ = -1;
};

}  // namespace support
