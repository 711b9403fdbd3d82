#include "collector/interrupts.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "collector/patience.hpp"

namespace collector {

namespace {

bool is_ignored(int signal_number) {
    struct sigaction found {};
    return ::sigaction(signal_number, nullptr, &found) == 0 && found.sa_handler == SIG_IGN;
}

void wait_for_signals(const std::stop_token& end, int signals, std::stop_source& orderly,
                      std::stop_source& leave) {
    const Patience patience(SteadyTime::max(), end);
    for (;;) {
        const auto ready = wait_for(signals, patience);
        if (!ready || *ready != Ready::ready) return;
        signalfd_siginfo taken{};
        if (::read(signals, &taken, sizeof taken) != sizeof taken) continue;
        if (!orderly.request_stop()) leave.request_stop();
    }
}

}  // namespace

Interrupts::Interrupts() {
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
    waiter_ = std::jthread([signals = signals_, orderly = orderly_, leave = leave_](const std::stop_token& end) mutable {
        wait_for_signals(end, signals, orderly, leave);
    });
}

Interrupts::~Interrupts() {
    waiter_.request_stop();
    waiter_.join();
    ::close(signals_);
    ::sigaction(SIGPIPE, &pipe_before_, nullptr);
    ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

}  // namespace collector
