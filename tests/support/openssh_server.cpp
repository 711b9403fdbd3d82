#include "tests/support/openssh_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <iostream>
#include <thread>
#include <utility>
#include <vector>

namespace support {
namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

/// A socket that has a free port and does not listen: sshd may bind it too, nobody's outgoing connection gets it.
formats::Descriptor reserve_port(std::uint16_t& port) {
    formats::Descriptor reserved(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    ::setsockopt(reserved.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    const bool bound = ::bind(reserved.get(), any, size) == 0 && ::getsockname(reserved.get(), any, &size) == 0;
    port = bound ? ntohs(address.sin_port) : std::uint16_t{0};
    return reserved;
}

bool answers(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    const bool connected = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    return connected;
}

bool is_running(pid_t process) { return ::waitpid(process, nullptr, WNOHANG) == 0; }

}  // namespace

pid_t start_program(std::initializer_list<std::string> words) {
    std::vector<std::string> copy(words);
    std::vector<char*> arguments;
    for (auto& word : copy) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (const int fd : {0, 1, 2}) posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    pid_t process = -1;
    if (::posix_spawn(&process, arguments[0], &actions, nullptr, arguments.data(), environ) != 0) process = -1;
    posix_spawn_file_actions_destroy(&actions);
    return process;
}

int run_program(std::initializer_list<std::string> words) {
    const pid_t process = start_program(words);
    int status = -1;
    if (process < 0 || ::waitpid(process, &status, 0) != process || !WIFEXITED(status)) return -1;
    return WEXITSTATUS(status);
}

void end_program(pid_t process) {
    if (process <= 0) return;
    ::kill(process, SIGTERM);
    ::waitpid(process, nullptr, 0);
}

std::optional<OpensshServer> OpensshServer::start(const TemporaryFolder& folder, const std::string& more) {
    const auto missing = [](const char* what) {
        std::cerr << "NOT RUN: no OpenSSH server for the tests: " << what << '\n';
        return std::nullopt;
    };
    if (::geteuid() != 0) return missing("it needs root");
    if (::access("/usr/sbin/sshd", X_OK) != 0) return missing("package openssh-server is not installed");
    ::mkdir("/run/sshd", 0755);  // sshd's privilege separation wants it

    const std::string path = folder.path().string();
    for (const std::string type : {"ed25519", "rsa"})
        if (run_program({"/usr/bin/ssh-keygen", "-q", "-t", type, "-N", "", "-f", path + "/host_" + type}) != 0)
            return missing("ssh-keygen failed");
    if (run_program({"/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path + "/login_key"}) != 0)
        return missing("ssh-keygen failed");
    std::uint16_t port = 0;
    auto reserved = reserve_port(port);
    if (port == 0) return missing("no free port");
    const std::string config = folder.write(
        "sshd_config", "Port " + std::to_string(port) + "\nListenAddress 127.0.0.1\nHostKey " + path +
                           "/host_ed25519\nHostKey " + path +
                           "/host_rsa\nPidFile none\nUsePAM no\nStrictModes no\n"
                           "PermitRootLogin yes\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
                           "AuthorizedKeysFile " +
                           path +
                           "/login_key.pub\nPrintMotd no\n"
                           // A shell without the profile of whoever runs the tests.
                           "SetEnv HOME=/nonexistent\n" +
                           more);
    const pid_t server = start_program({"/usr/sbin/sshd", "-D", "-f", config, "-E", path + "/sshd.log"});
    if (server < 0) return missing("sshd did not start");
    OpensshServer running(server, port, std::move(reserved), path);
    for (const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10); !answers(port);) {
        if (!is_running(server)) {
            running.server_ = -1;
            return missing(TemporaryFolder::read(folder.path() / "sshd.log").c_str());
        }
        if (std::chrono::steady_clock::now() > limit) return missing("it does not listen");
        std::this_thread::yield();
    }
    return running;
}

OpensshServer::OpensshServer(OpensshServer&& other) noexcept
    : server_(std::exchange(other.server_, -1)),
      port_(other.port_),
      reserved_(std::move(other.reserved_)),
      folder_(std::move(other.folder_)) {}

OpensshServer::~OpensshServer() { end_program(server_); }

std::string OpensshServer::known_hosts() const {
    std::string rows;
    for (const std::string type : {"ed25519", "rsa"})
        rows +=
            "[127.0.0.1]:" + std::to_string(port_) + " " + TemporaryFolder::read(folder_ + "/host_" + type + ".pub");
    return rows;
}

}  // namespace support
