// Logging in to the real OpenSSH server.

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <future>
#include <vector>

#include "collector/session/ssh/ssh_jump.hpp"
#include "tests/support/openssh_server.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/ssh_client.hpp"

using formats::ErrorKind;
using namespace support;

TEST_CASE("OpenSSH: a key of the folder opens a shell") {
    const TemporaryFolder folder;
    const auto server = OpensshServer::start(folder);
    if (!server) return;
    Client client(server->port(), "");
    client.trust(server->known_hosts());
    client.settings.target.user = "root";
    client.folder.write("id_ed25519", TemporaryFolder::read(folder.path() / "login_key"));
    client.folder.write("id_ed25519.pub", TemporaryFolder::read(folder.path() / "login_key.pub"));
    auto transport = client.open();
    REQUIRE_MESSAGE(transport, (transport ? "" : transport.error().message()));
    REQUIRE((*transport)->write("stty size; echo \"$TERM $((6 * 7))\"\n", Patience::within(seconds(5))));
    const auto seen = read_until(**transport, "dumb 42");
    CHECK(has(seen, "200 511"));
    CHECK(has((*transport)->facts().host_key, "ssh-ed25519 SHA256:"));
    CHECK(has((*transport)->facts().banner, "OpenSSH"));
    REQUIRE((*transport)->write("exit\n", Patience::within(seconds(5))));
    CHECK(has(read_error(**transport).detail, "the device ended the session"));
}

TEST_CASE("OpenSSH: a key named by IdentityFile, a device that takes no password") {
    const TemporaryFolder folder;
    const auto server = OpensshServer::start(folder);
    if (!server) return;
    Client client(server->port(), "");
    client.trust(server->known_hosts());
    client.settings.target.user = "root";
    const auto refused = client.open();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::login);
    CHECK(has(refused.error().detail, "it takes publickey"));
    CHECK(has(refused.error().remedy, "IdentityFile"));
    client.folder.write("config", "Host *\n IdentityFile " + (folder.path() / "login_key").string() + "\n");
    auto transport = client.open();
    REQUIRE_MESSAGE(transport, (transport ? "" : transport.error().message()));

    Client with_password(server->port());
    with_password.trust(server->known_hosts());
    with_password.settings.target.user = "root";
    const auto no_password = with_password.open();
    REQUIRE_FALSE(no_password);
    CHECK(has(no_password.error().detail, "it takes no password, only publickey"));
}

TEST_CASE("OpenSSH: a key that is known for one type of key only is asked for") {
    const TemporaryFolder folder;
    const auto server = OpensshServer::start(folder);
    if (!server) return;
    Client client(server->port(), "");
    client.settings.target.user = "root";
    client.folder.write("id_ed25519", TemporaryFolder::read(folder.path() / "login_key"));
    client.folder.write("id_ed25519.pub", TemporaryFolder::read(folder.path() / "login_key.pub"));
    const std::string rows = server->known_hosts();
    std::string rsa = rows.substr(rows.find('\n') + 1);
    SUBCASE("by the host's name") {}
    SUBCASE("by an alias") {
        client.folder.write("config", "HostKeyAlias gateway\n");
        rsa = "gateway" + rsa.substr(rsa.find(' '));
    }
    client.trust(rsa);
    auto transport = client.open();
    REQUIRE_MESSAGE(transport, (transport ? "" : transport.error().message()));
    CHECK(has((*transport)->facts().host_key, "ssh-rsa SHA256:"));
}

