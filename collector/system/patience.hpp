#pragma once
// How long a dialogue waits, and what makes it stop waiting: a deadline on the steady clock and a stop
// token. A Patience is a value that is handed down; at_most() makes a shorter one, never a longer.
//
// Threads: a Patience may be copied between threads; its stop event is shared.

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>

#include "formats/result.hpp"

namespace collector {

using SteadyTime = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

/// A descriptor that becomes readable, and stays so, when stop is requested: for poll().
class StopEvent {
 public:
    explicit StopEvent(std::stop_token token);
    ~StopEvent();
    StopEvent(const StopEvent&) = delete;
    StopEvent& operator=(const StopEvent&) = delete;
    int fd() const { return fd_; }
    /// For poll(): without a descriptor left, the token has to be looked at.
    int longest_wait_ms() const { return fd_ >= 0 ? -1 : 50; }
    bool is_stopped() const { return token_.stop_requested(); }

 private:
    struct Ring {
        int fd;
        void operator()() const noexcept;
    };
    std::stop_token token_;
    int fd_;
    std::optional<std::stop_callback<Ring>> callback_;
};

class Patience {
 public:
    /// Waits until `deadline` or until stop is requested on `token` (a default token never stops).
    Patience(SteadyTime deadline, std::stop_token token);
    static Patience within(milliseconds limit, std::stop_token token = {});

    /// The same stop, an earlier or equal deadline.
    Patience at_most(milliseconds limit) const;
    Patience until(SteadyTime time) const;
    /// The same stop, a later deadline: gives back the time a person took to answer a question.
    Patience longer_by(SteadyTime::duration answered_in) const;

    milliseconds remaining() const;  ///< never negative, rounded up
    bool is_over() const { return std::chrono::steady_clock::now() >= deadline_; }
    bool is_stopped() const { return stop_ && stop_->is_stopped(); }
    SteadyTime deadline() const { return deadline_; }
    int stop_fd() const { return stop_ ? stop_->fd() : -1; }

 private:
    SteadyTime deadline_;
    std::shared_ptr<StopEvent> stop_;
};

enum class Ready : std::uint8_t { ready, timeout, stopped };
/// Waits until `fd` is readable (`for_writing`: writable) or hung up. Errors are of kind io.
formats::Result<Ready> wait_for(int fd, const Patience& patience, bool for_writing = false);

}  // namespace collector
