// Logging in to the real OpenSSH server.

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <future>

#include "tests/support/ssh_client.hpp"
#include "tests/support/openssh_server.hpp"

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
    client.trust(rows.substr(rows.find('\n') + 1));  // the RSA one
    auto transport = client.open();
    REQUIRE_MESSAGE(transport, (transport ? "" : transport.error().message()));
    CHECK(has((*transport)->facts().host_key, "ssh-rsa SHA256:"));
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
        CHECK(comes_true([&] { return support::run_program({"/usr/bin/ssh-add", (folder.path() / "login_key").string()}) == 0; }));
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
        auto running = std::async(std::launch::async, [&] { return client.open(Patience::within(seconds(60), stop.get_token())); });
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
                                          "\n ProxyCommand ssh -F none -o BatchMode=yes -o UserKnownHostsFile=" + bastion_rows + " -i " +
                                          (folder.path() / "login_key").string() + " -p " + std::to_string(bastion->port()) +
                                          " -W [%h]:%p root@127.0.0.1\n");
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