TEST_CASE("OpenSSH: a key that the server does not take is told from none, and from too many") {
    struct Row {
        const char *server, *config, *type;
        bool is_authorized;
        const char *detail, *remedy;
    };
    for (const Row& row : std::vector<Row>{
             {"", "", "ed25519", false, "it takes publickey, and no key that was offered", "put on the device"},
             {"PubkeyAcceptedAlgorithms ssh-rsa\n", "", "rsa", true, "no key that was offered", "legacy = true"},
             {"PubkeyAcceptedAlgorithms ecdsa-sha2-nistp256\n", "", "ed25519", true, "no key that was offered",
              "PubkeyAcceptedAlgorithms"},
             {"", "PubkeyAcceptedAlgorithms ecdsa-sha2-nistp256\n", "ed25519", true,
              "ssh_config lets no key be offered", "PubkeyAcceptedAlgorithms"},
             {"MaxAuthTries 1\n", "", "ed25519", false, "Too many authentication failures", "ssh-add -D"}}) {
        CAPTURE(row.server);
        const TemporaryFolder folder;
        const auto server = OpensshServer::start(folder, row.server);
        if (!server) return;
        Client client(server->port(), "");
        client.trust(server->known_hosts());
        client.settings.target.user = "root";
        client.folder.write("config", row.config);
        const std::string key = (client.folder.path() / ("id_" + std::string(row.type))).string();
        REQUIRE(run_program({"/usr/bin/ssh-keygen", "-q", "-t", row.type, "-N", "", "-f", key}) == 0);
        if (row.is_authorized) folder.write("login_key.pub", TemporaryFolder::read(key + ".pub"));
        // libssh 0.10 keeps the key that ssh_userauth_publickey_auto() was at when the server closed the session.
        const LeakOfLibrary kept;
        const auto opened = client.open();
        REQUIRE_FALSE(opened);
        CHECK(opened.error().kind == ErrorKind::login);
        CHECK_MESSAGE(has(opened.error().detail, row.detail), opened.error().message());
        CHECK_MESSAGE(has(opened.error().remedy, row.remedy), opened.error().message());
    }
}

