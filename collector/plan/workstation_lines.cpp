#include "collector/plan/workstation_lines.hpp"

#include <cstdint>

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::ProbeSpec;
using formats::Result;

namespace {

/// Where a workstation has no ping: a port that a host answers, if only with a reset.
constexpr std::uint16_t usual_port = 80;

bool is_outside(const formats::Incident& incident) {
    const ProbeSpec& probe = incident.probe;
    if (probe.mode != ProbeSpec::Mode::given || probe.from == "local") return false;
    for (const auto& endpoint : incident.endpoints)
        if (endpoint.name == probe.from) return false;
    return true;
}

std::string option(const char* letter, const std::string& value) {
    return value.empty() ? std::string() : std::string(letter) + " " + value + " ";
}

std::string ping_line(const ProbeSpec& probe) { return "ping -n -c 1 -W 1 " + option("-I", probe.source) + probe.to; }

/// A connection, by what there is. Each line is one that every shell reads.
std::vector<std::string> connect_lines(const ProbeSpec& probe, std::uint16_t port) {
    const std::string number = std::to_string(port);
    return {"nc -v -z -w 1 " + option("-s", probe.source) + probe.to + " " + number,
            "timeout 1 bash -c ': >/dev/tcp/" + probe.to + "/" + number + "'"};
}

std::vector<std::string> datagram_lines(const ProbeSpec& probe) {
    const std::string number = std::to_string(probe.port);
    return {"echo tacbundle | nc -u -w 1 " + option("-s", probe.source) + probe.to + " " + number,
            "timeout 1 bash -c 'echo tacbundle >/dev/udp/" + probe.to + "/" + number + "'"};
}

}  // namespace

Result<std::optional<formats::EndpointSpec>> workstation_of(const formats::Incident& incident) {
    if (!is_outside(incident)) return std::optional<formats::EndpointSpec>();
    formats::Incident alone;
    if (auto read = formats::add_endpoint(alone, "workstation=" + incident.probe.from, "probe"); !read)
        return read.error();
    formats::EndpointSpec login = alone.endpoints.front();
    if (login.target.transport != formats::Transport::ssh)
        return Error{ErrorKind::usage, "probe", "a workstation is reached over ssh only",
                     "from = \"ssh://user@10.1.1.10\""};
    return std::optional(std::move(login));
}

std::vector<std::string> probe_lines(const ProbeSpec& probe) {
    switch (probe.kind) {
        case ProbeSpec::Kind::tcp: return connect_lines(probe, probe.port);
        case ProbeSpec::Kind::udp: return datagram_lines(probe);
        case ProbeSpec::Kind::icmp: break;
    }
    std::vector<std::string> lines = connect_lines(probe, usual_port);
    lines.insert(lines.begin(), ping_line(probe));
    return lines;
}

std::vector<std::string> workstation_lines(const ProbeSpec& probe) {
    std::vector<std::string> lines = probe_lines(probe);
    lines.insert(lines.begin(), std::string(workstation_greeting));
    return lines;
}

}  // namespace collector
