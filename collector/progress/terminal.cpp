#include "collector/progress/terminal.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <optional>
#include <utility>

#include "collector/progress/screen_text.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

/// A line of a terminal in canonical mode is never longer (N_TTY_BUF_SIZE).
constexpr std::size_t longest_line = 4096;

Error no_terminal() { return {ErrorKind::usage, "terminal", "there is no terminal to ask on", {}}; }

/// Two stop events and one descriptor in one poll. Without a deadline it waits as long as it takes.
Result<Ready> wait_with(int fd, short events, std::optional<SteadyTime> deadline, const Patience& patience,
                        const StopEvent& interrupted) {
    for (;;) {
        if (interrupted.is_stopped() || patience.is_stopped()) return Ready::stopped;
        int limit = -1;
        if (deadline) {
            const auto left = std::chrono::ceil<milliseconds>(*deadline - std::chrono::steady_clock::now());
            limit = static_cast<int>(std::clamp<milliseconds::rep>(left.count(), 0, INT_MAX));
        }
        // A negative descriptor is skipped by poll.
        std::array<pollfd, 3> fds{{{fd, events, 0}, {interrupted.fd(), POLLIN, 0}, {patience.stop_fd(), POLLIN, 0}}};
        const int n = ::poll(fds.data(), fds.size(), limit);
        if (n < 0 && errno != EINTR) return formats::system_error("terminal", "waiting", errno);
        if (n > 0 && (fds[1].revents != 0 || fds[2].revents != 0)) return Ready::stopped;
        if (n > 0) return Ready::ready;
        if (deadline && std::chrono::steady_clock::now() >= *deadline) return Ready::timeout;
    }
}

/// Gives the turn back, and calls `after`, on every way out.
class Turn {
 public:
    Turn(int fd, const std::function<void()>& before, const std::function<void()>& after) : fd_(fd), after_(after) {
        if (before) before();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
        if (after_) after_();
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
    }

 private:
    int fd_;
    const std::function<void()>& after_;
};

/// Line mode with or without echo; the settings found are restored on every way out. Ctrl-C stays a signal:
/// Interrupts takes it and the wait ends.
class LineMode {
 public:
    LineMode(int fd, bool echo) : fd_(fd), changed_(::tcgetattr(fd, &found_) == 0) {
        if (!changed_) return;
        termios wanted = found_;
        wanted.c_iflag |= ICRNL;
        wanted.c_lflag |= ICANON | ISIG | ECHO | ECHOE | ECHOK;
        if (!echo) wanted.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHOE | ECHOK | ECHONL);
        changed_ = set(wanted);
    }
    LineMode(const LineMode&) = delete;
    LineMode& operator=(const LineMode&) = delete;
    ~LineMode() {
        if (changed_) set(found_);
    }
    bool is_set() const { return changed_; }

 private:
    /// TCSANOW: TCSAFLUSH would wait for output that a terminal stopped by Ctrl-S never takes. The flush
    /// drops what was typed so far: it was not meant for this question, nor half a password for the shell.
    bool set(const termios& settings) const {
        while (::tcsetattr(fd_, TCSANOW, &settings) != 0)
            if (errno != EINTR) return false;
        ::tcflush(fd_, TCIFLUSH);
        return true;
    }

    int fd_;
    termios found_{};
    bool changed_;
};

Result<void> show(int fd, std::string_view text, const Patience& patience, const StopEvent& interrupted,
                  SteadyTime deadline) {
    while (!text.empty()) {
        const auto ready = wait_with(fd, POLLOUT, deadline, patience, interrupted);
        if (!ready) return ready.error();
        if (*ready == Ready::stopped) return Error{ErrorKind::interrupted, "terminal", "interrupted", {}};
        if (*ready == Ready::timeout) return Error{ErrorKind::timeout, "terminal", "it takes no output", {}};
        const auto n = ::write(fd, text.data(), text.size());
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return formats::system_error("terminal", "writing the question", errno);
        if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
}

}  // namespace

Terminal::Terminal(bool allowed, std::stop_token interrupted) : interrupted_(std::move(interrupted)) {
    if (!allowed) return;
    // A descriptor of our own: O_NONBLOCK here does not reach the shell that shares the terminal.
    fd_ = ::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    turn_ = ::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
    if (fd_ >= 0 && turn_ < 0) {
        ::close(fd_);
        fd_ = -1;
    }
}

Terminal::~Terminal() {
    if (fd_ >= 0) ::close(fd_);
    if (turn_ >= 0) ::close(turn_);
}

void Terminal::around_questions(std::function<void()> before, std::function<void()> after) {
    before_ = std::move(before);
    after_ = std::move(after);
}

Result<std::string> Terminal::ask(std::string_view question, bool hidden, const Patience& patience) {
    if (!is_there()) return no_terminal();
    const auto limit = patience.remaining();
    const StopEvent interrupted(interrupted_);
    const Error stopped{ErrorKind::interrupted, "terminal", "interrupted while a question was open", {}};

    for (std::uint64_t taken = 0; taken == 0;) {
        const auto ready = wait_with(turn_, POLLIN, std::nullopt, patience, interrupted);
        if (!ready) return ready.error();
        if (*ready == Ready::stopped) return stopped;
        // Of several that were woken one gets it; the others wait on.
        if (::read(turn_, &taken, sizeof taken) < 0) taken = 0;
    }
    const Turn turn(turn_, before_, after_);
    const auto deadline = std::chrono::steady_clock::now() + limit;

    const LineMode mode(fd_, !hidden);
    if (hidden && !mode.is_set())
        return Error{ErrorKind::usage, "terminal", "its echo cannot be turned off: nothing secret is asked", {}};
    if (auto shown = show(fd_, neutralised(question, true), patience, interrupted, deadline); !shown)
        return shown.error();

    // One allocation, so that no copy of a secret stays behind where a string grew.
    std::string line;
    line.reserve(longest_line);
    std::array<char, longest_line> piece;
    const auto give_up = [&](Error error) {
        OPENSSL_cleanse(line.data(), line.size());
        // The cursor stands behind the question.
        (void)show(fd_, "\n", Patience::within(milliseconds(100)), StopEvent({}),
                   std::chrono::steady_clock::now() + milliseconds(100));
        return error;
    };
    for (;;) {
        const auto ready = wait_with(fd_, POLLIN, deadline, patience, interrupted);
        if (!ready) return give_up(ready.error());
        if (*ready == Ready::stopped) return give_up(stopped);
        if (*ready == Ready::timeout)
            return give_up({ErrorKind::timeout,
                            "terminal",
                            "no answer in " + std::to_string((limit.count() + 999) / 1000) + " s",
                            {}});
        const auto n = ::read(fd_, piece.data(), std::min(piece.size(), longest_line - line.size()));
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (n <= 0) return give_up({ErrorKind::usage, "terminal", "it was closed instead of an answer", {}});
        line.append(piece.data(), static_cast<std::size_t>(n));
        OPENSSL_cleanse(piece.data(), static_cast<std::size_t>(n));
        if (const auto end = line.find('\n'); end != std::string::npos) {
            line.resize(end);
            break;
        }
        if (line.size() == longest_line)
            return give_up({ErrorKind::usage, "terminal", "the answer is longer than a line can be", {}});
    }
    if (hidden) (void)show(fd_, "\n", patience, interrupted, deadline);  // the newline typed was not echoed either
    return line;
}

}  // namespace collector
