#include "collector/system/crew.hpp"

#include <new>
#include <system_error>

namespace collector {

namespace {

/// Whether one more thread could be had; it is the last of `threads` then.
template <class Threads, class Work>
bool add_thread(Threads& threads, const Work& work) {
    try {
        threads.emplace_back(work);
    } catch (const std::system_error&) {
        return false;
    } catch (const std::bad_alloc&) {
        return false;
    }
    return true;
}

}  // namespace

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

bool Crew::start_one() {
    return add_thread(threads_, [this] { wait_for_work(); });
}

bool Crew::reserve(std::size_t at_once) {
    const std::lock_guard lock(mutex_);
    kept_ = std::max(kept_, at_once - std::min<std::size_t>(at_once, 1));
    while (threads_.size() + 1 < at_once)
        if (!start_one()) return false;
    return true;
}

void Crew::run_with(std::size_t helpers, const std::function<void()>& work_off) {
    std::size_t kept = std::min(helpers, kept_);
    {
        const std::lock_guard lock(mutex_);
        while (threads_.size() < kept)
            if (!start_one()) break;
        kept = std::min(kept, threads_.size());
    }
    std::vector<std::jthread> others;
    while (kept + others.size() < helpers)
        if (!add_thread(others, work_off)) break;
    {
        const std::lock_guard lock(mutex_);
        work_off_ = &work_off;
        to_start_ = to_end_ = kept;
    }
    to_do_.notify_all();
    work_off();
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
