// Telnet against a real telnetd: options, a login in the text, and the end of a session.

#include "collector/session/telnet.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iostream>
#include <string>
#include <thread>

#include "collector/session/shell.hpp"
#include "tests/support/temporary_folder.hpp"

using collector::Patience;
using collector::TelnetTransport;
using formats::ErrorKind;
using namespace std::chrono_literals;

namespace {

constexpr const char* telnetd = "/usr/sbin/telnetd";

/// Hands each connection to a telnetd that runs `program` in place of login, as inetd would.
class Telnetd {
 public:
    explicit Telnetd(const std::string& program) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* raw = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(listener_, raw, sizeof address) == 0);
        REQUIRE(::listen(listener_, 4) == 0);
        REQUIRE(::getsockname(listener_, raw, &size) == 0);
        port_ = ntohs(address.sin_port);
        acceptor_ = std::jthread([this, program] {
            for (int peer; (peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0; ::close(peer)) {
                const pid_t child = ::fork();
                if (child != 0) {
                    children_.push_back(child);
                    continue;
                }
                for (const int fd : {0, 1, 2}) ::dup2(peer, fd);
                ::execl(telnetd, telnetd, "-h", "-E", program.c_str(), nullptr);
                ::_exit(127);
            }
        });
    }
    ~Telnetd() {
        ::shutdown(listener_, SHUT_RDWR);
        acceptor_.join();
        ::close(listener_);
        for (const pid_t child : children_) ::waitpid(child, nullptr, 0);
    }
    Telnetd(const Telnetd&) = delete;
    Telnetd& operator=(const Telnetd&) = delete;

    formats::Target target() const {
        formats::Target target;
        target.transport = formats::Transport::telnet;
        target.host = "127.0.0.1";
        target.port = port_;
        return target;
    }

 private:
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::vector<pid_t> children_;
    std::jthread acceptor_;
};

/// A firewall of few words.
const std::string firewall = R"sh(#!/bin/sh
stty raw -echo
cr=$(printf '\r')
ask() { printf '%s' "$1"; answer=; while c=$(dd bs=1 count=1 2>/dev/null; echo x); c=${c%x}; [ "$c" != "$cr" ]; do [ -n "$c" ] || exit 0; answer=$answer$c; done; }
printf '\r\n\r\nUser Access Verification\r\n\r\n'
ask 'Password: '
[ "$answer" = CANARY-telnet ] || { printf '\r\nInvalid password\r\n'; exit 0; }
printf "\r\nType help or '?' for a list of available commands.\r\n"
while ask "$(printf '\rpix# ')"; do
    printf '%s\r\n' "$answer"
    case $answer in
        'show version') printf 'Cisco PIX Firewall Version 6.3(4)\r\ncolumns %s, terminal %s\r\n' "$(stty size | cut -d' ' -f2)" "$TERM" ;;
        exit) printf '\r\nLogoff\r\n\r\n'; exit 0 ;;
    esac
done
)sh";

struct Session {
    std::vector<formats::Profile> profiles = *formats::load_profiles("");
    formats::Incident incident;
    std::optional<collector::Plan> plan;
    collector::Secret secret{std::string("CANARY-telnet")};
    int refused = 0;

    explicit Session(const formats::Target& target) {
        formats::EndpointSpec spec;
        spec.name = "branch";
        spec.platform = "pix6";
        spec.target = target;
        incident.endpoints.push_back(spec);
        plan = *collector::Plan::make(incident, profiles);
    }
    const collector::EndpointPlan& lines() const { return plan->candidates(0).front(); }
    formats::Result<std::unique_ptr<collector::Shell>> log_in() {
        auto transport = TelnetTransport::open("branch", incident.endpoints.front().target, Patience::within(5s));
        if (!transport) return transport.error();
        auto shell = std::make_unique<collector::Shell>(std::move(*transport), "branch", std::vector{&lines().profile()});
        const collector::TextLogin login{nullptr, [this]() -> formats::Result<const collector::Secret*> { return &secret; }, [this] { ++refused; }, false};
        if (auto reached = shell->reach_prompt(Patience::within(10s), &login); !reached) return reached.error();
        return shell;
    }
};

}  // namespace

TEST_CASE("a real telnetd: options, password, a line, the end") {
    if (::access(telnetd, X_OK) != 0) {
        std::cerr << "NOT RUN: no telnetd for the tests: package inetutils-telnetd is not installed\n";
        return;
    }
    const support::TemporaryFolder folder;
    const std::string program = folder.write("firewall", firewall);
    ::chmod(program.c_str(), 0700);
    const Telnetd server(program);
    Session session(server.target());
    SUBCASE("accepted") {
        auto shell = session.log_in();
        if (!shell) FAIL(shell.error().message());
        CHECK((*shell)->prompt_name() == "pix");
        const auto answer = (*shell)->run(*session.lines().line("version"), {}, {5s, 5s, 4096}, Patience::within(5s));
        if (!answer) FAIL(answer.error().message());
        CHECK(answer->text == "Cisco PIX Firewall Version 6.3(4)\ncolumns 511, terminal dumb\n");
        CHECK((*shell)->leave(*session.lines().line("leave"), Patience::within(5s)));
    }
    SUBCASE("refused") {
        session.secret = collector::Secret(std::string("CANARY-wrong"));
        const auto shell = session.log_in();
        REQUIRE_FALSE(shell);
        CHECK(shell.error().kind == ErrorKind::login);
        CHECK(session.refused == 1);
        CHECK(shell.error().message().find("CANARY") == std::string::npos);
    }
}

TEST_CASE("telnet to nobody is an error that names the address") {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    formats::Target target;
    target.host = "127.0.0.1";
    target.port = ntohs(address.sin_port);
    const auto refused = TelnetTransport::open("branch", target, Patience::within(5s));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::unreachable);
    ::close(socket);
}
