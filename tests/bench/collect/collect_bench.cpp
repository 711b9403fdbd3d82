// `collect --no-debug --probe none` for 2, 20 and 200 endpoints against a bare libssh program that has the same
// dialogues with the same devices: ratios, peak memory, threads and descriptors (limits: 1.5 times for two
// endpoints, 1.25 times for 200, 64 KiB a session on top of libssh's own).
//
//   collect_bench [REPETITIONS]     5 by default; medians. Takes about two minutes.

#include <fcntl.h>
#include <libssh/libssh.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "scenarios/stage.hpp"

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t at_once = 32;  // as --parallel

struct Device {
    unsigned port;
    std::string name, password, enable;
};

/// What one run cost.
struct Cost {
    double seconds = 0;
    std::size_t peak_kib = 0, threads = 0, descriptors = 0;
    bool ok = false;
};

// --- the bare program ---------------------------------------------------------------------------------

/// The lines that collect sends to a PIX 7, in its order.
constexpr std::array<const char*, 14> lines{"terminal pager 0", "show clock", "show clock", "write terminal", "show crypto isakmp sa",
                                            "show crypto ipsec sa", "show version", "show failover", "show debug", "show cpu usage",
                                            "show ssh sessions", "show crypto isakmp sa", "show crypto ipsec sa", "show debug"};

bool read_to(ssh_channel channel, const std::string& end) {
    std::string text;
    std::array<char, 16384> buffer{};
    while (!text.ends_with(end)) {
        const int n = ssh_channel_read(channel, buffer.data(), buffer.size(), 0);
        if (n <= 0) return false;
        text.append(buffer.data(), static_cast<std::size_t>(n));
        // The first line is sent before paging can be turned off.
        if (text.ends_with("<--- More --->") && ssh_channel_write(channel, " ", 1) != 1) return false;
    }
    return true;
}

bool talk(ssh_channel channel, const Device& device) {
    const auto say = [&](const std::string& line, const std::string& end) {
        const std::string typed = line + "\r";
        return ssh_channel_write(channel, typed.data(), static_cast<std::uint32_t>(typed.size())) > 0 && read_to(channel, end);
    };
    if (!read_to(channel, device.name + "> ") || !say("show version", device.name + "> ") || !say("enable", "Password: ") ||
        !say(device.enable, device.name + "# "))
        return false;
    for (const char* line : lines)
        if (!say(line, device.name + "# ")) return false;
    return true;
}

bool bare_dialogue(const Device& device) {
    ssh_session session = ssh_new();
    const bool no_config = false;
    const char* ciphers = "aes256-cbc,aes192-cbc,aes128-cbc,3des-cbc";
    ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &no_config);
    ssh_options_set(session, SSH_OPTIONS_HOST, "127.0.0.1");
    ssh_options_set(session, SSH_OPTIONS_PORT, &device.port);
    ssh_options_set(session, SSH_OPTIONS_USER, "pix");
    ssh_options_set(session, SSH_OPTIONS_KEY_EXCHANGE, "diffie-hellman-group1-sha1");
    ssh_options_set(session, SSH_OPTIONS_HOSTKEYS, "ssh-rsa");
    for (const auto option : {SSH_OPTIONS_CIPHERS_C_S, SSH_OPTIONS_CIPHERS_S_C}) ssh_options_set(session, option, ciphers);
    for (const auto option : {SSH_OPTIONS_HMAC_C_S, SSH_OPTIONS_HMAC_S_C}) ssh_options_set(session, option, "hmac-sha1");
    bool ok = ssh_connect(session) == SSH_OK && ssh_userauth_password(session, nullptr, device.password.c_str()) == SSH_AUTH_SUCCESS;
    if (ok) {
        ssh_channel channel = ssh_channel_new(session);
        ok = ssh_channel_open_session(channel) == SSH_OK && ssh_channel_request_pty_size(channel, "dumb", 511, 200) == SSH_OK &&
             ssh_channel_request_shell(channel) == SSH_OK && talk(channel, device);
        ssh_channel_free(channel);
    }
    ssh_disconnect(session);
    ssh_free(session);
    return ok;
}

/// In a process of its own, so that its memory is its own.
[[noreturn]] void be_bare(const std::vector<Device>& devices) {
    std::atomic<std::size_t> next{0}, done{0};
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < std::min(at_once, devices.size()); ++i)
            threads.emplace_back([&] {
                for (std::size_t n = next++; n < devices.size(); n = next++) done += bare_dialogue(devices[n]) ? 1U : 0U;
            });
    }
    ::_exit(done == devices.size() ? 0 : 1);
}

// --- measuring ----------------------------------------------------------------------------------------

