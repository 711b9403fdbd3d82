#include "collector/session/transport/tcp_connect.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace collector {
namespace {

using formats::Error;
using formats::ErrorKind;
using formats::Result;
using namespace std::chrono_literals;

constexpr milliseconds head_start = 1s;  // what an address gets before the next one is tried beside it

std::string text_of(int errno_value) { return std::generic_category().message(errno_value); }

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
    int family = AF_UNSPEC;
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

std::string numeric(const sockaddr* address, socklen_t size) {
    std::array<char, NI_MAXHOST> text{};
    if (getnameinfo(address, size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0) return "?";
    return text.data();
}

/// One question to the resolver. getaddrinfo can neither be given a deadline nor be woken: it runs in a
/// thread that nobody waits for, and the last of the two to leave cleans up.
struct Lookup {
    std::string host, service;
    int code = EAI_AGAIN, system_error = 0;
    std::vector<Address> addresses;
    std::atomic<bool> is_done{false};
    Descriptor done{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};

    void run(int flags) {
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        hints.ai_flags = flags;
        addrinfo* list = nullptr;
        code = getaddrinfo(host.c_str(), service.c_str(), &hints, &list);
        system_error = errno;
        if (code != 0) return;
        for (const addrinfo* each = list; each != nullptr; each = each->ai_next) {
            if (each->ai_addrlen > sizeof(sockaddr_storage)) continue;
            Address address;
            std::copy_n(reinterpret_cast<const char*>(each->ai_addr), each->ai_addrlen,
                        reinterpret_cast<char*>(&address.storage));
            address.size = each->ai_addrlen;
            address.family = each->ai_family;
            addresses.push_back(address);
        }
        freeaddrinfo(list);
    }

    void finish() {
        is_done = true;
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(done.get(), &one, sizeof one);
    }
};

Result<std::vector<Address>> resolve(const std::string& subject, const std::string& host, unsigned port,
                                     const Patience& patience) {
    const auto lookup = std::make_shared<Lookup>();
    lookup->host = host;
    lookup->service = std::to_string(port);
    lookup->run(AI_NUMERICHOST | AI_NUMERICSERV);
    if (lookup->code != 0) {
        if (lookup->done.get() < 0) return formats::system_error(subject, "looking up " + host, errno);
        try {
            std::thread([lookup] {
                lookup->run(AI_ADDRCONFIG | AI_NUMERICSERV);
                lookup->finish();
            }).detach();
        } catch (const std::system_error&) {
            // Without a thread the name service has its own time.
            lookup->run(AI_ADDRCONFIG | AI_NUMERICSERV);
            lookup->finish();
        }
        const auto ready = wait_for(lookup->done.get(), patience);
        if (!ready) return ready.error();
        if (*ready == Ready::stopped)
            return Error{ErrorKind::interrupted, subject, "interrupted while looking up " + host, {}};
        if (!lookup->is_done)
            return Error{ErrorKind::timeout, subject, "no answer from the name service about " + host,
                         "Give the address instead of the name, or check the name service."};
    }
    if (lookup->code != 0 || lookup->addresses.empty()) {
        const std::string reason =
            lookup->code == EAI_SYSTEM ? text_of(lookup->system_error) : gai_strerror(lookup->code);
        return Error{ErrorKind::unreachable, subject, "the name " + host + " was not resolved: " + reason,
                     "Check the name, or give the address."};
    }
    return std::move(lookup->addresses);
}

/// A peer that vanishes while nothing is sent is noticed after 5 + 3 x 2 s, one that no longer
/// acknowledges what was sent after 10 s. None of it is worth failing for.
void watch_over(int fd) {
    const auto set = [fd](int level, int name, int value) {
        [[maybe_unused]] const int result = setsockopt(fd, level, name, &value, sizeof value);
    };
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, 5);
    set(IPPROTO_TCP, TCP_KEEPINTVL, 2);
    set(IPPROTO_TCP, TCP_KEEPCNT, 3);
    set(IPPROTO_TCP, TCP_USER_TIMEOUT, 10'000);
    set(IPPROTO_TCP, TCP_NODELAY, 1);
}

/// The attempts at all addresses of one name.
class Race {
 public:
    Race(std::string subject, std::string where, std::vector<Address> addresses)
        : subject_(std::move(subject)), where_(std::move(where)), addresses_(std::move(addresses)) {}

    Result<Descriptor> run(const Patience& patience) {
        for (;;) {
            if (patience.is_stopped())
                return Error{ErrorKind::interrupted, subject_, "interrupted while connecting to " + where_, {}};
            if (patience.is_over()) return silence();
            const auto now = std::chrono::steady_clock::now();
            if (next_ < addresses_.size() && (running_.empty() || now >= next_start_)) {
                start(addresses_[next_++]);
                next_start_ = now + head_start;
                continue;
            }
            if (running_.empty())
                return Error{ErrorKind::unreachable, subject_, "no connection to " + where_ + ": " + failures_,
                             "Check address and port, and that the device accepts this kind of session from here."};
            const bool more = next_ < addresses_.size();
            if (auto winner = wait(more ? patience.at_most(head_start) : patience)) return std::move(*winner);
        }
    }

 private:
    struct Attempt {
        Descriptor socket;
        std::string address;
    };

    void start(const Address& address) {
        const std::string text = numeric(address.get(), address.size);
        Descriptor socket(::socket(address.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        if (socket.get() < 0) return failed(text, errno);
        watch_over(socket.get());
        if (::connect(socket.get(), address.get(), address.size) != 0 && errno != EINPROGRESS)
            return failed(text, errno);
        running_.push_back({std::move(socket), text});
    }

    void failed(const std::string& address, int errno_value) {
        if (!failures_.empty()) failures_ += "; ";
        if (addresses_.size() > 1) failures_ += address + ": ";
        failures_ += text_of(errno_value);
    }

    /// The first attempt that is through; nothing when none is (yet).
    std::optional<Descriptor> wait(const Patience& patience) {
        std::vector<pollfd> fds;
        for (const auto& attempt : running_) fds.push_back({attempt.socket.get(), POLLOUT, 0});
        fds.push_back({patience.stop_fd(), POLLIN, 0});
        if (::poll(fds.data(), fds.size(), static_cast<int>(patience.remaining().count())) <= 0) return {};
        for (std::size_t i = running_.size(); i-- > 0;) {
            if (fds[i].revents == 0) continue;
            int error = 0;
            socklen_t size = sizeof error;
            if (getsockopt(running_[i].socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
            if (error == 0) return std::move(running_[i].socket);
            failed(running_[i].address, error);
            running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
        }
        return {};
    }

    Error silence() const {
        return {ErrorKind::timeout, subject_,
                "no answer from " + where_ + (failures_.empty() ? "" : " (" + failures_ + ")"),
                "Check address and port, the path to it, and that the device accepts connections from here."};
    }

    std::string subject_, where_, failures_;
    std::vector<Address> addresses_;
    std::size_t next_ = 0;
    SteadyTime next_start_;
    std::vector<Attempt> running_;
};

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    if (this != &other) {
        if (fd_ >= 0) ::close(fd_);
        fd_ = other.release();
    }
    return *this;
}

Descriptor::~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
}

int Descriptor::release() { return std::exchange(fd_, -1); }

Result<TcpConnection> connect_tcp(const std::string& subject, const std::string& host, unsigned port,
                                  const Patience& patience) {
    auto addresses = resolve(subject, host, port, patience);
    if (!addresses) return addresses.error();
    auto socket = Race(subject, host + " port " + std::to_string(port), std::move(*addresses)).run(patience);
    if (!socket) return socket.error();

    TcpConnection connection{std::move(*socket), {}, {}};
    Address end;
    end.size = sizeof end.storage;
    auto* storage = reinterpret_cast<sockaddr*>(&end.storage);
    std::string address = host;
    if (getpeername(connection.socket.get(), storage, &end.size) == 0) address = numeric(end.get(), end.size);
    connection.peer = (address == host ? host : host + " (" + address + ")") + " port " + std::to_string(port);
    end.size = sizeof end.storage;
    if (getsockname(connection.socket.get(), storage, &end.size) == 0)
        connection.local_address = numeric(end.get(), end.size);
    return connection;
}

}  // namespace collector
