#include "collector/session/ssh.hpp"

#include <libssh/callbacks.h>

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <vector>

#include "collector/session/child_process.hpp"
#include "collector/session/ssh_host_key.hpp"
#include "collector/session/ssh_jump.hpp"
#include "collector/session/ssh_link.hpp"
#include "collector/session/ssh_login.hpp"
#include "collector/session/ssh_options.hpp"
#include "collector/session/tcp_connect.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;
using namespace std::chrono_literals;

namespace {

constexpr int columns = 511, rows = 200;        // nothing wraps, and a pager comes late
constexpr std::size_t largest_write = 16'384;   // of one packet
constexpr std::size_t keep_received = 1'024;
constexpr int most_detours = 4;                 // of a bastion that is behind a bastion by its own ssh_config
constexpr milliseconds farewell = 100ms;        // for what is still to be sent at close()

/// Why the key exchange failed, in words that tell what to do.
Error explain(const SshLink& link, const SshSettings& settings, Error error) {
    if (error.kind != ErrorKind::disconnected) return error;
    const std::string reason = link.reason();
    const auto says = [&](const char* words) { return reason.find(words) != std::string::npos; };
    const char* banner = ssh_get_serverbanner(link.get());
    error.kind = ErrorKind::unreachable;
    if (says("No version of SSH protocol usable")) {
        error.detail = link.peer() + " speaks SSH version 1 only: " + reason;
        error.remedy = "Use telnet://, or a client that still has version 1: exec:\"plink -1 ...\".";
        return error;
    }
    error.detail = "no SSH session with " + link.peer() + ": " + reason;
    if (banner != nullptr) error.detail += " (" + printable(banner, 255) + ")";
    const auto& offer = link.offer();
    const std::string mismatch = offer ? nothing_in_common(*offer, offered_algorithms(settings.legacy)) : std::string();
    if (!mismatch.empty()) error.detail = link.peer() + " has no algorithm in common, " + printable(mismatch);
    if (!settings.legacy && (banner != nullptr || !mismatch.empty())) {
        // A device that finds nothing in common may just hang up, or sign with a key that is too short for us.
        error.remedy = "When it is an old device, allow what it needs: legacy = true (or ?legacy=yes).";
    } else if (!mismatch.empty() || says("no match for method")) {
        error.remedy = "Not even the legacy algorithms help: use telnet:// or exec: with a client that has them.";
    } else if (banner == nullptr) {
        error.remedy = "Check that this is the SSH port of the device and that it has a free session.";
    }
    return error;
}

}  // namespace

struct SshTransport::Connection {
    explicit Connection(const std::string& name) : endpoint(name), link(std::in_place, name) {}
    ~Connection() {
        link.reset();
        close_tunnels();
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// A proxy speaks to the device, and we to the proxy: keys, algorithms and known_hosts are ours as ever.
    Result<TcpConnection> connect_through(const std::string& command, const SshRoute& route) {
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
            return formats::system_error(endpoint, "making a socket for the proxy", errno);
        Descriptor ours(ends[0]);
        const Descriptor theirs(ends[1]);
        auto child = ChildProcess::start(endpoint, {"/bin/sh", "-c", "exec " + command}, {}, theirs.get());
        if (!child) return child.error();
        proxy.emplace(std::move(*child));
        ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);
        return TcpConnection{std::move(ours), route.host + " port " + std::to_string(route.port) + " through `" + printable(command, 200) + "`", {}};
    }