TEST_CASE("OpenSSH: ssh-agent logs in, and a silent agent holds nothing up") {
    const TemporaryFolder folder;
    const auto server = OpensshServer::start(folder);
    if (!server) return;
    Client client(server->port(), "");
    client.trust(server->known_hosts());
    client.settings.target.user = "root";
    const std::string path = (folder.path() / "agent").string();
    SUBCASE("real") {
        const pid_t agent = support::start_program({"/usr/bin/ssh-agent", "-D", "-a", path});
        ::setenv("SSH_AUTH_SOCK", path.c_str(), 1);
        // Its socket is there a moment before it listens.
        CHECK(comes_true([&] {
            return support::run_program({"/usr/bin/ssh-add", (folder.path() / "login_key").string()}) == 0;
        }));
        auto transport = client.open();
        CHECK_MESSAGE(transport, (transport ? "" : transport.error().message()));
        support::end_program(agent);
    }
    SUBCASE("silent") {
        const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::copy(path.begin(), path.end(), address.sun_path);
        REQUIRE(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(::listen(listener, 4) == 0);
        ::setenv("SSH_AUTH_SOCK", path.c_str(), 1);
        const Watch watch;
        const auto late = client.open(Patience::within(seconds(2)));
        REQUIRE_FALSE(late);
        CHECK(late.error().kind == ErrorKind::timeout);
        CHECK(watch.is_within(seconds(2), seconds(6)));
        std::stop_source stop;
        auto running = std::async(std::launch::async,
                                  [&] { return client.open(Patience::within(seconds(60), stop.get_token())); });
        CHECK(running.wait_for(seconds(1)) == std::future_status::timeout);
        stop.request_stop();
        CHECK(running.get().error().kind == ErrorKind::interrupted);
        ::close(listener);
    }
    ::unsetenv("SSH_AUTH_SOCK");
}

TEST_CASE("OpenSSH: a bastion carries the bytes; host key, algorithms and password of the device are ours") {
    const TemporaryFolder folder;
    const auto bastion = OpensshServer::start(folder);
    if (!bastion) return;
    const SshServer device;
    Client client(device);
    client.settings.target.host = "behind";
    client.settings.target.port = 0;
    const std::string bastion_rows = folder.write("bastion_known_hosts", bastion->known_hosts());
    const auto through = [&](const std::string& host) {
        client.folder.write("config", "Host behind\n HostName " + host + "\n Port " + std::to_string(device.port()) +
                                          "\n ProxyCommand ssh -F none -o BatchMode=yes -o UserKnownHostsFile=" +
                                          bastion_rows + " -i " + (folder.path() / "login_key").string() + " -p " +
                                          std::to_string(bastion->port()) + " -W [%h]:%p root@127.0.0.1\n");
    };
    through("127.0.0.1");
    auto transport = client.open();
    REQUIRE_MESSAGE(transport, (transport ? "" : transport.error().message()));
    CHECK(device.connections() == 1);
    CHECK((*transport)->facts().user == "pix");
    (*transport)->close();

    // The device's key is looked up as if there were no bastion.
    client.trust("");
    CHECK(client.open().error().kind == ErrorKind::host_key);
    // What the bastion cannot reach is said with the way it was tried.
    through("192.0.2.1");
    const auto refused = client.open(Patience::within(seconds(2)));
    REQUIRE_FALSE(refused);
    CHECK(has(refused.error().message(), "through `ssh "));
}

TEST_CASE("ProxyJump: the hops are told from a ProxyCommand of the user's own") {
    using collector::hops_of;
    struct Row {
        std::string command;
        std::vector<std::string> hops;  // USER@HOST:PORT
    };
    for (const Row& row : std::vector<Row>{{"ssh -W '[%h]:%p' bastion", {"@bastion:0"}},
                                           {"ssh -l ops -p 2222 -W '[%h]:%p' bastion", {"ops@bastion:2222"}},
                                           {"ssh -l ops -J second,eve@third:22,[2001:db8::1]:2200 -W '[%h]:%p' first",
                                            {"ops@first:0", "@second:0", "eve@third:22", "@2001:db8::1:2200"}},
                                           {"", {}},
                                           {"ssh -W [%h]:%p bastion", {}},
                                           {"ssh -o BatchMode=yes -W '[%h]:%p' bastion", {}},
                                           {"ssh -W '[%h]:%p' bastion ; true", {}},
                                           {"nc %h %p", {}}}) {
        CAPTURE(row.command);
        std::vector<std::string> found;
        for (const auto& hop : hops_of(row.command))
            found.push_back(hop.user + "@" + hop.host + ":" + std::to_string(hop.port));
        CHECK(found == row.hops);
    }
}

TEST_CASE("OpenSSH: ProxyJump is a channel of our own, with a legacy device at its end and no ssh program") {
    const TemporaryFolder folder, second_folder;
    const auto bastion = OpensshServer::start(folder), second = OpensshServer::start(second_folder);
    if (!bastion || !second) return;
    SshServerSettings old;
    old.legacy = true;
    const SshServer device(old);
    Client client(device);
    client.settings.target.host = "behind";
    client.settings.target.port = 0;
    client.settings.legacy = true;
    const std::string rows = device.known_hosts_line() + "\n" + bastion->known_hosts() + second->known_hosts();
    client.trust(rows);
    const std::string path = ::getenv("PATH");
    ::setenv("PATH", "/nonexistent", 1);
    const auto host = [](const std::string& name, std::uint16_t port, const std::string& more) {
        return "Host " + name + "\n HostName 127.0.0.1\n Port " + std::to_string(port) + "\n" + more;
    };
    const std::string bastions =
        host("bastion", bastion->port(), " User root\n IdentityFile " + (folder.path() / "login_key").string() + "\n") +
        host("second", second->port(),
             " User root\n IdentityFile " + (second_folder.path() / "login_key").string() + "\n");
    const auto jump = [&](const std::string& through, const std::string& more = {}) {
        client.folder.write("config", host("behind", device.port(), " ProxyJump " + through + "\n") + bastions + more);
    };
    for (const std::string through : {"bastion", "bastion,second"}) {
        CAPTURE(through);
        jump(through);
        auto transport = client.open();
        REQUIRE_MESSAGE(transport, (transport ? "" : transport.error().message()));
        CHECK(has((*transport)->facts().algorithms, "diffie-hellman-group1-sha1"));
        CHECK((*transport)->facts().user == "pix");
        CHECK((*transport)->facts().local_address.empty());
        // More than the channel's window, so that one end waits for the other.
        REQUIRE((*transport)->write("flood\r", Patience::within(seconds(5))));
        REQUIRE((*transport)->write("size\r", Patience::within(seconds(5))));
        CHECK(has(read_until(**transport, "511"), "511"));
        (*transport)->close();
        CHECK(has(read_error(**transport).detail, "closed"));
    }
    CHECK(device.connections() == 2);

    // `Host *`: the bastion is not behind itself.
    client.folder.write("config", host("behind", device.port(), "") + bastions + "Host *\n ProxyJump bastion\n");
    auto everywhere = client.open();
    CHECK_MESSAGE(everywhere, (everywhere ? "" : everywhere.error().message()));

    // The password of the device is not offered to the bastion, which takes none of its keys.
    client.folder.write("config", host("behind", device.port(), " ProxyJump bastion\n") +
                                      host("bastion", bastion->port(), " User root\n"));
    const int sent = device.passwords_received();
    const auto refused = client.open();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::login);
    CHECK(has(refused.error().remedy, "bastion"));
    CHECK(device.passwords_received() == sent);

    // Nor to one that asks for passwords.
    const SshServer curious;
    client.trust(rows + curious.known_hosts_line() + "\n");
    client.folder.write("config", host("behind", device.port(), " ProxyJump bastion\n") +
                                      host("bastion", curious.port(), " User pix\n"));
    CHECK(client.open().error().kind == ErrorKind::login);
    CHECK(curious.connections() == 1);
    CHECK(curious.passwords_received() == 0);

    // Host keys: the bastion's and the device's are both looked up, each under its own name.
    jump("bastion");
    client.trust(device.known_hosts_line() + "\n");
    CHECK(client.open().error().kind == ErrorKind::host_key);
    client.trust(bastion->known_hosts());
    CHECK(client.open().error().kind == ErrorKind::host_key);
    client.trust(rows);

    // What the bastion cannot reach.
    client.folder.write("config", "Host behind\n HostName 127.0.0.1\n Port 1\n ProxyJump bastion\n" + bastions);
    const auto unreachable = client.open();
    REQUIRE_FALSE(unreachable);
    CHECK(unreachable.error().kind == ErrorKind::unreachable);
    CHECK(has(unreachable.error().detail, "did not connect to 127.0.0.1 port 1"));

    // A bastion that goes away, and a stop, end what waits at the far end.
    jump("bastion");
    auto cut = client.open();
    REQUIRE_MESSAGE(cut, (cut ? "" : cut.error().message()));
    (void)read_until(**cut, "pix> ");
    std::stop_source stop;
    auto reading = std::async(std::launch::async,
                              [&] { return read_error(**cut, Patience::within(seconds(60), stop.get_token())); });
    stop.request_stop();
    CHECK(reading.get().kind == ErrorKind::interrupted);
    cut->reset();
    ::setenv("PATH", path.c_str(), 1);
}

