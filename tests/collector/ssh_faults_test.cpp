// Peers that are slow, silent, gone or no SSH server at all; many sessions at once.

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <future>

#include "tests/support/ssh_client.hpp"

using formats::ErrorKind;
using namespace support;

TEST_CASE("a refused connection and a name that does not resolve are unreachable at once") {
    std::uint16_t port = 0;
    {
        const TcpServer gone([](int) {});
        port = gone.port();
    }
    Client client(port);
    const Watch watch;
    const auto refused = client.open();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::unreachable);
    CHECK(has(refused.error().detail, "127.0.0.1 port " + std::to_string(port) + ": Connection refused"));
    CHECK(watch.is_within(milliseconds(0), seconds(5)));

    client.settings.target.host = "no-such-host.invalid";
    const auto unresolved = client.open(Patience::within(seconds(10)));
    REQUIRE_FALSE(unresolved);
    CHECK(has(unresolved.error().detail, "no-such-host.invalid"));
    client.settings.target.host = "no such host";
    CHECK_FALSE(client.open());
}

TEST_CASE("a peer that never gets to a login ends at the deadline, or on an interrupt before it") {
    const auto silent = [](TcpServer*& self, const std::string& first, bool drips) {
        return [&self, first, drips](int fd) {
            (void)!::send(fd, first.data(), first.size(), MSG_NOSIGNAL);
            while (drips && ::send(fd, "x", 1, MSG_NOSIGNAL) == 1 && !self->is_ending())
                std::this_thread::sleep_for(milliseconds(20));  // the fault itself, not a wait
            self->wait_for_end();
        };
    };
    std::string first;
    bool drips = false;
    SUBCASE("no banner") {}
    SUBCASE("half a banner") { first = "SSH-2.0-Ci"; }
    SUBCASE("a banner and silence") { first = "SSH-2.0-Cisco-1.25\r\n"; }
    SUBCASE("a banner and a drip") {
        first = "SSH-2.0-Cisco-1.25\r\n" + std::string("\0\0\1\0", 4);
        drips = true;
    }
    TcpServer* self = nullptr;
    TcpServer server(silent(self, first, drips));
    self = &server;  // NOLINT(clang-analyzer-deadcode.DeadStores): the server's own thread reads it
    Client client(server.port());

    const Watch watch;
    const auto late = client.open(Patience::within(milliseconds(400)));
    REQUIRE_FALSE(late);
    CHECK(late.error().kind == ErrorKind::timeout);
    CHECK(has(late.error().detail, "exchanging keys with 127.0.0.1 port "));
    CHECK(watch.is_within(milliseconds(400), seconds(3)));

    std::stop_source stop;
    auto running =
        std::async(std::launch::async, [&] { return client.open(Patience::within(seconds(60), stop.get_token())); });
    while (server.connections() < 2) std::this_thread::yield();
    stop.request_stop();
    REQUIRE(running.wait_for(seconds(5)) == std::future_status::ready);
    const auto interrupted = running.get();
    REQUIRE_FALSE(interrupted);
    CHECK(interrupted.error().kind == ErrorKind::interrupted);
}

TEST_CASE("a device that goes silent after the handshake ends at the deadline") {
    SshServerSettings settings;
    settings.is_silent_after_handshake = true;
    SshServer server(settings);
    Client client(server);
    const Watch watch;
    const auto late = client.open(Patience::within(seconds(2)));
    REQUIRE_FALSE(late);
    CHECK(late.error().kind == ErrorKind::timeout);
    CHECK(has(late.error().detail, "logging in to"));
    CHECK(watch.is_within(seconds(2), seconds(6)));
}

