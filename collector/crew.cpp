#include "collector/crew.hpp"

namespace collector {

void Crew::dismiss() {
    {
        const std::lock_guard lock(mutex_);
        leaving_ = true;
    }
    to_do_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    leaving_ = false;
}

void Crew::run_with(std::size_t helpers, const std::function<void()>& work_off) {
    const std::size_t kept = std::min(helpers, kept_);
    {
        const std::lock_guard lock(mutex_);
        while (threads_.size() < kept) threads_.emplace_back([this] { wait_for_work(); });
    }
    // A thread that cannot be had ends the step before one that is kept has begun it; the others are joined then.
    std::vector<std::jthread> others;
    while (others.size() < helpers - kept) others.emplace_back(work_off);
    {
        const std::lock_guard lock(mutex_);
        work_off_ = &work_off;
        to_start_ = to_end_ = kept;
    }
    to_do_.notify_all();
    // What escapes ends the process here as in a helper: the helpers still work with what would be unwound.
    [&]() noexcept { work_off(); }();
    others.clear();
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return to_end_ == 0; });
}

void Crew::wait_for_work() {
    std::unique_lock lock(mutex_);
    while (true) {
        to_do_.wait(lock, [&] { return to_start_ > 0 || leaving_; });
        if (to_start_ == 0) return;
        --to_start_;
        lock.unlock();
        (*work_off_)();
        lock.lock();
        if (--to_end_ == 0) done_.notify_one();
    }
}

}  // namespace collector
