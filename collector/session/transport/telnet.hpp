#pragma once
// A terminal over telnet, by libtelnet. Clear text: whoever carries the bytes reads them, the password too.
// What logs in is part of the text; shell.hpp answers it.
//
//   theirs: ECHO, SUPPRESS-GO-AHEAD     ours: TERMINAL-TYPE "dumb", NAWS 511 x 200     all else is declined
//
// CR goes out as CR NUL (RFC 854); libtelnet 0.21 passes it on as it comes in, and the NUL is dropped with other
// NULs by TerminalText.

#include <memory>
#include <string>

#include "collector/session/transport/transport.hpp"
#include "formats/incident/target.hpp"

namespace collector {

class TelnetTransport : public Transport {
 public:
    /// Connects; `endpoint` is whom errors name. Errors: unreachable, timeout, interrupted.
    static formats::Result<std::unique_ptr<TelnetTransport>> open(const std::string& endpoint,
                                                                  const formats::Target& target,
                                                                  const Patience& patience);
    ~TelnetTransport() override;

    formats::Result<std::size_t> read_some(std::span<char> into, const Patience& patience) override;
    formats::Result<void> write(std::string_view bytes, const Patience& patience) override;
    void close() noexcept override;

 private:
    struct Connection;
    explicit TelnetTransport(std::unique_ptr<Connection> connection);
    std::unique_ptr<Connection> connection_;
};

}  // namespace collector
