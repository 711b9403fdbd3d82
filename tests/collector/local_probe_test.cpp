#include "collector/probe/local_probe.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <fstream>
#include <string>
#include <thread>

#include "collector/session/transport/tcp_connect.hpp"

using collector::Descriptor;
using collector::LocalProbe;
using collector::Patience;
using formats::ProbeSpec;
using std::chrono::seconds;

namespace {

ProbeSpec to(ProbeSpec::Kind kind, std::uint16_t port = 0, std::string address = "127.0.0.1") {
    ProbeSpec probe;
    probe.mode = ProbeSpec::Mode::given;
    probe.from = "local";
    probe.to = std::move(address);
    probe.kind = kind;
    probe.port = port;
    return probe;
}

/// A socket of loopback on a free port.
struct Bound {
    Descriptor socket;
    std::uint16_t port = 0;
    explicit Bound(int type) : socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* any = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(socket.get(), any, size) == 0);
        REQUIRE(::getsockname(socket.get(), any, &size) == 0);
        port = ntohs(address.sin_port);
    }
};

}  // namespace

TEST_CASE("a TCP connection is answered by a listener, and by the reset of a closed port") {
    LocalProbe probe;
    Bound listener(SOCK_STREAM);
    REQUIRE(::listen(listener.socket.get(), 1) == 0);
    const auto connected = probe.send(to(ProbeSpec::Kind::tcp, listener.port), Patience::within(seconds(5)));
    REQUIRE(connected);
    CHECK(connected->is_answered);
    CHECK(connected->text == "connected\n");

    const Bound closed(SOCK_STREAM);  // bound and not listening
    const auto refused = probe.send(to(ProbeSpec::Kind::tcp, closed.port), Patience::within(seconds(5)));
    REQUIRE(refused);
    CHECK(refused->is_answered);
    CHECK(refused->text == "Connection refused\n");
}

TEST_CASE("a datagram is answered by a datagram, and by nothing when nobody replies") {
    LocalProbe probe;
    const Bound silent(SOCK_DGRAM);
    const auto alone =
        probe.send(to(ProbeSpec::Kind::udp, silent.port), Patience::within(std::chrono::milliseconds(50)));
    REQUIRE(alone);
    CHECK_FALSE(alone->is_answered);

    const Bound echo(SOCK_DGRAM);
    std::string received;
    std::jthread server([&] {
        char text[64];
        sockaddr_in from{};
        socklen_t size = sizeof from;
        const auto length =
            ::recvfrom(echo.socket.get(), text, sizeof text, 0, reinterpret_cast<sockaddr*>(&from), &size);
        received.assign(text, length > 0 ? static_cast<std::size_t>(length) : 0);
        ::sendto(echo.socket.get(), "x", 1, 0, reinterpret_cast<const sockaddr*>(&from), size);
    });
    const auto answered = probe.send(to(ProbeSpec::Kind::udp, echo.port), Patience::within(seconds(5)));
    server.join();
    REQUIRE(answered);
    CHECK(answered->is_answered);
    CHECK(received == "tacbundle probe");
}

TEST_CASE("a source that is not this machine's is an error that says so, not a missing answer") {
    LocalProbe probe;
    for (const auto kind : {ProbeSpec::Kind::tcp, ProbeSpec::Kind::udp}) {
        ProbeSpec spec = to(kind, 9);
        spec.source = "192.0.2.1";
        const auto sent = probe.send(spec, Patience::within(seconds(5)));
        REQUIRE_FALSE(sent);
        CHECK(sent.error().detail.find("no address of this machine") != std::string::npos);
    }
}

TEST_CASE("an ICMP echo by a ping socket, in a network of its own where they are allowed") {
    std::string told;
    std::jthread([&] {
        if (::unshare(CLONE_NEWNET) != 0) {
            told = "no network namespace: this test needs root";
            return;
        }
        std::ofstream("/proc/thread-self/root/proc/sys/net/ipv4/ping_group_range") << "0 2147483647";
        const Descriptor any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        ifreq loopback{};
        std::string("lo").copy(loopback.ifr_name, IFNAMSIZ - 1);
        loopback.ifr_flags = IFF_UP | IFF_RUNNING;
        if (::ioctl(any.get(), SIOCSIFFLAGS, &loopback) != 0) told = "loopback stays down";
        LocalProbe probe;
        for (int i = 0; i < 2; ++i) {
            const auto echo = probe.send(to(ProbeSpec::Kind::icmp), Patience::within(seconds(5)));
            told += !echo ? echo.error().message() : echo->is_answered ? echo->text : "no answer\n";
        }
        const auto lost = probe.send(to(ProbeSpec::Kind::icmp, 0, "192.0.2.1"), Patience::within(seconds(5)));
        told += !lost ? "unreachable\n" : lost->is_answered ? "answered?\n" : "no answer\n";
    }).join();
    CHECK(told == "an echo reply\nan echo reply\nunreachable\n");
}
