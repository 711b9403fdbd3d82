#include "collector/session/ssh.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <future>
#include <optional>
#include <thread>

#include "formats/redaction/redaction.hpp"
#include "tests/support/openssh_server.hpp"
#include "tests/support/ssh_server.hpp"
#include "tests/support/temporary_folder.hpp"

using collector::Credentials;
using collector::Patience;
using collector::SshSettings;
using collector::SshTransport;
using collector::Terminal;
using formats::ErrorKind;
using formats::HostKeyPolicy;
using std::chrono::milliseconds;
using std::chrono::seconds;
using support::OpensshServer;
using support::SshServer;
using support::SshServerSettings;
using support::TcpServer;
using support::TemporaryFolder;

namespace {

using Opened = formats::Result<std::unique_ptr<SshTransport>>;

/// One endpoint as the tests see it: a folder in place of ~/.ssh, credentials, no terminal.
struct Client {
    TemporaryFolder folder;
    std::shared_ptr<formats::Redaction> redaction = *formats::Redaction::make({});
    Terminal terminal{false};
    SshSettings settings;
    std::optional<Credentials> credentials;

    explicit Client(std::uint16_t port, const std::string& password = "CANARY-login-1") {
        ::signal(SIGPIPE, SIG_IGN);  // as the program does
        ::unsetenv("SSH_AUTH_SOCK");
        settings.endpoint = "branch";
        settings.target.host = "127.0.0.1";
        settings.target.port = port;
        settings.target.user = "pix";
        settings.ssh_folder = folder.path().string();
        formats::EndpointSpec spec;
        spec.name = "branch";
        if (!password.empty())
            spec.password_from = {formats::SecretSource::Kind::file, folder.write("password", password)};
        credentials.emplace(std::move(*Credentials::gather(spec, terminal, *redaction)));
    }
    explicit Client(const SshServer& server) : Client(server.port()) { trust(server.known_hosts_line() + "\n"); }

    void trust(const std::string& rows) const { folder.write("known_hosts", rows); }
    std::string known_hosts() const { return TemporaryFolder::read(folder.path() / "known_hosts"); }
    Opened open(const Patience& patience = Patience::within(seconds(20))) {
        return SshTransport::open(settings, *credentials, terminal, patience);
    }
};

/// Reads until `text` has come or 10 s are over; all that came.
std::string read_until(SshTransport& transport, const std::string& text, std::size_t piece = 4096) {
    std::string seen, buffer(piece, '\0');
    const auto patience = Patience::within(seconds(10));
    while (seen.find(text) == std::string::npos) {
        const auto n = transport.read_some(buffer, patience);
        if (!n) return seen + "<" + n.error().message() + ">";
        seen.append(buffer, 0, *n);
    }
    return seen;
}

formats::Error read_error(SshTransport& transport, const Patience& patience = Patience::within(seconds(10))) {
    std::string buffer(65536, '\0');
    for (;;)
        if (const auto n = transport.read_some(buffer, patience); !n) return n.error();
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class Watch {
 public:
    bool is_within(milliseconds least, milliseconds most) const {
        const auto taken = std::chrono::steady_clock::now() - start_;
        return taken >= least && taken <= most;
    }

 private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

std::ptrdiff_t open_descriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
}

/// The servers of these tests close their end in threads of their own.
template <class Fact>
bool comes_true(Fact fact) {
    for (const Watch watch; watch.is_within(milliseconds(0), seconds(10)); std::this_thread::yield())
        if (fact()) return true;
    return false;
}

std::string base64_of_another_key() { return SshServer().key_base64(); }

}  // namespace

TEST_CASE("a password opens a terminal of 511 columns, and both directions work") {
    SshServer server;
    Client client(server);
    auto transport = client.open();
    REQUIRE_MESSAGE(transport, (transport ? "" : transport.error().message()));
    CHECK(read_until(**transport, "pix> ") == "pix> ");
    REQUIRE((*transport)->write("size\r", Patience::within(seconds(5))));
    CHECK(read_until(**transport, "\n", 1) == "dumb 511x200\r\n");
    REQUIRE((*transport)->write("error of the terminal\r", Patience::within(seconds(5))));
    CHECK(read_until(**transport, "\n") == "of the terminal\r\n");
    const auto& facts = (*transport)->facts();
    CHECK(has(facts.host_key, "ssh-rsa SHA256:"));
    CHECK(has(facts.algorithms, "kex curve25519-sha256 cipher "));
    CHECK(has(facts.banner, "SSH-2.0-libssh"));
    CHECK(facts.user == "pix");
    CHECK(facts.port == server.port());
    CHECK(facts.local_address == "127.0.0.1");
    (*transport)->close();
    (*transport)->close();
    CHECK((*transport)->facts().user == "pix");
    CHECK(read_error(**transport).kind == ErrorKind::disconnected);
    CHECK((*transport)->write("x", Patience::within(seconds(1))).error().kind == ErrorKind::disconnected);
}

TEST_CASE("a device with nothing but old algorithms is refused with the remedy, and reached with legacy") {
    SshServerSettings old;
    old.legacy = true;
    old.rsa_bits = 1024;
    SshServer server(old);
    Client client(server);
    const auto refused = client.open();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::unreachable);
    CHECK(has(refused.error().remedy, "legacy = true"));
    CHECK(has(refused.error().remedy, "?legacy=yes"));
    CAPTURE(refused.error().message());
    CHECK(has(refused.error().detail, "key exchange: it offers [diffie-hellman-group1-sha1"));
    CHECK(has(refused.error().detail, "this program [curve25519-sha256,"));

