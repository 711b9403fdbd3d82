// The least a libssh program can do: the dialogue of collect with each device, and nothing else. 256 sessions at a time,
// as --parallel; with --held every session is open from the first to the last, as collect has them.
//
//   bare_libssh [--held] < DEVICES     a line each: port, host name, password, enable password. 0 when all was said.

#include <libssh/libssh.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "dialogue.hpp"

namespace {

constexpr std::size_t at_once = 256;  // as --parallel

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

class BareSession {
 public:
    explicit BareSession(const Device& device) : device_(device) {}
    ~BareSession() {
        if (channel_ != nullptr) ssh_channel_free(channel_);
        if (session_ != nullptr) {
            ssh_disconnect(session_);
            ssh_free(session_);
        }
    }
    BareSession(const BareSession&) = delete;
    BareSession& operator=(const BareSession&) = delete;

    bool log_in() {
        session_ = ssh_new();
        const bool no_config = false;
        const char* ciphers = "aes256-cbc,aes192-cbc,aes128-cbc,3des-cbc";
        ssh_options_set(session_, SSH_OPTIONS_PROCESS_CONFIG, &no_config);
        const int no_delay =
            1;  // every line is a packet of its own: else each would wait for the answer to the one before
        ssh_options_set(session_, SSH_OPTIONS_NODELAY, &no_delay);
        ssh_options_set(session_, SSH_OPTIONS_HOST, "127.0.0.1");
        ssh_options_set(session_, SSH_OPTIONS_PORT, &device_.port);
        ssh_options_set(session_, SSH_OPTIONS_USER, "pix");
        ssh_options_set(session_, SSH_OPTIONS_KEY_EXCHANGE, "diffie-hellman-group1-sha1");
        ssh_options_set(session_, SSH_OPTIONS_HOSTKEYS, "ssh-rsa");
        for (const auto option : {SSH_OPTIONS_CIPHERS_C_S, SSH_OPTIONS_CIPHERS_S_C})
            ssh_options_set(session_, option, ciphers);
        for (const auto option : {SSH_OPTIONS_HMAC_C_S, SSH_OPTIONS_HMAC_S_C})
            ssh_options_set(session_, option, "hmac-sha1");
        if (ssh_connect(session_) != SSH_OK ||
            ssh_userauth_password(session_, nullptr, device_.password.c_str()) != SSH_AUTH_SUCCESS)
            return false;
        channel_ = ssh_channel_new(session_);
        return ssh_channel_open_session(channel_) == SSH_OK &&
               ssh_channel_request_pty_size(channel_, "dumb", 511, 200) == SSH_OK &&
               ssh_channel_request_shell(channel_) == SSH_OK && read_to(channel_, device_.name + "> ");
    }
    bool talk() {
        return say("show version", "> ") && write("enable") && read_to(channel_, "Password: ") &&
               say(device_.enable, "# ") && shows();
    }
    bool leave() {
        if (!write("exit")) return false;
        std::array<char, 256> rest{};
        while (ssh_channel_read(channel_, rest.data(), rest.size(), 0) > 0) {
        }
        return true;
    }

 private:
    bool shows() {
        return std::all_of(dialogue.begin() + 2, dialogue.end() - 1,
                           [this](const char* line) { return say(line, "# "); });
    }
    bool write(const std::string& line) {
        const std::string typed = line + "\r";
        return ssh_channel_write(channel_, typed.data(), static_cast<std::uint32_t>(typed.size())) > 0;
    }
    bool say(const std::string& line, const char* mark) {
        return write(line) && read_to(channel_, device_.name + mark);
    }

    const Device& device_;
    ssh_session session_ = nullptr;
    ssh_channel channel_ = nullptr;
};

bool run(const std::vector<Device>& devices, bool held) {
    std::vector<std::unique_ptr<BareSession>> sessions;
    for (const Device& device : devices) sessions.push_back(std::make_unique<BareSession>(device));
    std::atomic<std::size_t> done{0};
    const auto on_all = [&](const std::function<bool(std::unique_ptr<BareSession>&)>& work) {
        std::atomic<std::size_t> next{0};
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < std::min(at_once, devices.size()); ++i)
            threads.emplace_back([&] {
                for (std::size_t n = next++; n < devices.size(); n = next++) done += work(sessions[n]) ? 1U : 0U;
            });
    };
    std::size_t steps = 1;
    if (held) {
        steps = 3;
        on_all([](auto& session) { return session->log_in(); });
        on_all([](auto& session) { return session->talk(); });
        on_all([](auto& session) { return session->leave(); });
    } else {
        on_all([](auto& session) {
            const bool ok = session->log_in() && session->talk() && session->leave();
            session.reset();
            return ok;
        });
    }
    return done == steps * devices.size();
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<Device> devices;
    for (Device device; std::cin >> device.port >> device.name >> device.password >> device.enable;)
        devices.push_back(device);
    return !devices.empty() && run(devices, argc > 1 && std::string_view(argv[1]) == "--held") ? 0 : 1;
}
