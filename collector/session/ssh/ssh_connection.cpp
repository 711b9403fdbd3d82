#include "collector/session/ssh/ssh_connection.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "collector/session/ssh/ssh_host_key.hpp"
#include "collector/session/ssh/ssh_login.hpp"
#include "collector/session/transport/tcp_connect.hpp"
#include "formats/transcript/last_words.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;
using namespace std::chrono_literals;

namespace {

constexpr int most_detours = 4;           // of a bastion that is behind a bastion by its own ssh_config
constexpr milliseconds farewell = 100ms;  // for what is still to be sent at close()

/// Why the key exchange failed, in words that tell what to do.
Error explain(const SshLink& link, const SshSettings& settings, Error error) {
    const auto& words = link.words_before_banner();
    const std::string said = words.empty() ? "" : "; it said \"" + printable(words.back(), 255) + "\"";
    if (error.kind == ErrorKind::timeout) error.detail += said;
    if (error.kind != ErrorKind::disconnected) return error;
    const std::string reason = link.reason();
    const auto says = [&](const char* text) { return reason.find(text) != std::string::npos; };
    const char* banner = ssh_get_serverbanner(link.get());
    error.kind = ErrorKind::unreachable;
    if (says("No version of SSH protocol usable")) {
        error.detail = link.peer() + " speaks SSH version 1 only: " + reason;
        error.remedy = "Use telnet://, or a client that still has version 1: exec:\"plink -1 ...\".";
        return error;
    }
    error.detail = "no SSH session with " + link.peer() + ": " + reason + (banner == nullptr ? said : "");
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
        const auto what = formats::farewell_of(words, {});
        error.remedy = what ? std::string(formats::remedy_of(*what))
                            : "Check that this is the SSH port of the device and that it has a free session.";
    }
    return error;
}

}  // namespace

SshConnection::SshConnection(std::string endpoint) : endpoint_(std::move(endpoint)), link_(std::in_place, endpoint_) {}

SshConnection::~SshConnection() { close(); }

Result<std::unique_ptr<SshConnection>> SshConnection::open(const SshSettings& settings, Credentials& credentials,
                                                           Terminal& terminal, LoginPatience& patience) {
    // 1. Where to, by the target and ssh_config.
    auto connection = std::unique_ptr<SshConnection>(new SshConnection(settings.endpoint));
    SshLink& link = connection->link();
    auto route = apply_ssh_options(link, settings, patience.now());
    if (!route) return route.error();
    connection->facts_.way.stops.push_back(
        {{settings.target.user, settings.target.host, settings.target.port}, *route, {}, {}, {}, {}, {}});

    // 2. TCP, then keys: the fast refusals come first.
    auto tcp = connection->reach(*route, settings, credentials, terminal, patience);
    if (!tcp) return tcp.error();
    SshFacts& facts = connection->facts_;
    facts.user = route->user;
    facts.host = route->host;
    facts.port = route->port;
    facts.local_address = tcp->local_address;
    if (auto shaken = link.shake_hands(std::move(*tcp), patience.now()); !shaken)
        return explain(link, settings, shaken.error());
    if (const char* banner = ssh_get_serverbanner(link.get())) facts.banner = printable(banner, 255);
    facts.algorithms = algorithms_of(link);

    // 3. Nothing secret is sent before the device is known to be itself.
    auto key = check_host_key(link, settings, *route, terminal, patience);
    if (!key) return key.error();
    facts.host_key = *key;
    facts.way.stops.front().host_key = *key;
    note_agreement(link, facts.way.stops.front());

    if (auto in = log_in(link, settings, *route, credentials, terminal, patience); !in) return in.error();
    return connection;
}

/// A proxy speaks to the device, and we to the proxy: keys, algorithms and known_hosts are ours as ever.
Result<TcpConnection> SshConnection::connect_through(const std::string& command, const SshRoute& route) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return formats::system_error(endpoint_, "making a socket for the proxy", errno);
    Descriptor ours(ends[0]);
    const Descriptor theirs(ends[1]);
    auto child = ChildProcess::start(endpoint_, {"/bin/sh", "-c", "exec " + command}, {}, theirs.get());
    if (!child) return child.error();
    proxy_.emplace(std::move(*child));
    ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);
    return TcpConnection{
        std::move(ours),
        route.host + " port " + std::to_string(route.port) + " through `" + printable(command, 200) + "`",
        {}};
}