    /// To `route` by whatever way ssh_config names: directly, through a program, or from bastion to bastion. Each
    /// bastion is logged in to as itself: with keys, the agent or what is typed, never with what the device is sent.
    Result<TcpConnection> reach(const SshRoute& route, const SshSettings& settings, Credentials& credentials, Terminal& terminal,
                                LoginPatience& patience, int depth = 0) {
        if (!route.proxy.empty()) return connect_through(route.proxy, route);
        if (route.hops.empty() || depth == most_detours) return connect_tcp(endpoint, route.host, route.port, patience.now());
        std::optional<TcpConnection> way;
        std::string named;
        for (std::size_t i = 0; i < route.hops.size(); ++i) {
            const Hop& hop = route.hops[i];
            SshSettings own = settings;
            own.legacy = own.one_time_password = false;
            own.target = {};
            own.target.host = hop.host;
            own.target.user = hop.user;
            own.target.port = static_cast<std::uint16_t>(hop.port);
            auto bastion = std::make_unique<SshLink>(endpoint);
            auto own_route = apply_ssh_options(*bastion, own);
            if (!own_route) return own_route.error();
            const bool is_itself = own_route->host == route.host && own_route->port == route.port;
            if (is_itself) continue;  // `Host *` with a ProxyJump: the bastion is not behind itself
            if (!way) {
                auto first = reach(*own_route, own, credentials, terminal, patience, depth + 1);
                if (!first) return first;
                way = std::move(*first);
            }
            if (auto shaken = bastion->shake_hands(std::move(*way), patience.now()); !shaken) return explain(*bastion, own, shaken.error());
            if (auto key = check_host_key(*bastion, own, *own_route, terminal, patience); !key) return key.error();
            named += (named.empty() ? "" : ", ") + bastion->peer();
            if (auto in = log_in(*bastion, own, *own_route, credentials.of_bastion(own_route->user + "@" + bastion->peer()), terminal, patience); !in) {
                Error error = in.error();
                if (error.kind == ErrorKind::login) error.remedy = "A bastion is logged in to with a key or the agent, or on a terminal; not with password-from.";
                return error;
            }
            std::string host = route.host;
            unsigned port = route.port;
            if (i + 1 < route.hops.size()) {
                SshLink asked(endpoint);
                own.target.host = route.hops[i + 1].host;
                own.target.user = route.hops[i + 1].user;
                own.target.port = static_cast<std::uint16_t>(route.hops[i + 1].port);
                const auto next = apply_ssh_options(asked, own);
                if (!next) return next.error();
                host = next->host;
                port = next->port;
            }
            auto tunnel = SshTunnel::open(std::move(bastion), host, port, patience.now());
            if (!tunnel) return tunnel.error();
            std::string peer = host;
            peer.append(" port ").append(std::to_string(port)).append(" through ").append(named);
            way = TcpConnection{(*tunnel)->take_socket(), std::move(peer), {}};
            tunnels.push_back(std::move(*tunnel));
        }
        if (!way) return connect_tcp(endpoint, route.host, route.port, patience.now());
        return std::move(*way);
    }

    /// The last tunnel runs inside those before it.
    void close_tunnels() noexcept {
        while (!tunnels.empty()) tunnels.pop_back();
    }

    Result<void> open_terminal(const Patience& patience) {
        channel = ssh_channel_new(link->get());
        if (channel == nullptr) return refused("open a session");
        ssh_callbacks_init(&callbacks);
        callbacks.userdata = this;
        callbacks.channel_data_function = &take_in;
        if (ssh_set_channel_callbacks(channel, &callbacks) != SSH_OK) return refused("open a session");
        // Separate statements: each is a request of its own, with an answer of its own.
        const auto opened = link->drive("opening a session on", SSH_AGAIN, patience,
                                       [this] { return ssh_channel_open_session(channel); });
        if (!opened) return lost(opened.error());
        if (*opened != SSH_OK) return refused("open a session");
        const auto sized = link->drive("asking for a terminal on", SSH_AGAIN, patience, [this] {
            return ssh_channel_request_pty_size(channel, "dumb", columns, rows);
        });
        if (!sized) return lost(sized.error());
        if (*sized != SSH_OK) return refused("give a terminal");
        const auto started = link->drive("starting the shell of", SSH_AGAIN, patience,
                                        [this] { return ssh_channel_request_shell(channel); });
        if (!started) return lost(started.error());
        if (*started != SSH_OK) return refused("start a shell");
        return {};
    }

    Error refused(const std::string& what) const {
        return link->failure(ErrorKind::unreachable, link->peer() + " did not " + what + ": " + link->reason(),
                            "It may have no free session: see its list of sessions.");
    }

    /// The documented errors of open() have no "disconnected".
    static Error lost(Error error) {
        if (error.kind == ErrorKind::disconnected) error.kind = ErrorKind::unreachable;
        return error;
    }

    /// Called by libssh, inside its calls and so on their thread, with what has come on either stream: a device
    /// that uses the error stream of its terminal means it for the terminal all the same. Asking for one stream
    /// and then the other would leave what came for the first while the second was asked lying in libssh,
    /// where poll() does not see it.
    static int take_in(ssh_session, ssh_channel, void* data, std::uint32_t size, int, void* self) noexcept {
        static_cast<Connection*>(self)->received.append(static_cast<const char*>(data), size);
        return static_cast<int>(size);
    }

    bool has_ended() const { return ssh_channel_is_eof(channel) != 0 || ssh_channel_is_closed(channel) != 0; }

    Error closed() const { return {ErrorKind::disconnected, endpoint, "the session was closed", {}}; }

    Error gone() const {
        const char* message = ssh_get_disconnect_message(link->get());
        std::string reason = message != nullptr ? printable(message) : link->reason();
        if (has_ended()) reason = "the device ended the session";
        return link->failure(ErrorKind::disconnected, "session with " + link->peer() + " lost: " + reason);
    }

    std::string endpoint;
    std::optional<ChildProcess> proxy;  // outlives the link, as the tunnels do
    std::vector<std::unique_ptr<SshTunnel>> tunnels;
    std::optional<SshLink> link;        // until close()
    ssh_channel channel = nullptr;
    ssh_channel_callbacks_struct callbacks{};
    std::string received;  // and not yet read; what one call of libssh takes from the socket
    SshFacts facts;
};