TEST_CASE(
    "OpenSSH: RekeyLimit renews the keys within an answer and within what is typed, of a device and of its bastion") {
    const TemporaryFolder folder;
    const auto server = OpensshServer::start(folder, "RekeyLimit 16K\n");
    if (!server) return;
    const std::string key = " User root\n IdentityFile " + (folder.path() / "login_key").string() + "\n";
    SUBCASE("the device") {
        Client client(server->port(), "");
        client.trust(server->known_hosts());
        client.folder.write("config", "Host *\n" + key);
        client.settings.target.user = "root";
        auto transport = client.open();
        REQUIRE_MESSAGE(transport, (transport ? "" : transport.error().message()));
        REQUIRE((*transport)
                    ->write("head -c 1000000 /dev/zero | tr '\\0' '#'; echo e''nd\n", Patience::within(seconds(5))));
        const auto seen = read_until(**transport, "end");
        CHECK(std::count(seen.begin(), seen.end(), '#') >= 1'000'000);
        REQUIRE((*transport)->write("stty -echo; cat | wc -c\n", Patience::within(seconds(5))));
        const std::string line = std::string(99, 'x') + "\n";
        for (int i = 0; i < 1000; ++i) REQUIRE((*transport)->write(line, Patience::within(seconds(5))));
        REQUIRE((*transport)->write("\x04", Patience::within(seconds(5))));
        CHECK(has(read_until(**transport, "100000"), "100000"));
    }
    SUBCASE("the bastion, and the device too") {
        SshServerSettings renewing;
        renewing.renews_keys_after = 20'000;
        const SshServer device(renewing);
        Client client(device);
        client.trust(device.known_hosts_line() + "\n" + server->known_hosts());
        client.settings.target.host = "behind";
        client.settings.target.port = 0;
        client.folder.write("config", "Host behind\n HostName 127.0.0.1\n Port " + std::to_string(device.port()) +
                                          "\n ProxyJump bastion\nHost bastion\n HostName 127.0.0.1\n Port " +
                                          std::to_string(server->port()) + "\n" + key);
        auto transport = client.open();
        REQUIRE_MESSAGE(transport, (transport ? "" : transport.error().message()));
        REQUIRE((*transport)->write("flood\r", Patience::within(seconds(5))));
        const auto seen = read_until(**transport, "end\r\n");
        CHECK(std::count(seen.begin(), seen.end(), '#') == 1 << 20);
    }
}
