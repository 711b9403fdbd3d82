#pragma once
// The real OpenSSH server on loopback, with keys and configuration of its own in a temporary folder. It takes
// key logins of the user that runs the tests; it needs root.

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "formats/text/descriptor.hpp"
#include "tests/support/temporary_folder.hpp"

namespace support {

class OpensshServer {
 public:
    /// Nothing, with the reason on stderr, where sshd is missing or this is not root. `more` is added to
    /// sshd_config.
    static std::optional<OpensshServer> start(const TemporaryFolder& folder, const std::string& more = {});
    OpensshServer(OpensshServer&& other) noexcept;
    OpensshServer& operator=(OpensshServer&&) = delete;
    ~OpensshServer();

    std::uint16_t port() const { return port_; }
    /// Rows for known_hosts: one for each host key.
    std::string known_hosts() const;

 private:
    OpensshServer(pid_t server, std::uint16_t port, formats::Descriptor reserved, std::string folder)
        : server_(server), port_(port), reserved_(std::move(reserved)), folder_(std::move(folder)) {}
    pid_t server_;
    std::uint16_t port_;
    formats::Descriptor reserved_;
    std::string folder_;
};

/// Runs a program without a shell and without output; its exit status.
int run_program(std::initializer_list<std::string> words);
/// Starts one that goes on running; its process id.
pid_t start_program(std::initializer_list<std::string> words);
void end_program(pid_t process);

}  // namespace support
