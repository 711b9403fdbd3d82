// A connection of our own: what the kernel watches over while nobody speaks.

#include "collector/session/transport/tcp_connect.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "tests/support/ssh_server.hpp"

TEST_CASE("a connection notices a peer that has vanished, and blocks nobody") {
    support::TcpServer server([&](int fd) {
        char byte = 0;
        while (::recv(fd, &byte, 1, 0) > 0) {
        }
    });
    const auto connection = collector::connect_tcp("branch", "127.0.0.1", server.port(),
                                                   collector::Patience::within(std::chrono::seconds(5)));
    REQUIRE(connection);
    const int fd = connection->socket.get();
    const auto option = [&](int level, int name) {
        int value = -1;
        socklen_t size = sizeof value;
        REQUIRE(::getsockopt(fd, level, name, &value, &size) == 0);
        return value;
    };
    CHECK(option(SOL_SOCKET, SO_KEEPALIVE) == 1);
    CHECK(option(IPPROTO_TCP, TCP_KEEPIDLE) == 5);
    CHECK(option(IPPROTO_TCP, TCP_KEEPINTVL) == 2);
    CHECK(option(IPPROTO_TCP, TCP_KEEPCNT) == 3);
    CHECK(option(IPPROTO_TCP, TCP_USER_TIMEOUT) == 10'000);
    CHECK(option(IPPROTO_TCP, TCP_NODELAY) == 1);
    CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(connection->local_address == "127.0.0.1");
}
