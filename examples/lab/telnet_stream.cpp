#include "examples/lab/telnet_stream.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "examples/lab/session_end.hpp"

namespace lab {
namespace {

constexpr unsigned char se = 240, sb = 250, will = 251, wont = 252, do_it = 253, dont = 254, iac = 255;
constexpr unsigned char echo = 1, suppress_go_ahead = 3;

std::string bytes_of(std::initializer_list<unsigned char> bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

TelnetStream::TelnetStream(int socket, World& world, Device& device, std::shared_ptr<Session> session)
    : socket_(socket), wake_(session->wake), world_(world), device_(device), session_(std::move(session)) {}

TelnetStream::~TelnetStream() {
    if (leave_session(world_, device_, *session_)) close_with_reset(socket_);
    ::close(socket_);
}

bool TelnetStream::open_terminal() { return send_all(bytes_of({iac, will, echo, iac, will, suppress_go_ahead})); }

void TelnetStream::drain_wake() const {
    std::uint64_t count = 0;
    while (::read(wake_, &count, sizeof count) > 0) {
    }
}

long TelnetStream::read_some(std::span<char> into, std::chrono::milliseconds limit) {
    std::array<pollfd, 2> waits{{{socket_, POLLIN, 0}, {wake_, POLLIN, 0}}};
    if (::poll(waits.data(), waits.size(), static_cast<int>(limit.count())) <= 0) return 0;
    if ((waits[1].revents & POLLIN) != 0) drain_wake();
    if (waits[0].revents == 0) return 0;
    std::array<char, 512> bytes{};
    const auto count = ::recv(socket_, bytes.data(), std::min(bytes.size(), into.size()), 0);
    if (count <= 0) return -1;
    return take(std::span(bytes).first(static_cast<std::size_t>(count)), into);
}

/// Never gives more bytes than it is given.
long TelnetStream::take(std::span<const char> bytes, std::span<char> into) {
    long kept = 0;
    const auto keep = [&](char c) { into[static_cast<std::size_t>(kept++)] = c; };
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        switch (state_) {
            case State::after_cr:
                state_ = State::text;
                if (c == '\0' || c == '\n') break;
                [[fallthrough]];
            case State::text:
                if (byte == iac) {
                    state_ = State::command;
                } else {
                    keep(c);
                    if (c == '\r') state_ = State::after_cr;
                }
                break;
            case State::command:
                state_ = State::text;
                if (byte == iac) keep(c);
                if (byte == sb) state_ = State::subnegotiation;
                if (byte >= will && byte < iac) {
                    asked_ = byte;
                    state_ = State::option;
                }
                break;
            case State::option:
                state_ = State::text;
                // Ours are agreed on; everything else is declined.
                if (byte == echo || byte == suppress_go_ahead) break;
                if (asked_ == will) send_all(bytes_of({iac, dont, byte}));
                if (asked_ == do_it) send_all(bytes_of({iac, wont, byte}));
                break;
            case State::subnegotiation:
                if (byte == iac) state_ = State::subnegotiation_command;
                break;
            case State::subnegotiation_command: state_ = byte == se ? State::text : State::subnegotiation; break;
        }
    }
    return kept;
}

bool TelnetStream::send_all(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

bool TelnetStream::write(std::string_view bytes) {
    std::string doubled;
    for (const char c : bytes) {
        doubled += c;
        if (static_cast<unsigned char>(c) == iac) doubled += c;
    }
    return send_all(doubled);
}

void TelnetStream::sleep(std::chrono::milliseconds limit) {
    pollfd wait{wake_, POLLIN, 0};
    ::poll(&wait, 1, static_cast<int>(limit.count()));
    drain_wake();
}

}  // namespace lab
