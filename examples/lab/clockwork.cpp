#include "examples/lab/clockwork.hpp"

namespace lab {

void Clockwork::start() {
    thread_ = std::thread([this] { run(); });
}

void Clockwork::stop() {
    {
        const std::lock_guard lock(world_);
        stopping_ = true;
        changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
}

void Clockwork::at(Clock::duration delay, std::function<void()> work) {
    due_.emplace(Clock::now() + delay, std::move(work));
    changed_.notify_all();
}

void Clockwork::run() {
    std::unique_lock lock(world_);
    while (!stopping_) {
        if (due_.empty()) {
            changed_.wait(lock);
        } else if (const auto next = due_.begin()->first; next > Clock::now()) {
            changed_.wait_until(lock, next);
        } else {
            const auto work = std::move(due_.begin()->second);
            due_.erase(due_.begin());
            work();
        }
    }
}

}  // namespace lab
