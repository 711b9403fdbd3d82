#pragma once
// The lab as a whole: two devices, the tunnel between them, simulated time, the log; one lock for
// all of it.

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "examples/lab/clockwork.hpp"
#include "examples/lab/device.hpp"
#include "examples/lab/event_log.hpp"
#include "examples/lab/lab_files.hpp"
#include "examples/lab/tunnel.hpp"

namespace lab {

struct WorldOptions {
    std::string folder;  ///< with devices/ and scenarios/
    std::string scenario = "healthy";
    std::array<std::string, 2> platforms{"pix7", "pix7"};
    std::array<std::string, 2> transports;  ///< "ssh", "telnet"; empty: the platform's own
    std::array<int, 2> others{};            ///< tunnels to others, to be counted
    std::string log;
    double time_scale = 1.0;
    std::chrono::seconds idle_timeout{0};  ///< 0: the platform's own
};

class World {
 public:
    static formats::Result<std::unique_ptr<World>> make(const WorldOptions& options);
    ~World() { clockwork.stop(); }
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    Device& device(int side) { return *devices[static_cast<std::size_t>(side)]; }
    int side_of(const Device& device) const { return &device == devices[0].get() ? 0 : 1; }
    /// 0, 1, or -1.
    static int side_named(std::string_view name);
    /// With the lock held. Fails on an unknown scenario.
    formats::Result<void> play(const std::string& scenario);

    std::mutex mutex;
    EventLog log;
    Clockwork clockwork;
    std::array<std::unique_ptr<Device>, 2> devices;
    std::unique_ptr<Tunnel> tunnel;

 private:
    World(const WorldOptions& options);
    const Scenario* find(const std::string& name);

    std::string folder_;
    std::map<std::string, Scenario> scenarios_;
};

}  // namespace lab
