#include "distance.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <list>
#include <stdexcept>
#include <string>

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

sockaddr_in loopback(unsigned port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
}

void send_at_once(int socket) {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

/// One direction of a connection.
struct Distance::Way {
    int from, to;
    std::deque<std::pair<Clock::time_point, std::string>> under_way{};  // an empty piece: the end
    bool has_ended = false;                                             // nothing more comes
    bool is_done = false;                                               // and all has gone

    void take(std::chrono::milliseconds delay) {
        std::array<char, 65536> piece{};
        const ssize_t n = ::recv(from, piece.data(), piece.size(), MSG_DONTWAIT);
        if (n < 0) return;
        has_ended = n == 0;
        under_way.emplace_back(Clock::now() + delay, std::string(piece.data(), static_cast<std::size_t>(n)));
    }
    void give() {
        while (!under_way.empty() && under_way.front().first <= Clock::now()) {
            std::string& piece = under_way.front().second;
            const ssize_t n = ::send(to, piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (n < 0 && errno == EAGAIN) return;
            if (piece.empty() || n < 0) is_done = true;
            if (n > 0) piece.erase(0, static_cast<std::size_t>(n));
            if (is_done) ::shutdown(to, SHUT_WR);
            if (piece.empty() || is_done) under_way.pop_front();
        }
    }
};

Distance::Distance(const std::vector<unsigned>& ports, std::chrono::milliseconds round_trip) : delay_(round_trip / 2) {
    for (std::size_t i = 0; i < ports.size(); ++i) {
        const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        sockaddr_in address = loopback(0);
        socklen_t size = sizeof address;
        auto* any = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listener, any, size) != 0 || ::listen(listener, 16) != 0 || ::getsockname(listener, any, &size) != 0)
            throw std::runtime_error("no listening socket on loopback");
        listeners_.push_back(listener);
        near_.push_back(ntohs(address.sin_port));
    }
    carrier_ = std::thread([this, ports] { carry(ports); });
}

Distance::~Distance() {
    ending_ = true;
    carrier_.join();
    for (const int listener : listeners_) ::close(listener);
}

void Distance::carry(const std::vector<unsigned>& far) {
    std::list<std::array<Way, 2>> connections;
    while (!ending_) {
        std::vector<pollfd> waits;
        for (const int listener : listeners_) waits.push_back({listener, POLLIN, 0});
        auto next = Clock::now() + 20ms;
        for (const auto& ways : connections)
            for (const Way& way : ways) {
                waits.push_back({way.has_ended ? -1 : way.from, POLLIN, 0});
                if (!way.under_way.empty())
                    next = std::min(next, std::max(way.under_way.front().first, Clock::now() + 1ms));
            }
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now());
        ::poll(waits.data(), waits.size(), static_cast<int>(std::max<long>(left.count(), 0)));
        std::size_t at = listeners_.size();
        for (auto& ways : connections)
            for (Way& way : ways) {
                if (waits[at++].revents != 0) way.take(delay_);
                way.give();
            }
        connections.remove_if([](const std::array<Way, 2>& ways) {
            if (!ways[0].is_done || !ways[1].is_done) return false;
            for (const Way& way : ways) ::close(way.from);
            return true;
        });
        for (std::size_t i = 0; i < listeners_.size(); ++i) {
            if (waits[i].revents == 0) continue;
            const int here = ::accept4(listeners_[i], nullptr, nullptr, SOCK_CLOEXEC);
            const int there = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            const sockaddr_in address = loopback(far[i]);
            if (here < 0 || ::connect(there, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
                ::close(here);
                ::close(there);
                continue;
            }
            send_at_once(here);
            send_at_once(there);
            connections.push_back({Way{here, there}, Way{there, here}});
        }
    }
    for (const auto& ways : connections)
        for (const Way& way : ways) ::close(way.from);
}
