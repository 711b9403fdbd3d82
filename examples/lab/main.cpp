// tacbundle-lab: a pair of emulated firewalls with one tunnel between them, on loopback, until it
// is told to stop. Says on one line of stdout where they are.

#include <libssh/libssh.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "examples/lab/control.hpp"
#include "examples/lab/server.hpp"
#include "examples/lab/world.hpp"

namespace {

using lab::JsonObject;

struct Options {
    lab::WorldOptions world;
    std::vector<std::string> faults, replays;
    std::string control;
    std::array<int, 2> ports{};
    int idle_seconds = 0;
    bool one_byte = false, watch_stdin = false;
};

int fail(const formats::Error& error) {
    std::cerr << "tacbundle-lab: " << error.message() << "\n";
    return error.kind == formats::ErrorKind::usage ? 2 : 1;
}

/// "SIDE:REST"; -1 when there is no such side.
int split_side(const std::string& text, std::string& rest) {
    const auto colon = text.find(':');
    rest = colon == std::string::npos ? "" : text.substr(colon + 1);
    return lab::World::side_named(text.substr(0, colon));
}

formats::Result<lab::Replay> read_replay(const std::string& folder) {
    lab::Replay replay;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        if (!entry.is_regular_file()) continue;
        auto text = lab::read_file(entry.path().string());
        if (!text) return text.error();
        std::erase(*text, '\r');
        replay[entry.path().filename().string()] = std::move(*text);
    }
    if (error) return formats::system_error(folder, "reading the replay", error.value());
    return replay;
}

std::string describe(lab::World& world, int side, const lab::Server& server) {
    const std::lock_guard lock(world.mutex);
    const auto& site = world.device(side).site();
    return JsonObject()
        .add("name", site.name)
        .add("host", "127.0.0.1")
        .add("port", server.port())
        .add("transport", world.device(side).platform().telnet ? "telnet" : "ssh")
        .add("user", site.user)
        .add("password", site.password)
        .add("enable", site.enable)
        .add("known_hosts", server.known_hosts_line())
        .add("platform", world.device(side).platform().name)
        .add("outside", site.outside)
        .add("inside", site.inside)
        .text();
}

/// Returns when a signal, the control socket or the end of stdin says so.
void wait_for_end(int signals, int quit, bool watch_stdin) {
    std::array<pollfd, 3> waits{{{signals, POLLIN, 0}, {quit, POLLIN, 0}, {watch_stdin ? 0 : -1, POLLIN, 0}}};
    for (;;) {
        if (::poll(waits.data(), waits.size(), -1) < 0) continue;
        if (waits[0].revents != 0 || waits[1].revents != 0) return;
        char ignored[256];
        if (waits[2].revents != 0 && ::read(0, ignored, sizeof ignored) <= 0) return;
    }
}