    client.settings.legacy = true;
    const auto transport = client.open();
    REQUIRE_MESSAGE(transport, (transport ? "" : transport.error().message()));
    CHECK((*transport)->facts().algorithms == "kex diffie-hellman-group1-sha1 cipher 3des-cbc mac hmac-sha1");
    CHECK(read_until(**transport, "pix> ") == "pix> ");
}

TEST_CASE("a 768-bit host key is accepted with legacy only") {
    SshServerSettings old;
    old.legacy = true;
    old.rsa_bits = 768;
    SshServer server(old);
    Client client(server);
    client.settings.legacy = true;
    const auto transport = client.open();
    REQUIRE_MESSAGE(transport, (transport ? "" : transport.error().message()));
    CHECK(read_until(**transport, "pix> ") == "pix> ");
}

TEST_CASE("a modern device is reached with legacy as without it") {
    SshServer server;
    Client client(server);
    client.settings.legacy = true;
    const auto transport = client.open();
    REQUIRE(transport);
    CHECK(has((*transport)->facts().algorithms, "kex curve25519-sha256"));
}

TEST_CASE("an unknown host key is refused with its fingerprint and the row to add") {
    SshServer server;
    Client client(server.port());
    client.settings.host_key = HostKeyPolicy::strict;
    const auto refused = client.open();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::host_key);
    CHECK(refused.error().subject == "branch");
    CHECK(has(refused.error().detail, "ssh-rsa SHA256:"));
    CHECK(has(refused.error().remedy, server.known_hosts_line()));
    CHECK(server.passwords_received() == 0);

    client.trust(server.known_hosts_line() + "\n");
    CHECK(client.open());
}

TEST_CASE("accept-new adds an unknown host key once") {
    SshServer server;
    Client client(server.port());
    client.settings.host_key = HostKeyPolicy::accept_new;
    REQUIRE(client.open());
    CHECK(client.known_hosts() == server.known_hosts_line() + "\n");
    client.settings.host_key = HostKeyPolicy::strict;
    REQUIRE(client.open());
    CHECK(client.known_hosts() == server.known_hosts_line() + "\n");
}

TEST_CASE("ask without a terminal refuses an unknown host key") {
    SshServer server;
    Client client(server.port());
    client.settings.host_key = HostKeyPolicy::ask;
    const auto refused = client.open();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::host_key);
    CHECK(has(refused.error().detail, "no terminal to ask on"));
}

TEST_CASE("a changed, revoked or only certified host key is refused before the password is sent") {
    SshServer server;
    Client client(server.port());
    client.settings.host_key = HostKeyPolicy::accept_new;
    const std::string own = server.known_hosts_line() + "\n";
    const std::string name = own.substr(0, own.find(' '));
    SUBCASE("changed") {
        client.trust("# first line\n" + name + " ssh-rsa " + base64_of_another_key() + "\n");
        const auto refused = client.open();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::host_key);
        CHECK(has(refused.error().detail, "has changed"));
        CHECK(has(refused.error().detail, "/known_hosts:2 has ssh-rsa SHA256:"));
        CHECK(has(refused.error().remedy, "ssh-keygen -f "));
        CHECK(has(refused.error().remedy, "-R '" + name + "'"));
    }
    SUBCASE("another type") {
        client.trust(name + " ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBtGyULkDrvtEoPeBZLKq4dTXcV9hOkQVbCNMbHrPp1R\n");
        const auto refused = client.open();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::host_key);
        CHECK(has(refused.error().detail, "/known_hosts:1 has ssh-ed25519"));
    }
    SUBCASE("revoked") {
        client.trust(own + "@revoked * " + server.key_type() + " " + server.key_base64() + "\n");
        const auto refused = client.open();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::host_key);
        CHECK(has(refused.error().detail, "is revoked by"));
        CHECK(has(refused.error().detail, "/known_hosts:2"));
    }
    SUBCASE("certified") {
        client.trust("@cert-authority * " + server.key_type() + " " + base64_of_another_key() + "\n");
        const auto refused = client.open();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::host_key);
        CHECK(has(refused.error().detail, "certificates cannot be checked here"));
        CHECK(has(refused.error().remedy, server.known_hosts_line()));
    }
    CHECK(server.passwords_received() == 0);
}

