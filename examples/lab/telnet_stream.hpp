#pragma once
// The server's side of a telnet connection (RFC 854): it offers to echo and to suppress go-ahead,
// as a PIX does, and refuses whatever it is asked. The login is text and belongs to the dialogue.
//
// Input: IAC IAC is a byte 255; IAC WILL|WONT|DO|DONT x, IAC SB ... IAC SE and other commands are
// taken out; CR NUL and CR LF are one CR.

#include <string>

#include "examples/lab/byte_stream.hpp"
#include "examples/lab/world.hpp"

namespace lab {

class TelnetStream final : public Connection {
 public:
    /// Takes over `socket`.
    TelnetStream(int socket, World& world, Device& device, std::shared_ptr<Session> session);
    ~TelnetStream() override;
    TelnetStream(const TelnetStream&) = delete;
    TelnetStream& operator=(const TelnetStream&) = delete;

    bool open_terminal() override;
    long read_some(std::span<char> into, std::chrono::milliseconds limit) override;
    bool write(std::string_view bytes) override;
    void sleep(std::chrono::milliseconds limit) override;

 private:
    enum class State { text, after_cr, command, option, subnegotiation, subnegotiation_command };

    bool send_all(std::string_view bytes);
    long take(std::span<const char> bytes, std::span<char> into);
    void drain_wake() const;

    int socket_, wake_;
    World& world_;
    Device& device_;
    std::shared_ptr<Session> session_;
    State state_ = State::text;
    unsigned char asked_ = 0;
};

}  // namespace lab
