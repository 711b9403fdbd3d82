#pragma once
// SIGINT, SIGTERM and SIGHUP as stop requests. Once: orderly end with a bundle. Twice: disarm, keep the
// spool, leave. Three times: `at_once`, in the waiting thread. The death of the parent process counts as one
// when that is asked for. Constructed first in main, before any other thread: it blocks the signals for all threads
// and waits for them in one of its own. SIGPIPE is ignored: a reader that is gone is seen at the write.
// A SIGHUP that was ignored at the start (nohup) stays ignored. The destructor restores what it changed.

#include <csignal>
#include <functional>
#include <stop_token>
#include <thread>

namespace collector {

class Interrupts {
 public:
    /// `at_once` must outlive this object; empty: a third one does nothing.
    explicit Interrupts(std::function<void()> at_once = {}, bool watch_parent = false);
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
    int parent_ = -1;   ///< pidfd
    std::jthread waiter_;
};

}  // namespace collector
