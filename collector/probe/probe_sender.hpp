#pragma once
// Sends probe packets from outside the endpoints: a workstation over SSH, or this machine.

#include <string>

#include "collector/system/patience.hpp"
#include "formats/incident/incident.hpp"
#include "formats/result.hpp"

namespace collector {

struct ProbeAnswer {
    bool is_answered = false;
    std::string text;  ///< what was seen, for the evidence; lines
};

class ProbeSender {
 public:
    virtual ~ProbeSender() = default;
    /// "workstation ops@10.1.1.10", "this machine"
    virtual std::string name() const = 0;
    /// What will be sent: "ping -n -c 1 -W 1 10.2.2.10", "TCP connect to 10.2.2.10 port 443"
    virtual std::string sends(const formats::ProbeSpec& probe) const = 0;
    /// Sends one and waits at most a second for what comes back. No answer is an answer; an error is a probe
    /// that could not be sent.
    virtual formats::Result<ProbeAnswer> send(const formats::ProbeSpec& probe, const Patience& patience) = 0;
};

}  // namespace collector