SshTransport::SshTransport(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

SshTransport::~SshTransport() { SshTransport::close(); }

const SshFacts& SshTransport::facts() const { return connection_->facts; }

Result<std::unique_ptr<SshTransport>> SshTransport::open(const SshSettings& settings, Credentials& credentials,
                                                         Terminal& terminal, const Patience& patience) {
    // 1. Where to, by the target and ssh_config.
    auto connection = std::make_unique<Connection>(settings.endpoint);
    SshLink& link = *connection->link;
    auto route = apply_ssh_options(link, settings);
    if (!route) return route.error();

    // 2. TCP, then keys: the fast refusals come first.
    LoginPatience login_patience(patience);
    auto tcp = connection->reach(*route, settings, credentials, terminal, login_patience);
    if (!tcp) return tcp.error();
    SshFacts facts;
    facts.user = route->user;
    facts.host = route->host;
    facts.port = route->port;
    facts.local_address = tcp->local_address;
    if (auto shaken = link.shake_hands(std::move(*tcp), login_patience.now()); !shaken)
        return explain(link, settings, shaken.error());
    if (const char* banner = ssh_get_serverbanner(link.get())) facts.banner = printable(banner, 255);
    facts.algorithms = algorithms_of(link);

    // 3. Nothing secret is sent before the device is known to be itself.
    auto key = check_host_key(link, settings, *route, terminal, login_patience);
    if (!key) return key.error();
    facts.host_key = *key;

    // 4. Log in, and get a terminal with a shell.
    if (auto in = log_in(link, settings, *route, credentials, terminal, login_patience); !in) return in.error();
    if (auto opened = connection->open_terminal(login_patience.now()); !opened) return opened.error();
    connection->facts = std::move(facts);
    return std::unique_ptr<SshTransport>(new SshTransport(std::move(connection)));
}

Result<std::size_t> SshTransport::read_some(std::span<char> into, const Patience& patience) {
    if (!connection_->link) return connection_->closed();
    SshLink& link = *connection_->link;
    std::string& received = connection_->received;
    for (;;) {
        if (received.empty() && ssh_channel_poll(connection_->channel, 0) == SSH_ERROR && received.empty()) return connection_->gone();
        if (!received.empty()) {
            const std::size_t size = received.copy(into.data(), into.size());
            received.erase(0, size);
            // Room for a whole configuration is not kept through the pauses of hundreds of sessions.
            if (received.empty() && received.capacity() > keep_received) std::string().swap(received);
            return size;
        }
        if (connection_->has_ended()) return connection_->gone();
        if (auto waited = link.wait("reading from", patience); !waited) {
            if (waited.error().kind == ErrorKind::disconnected) return connection_->gone();
            return waited.error();
        }
    }
}

Result<void> SshTransport::write(std::string_view bytes, const Patience& patience) {
    if (!connection_->link) return connection_->closed();
    SshLink& link = *connection_->link;
    while (!bytes.empty() || link.has_unsent()) {
        if (link.is_broken() || connection_->has_ended()) return connection_->gone();
        // Never more than the device has room for: libssh 0.10 would wait for the rest without limit.
        const std::size_t room = ssh_channel_window_size(connection_->channel);
        const auto size = static_cast<std::uint32_t>(std::min({bytes.size(), room, largest_write}));
        if (size > 0 && !link.has_unsent()) {
            const int n = ssh_channel_write(connection_->channel, bytes.data(), size);
            if (n < 0) return connection_->gone();
            bytes.remove_prefix(static_cast<std::size_t>(n));
            if (n > 0) continue;
        }
        if (ssh_blocking_flush(link.get(), 0) == SSH_ERROR) return connection_->gone();
        if (bytes.empty() && !link.has_unsent()) break;
        if (auto waited = link.wait("writing to", patience); !waited) {
            if (waited.error().kind == ErrorKind::disconnected) return connection_->gone();
            return waited;
        }
    }
    return {};
}

void SshTransport::close() noexcept {
    if (!connection_->link) return;
    SshLink& link = *connection_->link;
    // A peer that takes nothing any more gets no farewell, and the socket none of our time.
    if (link.has_unsent() || link.is_broken()) link.shut_down();
    if (connection_->channel != nullptr && !link.is_broken()) {
        ssh_channel_close(connection_->channel);
        const Patience patience = Patience::within(farewell);
        while (link.has_unsent() && ssh_blocking_flush(link.get(), 0) == SSH_AGAIN && link.wait("leaving", patience)) {
        }
    }
    link.shut_down();
    connection_->channel = nullptr;  // goes with the session
    connection_->link.reset();
    connection_->close_tunnels();
    connection_->proxy.reset();
}

}  // namespace collector
