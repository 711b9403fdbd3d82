#pragma once
// What ends the debug window early because a device suffers from it: too much text, too many lines, a busy
// CPU, an answer that takes too long (contract, section 8). Decides only; the caller closes the window.
//
// The limits that nobody sets: a device that prints 500 debug lines in each of three seconds on end is not
// merely building a tunnel (a whole negotiation at level 127 is some 400 lines), and one that needs more than
// three seconds for `show cpu usage`, twice on end, has no time to spare.
//
// Threads: one object per endpoint and thread.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace collector {

/// The rate of the debug stream, and its size.
class StreamGuard {
 public:
    using Time = std::chrono::steady_clock::time_point;
    explicit StreamGuard(std::uint64_t byte_limit) : byte_limit_(byte_limit) {}

    /// `lines` heard since the window opened; `full`: the capture has reached its byte limit. Why the window
    /// must close, when it must.
    std::optional<std::string> heard(std::uint64_t lines, bool full, Time now);

 private:
    std::uint64_t byte_limit_;
    std::optional<Time> second_began_;
    std::uint64_t lines_then_ = 0;
    unsigned busy_seconds_ = 0;
};

/// The load of the device, as its controlling session shows it.
class LoadGuard {
 public:
    explicit LoadGuard(unsigned cpu_limit) : cpu_limit_(cpu_limit) {}

    /// A reading of the CPU, in percent: two at or above the limit on end, or one of 95.
    std::optional<std::string> read_cpu(unsigned percent);
    /// How long the idle session waited for an answer of one line.
    std::optional<std::string> waited(std::chrono::milliseconds latency);

 private:
    unsigned cpu_limit_;
    unsigned high_readings_ = 0, slow_answers_ = 0;
};

}  // namespace collector
