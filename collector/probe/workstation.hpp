#pragma once
// A workstation behind one end, reached over SSH: it sends the probe with what it has, its own `ping`, `nc`, or
// bash. Its lines are fixed, with the addresses of the incident in them, and stand in the plan.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collector/credentials.hpp"
#include "collector/probe/probe_sender.hpp"
#include "collector/session/login.hpp"
#include "collector/session/transport.hpp"

namespace collector {

/// The login that a probe from a workstation needs, written like an endpoint's target; nothing when the probe
/// comes from elsewhere. Error usage: it is no ssh target.
formats::Result<std::optional<formats::EndpointSpec>> workstation_of(const formats::Incident& incident);

struct WorkstationLogin {
    formats::EndpointSpec spec;
    Credentials credentials;
};

/// The lines that are typed there, in order: a plain shell, then one line for each probe.
std::vector<std::string> workstation_lines(const formats::ProbeSpec& probe);

class Workstation : public ProbeSender {
 public:
    static formats::Result<std::unique_ptr<ProbeSender>> log_in(WorkstationLogin& login, const LoginSettings& settings,
                                                                const formats::ProbeSpec& probe, const Patience& patience);

    std::string name() const override { return name_; }
    std::string sends(const formats::ProbeSpec& probe) const override;
    formats::Result<ProbeAnswer> send(const formats::ProbeSpec& probe, const Patience& patience) override;

 private:
    Workstation(std::string name, std::unique_ptr<Transport> terminal) : name_(std::move(name)), terminal_(std::move(terminal)) {}
    formats::Result<std::string> run(const std::string& line, const Patience& patience);

    std::string name_;
    std::unique_ptr<Transport> terminal_;
    std::string heard_;  ///< what has come and belongs to no answer yet
    unsigned number_ = 0;
    bool without_ping_ = false;
};

}  // namespace collector
