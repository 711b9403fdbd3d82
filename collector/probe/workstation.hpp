#pragma once
// A workstation behind one end, reached over SSH: it sends the probe with what it has, its own `ping`, `nc`, or
// bash. Its lines are fixed, with the addresses of the incident in them, and stand in the plan.

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

/// The login that a probe from a workstation needs, written like an endpoint's target; nothing when the probe
/// comes from elsewhere. Error usage: it is no ssh target.
formats::Result<std::optional<formats::EndpointSpec>> workstation_of(const formats::Incident& incident);

struct WorkstationLogin {
    formats::EndpointSpec spec;
    Credentials credentials;
};

/// The lines that are run there: a greeting, then those for each probe; the first of these whose program is there is used.
std::vector<std::string> workstation_lines(const formats::ProbeSpec& probe);
/// What is typed before them, where the workstation runs no lines but gives a shell.
std::string_view workstation_shell();

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