TEST_CASE("a wrong password is sent once, told to the credentials and shown nowhere") {
    SshServerSettings settings;
    settings.methods = SSH_AUTH_METHOD_PASSWORD | SSH_AUTH_METHOD_INTERACTIVE;
    settings.rounds = {{{"Password: ", false, "CANARY-login-1"}}};
    SUBCASE("and the device asks again") {}
    SUBCASE("and the device hangs up") { settings.hangs_up_on_wrong_password = true; }
    SshServer server(settings);
    Client client(server.port(), "CANARY-wrong");
    client.trust(server.known_hosts_line() + "\n");
    for (int i = 0; i < 2; ++i) {
        const auto refused = client.open();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::login);
        CHECK_FALSE(has(refused.error().message(), "CANARY"));
        if (i == 0)
            CHECK(has(refused.error().detail, "login refused by 127.0.0.1 port " + std::to_string(server.port()) +
                                                  " for user pix: "));
    }
    CHECK(client.credentials->was_refused());
    CHECK(server.passwords_received() == 1);
    CHECK(server.answers_received() == 0);
}

TEST_CASE("keyboard-interactive takes the password for one hidden question, and rounds without any") {
    SshServerSettings settings;
    settings.methods = SSH_AUTH_METHOD_INTERACTIVE;
    settings.rounds = {{}, {{"Password: ", false, "CANARY-login-1"}}, {}};
    SshServer server(settings);
    Client client(server);
    SUBCASE("right") {
        const auto transport = client.open();
        REQUIRE_MESSAGE(transport, (transport ? "" : transport.error().message()));
        CHECK(read_until(**transport, "pix> ") == "pix> ");
    }
    SUBCASE("wrong") {
        Client wrong(server.port(), "CANARY-wrong");
        wrong.trust(server.known_hosts_line() + "\n");
        const auto refused = wrong.open();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::login);
        CHECK(wrong.credentials->was_refused());
    }
    CHECK(server.answers_received() == 1);
}

TEST_CASE("what is asked besides the password needs a terminal") {
    SshServerSettings settings;
    settings.methods = SSH_AUTH_METHOD_INTERACTIVE;
    SUBCASE("a second question") {
        settings.rounds = {{{"Password: ", false, "CANARY-login-1"}}, {{"Code\x1b[2J: ", false, "123456"}}};
    }
    SUBCASE("two questions at once") {
        settings.rounds = {{{"Code\x1b[2J: ", true, "pix"}, {"Password: ", false, "CANARY-login-1"}}};
    }
    SUBCASE("after a password that was half of it") {
        settings.methods = SSH_AUTH_METHOD_PASSWORD;
        settings.password_is_half = true;
        settings.rounds = {{{"Code\x1b[2J: ", false, "123456"}}};
    }
    SshServer server(settings);
    Client client(server);
    const auto refused = client.open();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::login);
    CHECK(has(refused.error().detail, "\"Code?[2J:\" and there is no terminal to answer on"));
    CHECK_FALSE(client.credentials->was_refused());
}

TEST_CASE("a partial success goes on with what is left") {
    SshServerSettings settings;
    settings.password_is_half = true;
    settings.rounds = {{}};
    SshServer server(settings);
    Client client(server);
    const auto transport = client.open();
    REQUIRE_MESSAGE(transport, (transport ? "" : transport.error().message()));
    CHECK(server.passwords_received() == 1);
}

TEST_CASE("a device that wants no login at all is used as it is") {
    SshServerSettings settings;
    settings.lets_anyone_in = true;
    SshServer server(settings);
    Client client(server);
    REQUIRE(client.open());
    CHECK(server.passwords_received() == 0);
}

TEST_CASE("without any credential the error names what to set") {
    SshServer server;
    Client client(server.port(), "");
    client.trust(server.known_hosts_line() + "\n");
    const auto refused = client.open();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::login);
    CHECK(has(refused.error().message(), "env:VAR"));
    CHECK(server.passwords_received() == 0);
}

