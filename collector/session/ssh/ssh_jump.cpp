#include "collector/session/ssh/ssh_jump.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "formats/cisco/device_text.hpp"

namespace collector {

using formats::ErrorKind;
using formats::Result;

namespace {

constexpr std::size_t piece = 16'384;

/// Takes `option` and the word behind it off the front.
std::string_view take_option(std::string_view& text, std::string_view option) {
    if (!text.starts_with(option)) return {};
    text.remove_prefix(option.size());
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    return word;
}

unsigned port_of(std::string_view text) {
    const auto number = formats::number_of(text);
    return number && *number <= 65535 ? static_cast<unsigned>(*number) : 0;
}

/// [ssh://][USER@]HOST[:PORT], an IPv6 address in brackets.
Hop hop_of(std::string_view text) {
    Hop hop;
    constexpr std::string_view scheme = "ssh://";
    if (text.starts_with(scheme)) text.remove_prefix(scheme.size());
    if (const auto at = text.rfind('@'); at != std::string_view::npos) {
        hop.user = text.substr(0, at);
        text.remove_prefix(at + 1);
    }
    const auto bracket = text.find(']');
    const auto colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon != std::string_view::npos) {
        hop.port = port_of(text.substr(colon + 1));
        text = text.substr(0, colon);
    }
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    hop.host = text;
    return hop;
}

}  // namespace

std::vector<Hop> hops_of(std::string_view command) {
    constexpr std::string_view program = "ssh", forward = " -W '[%h]:%p' ";
    if (!command.starts_with(program)) return {};
    command.remove_prefix(program.size());
    Hop first;
    first.user = take_option(command, " -l ");
    first.port = port_of(take_option(command, " -p "));
    std::string_view further = take_option(command, " -J ");
    if (!command.starts_with(forward)) return {};
    first.host = command.substr(forward.size());
    if (first.host.empty() || first.host.find(' ') != std::string::npos) return {};
    std::vector<Hop> hops{std::move(first)};
    while (!further.empty()) {
        const auto comma = further.find(',');
        hops.push_back(hop_of(further.substr(0, comma)));
        further.remove_prefix(comma == std::string_view::npos ? further.size() : comma + 1);
    }
    return hops;
}

SshTunnel::SshTunnel(std::unique_ptr<SshLink> link, ssh_channel channel, Descriptor ours, Descriptor theirs)
    : link_(std::move(link)), channel_(channel), ours_(std::move(ours)), theirs_(std::move(theirs)) {
    carrier_ = std::thread([this, stopped = left_.fd()] { carry(stopped); });
}

Result<std::unique_ptr<SshTunnel>> SshTunnel::open(std::unique_ptr<SshLink> link, const std::string& host,
                                                   unsigned port, const Patience& patience) {
    const std::string there = host + " port " + std::to_string(port);
    const auto refused = [&] {
        return link->failure(
            ErrorKind::unreachable,
            "the bastion " + link->peer() + " did not connect to " + there + ": " + link->reason(),
            "Check that the bastion can reach it and allows forwarding (AllowTcpForwarding, PermitOpen).");
    };
    ssh_channel channel = ssh_channel_new(link->get());  // freed with its session
    if (channel == nullptr) return refused();
    // The originator is what the bastion logs; ours is not known behind a translation.
    const auto opened = link->drive("asking for " + there + " at", SSH_AGAIN, patience, [&] {
        return ssh_channel_open_forward(channel, host.c_str(), static_cast<int>(port), "127.0.0.1", 0);
    });
    if (!opened) {
        auto error = opened.error();
        if (error.kind == ErrorKind::disconnected) error.kind = ErrorKind::unreachable;
        return error;
    }
    if (*opened != SSH_OK) return refused();
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
        return formats::system_error(link->endpoint(), "making a socket for the bastion", errno);
    Descriptor ours(ends[0]), theirs(ends[1]);
    return std::unique_ptr<SshTunnel>(new SshTunnel(std::move(link), channel, std::move(ours), std::move(theirs)));
}

/// Until either end is gone, or stop. What waits to be taken by one end holds the other up, and nothing else.
void SshTunnel::carry(int stopped) {
    std::string inward, outward;  // to our end, to the bastion
    std::array<char, piece> buffer{};
    const int socket = theirs_.get();
    for (;;) {
        bool moved = false;
        if (inward.empty()) {
            const int n =
                ssh_channel_read_nonblocking(channel_, buffer.data(), static_cast<std::uint32_t>(buffer.size()), 0);
            if (n > 0)
                inward.assign(buffer.data(), static_cast<std::size_t>(n));
            else if ((n < 0 && n != SSH_AGAIN) || ssh_channel_is_eof(channel_) != 0 ||
                     ssh_channel_is_closed(channel_) != 0)
                break;
        }
        if (!inward.empty()) {
            const ssize_t n = ::send(socket, inward.data(), inward.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (n < 0 && errno != EAGAIN && errno != EINTR) break;
            if (n > 0) inward.erase(0, static_cast<std::size_t>(n));
            moved = n > 0;
        }
        if (outward.empty()) {
            const ssize_t n = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
            if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) break;
            if (n > 0) outward.assign(buffer.data(), static_cast<std::size_t>(n));
        }
        // Never more than there is room for: libssh 0.10 would wait for the rest without limit.
        const std::size_t room = link_->has_unsent() ? 0 : ssh_channel_window_size(channel_);
        if (!outward.empty() && room > 0) {
            const int n =
                ssh_channel_write(channel_, outward.data(), static_cast<std::uint32_t>(std::min(room, outward.size())));
            if (n < 0) break;
            outward.erase(0, static_cast<std::size_t>(n));
            moved = moved || n > 0;
        }
        if (ssh_blocking_flush(link_->get(), 0) == SSH_ERROR || link_->is_broken()) break;
        if (moved) continue;
        const auto from_bastion =
            static_cast<short>((inward.empty() ? POLLIN : 0) | (link_->has_unsent() ? POLLOUT : 0));
        const auto from_us = static_cast<short>((outward.empty() ? POLLIN : 0) | (inward.empty() ? 0 : POLLOUT));
        std::array<pollfd, 3> fds{
            {{ssh_get_fd(link_->get()), from_bastion, 0}, {socket, from_us, 0}, {stopped, POLLIN, 0}}};
        if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) break;
        if (fds[2].revents != 0) break;
    }
    ::shutdown(socket, SHUT_RDWR);  // whoever waits at our end sees it
}

SshTunnel::~SshTunnel() {
    ours_ = Descriptor();
    leaving_.request_stop();
    carrier_.join();
    link_->shut_down();
}

}  // namespace collector