TEST_CASE("a connection that is never accepted ends at the deadline, or on an interrupt before it") {
    // A listener whose queue is full: the kernel drops what comes, as a packet filter would.
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    address.ss_family = AF_INET;
    REQUIRE(::bind(listener, any, sizeof(sockaddr_in)) == 0);
    REQUIRE(::listen(listener, 0) == 0);
    REQUIRE(::getsockname(listener, any, &size) == 0);
    std::vector<int> fillers;
    for (int i = 0; i < 4; ++i) {
        fillers.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        (void)!::connect(fillers.back(), any, size);
    }
    const auto* bytes = reinterpret_cast<const unsigned char*>(&address);
    Client client(static_cast<std::uint16_t>(bytes[2] << 8 | bytes[3]));

    const Watch watch;
    const auto late = client.open(Patience::within(milliseconds(300)));
    REQUIRE_FALSE(late);
    CHECK(late.error().kind == ErrorKind::timeout);
    CHECK(has(late.error().detail, "no answer from 127.0.0.1 port "));
    CHECK(watch.is_within(milliseconds(300), seconds(3)));

    std::stop_source stop;
    const std::jthread operator_at_work([&] { stop.request_stop(); });
    const auto interrupted = client.open(Patience::within(seconds(60), stop.get_token()));
    REQUIRE_FALSE(interrupted);
    CHECK(interrupted.error().kind == ErrorKind::interrupted);
    for (const int filler : fillers) ::close(filler);
    ::close(listener);
}

TEST_CASE("what is not SSH version 2 is told as such") {
    std::string first, expected, remedy;
    SUBCASE("version 1 only") {
        first = "SSH-1.5-Cisco-1.25\n";
        expected = "speaks SSH version 1 only";
        remedy = "plink -1";
    }
    SUBCASE("another service that hangs up") {
        first = "220 mail.example ready\r\n";
        expected = "the device closed the connection";
        remedy = "SSH port";
    }
    SUBCASE("an endless line") {
        first = std::string(5000, 'x');
        expected = "banner";
        remedy = "SSH port";
    }
    TcpServer server([&](int fd) {
        (void)!::send(fd, first.data(), first.size(), MSG_NOSIGNAL);
        ::shutdown(fd, SHUT_WR);
        char sink = 0;
        while (::recv(fd, &sink, 1, 0) > 0) {
        }
    });
    Client client(server.port());
    const auto refused = client.open();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::unreachable);
    CHECK(has(refused.error().detail, expected));
    CHECK(has(refused.error().remedy, remedy));
}

TEST_CASE("what a server says in place of its banner is quoted, with the remedy that fits it") {
    struct Row {
        std::string text, said, remedy;
    };
    for (const Row& row : std::vector<Row>{{"Exceeded MaxStartups\r\n", "Exceeded MaxStartups", "end one by hand"},
                                           {"Not allowed at this time\r\n", "Not allowed at this time", "access list"},
                                           {"Welcome\r\nYou are not welcome to use sshd from 192.0.2.1.\r\n\r\n",
                                            "You are not welcome to use sshd from 192.0.2.1.", "access list"},
                                           {"\r\n% All lines are in use", "% All lines are in use", "end one by hand"},
                                           {"\x1b[31mGo away\x07\r\n", "Go away", "SSH port"}}) {
        CAPTURE(row.text);
        // In one piece, as servers send it: of what comes while libssh reads, it keeps nothing.
        TcpServer server([&](int fd) {
            (void)!::send(fd, row.text.data(), row.text.size(), MSG_NOSIGNAL);
            ::shutdown(fd, SHUT_WR);
            char sink = 0;
            while (::recv(fd, &sink, 1, 0) > 0) {
            }
        });
        Client client(server.port());
        const auto refused = client.open();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::unreachable);
        CHECK_MESSAGE(has(refused.error().detail, "; it said \""), refused.error().detail);
        CHECK_MESSAGE(has(refused.error().detail, row.said), refused.error().detail);
        CHECK(refused.error().detail.find_first_of("\r\n\x1b\x07") == std::string::npos);
        CHECK_MESSAGE(has(refused.error().remedy, row.remedy), refused.error().remedy);
    }
    // What says so and stays has not closed anything.
    TcpServer server([&](int fd) {
        (void)!::send(fd, "Server is busy\r\n", 16, MSG_NOSIGNAL);
        server.wait_for_end();
    });
    Client client(server.port());
    const auto late = client.open(Patience::within(seconds(1)));
    REQUIRE_FALSE(late);
    CHECK(late.error().kind == ErrorKind::timeout);
    CHECK_MESSAGE(has(late.error().detail, "it said \"Server is busy\""), late.error().detail);
}

