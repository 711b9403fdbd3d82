#pragma once
// The listening sessions while nobody listens: between the login and the arming a device that closes idle sessions would
// close them, during a long `before` step, while another device is still in its own, or while a person is asked.
//
// Threads: one of its own, from make to end. Nobody else uses a listening session in that time.

#include <stop_token>
#include <thread>
#include <vector>

#include "collector/endpoint/endpoint.hpp"

namespace collector {

class ListenerKeeper {
 public:
    /// A thread that cannot be had is done without: sessions may be lost then, and that is said when they are to arm.
    explicit ListenerKeeper(std::vector<Endpoint>& endpoints);
    ~ListenerKeeper() { end(); }
    ListenerKeeper(const ListenerKeeper&) = delete;
    ListenerKeeper& operator=(const ListenerKeeper&) = delete;
    /// The sessions are whoever's arms in them.
    void end();

 private:
    std::stop_source leaving_;
    std::thread thread_;
};

}  // namespace collector
