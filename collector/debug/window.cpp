#include "collector/debug/window.hpp"

#include <algorithm>

namespace collector {

std::string_view name_of(WindowEnd end) {
    switch (end) {
        case WindowEnd::open: return "open";
        case WindowEnd::settled: return "tunnel up";
        case WindowEnd::limit: return "time is up";
        case WindowEnd::guard: return "guard";
        case WindowEnd::interrupted: return "interrupted";
        case WindowEnd::nobody_armed: return "nobody armed";
    }
    return "";
}

Window::Window(milliseconds limit, milliseconds settle, std::set<std::size_t> watched, std::stop_token interrupted,
               WindowGoal goal)
    : opened_(std::chrono::steady_clock::now()),
      limit_(opened_ + limit),
      settle_(settle),
      goal_(goal),
      interrupted_(std::move(interrupted)),
      watched_(std::move(watched)),
      closer_([this](std::stop_token ended) { close_in_time(std::move(ended)); }) {}

Window::~Window() {
    close(WindowEnd::limit);
    closer_.request_stop();
}

void Window::close_in_time(std::stop_token ended) {
    const std::stop_callback on_interrupt(interrupted_, [this] { close(WindowEnd::interrupted); });
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, ended, limit_, [&] { return end_ != WindowEnd::open || reached(); });
    WindowEnd why = WindowEnd::limit;
    if (end_ == WindowEnd::open && reached()) {
        why = WindowEnd::settled;
        const auto settled = std::min(limit_, std::chrono::steady_clock::now() + settle_);
        changed_.wait_until(lock, ended, settled, [&] { return end_ != WindowEnd::open; });
    }
    lock.unlock();
    close(why);
}

Patience Window::patience() const { return {limit_, closed_.get_token()}; }

bool Window::is_past_half() const { return std::chrono::steady_clock::now() > opened_ + (limit_ - opened_) / 2; }

/// With the lock held.
bool Window::reached() const {
    if (goal_ == WindowGoal::replies) return answered_;
    return !watched_.empty() && std::includes(up_.begin(), up_.end(), watched_.begin(), watched_.end());
}

bool Window::is_reached() const {
    const std::scoped_lock lock(mutex_);
    return reached();
}

void Window::tunnel_is_up(std::size_t endpoint) {
    {
        const std::scoped_lock lock(mutex_);
        up_.insert(endpoint);
    }
    changed_.notify_all();
}

void Window::traffic_is_answered() {
    {
        const std::scoped_lock lock(mutex_);
        answered_ = true;
    }
    changed_.notify_all();
}

void Window::stop_watching(std::size_t endpoint) {
    {
        const std::scoped_lock lock(mutex_);
        watched_.erase(endpoint);
    }
    changed_.notify_all();
}

void Window::close(WindowEnd end) {
    {
        const std::scoped_lock lock(mutex_);
        if (end_ == WindowEnd::open) end_ = end;
    }
    closed_.request_stop();
    changed_.notify_all();
}

void Window::guard(std::string reason) {
    {
        const std::scoped_lock lock(mutex_);
        if (end_ != WindowEnd::interrupted && end_ != WindowEnd::guard) {
            end_ = WindowEnd::guard;
            guard_reason_ = std::move(reason);
        }
    }
    close(WindowEnd::guard);
}

std::string Window::guard_reason() const {
    const std::scoped_lock lock(mutex_);
    return guard_reason_;
}

WindowEnd Window::end() const {
    const std::scoped_lock lock(mutex_);
    return end_;
}

}  // namespace collector
