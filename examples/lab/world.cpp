#include "examples/lab/world.hpp"

namespace lab {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

World::World(const WorldOptions& options) : clockwork(mutex, options.time_scale), folder_(options.folder) {}

int World::side_named(std::string_view name) { return name == "left" ? 0 : name == "right" ? 1 : -1; }

Result<std::unique_ptr<World>> World::make(const WorldOptions& options) {
    std::unique_ptr<World> world(new World(options));
    if (auto opened = EventLog::open(world->log, options.log); !opened) return opened.error();
    const char* sites[] = {"hq", "branch"};
    const char* sides[] = {"left", "right"};
    for (std::size_t i = 0; i < 2; ++i) {
        auto site = load_site(options.folder, sites[i]);
        if (!site) return site.error();
        auto platform = load_platform(options.folder, options.platforms[i], sites[i]);
        if (!platform) return platform.error();
        if (!options.transports[i].empty()) {
            const bool telnet = options.transports[i] == "telnet";
            // PIX 6 speaks SSH version 1 only, which no library has any more.
            if (!telnet && platform->telnet)
                return Error{ErrorKind::usage, sides[i], platform->name + " speaks telnet only", ""};
            platform->telnet = telnet;
        }
        world->devices[i] =
            std::make_unique<Device>(sides[i], std::move(*site), std::move(*platform), world->log, world->clockwork);
    }
    World* self = world.get();
    world->tunnel = std::make_unique<Tunnel>(*world->devices[0], *world->devices[1], world->clockwork,
                                             [self](const std::string& name) { return self->find(name); });
    world->log.write("", 0, "start", JsonObject().add("scenario", options.scenario));
    {
        const std::lock_guard lock(world->mutex);
        for (int side : {0, 1}) world->tunnel->add_others(side, options.others[static_cast<std::size_t>(side)]);
        if (auto played = world->play(options.scenario); !played) return played.error();
        for (const auto& device : world->devices) {
            const auto limit = options.idle_timeout.count() > 0 ? options.idle_timeout
                                                                : std::chrono::seconds(device->platform().idle_seconds);
            device->watch_idle(limit);
        }
    }
    world->clockwork.start();
    return world;
}

Result<void> World::play(const std::string& name) {
    const auto* scenario = find(name);
    if (scenario == nullptr) {
        auto loaded = load_scenario(folder_, name);
        return loaded ? Error{ErrorKind::internal, name, "cannot be played", ""} : loaded.error();
    }
    tunnel->play(*scenario, true);
    return {};
}

const Scenario* World::find(const std::string& name) {
    const auto known = scenarios_.find(name);
    if (known != scenarios_.end()) return &known->second;
    auto loaded = load_scenario(folder_, name);
    if (!loaded) return nullptr;
    return &scenarios_.emplace(name, std::move(*loaded)).first->second;
}

}  // namespace lab
