// Telnet against a real telnetd: options, a login in the text, and the end of a session.

#include "collector/session/transport/telnet.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <iostream>
#include <mutex>
#include <string>
#include <thread>

#include "collector/session/shell.hpp"
#include "tests/support/ssh_server.hpp"
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
        auto shell =
            std::make_unique<collector::Shell>(std::move(*transport), "branch", std::vector{&lines().profile()});
        const collector::TextLogin login{nullptr,
                                         [this]() -> formats::Result<const collector::Secret*> { return &secret; },
                                         [this] { ++refused; }, false};
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

namespace {

/// A peer that sends `first`, then `again` for as long as it is taken, and keeps what it is sent.
struct Peer {
    std::string first, again;
    std::mutex mutex;
    std::string heard;
    support::TcpServer server{[this](int fd) {
        std::jthread speaker([this, fd] {
            (void)!::send(fd, first.data(), first.size(), MSG_NOSIGNAL);
            while (!again.empty() && ::send(fd, again.data(), again.size(), MSG_NOSIGNAL) > 0) {
            }
        });
        std::array<char, 4096> piece{};
        for (ssize_t n; (n = ::recv(fd, piece.data(), piece.size(), 0)) > 0;) {
            const std::lock_guard lock(mutex);
            heard.append(piece.data(), static_cast<std::size_t>(n));
        }
    }};

    explicit Peer(std::string sends, std::string repeats = {}) : first(std::move(sends)), again(std::move(repeats)) {}
    bool hears(const std::string& bytes) {
        for (const auto until = std::chrono::steady_clock::now() + 5s; std::chrono::steady_clock::now() < until;
             std::this_thread::yield()) {
            const std::lock_guard lock(mutex);
            if (heard.find(bytes) != std::string::npos) return true;
        }
        return false;
    }
    formats::Result<std::unique_ptr<TelnetTransport>> open() const {
        formats::Target target;
        target.host = "127.0.0.1";
        target.port = server.port();
        return TelnetTransport::open("branch", target, Patience::within(5s));
    }
};

}  // namespace

TEST_CASE(
    "a telnet peer that sends options and nothing else is not waited for beyond the patience, nor after an interrupt") {
    std::string endless;
    SUBCASE("nothing happens") { endless = "\xff\xf1"; }
    SUBCASE("are you there") { endless = "\xff\xf6"; }
    SUBCASE("options that are declined each time") { endless = "\xff\xfd\x27\xff\xfb\x22"; }
    SUBCASE("which terminal") { endless = std::string("\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0", 9); }
    std::string many;
    while (many.size() < 65536) many += endless;
    const Peer peer({}, many);
    auto telnet = peer.open();
    REQUIRE(telnet);
    std::array<char, 16> buffer{};  // less at a time than comes in the meantime
    const auto start = std::chrono::steady_clock::now();
    const auto late = (*telnet)->read_some(buffer, Patience::within(300ms));
    REQUIRE_FALSE(late);
    CHECK(late.error().kind == ErrorKind::timeout);
    CHECK(late.error().subject == "branch");
    CHECK(std::chrono::steady_clock::now() - start < 2s);
    std::stop_source stop;
    const std::jthread operator_at_work([&] {
        std::this_thread::sleep_for(50ms);  // into the midst of it
        stop.request_stop();
    });
    CHECK((*telnet)->read_some(buffer, Patience::within(60s, stop.get_token())).error().kind == ErrorKind::interrupted);
    CHECK(std::chrono::steady_clock::now() - start < 4s);
}

TEST_CASE("telnet: CR goes out as CR NUL, and an IAC doubled") {
    Peer peer("login: ");
    auto telnet = peer.open();
    REQUIRE(telnet);
    REQUIRE((*telnet)->write("show clock\ra\xff\r", Patience::within(5s)));
    CHECK(peer.hears(std::string("show clock\r\0a\xff\xff\r\0", 16)));
}

TEST_CASE("telnet: a breach of the protocol ends the session, and what was unfolded from it is not taken") {
    // COMPRESS2, which was declined, starts all the same; what follows is a stream of zlib.
    Peer peer(std::string("\xff\xfb\x56", 3) + "text" + std::string("\xff\xfa\x56\xff\xf0", 5) +
              std::string("\x78\x9c\x4b\x4c\x4a\x06\x00\x02\x4d\x01\x27", 11));
    auto telnet = peer.open();
    REQUIRE(telnet);
    std::array<char, 4096> buffer{};
    std::string seen;
    formats::Result<std::size_t> got = 0;
    while ((got = (*telnet)->read_some(buffer, Patience::within(5s)))) seen.append(buffer.data(), *got);
    CHECK(seen == "text");
    CHECK(got.error().kind == ErrorKind::disconnected);
}

TEST_CASE("telnet: a line that was not taken in time is not sent later") {
    std::atomic<bool> reads{false};
    std::atomic<std::size_t> taken{0};
    std::atomic<bool> last{false};
    support::TcpServer server([&](int fd) {
        while (!reads) std::this_thread::yield();
        std::string piece(65536, '\0');
        for (ssize_t n; (n = ::recv(fd, piece.data(), piece.size(), 0)) > 0;) {
            taken += static_cast<std::size_t>(n);
            if (piece.substr(0, static_cast<std::size_t>(n)).find("last") != std::string::npos) last = true;
        }
    });
    formats::Target target;
    target.host = "127.0.0.1";
    target.port = server.port();
    auto telnet = TelnetTransport::open("branch", target, Patience::within(5s));
    REQUIRE(telnet);
    const std::string line(65536, 'x');
    std::size_t written = 0;
    formats::Result<void> sent;
    while ((sent = (*telnet)->write(line, Patience::within(100ms)))) written += line.size();
    CHECK(sent.error().kind == ErrorKind::timeout);
    reads = true;
    REQUIRE((*telnet)->write("last", Patience::within(5s)));
    for (const auto until = std::chrono::steady_clock::now() + 5s; !last && std::chrono::steady_clock::now() < until;)
        std::this_thread::yield();
    CHECK(last);
    CHECK(taken < written + line.size() + 4);
    CHECK(taken >= written + 4);
}