/// To `route` by whatever way ssh_config names: directly, through a program, or from bastion to bastion. Each
/// bastion is logged in to as itself: with keys, the agent or what is typed, never with what the device is sent.
Result<TcpConnection> SshConnection::reach(const SshRoute& route, const SshSettings& settings, Credentials& credentials,
                                           Terminal& terminal, LoginPatience& patience, int depth) {
    if (!route.proxy.empty()) return connect_through(route.proxy, route);
    if (route.hops.empty() || depth == most_detours)
        return connect_tcp(endpoint_, route.host, route.port, patience.now());
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
        auto bastion = std::make_unique<SshLink>(endpoint_);
        auto own_route = apply_ssh_options(*bastion, own, patience.now());
        if (!own_route) return own_route.error();
        SshStop stop{hop, *own_route, {}, {}, {}, {}, {}};
        const bool is_itself = own_route->host == route.host && own_route->port == route.port;
        if (is_itself) facts_.way.stops.push_back(stop);
        if (is_itself) continue;  // `Host *` with a ProxyJump: the bastion is not behind itself
        if (!way) {
            auto first = reach(*own_route, own, credentials, terminal, patience, depth + 1);
            if (!first) return first;
            way = std::move(*first);
        }
        if (auto shaken = bastion->shake_hands(std::move(*way), patience.now()); !shaken)
            return explain(*bastion, own, shaken.error());
        auto key = check_host_key(*bastion, own, *own_route, terminal, patience);
        if (!key) return key.error();
        stop.host_key = *key;
        note_agreement(*bastion, stop);
        facts_.way.stops.push_back(std::move(stop));
        named += (named.empty() ? "" : ", ") + bastion->peer();
        if (auto in = log_in(*bastion, own, *own_route, credentials.of_bastion(own_route->user + "@" + bastion->peer()),
                             terminal, patience);
            !in) {
            Error error = in.error();
            if (error.kind == ErrorKind::login)
                error.remedy =
                    "A bastion is logged in to with a key or the agent, or on a terminal; not with password-from.";
            return error;
        }
        std::string host = route.host;
        unsigned port = route.port;
        if (i + 1 < route.hops.size()) {
            SshLink asked(endpoint_);
            own.target.host = route.hops[i + 1].host;
            own.target.user = route.hops[i + 1].user;
            own.target.port = static_cast<std::uint16_t>(route.hops[i + 1].port);
            const auto next = apply_ssh_options(asked, own, patience.now());
            if (!next) return next.error();
            host = next->host;
            port = next->port;
        }
        auto tunnel = SshTunnel::open(std::move(bastion), host, port, patience.now());
        if (!tunnel) return tunnel.error();
        std::string peer = host;
        peer.append(" port ").append(std::to_string(port)).append(" through ").append(named);
        way = TcpConnection{(*tunnel)->take_socket(), std::move(peer), {}};
        tunnels_.push_back(std::move(*tunnel));
    }
    if (!way) return connect_tcp(endpoint_, route.host, route.port, patience.now());
    return std::move(*way);
}

SshChannel& SshConnection::new_channel() { return channels_.emplace_back(*link_); }

void SshConnection::close() noexcept {
    if (!link_) return;
    // A peer that takes nothing any more gets no farewell, and the socket none of our time.
    if (link_->has_unsent() || link_->is_broken()) link_->shut_down();
    bool said = false;
    for (SshChannel& channel : channels_)
        if (channel.get() != nullptr && !link_->is_broken() && ssh_channel_close(channel.get()) == SSH_OK) said = true;
    const Patience patience = Patience::within(farewell);
    while (said && link_->has_unsent() && ssh_blocking_flush(link_->get(), 0) == SSH_AGAIN &&
           link_->wait("leaving", patience)) {
    }
    link_->shut_down();
    link_.reset();
    channels_.clear();
    // The last tunnel runs inside those before it.
    while (!tunnels_.empty()) tunnels_.pop_back();
    proxy_.reset();
}

}  // namespace collector
