#pragma once
// The debug window: how long both ends record. It closes when new SAs stand at every endpoint that can be
// watched and the settle time has passed, when its time is up, on a guard, or when the operator interrupts.
// One stop for all threads of the window, so that their ends do not add up.
//
// Threads: all functions from any thread.

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "collector/system/patience.hpp"

namespace collector {

enum class WindowEnd : std::uint8_t { open, settled, limit, guard, interrupted, nobody_armed };
std::string_view name_of(WindowEnd end);

/// What a window waits for: a tunnel that is built, or, where it stands already, traffic that is answered.
enum class WindowGoal : std::uint8_t { new_sas, replies };

class Window {
 public:
    /// `watched`: the endpoints whose SA tables are polled. Opens now.
    Window(milliseconds limit, milliseconds settle, std::set<std::size_t> watched, std::stop_token interrupted,
           WindowGoal goal = WindowGoal::new_sas);
    ~Window();

    /// Until the window closes.
    Patience patience() const;
    /// False from its limit on, also before the thread that closes it has come to that: what a patience of the
    /// window cuts off then is no failure of a device.
    bool is_open() const { return !closed_.stop_requested() && std::chrono::steady_clock::now() < limit_; }
    /// More than half of the time is gone: the other end's turn to probe.
    bool is_past_half() const;
    /// What it waits for has come; it stays open for the settle time.
    bool is_reached() const;
    WindowGoal goal() const { return goal_; }

    /// New SAs of this tunnel stand at this endpoint.
    void tunnel_is_up(std::size_t endpoint);
    /// A probe through the tunnel was answered.
    void traffic_is_answered();
    /// This endpoint can no longer be watched.
    void stop_watching(std::size_t endpoint);
    void close(WindowEnd end);
    /// A guard has fired, and why: closes the window. It is not lost when time was up or the tunnel stood at the
    /// same moment: a device that suffers is the reason that counts for whatever would come next.
    void guard(std::string reason);
    WindowEnd end() const;
    /// Why the guard fired; empty when it was something else that closed the window.
    std::string guard_reason() const;

 private:
    void close_in_time(std::stop_token ended);
    bool reached() const;

    const SteadyTime opened_, limit_;
    const milliseconds settle_;
    const WindowGoal goal_;
    std::stop_token interrupted_;
    std::stop_source closed_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::set<std::size_t> watched_, up_;
    bool answered_ = false;
    WindowEnd end_ = WindowEnd::open;
    std::string guard_reason_;
    std::jthread closer_;
};

}  // namespace collector
