#include "collector/session/transport/telnet.hpp"

#include <libtelnet.h>
#include <stddef.h>  // libtelnet.h does not include it
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "collector/session/transport/tcp_connect.hpp"
#include "collector/system/byte_pipe.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

constexpr unsigned telnet_port = 23;
constexpr std::array<char, 4> columns_and_rows{1, static_cast<char>(255), 0, static_cast<char>(200)};  // 511 x 200

constexpr std::array<telnet_telopt_t, 5> options{{{TELNET_TELOPT_ECHO, TELNET_WONT, TELNET_DO},
                                                  {TELNET_TELOPT_SGA, TELNET_WILL, TELNET_DO},
                                                  {TELNET_TELOPT_TTYPE, TELNET_WILL, TELNET_DONT},
                                                  {TELNET_TELOPT_NAWS, TELNET_WILL, TELNET_DONT},
                                                  {-1, 0, 0}}};

}  // namespace

struct TelnetTransport::Connection {
    Connection(TcpConnection connected, std::string name)
        : tcp(std::move(connected)),
          endpoint(std::move(name)),
          protocol(::telnet_init(options.data(), &Connection::happens, 0, this)) {}
    ~Connection() { ::telnet_free(protocol); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    static void happens(telnet_t*, telnet_event_t* event, void* self_pointer) {
        auto& self = *static_cast<Connection*>(self_pointer);
        switch (event->type) {
            case TELNET_EV_DATA:
                if (!self.broken) self.received.append(event->data.buffer, event->data.size);
                break;
            case TELNET_EV_SEND: self.unsent.append(event->data.buffer, event->data.size); break;
            case TELNET_EV_DO:
                if (event->neg.telopt != TELNET_TELOPT_NAWS) break;
                ::telnet_begin_sb(self.protocol, TELNET_TELOPT_NAWS);
                ::telnet_send(self.protocol, columns_and_rows.data(), columns_and_rows.size());
                ::telnet_finish_sb(self.protocol);
                break;
            case TELNET_EV_TTYPE:
                if (event->ttype.cmd == TELNET_TTYPE_SEND) ::telnet_ttype_is(self.protocol, "dumb");
                break;
            // Compression was not agreed to: libtelnet would unfold whatever comes, a thousand times its size.
            case TELNET_EV_COMPRESS:
            case TELNET_EV_ERROR: self.broken = true; break;
            default: break;
        }
    }

    /// What the protocol wants to say. Errors leave what was not taken for the next time.
    Result<void> flush(const Patience& patience) {
        std::string_view rest = unsent;
        const auto written = write_bytes(tcp.socket.get(), rest, tcp.peer, patience);
        unsent.erase(0, unsent.size() - rest.size());
        if (!written) return named(written.error());
        return {};
    }

    Error named(Error error) const {
        error.subject = endpoint;
        return error;
    }

    TcpConnection tcp;
    std::string endpoint;
    telnet_t* protocol;
    std::string received, unsent;
    bool broken = false, closed = false;
};

TelnetTransport::TelnetTransport(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

TelnetTransport::~TelnetTransport() { TelnetTransport::close(); }

Result<std::unique_ptr<TelnetTransport>> TelnetTransport::open(const std::string& endpoint,
                                                               const formats::Target& target,
                                                               const Patience& patience) {
    auto tcp = connect_tcp(endpoint, target.host, target.port == 0 ? telnet_port : target.port, patience);
    if (!tcp) return tcp.error();
    return std::unique_ptr<TelnetTransport>(
        new TelnetTransport(std::make_unique<Connection>(std::move(*tcp), endpoint)));
}

Result<std::size_t> TelnetTransport::read_some(std::span<char> into, const Patience& patience) {
    Connection& c = *connection_;
    // Options are agreed on before the first word of text: several reads may give none.
    while (c.received.empty()) {
        if (c.closed || c.broken) return Error{ErrorKind::disconnected, c.endpoint, "the session was closed", {}};
        const auto got = read_bytes(c.tcp.socket.get(), into, c.tcp.peer, patience);
        if (!got) return c.named(got.error());
        ::telnet_recv(c.protocol, into.data(), *got);
        if (auto answered = c.flush(patience); !answered) return answered.error();
        // A peer can send options for ever.
        if (c.received.empty())
            if (auto on = may_read_on(c.tcp.peer, patience); !on) return c.named(on.error());
    }
    const std::size_t size = std::min(into.size(), c.received.size());
    std::copy_n(c.received.begin(), size, into.begin());
    c.received.erase(0, size);
    return size;
}

Result<void> TelnetTransport::write(std::string_view bytes, const Patience& patience) {
    Connection& c = *connection_;
    if (c.closed) return Error{ErrorKind::disconnected, c.endpoint, "the session was closed", {}};
    for (const char byte : bytes) {
        ::telnet_send(c.protocol, &byte, 1);
        if (byte == '\r') ::telnet_send(c.protocol, "", 1);  // NUL
    }
    auto written = c.flush(patience);
    // What the device did not take in time is not sent behind somebody's back later.
    if (!written) c.unsent.clear();
    return written;
}

void TelnetTransport::close() noexcept {
    if (connection_->closed) return;
    connection_->closed = true;
    ::shutdown(connection_->tcp.socket.get(), SHUT_RDWR);
}

}  // namespace collector