TEST_CASE("a read ends at its patience, on an interrupt, and when the session ends") {
    SshServer server;
    Client client(server);
    auto transport = client.open();
    REQUIRE(transport);
    REQUIRE(read_until(**transport, "pix> ") == "pix> ");
    std::string buffer(100, '\0');

    const Watch watch;
    CHECK((*transport)->read_some(buffer, Patience::within(milliseconds(200))).error().kind == ErrorKind::timeout);
    CHECK(watch.is_within(milliseconds(200), seconds(2)));

    std::stop_source stop;
    auto reading = std::async(std::launch::async, [&] {
        return (*transport)->read_some(buffer, Patience::within(seconds(60), stop.get_token()));
    });
    CHECK(reading.wait_for(milliseconds(50)) == std::future_status::timeout);
    stop.request_stop();
    CHECK(reading.get().error().kind == ErrorKind::interrupted);

    SUBCASE("by the device's own will") {
        REQUIRE((*transport)->write("quit\r", Patience::within(seconds(5))));
        const auto error = read_error(**transport);
        CHECK(error.kind == ErrorKind::disconnected);
        CHECK(has(error.detail, "the device ended the session"));
    }
    SUBCASE("by a cut") {
        REQUIRE((*transport)->write("drop\r", Patience::within(seconds(5))));
        const auto error = read_error(**transport);
        CHECK(error.kind == ErrorKind::disconnected);
        CHECK(has(error.detail, "session with 127.0.0.1 port "));
    }
    CHECK((*transport)->write("x", Patience::within(seconds(5))).error().kind == ErrorKind::disconnected);
}

