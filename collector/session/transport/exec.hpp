#pragma once
// A terminal on a device by way of any program: `plink -1`, `cu`, the client of a console server. It runs
// without a shell, in a pseudo-terminal (511 columns, TERM=dumb) and a session of its own, so that no Ctrl-C
// meant for us reaches it. What it asks (a password, a user name) is part of the text; shell.hpp answers it.

#include <memory>
#include <string>

#include "collector/session/transport/tcp_connect.hpp"
#include "collector/session/transport/transport.hpp"
#include "collector/system/child_process.hpp"

namespace collector {

class ExecTransport : public Transport {
 public:
    /// Starts `command`, words as in command_words.hpp; `endpoint` is whom errors name. Errors: usage (the line
    /// or the program is none), unreachable (no pseudo-terminal, no process).
    static formats::Result<std::unique_ptr<ExecTransport>> open(const std::string& endpoint,
                                                                const std::string& command);
    ~ExecTransport() override;

    formats::Result<std::size_t> read_some(std::span<char> into, const Patience& patience) override;
    formats::Result<void> write(std::string_view bytes, const Patience& patience) override;
    /// Hangs up; a program that does not go within half a second is killed.
    void close() noexcept override;

 private:
    ExecTransport(std::string endpoint, std::string program, Descriptor terminal, ChildProcess child);
    std::string endpoint_, program_;
    Descriptor terminal_;
    ChildProcess child_;
};

}  // namespace collector
