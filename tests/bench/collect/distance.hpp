#pragma once
// Devices that are far away: each connection is passed on to a port of this machine, and every byte of it comes later than
// it was sent, as over a long line that carries any amount.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

class Distance {
 public:
    /// A port for each of `ports`, in their order; half of `round_trip` each way.
    Distance(const std::vector<unsigned>& ports, std::chrono::milliseconds round_trip);
    ~Distance();
    Distance(const Distance&) = delete;
    Distance& operator=(const Distance&) = delete;

    const std::vector<unsigned>& ports() const { return near_; }

 private:
    struct Way;
    void carry(const std::vector<unsigned>& far);

    std::chrono::milliseconds delay_;
    std::vector<int> listeners_;
    std::vector<unsigned> near_;
    std::atomic<bool> ending_{false};
    std::thread carrier_;
};