TEST_CASE("a mebibyte comes whole, whatever the size of a read") {
    SshServer server;
    Client client(server);
    auto transport = client.open();
    REQUIRE(transport);
    REQUIRE((*transport)->write("flood\r", Patience::within(seconds(5))));
    for (const std::size_t piece : {std::size_t{1000}, std::size_t{100'000}}) {
        const auto seen = read_until(**transport, "end\r\n", piece);
        CHECK(std::count(seen.begin(), seen.end(), '#') == 1 << 20);
        REQUIRE((*transport)->write("flood\r", Patience::within(seconds(5))));
    }
}

TEST_CASE("a write to a device that reads no more ends at its patience, and closing costs nothing") {
    SshServer server;
    Client client(server);
    auto transport = client.open();
    REQUIRE(transport);
    REQUIRE((*transport)->write("freeze\r", Patience::within(seconds(5))));
    const std::string much(32 << 20, 'x');
    {
        const Watch watch;
        const auto stalled = (*transport)->write(much, Patience::within(milliseconds(500)));
        REQUIRE_FALSE(stalled);
        CHECK(stalled.error().kind == ErrorKind::timeout);
        CHECK(watch.is_within(milliseconds(500), seconds(4)));
    }
    {
        const Watch watch;
        CHECK((*transport)->write("more", Patience::within(milliseconds(100))).error().kind == ErrorKind::timeout);
        CHECK(watch.is_within(milliseconds(100), seconds(2)));
    }
    std::stop_source stop;
    stop.request_stop();
    CHECK((*transport)->write("more", Patience::within(seconds(60), stop.get_token())).error().kind ==
          ErrorKind::interrupted);
    const Watch watch;
    (*transport)->close();
    CHECK(watch.is_within(milliseconds(0), seconds(1)));
}

TEST_CASE("sixteen sessions at once, each in its thread") {
    SshServer server;
    std::vector<std::future<std::string>> sessions;
    for (int i = 0; i < 16; ++i)
        sessions.push_back(std::async(std::launch::async, [&server, i] {
            Client client(server);
            auto transport = client.open(Patience::within(seconds(60)));
            if (!transport) return transport.error().message();
            if (auto written = (*transport)->write("line " + std::to_string(i) + "\r", Patience::within(seconds(30)));
                !written)
                return written.error().message();
            return read_until(**transport, "\r\n");
        }));
    for (int i = 0; i < 16; ++i)
        CHECK(sessions[static_cast<std::size_t>(i)].get() == "pix> said line " + std::to_string(i) + "\r\n");
}

TEST_CASE("no way out leaves a descriptor open") {
    const auto all_ways = [] {
        SshServer server;
        Client client(server);
        for (const bool legacy : {false, true}) {
            client.settings.legacy = legacy;
            auto transport = client.open();
            REQUIRE(transport);
            (void)(*transport)->write("drop\r", Patience::within(seconds(5)));
            (void)read_error(**transport);
        }
        (void)Client(server.port()).open();                    // unknown host key
        (void)client.open(Patience::within(milliseconds(1)));  // timeout
        {
            Client wrong(server.port(), "CANARY-wrong");
            wrong.trust(server.known_hosts_line() + "\n");
            (void)wrong.open();
        }
        TcpServer rude([](int) {});
        Client reset(rude.port());
        (void)reset.open();
    };
    all_ways();
    const auto before = open_descriptors();
    all_ways();
    CHECK(open_descriptors() == before);
}

TEST_CASE("a server may renew the keys at any time") {
    SshServerSettings settings;
    SUBCASE("with every packet") { settings.renews_keys_after = 32; }
    SUBCASE("again and again within one answer") { settings.renews_keys_after = 16'384; }
    SUBCASE("with the old algorithms") {
        settings.legacy = true;
        settings.renews_keys_after = 4'096;
    }
    SshServer server(settings);
    Client client(server);
    client.settings.legacy = settings.legacy;
    auto transport = client.open();
    REQUIRE(transport);
    REQUIRE(read_until(**transport, "pix> ") == "pix> ");
    for (int i = 0; i < 3; ++i) {
        REQUIRE((*transport)->write("show " + std::to_string(i) + "\r", Patience::within(seconds(5))));
        CHECK(
            has(read_until(**transport, "said show " + std::to_string(i) + "\r\n"), "said show " + std::to_string(i)));
    }
    REQUIRE((*transport)->write("flood\r", Patience::within(seconds(5))));
    const auto seen = read_until(**transport, "end\r\n");
    CHECK(std::count(seen.begin(), seen.end(), '#') == 1 << 20);
    (*transport)->close();
}

TEST_CASE("what a server asks of its client unasked is declined, and the session goes on") {
    SshServer server;
    Client client(server);
    auto transport = client.open();
    REQUIRE(transport);
    for (const std::string asked : {"x11", "agent", "keepalive"}) {
        CAPTURE(asked);
        const std::string answer = asked == "keepalive" ? "alive" : "declined";
        for (int i = 0; i < 3; ++i) {
            REQUIRE((*transport)->write(asked + "\r", Patience::within(seconds(5))));
            CHECK(has(read_until(**transport, answer), answer));
        }
    }
    REQUIRE((*transport)->write("show clock\r", Patience::within(seconds(5))));
    CHECK(has(read_until(**transport, "said show clock\r\n"), "said show clock"));
}

TEST_CASE(
    "a server that sends SSH_MSG_IGNORE and nothing else is not waited for beyond the patience, nor after an "
    "interrupt") {
    SshServer server;
    Client client(server);
    auto transport = client.open();
    REQUIRE(transport);
    REQUIRE(read_until(**transport, "pix> ") == "pix> ");
    REQUIRE((*transport)->write("ignore\r", Patience::within(seconds(5))));
    const Watch watch;
    CHECK(read_error(**transport, Patience::within(milliseconds(300))).kind == ErrorKind::timeout);
    std::stop_source stop;
    auto reading = std::async(std::launch::async,
                              [&] { return read_error(**transport, Patience::within(seconds(60), stop.get_token())); });
    CHECK(reading.wait_for(milliseconds(50)) == std::future_status::timeout);
    stop.request_stop();
    CHECK(reading.get().kind == ErrorKind::interrupted);
    CHECK(watch.is_within(milliseconds(300), seconds(3)));
}
