#pragma once
// SIGINT, SIGTERM and SIGHUP as stop requests. Once: orderly end with a bundle. Twice: disarm, keep the
// spool, leave. Constructed first in main, before any other thread: it blocks the signals for all threads
// and waits for them in one of its own. SIGPIPE is ignored: a reader that is gone is seen at the write.
// A SIGHUP that was ignored at the start (nohup) stays ignored. The destructor restores mask and SIGPIPE.

#include <csignal>
#include <stop_token>
#include <thread>

namespace collector {

class Interrupts {
 public:
    Interrupts();
    ~Interrupts();
    Interrupts(const Interrupts&) = delete;
    Interrupts& operator=(const Interrupts&) = delete;

    std::stop_token orderly() const { return orderly_.get_token(); }
    std::stop_token leave_now() const { return leave_.get_token(); }

 private:
    std::stop_source orderly_, leave_;
    sigset_t mask_before_{};
    struct sigaction pipe_before_ {};
    int signals_ = -1;  ///< signalfd
    std::jthread waiter_;
};

}  // namespace collector
