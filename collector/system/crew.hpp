#pragma once
// The threads of a run. A step is done for every element at once, a thread each, and ends when all are done: that
// is the barrier between two steps. Whoever asks for the step is one of its threads: to be woken when the others are
// done takes longer than a short answer.
//
// Threads stay from step to step: for each that talks SSH libcrypto seeds a generator of its own, which takes longer
// than a whole short step. A step that needs more of them than are kept has the others for itself.
//
// A thread that cannot be had is done without: the step takes longer. A step whose elements must all be worked on at
// the same time reserves its threads before.

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <iterator>
#include <mutex>
#include <thread>
#include <vector>

namespace collector {

class Crew {
 public:
    /// No thread is there yet; at most `kept` stay when their step is over, besides the caller's.
    explicit Crew(std::size_t kept) : kept_(kept) {}
    ~Crew() { dismiss(); }
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    /// Threads for so many at the same time, the caller's among them, are there from now on and stay. False: they
    /// cannot be had.
    bool reserve(std::size_t at_once);

    /// Calls `work` with every element, at most `most` at the same time, and returns when all are done. One thread
    /// at a time may call this. The first exception that escapes from `work` is thrown again then.
    template <class Range, class Work>
    void on_each(Range& range, std::size_t most, Work work) {
        std::vector<decltype(&*range.begin())> elements;
        elements.reserve(std::size(range));
        for (auto& element : range) elements.push_back(&element);
        std::atomic<std::size_t> next{0};
        if (elements.empty()) return;
        std::mutex failing;
        std::exception_ptr failure;
        run_with(std::min(std::max<std::size_t>(most, 1), elements.size()) - 1, [&]() noexcept {
            for (std::size_t i = next++; i < elements.size(); i = next++) {
                try {
                    work(*elements[i]);
                } catch (...) {
                    const std::lock_guard lock(failing);
                    if (!failure) failure = std::current_exception();
                }
            }
        });
        if (failure) std::rethrow_exception(failure);
    }
    /// No thread is left, and nothing of what they held. A further step starts new ones.
    void dismiss();

 private:
    /// The caller and so many helpers call `work_off` once each.
    void run_with(std::size_t helpers, const std::function<void()>& work_off);
    void wait_for_work();
    /// One more that stays; false: it cannot be had.
    bool start_one();

    std::size_t kept_;
    std::mutex mutex_;
    std::condition_variable to_do_, done_;
    const std::function<void()>* work_off_ = nullptr;  ///< of the step that is going on
    std::size_t to_start_ = 0, to_end_ = 0;            ///< kept helpers of the step that have not begun, or not ended
    bool leaving_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace collector
