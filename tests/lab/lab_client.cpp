#include "tests/lab/lab_client.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <libssh/libssh.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace lab_test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

std::string read_line(int file) {
    std::string line;
    for (char c = 0; ::read(file, &c, 1) == 1 && c != '\n';) line += c;
    return line;
}

}  // namespace

LabProcess::LabProcess(std::vector<std::string> options) {
    std::signal(SIGPIPE, SIG_IGN);
    std::string pattern = (std::filesystem::temp_directory_path() / "lab-test-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    for (const auto* text : {"--log", "--control"}) {
        options.emplace_back(text);
        options.push_back(folder_ + "/" + (text + 2));
    }
    options.emplace_back("--watch-stdin");
    options.insert(options.begin(), TACBUNDLE_LAB);
    std::vector<char*> arguments;
    for (auto& option : options) arguments.push_back(option.data());
    arguments.push_back(nullptr);
    int in[2], out[2];
    REQUIRE(::pipe2(in, O_CLOEXEC) == 0);
    REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
    child_ = ::fork();
    REQUIRE(child_ >= 0);
    if (child_ == 0) {
        ::dup2(in[0], 0);
        ::dup2(out[1], 1);
        ::execv(TACBUNDLE_LAB, arguments.data());
        ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    stdin_ = in[1];
    where_ = nlohmann::json::parse(read_line(out[0]), nullptr, false);
    ::close(out[0]);
    REQUIRE_MESSAGE(where_.is_object(), "the lab did not start");
}

int LabProcess::end() {
    ::close(stdin_);
    return reap();
}

int LabProcess::end_by(int signal) {
    ::kill(child_, signal);
    const int code = reap();
    ::close(stdin_);
    return code;
}

int LabProcess::reap() {
    int status = 0;
    ::waitpid(child_, &status, 0);
    child_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

LabProcess::~LabProcess() {
    // Also how a sanitizer's complaint about the lab becomes a failure.
    if (child_ >= 0) CHECK(end() == 0);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

nlohmann::json LabProcess::control(const std::string& command) const {
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (folder_ + "/control").copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    const auto line = command + "\n";
    REQUIRE(::send(socket, line.data(), line.size(), MSG_NOSIGNAL) > 0);
    auto answer = nlohmann::json::parse(read_line(socket), nullptr, false);
    ::close(socket);
    REQUIRE(answer.is_object());
    return answer;
}

std::vector<nlohmann::json> LabProcess::events(const std::string& event) const {
    std::vector<nlohmann::json> found;
    std::ifstream log(folder_ + "/log");
    for (std::string line; std::getline(log, line);) {
        auto json = nlohmann::json::parse(line, nullptr, false);
        REQUIRE(json.is_object());
        if (event.empty() || json["event"] == event) found.push_back(std::move(json));
    }
    return found;
}

bool LabProcess::saw(const nlohmann::json& like) const {
    const auto until = Clock::now() + 10s;
    do {
        for (const auto& event : events()) {
            bool all = true;
            for (const auto& [key, value] : like.items()) all = all && event.value(key, nlohmann::json()) == value;
            if (all) return true;
        }
        std::this_thread::sleep_for(10ms);
    } while (Clock::now() < until);
    return false;
}

void LabProcess::pause(std::chrono::milliseconds moment) const { std::this_thread::sleep_for(moment); }

struct Terminal::Ssh {
    ssh_session session = ssh_new();
    ssh_channel channel = nullptr;
    ~Ssh() {
        if (channel != nullptr) ssh_channel_free(channel);
        ssh_disconnect(session);
        ssh_free(session);
    }
};

Terminal::Terminal(const LabProcess& lab, const std::string& side) : ssh_(std::make_unique<Ssh>()) {
    const auto& there = lab.where()[side];
    name_ = there["name"];
    enable_ = there["enable"];
    unsigned port = there["port"];
    long seconds = 20;
    const bool no_configuration = false;
    const auto set = [&](ssh_options_e option, const char* value) {
        REQUIRE(ssh_options_set(ssh_->session, option, value) == SSH_OK);
    };
    REQUIRE(ssh_options_set(ssh_->session, SSH_OPTIONS_PROCESS_CONFIG, &no_configuration) == SSH_OK);
    REQUIRE(ssh_options_set(ssh_->session, SSH_OPTIONS_PORT, &port) == SSH_OK);
    REQUIRE(ssh_options_set(ssh_->session, SSH_OPTIONS_TIMEOUT, &seconds) == SSH_OK);
    set(SSH_OPTIONS_HOST, "127.0.0.1");
    set(SSH_OPTIONS_KEY_EXCHANGE, "diffie-hellman-group1-sha1,diffie-hellman-group14-sha1");
    set(SSH_OPTIONS_HOSTKEYS, "ssh-rsa");
    set(SSH_OPTIONS_CIPHERS_C_S, "aes128-cbc,3des-cbc");
    set(SSH_OPTIONS_CIPHERS_S_C, "aes128-cbc,3des-cbc");
    set(SSH_OPTIONS_HMAC_C_S, "hmac-sha1");
    set(SSH_OPTIONS_HMAC_S_C, "hmac-sha1");
    const auto failed = [&](const std::string& at) { failure_ = at + ": " + ssh_get_error(ssh_->session); };
    if (ssh_connect(ssh_->session) != SSH_OK) {
        failed("connect");
        return;
    }
    ssh_key key = nullptr;
    if (ssh_get_server_publickey(ssh_->session, &key) == SSH_OK) {
        char* base64 = nullptr;
        ssh_pki_export_pubkey_base64(key, &base64);
        host_key_ = "[127.0.0.1]:" + std::to_string(port) + " ssh-rsa " + base64;
        ssh_string_free_char(base64);
        ssh_key_free(key);
    }
    const std::string user = there["user"], password = there["password"];
    if (ssh_userauth_password(ssh_->session, user.c_str(), password.c_str()) != SSH_AUTH_SUCCESS) {
        failed("login");
        return;
    }
    ssh_->channel = ssh_channel_new(ssh_->session);
    if (ssh_channel_open_session(ssh_->channel) != SSH_OK) {
        failed("channel");
        return;
    }
    if (ssh_channel_request_pty_size(ssh_->channel, "dumb", 511, 24) != SSH_OK) {
        failed("pty");
        return;
    }
    if (ssh_channel_request_shell(ssh_->channel) != SSH_OK) {
        failed("shell");
        return;
    }
}

Terminal::~Terminal() = default;

void Terminal::type(const std::string& keys) {
    ssh_channel_write(ssh_->channel, keys.data(), static_cast<std::uint32_t>(keys.size()));
}

bool Terminal::read_more(std::chrono::milliseconds limit) {
    char bytes[4096];
    const int count = ssh_channel_read_timeout(ssh_->channel, bytes, sizeof bytes, 0, static_cast<int>(limit.count()));
    if (count > 0) received_.append(bytes, static_cast<std::size_t>(count));
    if (count < 0 || (count == 0 && ssh_channel_is_eof(ssh_->channel))) gone_ = true;
    return count > 0;
}

std::string Terminal::until(const std::string& text, std::chrono::milliseconds limit) {
    const auto end = Clock::now() + limit;
    while (received_.find(text) == std::string::npos && !gone_ && Clock::now() < end) read_more(50ms);
    const auto at = received_.find(text);
    auto taken = received_.substr(0, at == std::string::npos ? at : at + text.size());
    received_.erase(0, taken.size());
    return taken;
}

std::string Terminal::command(const std::string& line) {
    type(line + "\r");
    return until("\r" + name_ + "# ");
}

void Terminal::enable() {
    REQUIRE(failure_ == "");
    until("\r" + name_ + "> ");
    type("enable\r");
    until("Password: ");
    type(enable_ + "\r");
    REQUIRE(until("# ").find(name_ + "# ") != std::string::npos);
    command("terminal pager 0");
}

void Terminal::give_up_unacknowledged(std::chrono::milliseconds limit) {
    const auto milliseconds = static_cast<unsigned>(limit.count());
    REQUIRE(::setsockopt(ssh_get_fd(ssh_->session), IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds,
                         sizeof milliseconds) == 0);
}

bool Terminal::closed() {
    const auto end = Clock::now() + 10s;
    while (!gone_ && Clock::now() < end) read_more(50ms);
    return gone_;
}

}  // namespace lab_test
