#pragma once
// The lab's simulated time: work that is to be done later, in order, on one thread, with the world
// locked. A scale of 0.1 makes everything ten times as fast.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace lab {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

class Clockwork {
 public:
    /// `world` guards all that scheduled work touches.
    Clockwork(std::mutex& world, double scale) : world_(world), scale_(scale) {}
    ~Clockwork() { stop(); }

    void start();
    /// Drops what is still to be done and joins. Call with the world unlocked.
    void stop();

    Clock::duration scaled(Milliseconds simulated) const {
        return std::chrono::duration_cast<Clock::duration>(
            std::chrono::duration<double, std::milli>(static_cast<double>(simulated.count()) * scale_));
    }
    /// Does `work` after simulated `delay`. Call with the world locked.
    void after(Milliseconds delay, std::function<void()> work) { at(scaled(delay), std::move(work)); }
    /// The same with real time.
    void at(Clock::duration delay, std::function<void()> work);

 private:
    void run();

    std::mutex& world_;
    double scale_;
    bool stopping_ = false;
    std::condition_variable changed_;
    std::multimap<Clock::time_point, std::function<void()>> due_;
    std::thread thread_;
};

}  // namespace lab