std::size_t entries(const std::string& folder) {
    std::error_code gone;
    const stage::fs::directory_iterator begin(folder, gone);
    return gone ? 0 : static_cast<std::size_t>(std::distance(begin, stage::fs::directory_iterator{}));
}

Cost measure(const std::vector<Device>& devices, const stage::fs::path& folder, bool bare) {
    const auto start = Clock::now();
    const pid_t child = ::fork();
    if (child == 0) {
        if (bare) be_bare(devices);
        ::dup2(::open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
        const std::string incident = folder / "incident.toml", output = folder / "out";
        ::setenv("HOME", folder.c_str(), 1);
        ::setenv("XDG_STATE_HOME", (folder / "state").c_str(), 1);
        ::setenv("XDG_CONFIG_HOME", (folder / "config").c_str(), 1);
        ::execl(TACBUNDLE_PROGRAM, "tacbundle", "collect", incident.c_str(), "-q", "--no-debug", "--probe", "none", "--output", output.c_str(),
                nullptr);
        ::_exit(127);
    }
    Cost cost;
    int status = 0;
    rusage used{};
    while (::wait4(child, &status, WNOHANG, &used) == 0) {
        const std::string process = "/proc/" + std::to_string(child);
        cost.threads = std::max(cost.threads, entries(process + "/task"));
        cost.descriptors = std::max(cost.descriptors, entries(process + "/fd"));
        ::usleep(2'000);
    }
    cost.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    cost.peak_kib = static_cast<std::size_t>(used.ru_maxrss);
    cost.ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return cost;
}

Cost median(std::vector<Cost> costs) {
    std::sort(costs.begin(), costs.end(), [](const Cost& a, const Cost& b) { return a.seconds < b.seconds; });
    Cost middle = costs[costs.size() / 2];
    middle.ok = std::all_of(costs.begin(), costs.end(), [](const Cost& cost) { return cost.ok; });
    return middle;
}

}  // namespace

int main(int argc, char** argv) {
    const int repetitions = argc > 1 ? std::max(1, std::atoi(argv[1])) : 5;
    std::vector<std::unique_ptr<stage::Lab>> labs;
    std::vector<Device> devices;
    std::printf("endpoints   collect       bare   ratio   KiB a session beyond bare   threads   descriptors\n");
    std::fflush(stdout);
    bool ok = true;
    ssh_init();
    for (const std::size_t count : {2U, 20U, 200U}) {
        while (devices.size() < count) {
            labs.push_back(std::make_unique<stage::Lab>(std::vector<std::string>{}));
            for (const char* side : {"left", "right"}) {
                const auto& device = labs.back()->side(side);
                devices.push_back({device.at("port").get<unsigned>(), device.at("name"), device.at("password"), device.at("enable")});
            }
        }
        const stage::Folder folder;
        stage::fs::create_directories(folder.path() / ".ssh");
        stage::fs::create_directories(folder.path() / "out");
        std::ofstream known(folder.path() / ".ssh" / "known_hosts"), toml(folder.path() / "incident.toml");
        for (std::size_t i = 0; i < devices.size(); ++i) {
            known << labs[i / 2]->side(i % 2 == 0 ? "left" : "right").at("known_hosts").get<std::string>() << "\n";
            const std::string number = std::to_string(i);
            toml << "[[endpoint]]\nname = \"end" << number << "\"\nplatform = \"pix7\"\nlegacy = true\ntarget = \"ssh://pix@127.0.0.1:" << devices[i].port
                 << "\"\npassword-from = \"env:P" << number << "\"\nenable-from = \"env:E" << number << "\"\n";
            ::setenv(("P" + number).c_str(), devices[i].password.c_str(), 1);
            ::setenv(("E" + number).c_str(), devices[i].enable.c_str(), 1);
        }
        known.close();
        toml.close();
        std::vector<Cost> ours, bare;
        for (int i = 0; i < repetitions; ++i) {
            bare.push_back(measure(devices, folder.path(), true));
            ours.push_back(measure(devices, folder.path(), false));
        }
        const Cost a = median(ours), b = median(bare);
        ok = ok && a.ok && b.ok;
        // A session is open from the first step to the last: all of them at once, where the bare program has 32.
        const double each = (static_cast<double>(a.peak_kib) - static_cast<double>(b.peak_kib)) / static_cast<double>(count);
        std::printf("%9zu  %6.2f s  %7.2f s  %6.2f   %25.0f   %7zu   %11zu%s\n", count, a.seconds, b.seconds, a.seconds / b.seconds, each, a.threads,
                    a.descriptors, a.ok && b.ok ? "" : "   A RUN FAILED");
        std::fflush(stdout);
    }
    ssh_finalize();
    return ok ? 0 : 1;
}
