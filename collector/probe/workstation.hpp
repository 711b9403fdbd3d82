#pragma once
// A workstation behind one end, reached over SSH: it sends the probe with what it has, its own `ping`, `nc`, or
// bash. Its lines are those of plan/workstation_lines.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/credentials/credentials.hpp"
#include "collector/probe/probe_sender.hpp"
#include "collector/session/login.hpp"
#include "collector/session/ssh/ssh.hpp"
#include "collector/session/ssh/ssh_command.hpp"

namespace collector {

struct WorkstationLogin {
    formats::EndpointSpec spec;
    Credentials credentials;
};

class Workstation : public ProbeSender {
 public:
    static formats::Result<std::unique_ptr<ProbeSender>> log_in(WorkstationLogin& login, const LoginSettings& settings,
                                                                const Patience& patience);

    std::string name() const override { return name_; }
    std::string sends(const formats::ProbeSpec& probe) const override;
    formats::Result<ProbeAnswer> send(const formats::ProbeSpec& probe, const Patience& patience) override;

 private:
    Workstation(std::string name, std::unique_ptr<SshConnection> connection)
        : name_(std::move(name)), connection_(std::move(connection)) {}
    formats::Result<void> greet(const Patience& patience);
    formats::Result<SshCommandAnswer> run(const std::string& line, const Patience& patience);
    formats::Result<SshCommandAnswer> type(const std::string& line, const Patience& patience);

    std::string name_;
    std::unique_ptr<SshConnection> connection_;  ///< or
    std::unique_ptr<Transport> terminal_;        ///< where it runs no lines
    std::size_t way_ = 0;  ///< which of the lines for a probe; those before need what is not there
    unsigned number_ = 0;
};

}  // namespace collector
