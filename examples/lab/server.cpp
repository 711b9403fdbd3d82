#include "examples/lab/server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "examples/lab/ssh_stream.hpp"
#include "examples/lab/telnet_stream.hpp"

namespace lab {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

/// Two keys: the announced one, and one for the fault wrong-hostkey.
struct Server::Keys {
    std::array<ssh_bind, 2> binds{};
    std::string public_key;

    ~Keys() {
        for (auto* bind : binds)
            if (bind != nullptr) ssh_bind_free(bind);
    }

    Result<void> make(const Platform& platform) {
        for (auto& bind : binds) {
            ssh_key key = nullptr;
            if (ssh_pki_generate(SSH_KEYTYPE_RSA, platform.host_key_bits, &key) != SSH_OK)
                return Error{ErrorKind::internal, platform.name, "making a host key", ""};
            if (public_key.empty()) {
                char* base64 = nullptr;
                if (ssh_pki_export_pubkey_base64(key, &base64) != SSH_OK) return Error{};
                public_key = base64;
                ssh_string_free_char(base64);
            }
            bind = ssh_bind_new();
            const bool no_configuration_files = false;
            const auto set = [&](ssh_bind_options_e option, const std::string& value) {
                return ssh_bind_options_set(bind, option, value.c_str()) == SSH_OK;
            };
            const bool ok =
                ssh_bind_options_set(bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no_configuration_files) == SSH_OK &&
                set(SSH_BIND_OPTIONS_BANNER, platform.ident) &&
                set(SSH_BIND_OPTIONS_KEY_EXCHANGE, platform.key_exchange) &&
                set(SSH_BIND_OPTIONS_HOSTKEY_ALGORITHMS, "ssh-rsa") &&
                set(SSH_BIND_OPTIONS_CIPHERS_C_S, platform.ciphers) &&
                set(SSH_BIND_OPTIONS_CIPHERS_S_C, platform.ciphers) && set(SSH_BIND_OPTIONS_HMAC_C_S, platform.macs) &&
                set(SSH_BIND_OPTIONS_HMAC_S_C, platform.macs) &&
                // The bind owns the key from here on.
                ssh_bind_options_set(bind, SSH_BIND_OPTIONS_IMPORT_KEY, key) == SSH_OK;
            if (!ok) return Error{ErrorKind::internal, platform.name, ssh_get_error(bind), ""};
        }
        return {};
    }
};

Server::Server(World& world, Device& device, Replay replay, bool one_byte)
    : world_(world),
      device_(device),
      replay_(std::move(replay)),
      one_byte_(one_byte),
      keys_(std::make_unique<Keys>()) {}

Result<std::unique_ptr<Server>> Server::start(World& world, Device& device, int port, Replay replay, bool one_byte) {
    std::unique_ptr<Server> server(new Server(world, device, std::move(replay), one_byte));
    if (auto ready = server->prepare(port); !ready) return ready.error();
    server->acceptor_ = std::thread([raw = server.get()] { raw->accept_loop(); });
    return server;
}

Result<void> Server::prepare(int port) {
    if (!device_.platform().telnet)
        if (auto made = keys_->make(device_.platform()); !made) return made;
    port_ = port;
    auto reserved = bind_port();
    if (!reserved) return reserved.error();
    reserved_ = *reserved;
    return listen();
}

/// A socket that has the port. Several may, as long as none but the one that is bound last listens.
Result<int> Server::bind_port() {
    const auto failed = [&](std::string_view doing, int socket) {
        auto error = formats::system_error("127.0.0.1:" + std::to_string(port_), doing, errno);
        if (socket >= 0) ::close(socket);
        return error;
    };
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket < 0) return failed("making a socket", socket);
    const int on = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket, raw, sizeof address) != 0) return failed("binding", socket);
    socklen_t size = sizeof address;
    if (::getsockname(socket, raw, &size) != 0) return failed("reading the port", socket);
    port_ = ntohs(address.sin_port);
    return socket;
}

