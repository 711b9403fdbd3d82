#pragma once
// A child process on a pseudo-terminal of its own, for what needs a controlling terminal.

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>

namespace support {

/// Runs `body` in a forked child whose controlling terminal is the pty; its value is the exit status. The
/// parent plays the person. Only where the test program has no second thread.
class Pty {
 public:
    explicit Pty(const std::function<int()>& body, winsize size = {24, 80, 0, 0}) {
        std::fflush(nullptr);  // a sanitizer flushes in _exit too: nothing of ours may come twice
        child_ = ::forkpty(&master_, nullptr, nullptr, &size);
        if (child_ == 0) ::_exit(body());
        ::fcntl(master_, F_SETFD, FD_CLOEXEC);
    }
    Pty(const Pty&) = delete;
    Pty& operator=(const Pty&) = delete;
    ~Pty() {
        if (child_ > 0 && !reaped_) {
            ::kill(child_, SIGKILL);
            ::waitpid(child_, nullptr, 0);
        }
        ::close(master_);
    }

    void type(std::string_view text) const { (void)!::write(master_, text.data(), text.size()); }

    /// Reads until `text` has come (true), or the child has closed the terminal, or 10 s are over.
    bool read_until(std::string_view text) {
        return read_while([&] { return seen_.find(text) == std::string::npos; });
    }
    void read_to_end() {
        read_while([] { return true; });
    }
    const std::string& seen() const { return seen_; }
    void forget() { seen_.clear(); }

    bool echoes() const {
        termios settings{};
        ::tcgetattr(master_, &settings);  // Linux: the master shows the settings of its slave
        return (settings.c_lflag & ECHO) != 0;
    }
    pid_t child() const { return child_; }
    int master() const { return master_; }

    /// Reads what still comes; the exit status, or 128 + signal.
    int end() {
        read_to_end();
        int status = 0;
        while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) continue;
        reaped_ = true;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

 private:
    bool read_while(const std::function<bool()>& goes_on) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (goes_on()) {
            pollfd ready{master_, POLLIN, 0};
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(limit - std::chrono::steady_clock::now());
            if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) <= 0) return false;
            std::array<char, 4096> piece{};
            const auto n = ::read(master_, piece.data(), piece.size());
            if (n <= 0) return false;  // EIO: the last one has closed the slave
            seen_.append(piece.data(), static_cast<std::size_t>(n));
        }
        return true;
    }

    int master_ = -1;
    pid_t child_ = -1;
    bool reaped_ = false;
    std::string seen_;
};

}  // namespace support
