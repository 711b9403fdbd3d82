#include "collector/system/interrupts.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "collector/system/patience.hpp"

namespace collector {

namespace {

bool is_ignored(int signal_number) {
    struct sigaction found {};
    return ::sigaction(signal_number, nullptr, &found) == 0 && found.sa_handler == SIG_IGN;
}

struct Waiting {
    int signals, parent;
    std::function<void()> at_once;
    std::stop_source orderly, leave;

    void interrupt() {
        if (!orderly.request_stop() && !leave.request_stop() && at_once) at_once();
    }

    void wait(const std::stop_token& end) {
        const StopEvent stop(end);
        for (;;) {
            std::array<pollfd, 3> fds{{{stop.fd(), POLLIN, 0}, {signals, POLLIN, 0}, {parent, POLLIN, 0}}};
            if (::poll(fds.data(), fds.size(), stop.longest_wait_ms()) < 0) continue;
            if (stop.is_stopped()) return;
            signalfd_siginfo taken{};
            if (fds[1].revents != 0 && ::read(signals, &taken, sizeof taken) == sizeof taken) interrupt();
            if (fds[2].revents != 0) {
                parent = -1;  // it dies once
                interrupt();
            }
        }
    }
};

}  // namespace

Interrupts::Interrupts(std::function<void()> at_once, bool watch_parent) {
    sigset_t taken;
    sigemptyset(&taken);
    sigaddset(&taken, SIGINT);
    sigaddset(&taken, SIGTERM);
    // Started by nohup: a terminal that goes is no reason to end. SIGINT is taken even where a shell
    // ignores it for its background jobs, since an orderly end is what leaves no device debugging.
    if (!is_ignored(SIGHUP)) sigaddset(&taken, SIGHUP);
    ::pthread_sigmask(SIG_BLOCK, &taken, &mask_before_);

    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, &pipe_before_);

    signals_ = ::signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals_ < 0) {
        // Without it Ctrl-C would be deaf, and nothing has been contacted yet.
        std::perror("tacbundle: signalfd");
        std::abort();
    }
    // By pidfd: the end of a pipe says nothing while a child of the parent still holds it.
    if (watch_parent) parent_ = static_cast<int>(::syscall(SYS_pidfd_open, ::getppid(), 0));
    waiter_ = std::jthread([waiting = Waiting{signals_, parent_, std::move(at_once), orderly_, leave_}](
                               const std::stop_token& end) mutable { waiting.wait(end); });
}

Interrupts::~Interrupts() {
    waiter_.request_stop();
    waiter_.join();
    ::close(signals_);
    if (parent_ >= 0) ::close(parent_);
    ::sigaction(SIGPIPE, &pipe_before_, nullptr);
    ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

}  // namespace collector