int run(const Options& options, int signals) {
    auto world = lab::World::make(options.world);
    if (!world) return fail(world.error());
    std::array<lab::Replay, 2> replays;
    std::string rest;
    for (const auto& text : options.replays) {
        const int side = split_side(text, rest);
        if (side < 0) return fail({formats::ErrorKind::usage, "--replay", text, "SIDE:DIR"});
        auto replay = read_replay(rest);
        if (!replay) return fail(replay.error());
        replays[static_cast<std::size_t>(side)] = std::move(*replay);
    }
    for (const auto& text : options.faults) {
        const int side = split_side(text, rest);
        if (side < 0) return fail({formats::ErrorKind::usage, "--fault", text, "SIDE:NAME[=ARG][@LINE]"});
        const std::lock_guard lock((*world)->mutex);
        if (auto set = (*world)->device(side).set_fault(rest); !set) return fail(set.error());
    }

    std::string folder, control_path = options.control;
    if (control_path.empty()) {
        folder = (std::filesystem::temp_directory_path() / "tacbundle-lab-XXXXXX").string();
        if (::mkdtemp(folder.data()) == nullptr) return fail(formats::system_error(folder, "making a folder", errno));
        control_path = folder + "/control";
    }
    const int quit = ::eventfd(0, EFD_CLOEXEC);
    int code = 0;
    {
        std::array<std::unique_ptr<lab::Server>, 2> servers;
        JsonObject where;
        for (int side : {0, 1}) {
            const auto i = static_cast<std::size_t>(side);
            auto server = lab::Server::start(**world, (*world)->device(side), options.ports[i], std::move(replays[i]),
                                             options.one_byte);
            if (!server) {
                code = fail(server.error());
                break;
            }
            servers[i] = std::move(*server);
            where.add_json(side == 0 ? "left" : "right", describe(**world, side, *servers[i]));
        }
        if (code == 0) {
            auto control = lab::Control::start(**world, control_path, quit);
            if (control) {
                where.add("control", control_path);
                if (options.world.log.empty())
                    where.add_json("log", "null");
                else
                    where.add("log", options.world.log);
                std::cout << where.text() << std::endl;
                wait_for_end(signals, quit, options.watch_stdin);
            } else {
                code = fail(control.error());
            }
        }
    }
    (*world)->log.write("", 0, "stop");
    ::close(quit);
    std::error_code ignored;
    if (!folder.empty()) std::filesystem::remove_all(folder, ignored);
    return code;
}

}  // namespace

int main(int argc, char** argv) try {
    Options options;
    options.world.folder = TACBUNDLE_LAB_FOLDER;
    CLI::App app("An emulated pair of firewalls on loopback, with a tunnel between them.", "tacbundle-lab");
    app.add_option("--scenario", options.world.scenario, "what befalls the tunnel: scenarios/NAME.toml")
        ->capture_default_str();
    app.add_option("--left", options.world.platforms[0], "platform of the left device")->capture_default_str();
    app.add_option("--right", options.world.platforms[1], "platform of the right device")->capture_default_str();
    for (const auto& [name, transport] : {std::pair("--transport-left", &options.world.transports[0]),
                                          {"--transport-right", &options.world.transports[1]}})
        app.add_option(name, *transport, "default: the platform's own")->check(CLI::IsMember({"ssh", "telnet"}));
    app.add_option("--fault", options.faults, "SIDE:NAME[=ARG][@LINE]")->take_all();
    app.add_option("--replay", options.replays, "SIDE:DIR, a captured answer a file")->take_all();
    app.add_option("--log", options.world.log, "JSON lines of all that happens");
    app.add_option("--control", options.control, "control socket; default: in a folder of its own");
    app.add_option("--time-scale", options.world.time_scale, "simulated seconds last this many real ones")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--idle-timeout", options.idle_seconds, "real seconds until an idle session is closed");
    app.add_option("--port-left", options.ports[0], "0: any")->capture_default_str();
    app.add_option("--port-right", options.ports[1], "0: any")->capture_default_str();
    app.add_option("--others-left", options.world.others[0], "tunnels of the left device to others")
        ->check(CLI::Range(0, 9));
    app.add_option("--others-right", options.world.others[1], "tunnels of the right device to others")
        ->check(CLI::Range(0, 9));
    app.add_option("--data", options.world.folder, "folder with devices/ and scenarios/");
    app.add_flag("--one-byte", options.one_byte, "send one byte at a time");
    app.add_flag("--watch-stdin", options.watch_stdin, "end when stdin closes");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    options.world.idle_timeout = std::chrono::seconds(options.idle_seconds);

    // Every thread inherits the mask: signals arrive at one descriptor only.
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    const int signals = ::signalfd(-1, &set, SFD_CLOEXEC);
    ssh_init();
    const int code = run(options, signals);
    ssh_finalize();
    ::close(signals);
    return code;
} catch (const std::exception& error) {
    std::fprintf(stderr, "tacbundle-lab: %s\n", error.what());
    return 1;
}
