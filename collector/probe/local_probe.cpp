#include "collector/probe/local_probe.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "collector/session/transport/tcp_connect.hpp"
#include "collector/system/command_words.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::ProbeSpec;
using formats::Result;

namespace {

constexpr milliseconds answer_limit{1'000};
constexpr std::string_view payload = "tacbundle probe";

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

/// An address in figures, which the incident has checked.
std::optional<Address> address_of(const std::string& text, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_DGRAM;
    addrinfo* list = nullptr;
    if (::getaddrinfo(text.c_str(), std::to_string(port).c_str(), &hints, &list) != 0) return std::nullopt;
    Address address;
    address.size = list->ai_addrlen;
    std::memcpy(&address.storage, list->ai_addr, list->ai_addrlen);
    ::freeaddrinfo(list);
    return address;
}

Error failed(const std::string& doing, int number) {
    Error error = formats::system_error("this machine", doing, number);
    if (number == EADDRNOTAVAIL) error.detail += ": the probe's source is no address of this machine";
    return error;
}

/// A socket of `type` from the probe's source, connected to its destination as far as that goes at once.
Result<Descriptor> open_socket(const ProbeSpec& probe, int type, int protocol) {
    const auto to = address_of(probe.to, probe.port);
    if (!to) return Error{ErrorKind::usage, "probe", probe.to + " is no address", {}};
    Descriptor socket(::socket(to->storage.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
    if (socket.get() < 0) return failed("opening a socket", errno);
    if (!probe.source.empty()) {
        const auto source = address_of(probe.source, 0);
        if (!source || ::bind(socket.get(), source->get(), source->size) != 0)
            return failed("sending from " + probe.source, errno);
    }
    if (::connect(socket.get(), to->get(), to->size) != 0 && errno != EINPROGRESS && errno != ECONNREFUSED)
        return failed("sending to " + probe.to, errno);
    return socket;
}

/// What `ping` makes of it, where this system gives no ping socket (net.ipv4.ping_group_range), and for IPv6.
Result<ProbeAnswer> run_ping(const ProbeSpec& probe, const Patience& patience) {
    std::vector<std::string> words{"ping", "-n", "-q", "-c", "1", "-W", "1"};
    if (!probe.source.empty()) words.insert(words.end(), {"-I", probe.source});
    words.push_back(probe.to);
    const auto arguments = argument_vector(words);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    for (const int fd : {0, 1, 2}) ::posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    pid_t child = -1;
    const int spawned = ::posix_spawnp(&child, "ping", &actions, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (spawned != 0) return failed("this system gives no ping socket, and running ping", spawned);
    const Descriptor over(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
    // `ping` ends by itself a second after its packet; a closing window does not wait for it.
    if (const auto ready = wait_for(over.get(), patience.at_most(2 * answer_limit)); !ready || *ready != Ready::ready)
        ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return ProbeAnswer{true, "an echo reply, by ping\n"};
    if (WIFEXITED(status) && WEXITSTATUS(status) == 1) return ProbeAnswer{false, ""};
    return Error{ErrorKind::io, "this machine", "ping could not send", "see `ping " + probe.to + "`"};
}

/// The descriptor is readable (or writable) in time; false: a second without an answer.
Result<bool> comes(const Descriptor& socket, const Patience& patience, bool for_writing) {
    const auto ready = wait_for(socket.get(), patience.at_most(answer_limit), for_writing);
    if (!ready) return ready.error();
    if (*ready == Ready::stopped) return Error{ErrorKind::interrupted, "this machine", "the window closed", {}};
    return *ready == Ready::ready;
}

Result<ProbeAnswer> send_echo(const ProbeSpec& probe, std::uint16_t sequence, const Patience& patience) {
    const bool is_given = Descriptor(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP)).get() >= 0;
    if (!is_given || probe.to.find(':') != std::string::npos) return run_ping(probe, patience);
    const auto socket = open_socket(probe, SOCK_DGRAM, IPPROTO_ICMP);
    if (!socket) return socket.error();
    std::array<char, sizeof(icmphdr) + payload.size()> packet{};
    icmphdr header{};
    header.type = ICMP_ECHO;  // the kernel fills in identifier and checksum
    header.un.echo.sequence = htons(sequence);
    std::memcpy(packet.data(), &header, sizeof header);
    payload.copy(packet.data() + sizeof header, payload.size());
    if (::send(socket->get(), packet.data(), packet.size(), 0) < 0) return failed("sending an echo request", errno);
    for (;;) {
        const auto came = comes(*socket, patience, false);
        if (!came) return came.error();
        if (!*came) return ProbeAnswer{false, ""};
        const auto size = ::recv(socket->get(), packet.data(), packet.size(), 0);
        if (size < 0) return ProbeAnswer{false, std::string(std::strerror(errno)) + "\n"};
        std::memcpy(&header, packet.data(), sizeof header);
        // A late reply to the echo before is none to this.
        if (header.type == ICMP_ECHOREPLY && header.un.echo.sequence == htons(sequence))
            return ProbeAnswer{true, "an echo reply\n"};
    }
}

Result<ProbeAnswer> connect_once(const ProbeSpec& probe, const Patience& patience) {
    const auto socket = open_socket(probe, SOCK_STREAM, IPPROTO_TCP);
    if (!socket) return socket.error();
    const auto came = comes(*socket, patience, true);
    if (!came) return came.error();
    if (!*came) return ProbeAnswer{false, ""};
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket->get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error == 0) return ProbeAnswer{true, "connected\n"};
    // A reset is an answer from the other end; a gateway's unreachable is not.
    return ProbeAnswer{error == ECONNREFUSED, std::string(std::strerror(error)) + "\n"};
}

Result<ProbeAnswer> send_datagram(const ProbeSpec& probe, const Patience& patience) {
    const auto socket = open_socket(probe, SOCK_DGRAM, IPPROTO_UDP);
    if (!socket) return socket.error();
    if (::send(socket->get(), payload.data(), payload.size(), 0) < 0) return failed("sending a datagram", errno);
    const auto came = comes(*socket, patience, false);
    if (!came) return came.error();
    if (!*came) return ProbeAnswer{false, ""};
    std::array<char, 512> answer{};
    if (::recv(socket->get(), answer.data(), answer.size(), 0) >= 0) return ProbeAnswer{true, "a datagram\n"};
    return ProbeAnswer{errno == ECONNREFUSED, std::string(std::strerror(errno)) + "\n"};
}

}  // namespace

std::string LocalProbe::sends(const ProbeSpec& probe) const {
    const std::string from = probe.source.empty() ? "" : " from " + probe.source;
    switch (probe.kind) {
        case ProbeSpec::Kind::icmp: return "an ICMP echo" + from + " to " + probe.to;
        case ProbeSpec::Kind::tcp:
            return "a TCP connection" + from + " to " + probe.to + " port " + std::to_string(probe.port);
        case ProbeSpec::Kind::udp:
            return "a UDP datagram" + from + " to " + probe.to + " port " + std::to_string(probe.port);
    }
    return "";
}

Result<ProbeAnswer> LocalProbe::send(const ProbeSpec& probe, const Patience& patience) {
    switch (probe.kind) {
        case ProbeSpec::Kind::icmp: return send_echo(probe, ++sequence_, patience);
        case ProbeSpec::Kind::tcp: return connect_once(probe, patience);
        case ProbeSpec::Kind::udp: return send_datagram(probe, patience);
    }
    return ProbeAnswer{};
}

}  // namespace collector
