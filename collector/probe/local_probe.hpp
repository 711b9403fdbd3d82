#pragma once
// Probe packets from this machine: an ICMP echo by an unprivileged ping socket (or `ping`, where the system
// gives none), a TCP connection, a UDP datagram.

#include "collector/probe/probe_sender.hpp"

namespace collector {

class LocalProbe : public ProbeSender {
 public:
    std::string name() const override { return "this machine"; }
    std::string sends(const formats::ProbeSpec& probe) const override;
    formats::Result<ProbeAnswer> send(const formats::ProbeSpec& probe, const Patience& patience) override;

 private:
    std::uint16_t sequence_ = 0;
};

}  // namespace collector