Result<void> Server::listen() {
    const auto bound = bind_port();
    if (!bound) return bound.error();
    listener_ = *bound;
    if (::listen(listener_, 32) != 0)
        return formats::system_error("127.0.0.1:" + std::to_string(port_), "listening", errno);
    return {};
}

std::string Server::known_hosts_line() const {
    if (device_.platform().telnet) return "";
    return "[127.0.0.1]:" + std::to_string(port_) + " ssh-rsa " + keys_->public_key;
}

void Server::accept_loop() {
    while (!stopping_) {
        bool listening = false;
        {
            const std::lock_guard lock(world_.mutex);
            listening = device_.listening();
        }
        if (!listening && listener_ >= 0) {
            ::close(listener_);
            listener_ = -1;
        } else if (listening && listener_ < 0) {
            if (auto opened = listen(); !opened) {
                const std::lock_guard lock(world_.mutex);
                device_.log(nullptr, "defect", JsonObject().add("text", opened.error().message()));
            }
        }
        std::array<pollfd, 2> waits{{{device_.listener_wake(), POLLIN, 0}, {listener_, POLLIN, 0}}};
        // poll() passes over a negative descriptor.
        ::poll(waits.data(), waits.size(), -1);
        if ((waits[0].revents & POLLIN) != 0) {
            std::uint64_t count = 0;
            [[maybe_unused]] const auto drained = ::read(device_.listener_wake(), &count, sizeof count);
        } else if ((waits[1].revents & POLLIN) != 0) {
            accept_one();
        }
        join_finished(false);
    }
}

void Server::accept_one() {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::shared_ptr<Session> session;
    bool wrong_key = false;
    {
        const std::lock_guard lock(world_.mutex);
        std::string client = "127.0.0.1";
        if (device_.faults().on("operator-inside-vpn")) {
            const auto slots = world_.tunnel->slots(world_.side_of(device_));
            const auto& network = slots.at("remote-network");
            client = network.substr(0, network.rfind('.')) + ".77";
        }
        session = device_.open_session(client, socket);
        wrong_key = device_.faults().on("wrong-hostkey");
    }
    std::unique_ptr<Connection> connection;
    if (session) connection = connect(socket, session, wrong_key);
    if (!connection) {
        if (session) {
            const std::lock_guard lock(world_.mutex);
            session->socket = -1;
            device_.close_session(*session, "not accepted");
        }
        ::close(socket);
        return;
    }
    Slot& slot = connections_.emplace_back();
    slot.thread = std::thread([this, raw = connection.release(), session, &slot] {
        {
            const std::unique_ptr<Connection> owned(raw);
            if (owned->open_terminal()) {
                Terminal terminal(*owned, world_, device_, session, one_byte_);
                Dialogue(terminal, world_, device_, session, replay_).run();
            }
        }
        slot.done = true;
        wake(device_.listener_wake());
    });
}

std::unique_ptr<Connection> Server::connect(int socket, const std::shared_ptr<Session>& session, bool wrong_key) {
    if (device_.platform().telnet) return std::make_unique<TelnetStream>(socket, world_, device_, session);
    ssh_session connection = ssh_new();
    if (connection == nullptr) return nullptr;
    if (ssh_bind_accept_fd(keys_->binds[wrong_key ? 1 : 0], connection, socket) != SSH_OK) {
        ssh_free(connection);
        return nullptr;
    }
    return std::make_unique<SshStream>(connection, world_, device_, session);
}

void Server::join_finished(bool all) {
    for (auto slot = connections_.begin(); slot != connections_.end();) {
        if (!all && !slot->done) {
            ++slot;
            continue;
        }
        slot->thread.join();
        slot = connections_.erase(slot);
    }
}

Server::~Server() {
    stopping_ = true;
    wake(device_.listener_wake());
    if (acceptor_.joinable()) acceptor_.join();
    {
        const std::lock_guard lock(world_.mutex);
        const auto everybody = device_.sessions();
        for (const auto& session : everybody) device_.hang_up(*session, "lab stopped", false);
    }
    join_finished(true);
    for (const int socket : {listener_, reserved_})
        if (socket >= 0) ::close(socket);
}

}  // namespace lab