TEST_CASE("a terminal, shell or session that is not given is an error of its own") {
    SshServerSettings settings;
    std::string what;
    SUBCASE("session") {
        settings.refuses_session = true;
        what = "open a session";
    }
    SUBCASE("terminal") {
        settings.refuses_terminal = true;
        what = "give a terminal";
    }
    SUBCASE("shell") {
        settings.refuses_shell = true;
        what = "start a shell";
    }
    SshServer server(settings);
    Client client(server);
    const auto refused = client.open();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::unreachable);
    CHECK(has(refused.error().detail, "did not " + what));
}

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
    self = &server;
    Client client(server.port());

    const Watch watch;
    const auto late = client.open(Patience::within(milliseconds(400)));
    REQUIRE_FALSE(late);
    CHECK(late.error().kind == ErrorKind::timeout);
    CHECK(has(late.error().detail, "exchanging keys with 127.0.0.1 port "));
    CHECK(watch.is_within(milliseconds(400), seconds(3)));

    std::stop_source stop;
    auto running = std::async(std::launch::async, [&] { return client.open(Patience::within(seconds(60), stop.get_token())); });
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
    auto reading = std::async(std::launch::async, [&] { return (*transport)->read_some(buffer, Patience::within(seconds(60), stop.get_token())); });
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
    CHECK((*transport)->write("more", Patience::within(seconds(60), stop.get_token())).error().kind == ErrorKind::interrupted);
    const Watch watch;
    (*transport)->close();
    CHECK(watch.is_within(milliseconds(0), seconds(1)));
}

TEST_CASE("ssh_config of the folder names host, port and user; the target's own words win") {
    SshServer server;
    Client client(server.port());
    client.trust(server.known_hosts_line() + "\n");
    client.folder.write("config", "Host hq-pix\n  HostName 127.0.0.1\n  Port " + std::to_string(server.port()) +
                                      "\n  User pix\n  LogLevel DEBUG3\n");
    client.settings.target = {};
    client.settings.target.host = "hq-pix";
    SUBCASE("all from there") {
        auto transport = client.open();
        REQUIRE_MESSAGE(transport, (transport ? "" : transport.error().message()));
        CHECK((*transport)->facts().host == "127.0.0.1");
        CHECK((*transport)->facts().user == "pix");
        CHECK(ssh_get_log_level() == 0);
    }
    SUBCASE("another user") {
        client.settings.target.user = "ops";
        const auto refused = client.open();
        REQUIRE_FALSE(refused);
        CHECK(has(refused.error().detail, "for user ops: "));
    }
    SUBCASE("another port") {
        SshServer second;
        client.settings.target.port = second.port();
        const auto refused = client.open();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::host_key);
        CHECK(second.connections() == 1);
    }
    SUBCASE("another known_hosts") {
        client.folder.write("config", "Host hq-pix\n HostName 127.0.0.1\n Port " + std::to_string(server.port()) +
                                          "\n User pix\n UserKnownHostsFile " + client.folder.path().string() + "/own\n");
        CHECK(client.open().error().kind == ErrorKind::host_key);
        client.folder.write("own", server.known_hosts_line() + "\n");
        CHECK(client.open());
    }
    SUBCASE("a proxy is refused, nothing is contacted") {
        for (const std::string proxy : {"ProxyCommand nc %h %p", "ProxyJump ops@bastion.example"}) {
            client.folder.write("config", "Host hq-pix\n HostName 127.0.0.1\n " + proxy + "\n");
            const auto refused = client.open();
            REQUIRE_FALSE(refused);
            CHECK(refused.error().kind == ErrorKind::usage);
            CHECK(has(refused.error().remedy, "ProxyJump"));
        }
        CHECK(server.connections() == 0);
    }
    SUBCASE("a value libssh cannot use costs no descriptor") {
        client.folder.write("config", "Host hq-pix\n HostName 127.0.0.1\n Port " + std::to_string(server.port()) +
                                          "\n User pix\n IdentityFile ~/%Z\n");
        (void)client.open();
        const auto before = open_descriptors();
        const auto refused = client.open();
        REQUIRE_FALSE(refused);
        CHECK(has(refused.error().detail, "Couldn't apply options"));
        CHECK(comes_true([&] { return open_descriptors() <= before; }));
    }
}

TEST_CASE("sixteen sessions at once, each in its thread") {
    SshServer server;
    std::vector<std::future<std::string>> sessions;
    for (int i = 0; i < 16; ++i)
        sessions.push_back(std::async(std::launch::async, [&server, i] {
            Client client(server);
            auto transport = client.open(Patience::within(seconds(60)));
            if (!transport) return transport.error().message();
            if (auto written = (*transport)->write("line " + std::to_string(i) + "\r", Patience::within(seconds(30))); !written)
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
        (void)Client(server.port()).open();                               // unknown host key
        (void)client.open(Patience::within(milliseconds(1)));             // timeout
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
