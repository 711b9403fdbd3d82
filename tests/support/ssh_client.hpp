#pragma once
// One endpoint as the tests of the SSH transport see it, and what they ask of a session.

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "collector/session/ssh/ssh.hpp"
#include "formats/redaction/redaction.hpp"
#include "tests/support/ssh_server.hpp"
#include "tests/support/temporary_folder.hpp"

namespace support {

using collector::Credentials;
using collector::Patience;
using collector::SshSettings;
using collector::SshTransport;
using collector::Terminal;
using std::chrono::milliseconds;
using std::chrono::seconds;

using Opened = formats::Result<std::unique_ptr<SshTransport>>;

/// One endpoint as the tests see it: a folder in place of ~/.ssh, credentials, no terminal.
struct Client {
    TemporaryFolder folder;
    std::shared_ptr<formats::Redaction> redaction = *formats::Redaction::make({});
    Terminal terminal{false};
    SshSettings settings;
    std::optional<Credentials> credentials;

    explicit Client(std::uint16_t port, const std::string& password = "CANARY-login-1") {
        ::signal(SIGPIPE, SIG_IGN);  // as the program does
        ::unsetenv("SSH_AUTH_SOCK");
        settings.endpoint = "branch";
        settings.target.host = "127.0.0.1";
        settings.target.port = port;
        settings.target.user = "pix";
        settings.ssh_folder = folder.path().string();
        formats::EndpointSpec spec;
        spec.name = "branch";
        if (!password.empty())
            spec.password_from = {formats::SecretSource::Kind::file, folder.write("password", password)};
        credentials.emplace(std::move(*Credentials::gather(spec, terminal, *redaction)));
    }
    explicit Client(const SshServer& server) : Client(server.port()) { trust(server.known_hosts_line() + "\n"); }

    void trust(const std::string& rows) const { folder.write("known_hosts", rows); }
    std::string known_hosts() const { return TemporaryFolder::read(folder.path() / "known_hosts"); }
    Opened open(const Patience& patience = Patience::within(seconds(20))) {
        return SshTransport::open(settings, *credentials, terminal, patience);
    }
};

/// Reads until `text` has come or 10 s are over; all that came.
inline std::string read_until(SshTransport& transport, const std::string& text, std::size_t piece = 4096) {
    std::string seen, buffer(piece, '\0');
    const auto patience = Patience::within(seconds(10));
    while (seen.find(text) == std::string::npos) {
        const auto n = transport.read_some(buffer, patience);
        if (!n) return seen + "<" + n.error().message() + ">";
        seen.append(buffer, 0, *n);
    }
    return seen;
}

inline formats::Error read_error(SshTransport& transport, const Patience& patience = Patience::within(seconds(10))) {
    std::string buffer(65536, '\0');
    for (;;)
        if (const auto n = transport.read_some(buffer, patience); !n) return n.error();
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class Watch {
 public:
    bool is_within(milliseconds least, milliseconds most) const {
        const auto taken = std::chrono::steady_clock::now() - start_;
        return taken >= least && taken <= most;
    }

 private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

inline std::ptrdiff_t open_descriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
}

/// The servers of these tests close their end in threads of their own.
template <class Fact>
bool comes_true(Fact fact) {
    for (const Watch watch; watch.is_within(milliseconds(0), seconds(10)); std::this_thread::yield())
        if (fact()) return true;
    return false;
}

}  // namespace support
