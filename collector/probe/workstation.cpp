#include "collector/probe/workstation.hpp"

#include <array>

#include "collector/session/ssh.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::ProbeSpec;
using formats::Result;

namespace {

constexpr milliseconds one_probe{5'000};
constexpr std::size_t longest_answer = 16'384;
/// Where a workstation has no ping: a port that a host answers, if only with a reset.
constexpr std::uint16_t usual_port = 80;
constexpr std::string_view plain_shell = "exec /bin/sh";
constexpr std::string_view has_ping = "command -v ping >/dev/null";
constexpr std::string_view mark = "tacbundle-probe";

bool is_outside(const formats::Incident& incident) {
    const ProbeSpec& probe = incident.probe;
    if (probe.mode != ProbeSpec::Mode::given || probe.from == "local") return false;
    for (const auto& endpoint : incident.endpoints)
        if (endpoint.name == probe.from) return false;
    return true;
}

std::string option(const char* letter, const std::string& value) { return value.empty() ? std::string() : std::string(letter) + " " + value + " "; }

std::string ping_line(const ProbeSpec& probe) { return "ping -n -c 1 -W 1 " + option("-I", probe.source) + probe.to; }

std::string connect_line(const ProbeSpec& probe, std::uint16_t port) {
    const std::string there = probe.to + " " + std::to_string(port);
    return "if command -v nc >/dev/null; then nc -v -z -w 1 " + option("-s", probe.source) + there + "; else timeout 1 bash -c ': >/dev/tcp/" +
           probe.to + "/" + std::to_string(port) + "'; fi";
}

std::string datagram_line(const ProbeSpec& probe) {
    const std::string port = std::to_string(probe.port);
    return "if command -v nc >/dev/null; then echo tacbundle | nc -u -w 1 " + option("-s", probe.source) + probe.to + " " + port +
           "; else bash -c 'echo tacbundle >/dev/udp/" + probe.to + "/" + port + "'; fi";
}

}  // namespace

Result<std::optional<formats::EndpointSpec>> workstation_of(const formats::Incident& incident) {
    if (!is_outside(incident)) return std::optional<formats::EndpointSpec>();
    formats::Incident alone;
    if (auto read = formats::add_endpoint(alone, "workstation=" + incident.probe.from, "probe"); !read) return read.error();
    formats::EndpointSpec login = alone.endpoints.front();
    if (login.target.transport != formats::Transport::ssh)
        return Error{ErrorKind::usage, "probe", "a workstation is reached over ssh only", "from = \"ssh://user@10.1.1.10\""};
    return std::optional(std::move(login));
}

std::vector<std::string> workstation_lines(const ProbeSpec& probe) {
    std::vector<std::string> lines{std::string(plain_shell)};
    switch (probe.kind) {
        case ProbeSpec::Kind::icmp: lines.insert(lines.end(), {std::string(has_ping), ping_line(probe), connect_line(probe, usual_port)}); break;
        case ProbeSpec::Kind::tcp: lines.push_back(connect_line(probe, probe.port)); break;
        case ProbeSpec::Kind::udp: lines.push_back(datagram_line(probe)); break;
    }
    return lines;
}

Result<std::unique_ptr<ProbeSender>> Workstation::log_in(WorkstationLogin& login, const LoginSettings& settings, const ProbeSpec& probe,
                                                         const Patience& patience) {
    const formats::EndpointSpec& spec = login.spec;
    auto transport = SshTransport::open({spec.name, spec.target, spec.legacy, settings.host_key, settings.ssh_folder, spec.one_time_password}, login.credentials,
                                        *settings.terminal, patience);
    if (!transport) return transport.error();
    std::unique_ptr<Workstation> workstation(new Workstation("workstation " + spec.target.written, std::move(*transport)));
    if (auto written = workstation->terminal_->write(std::string(plain_shell) + "\n", patience); !written) return written.error();
    // Is it a shell at all, and has it a ping?
    if (probe.kind == ProbeSpec::Kind::icmp) {
        const auto found = workstation->run(std::string(has_ping), patience.at_most(one_probe));
        if (!found) return found.error();
        workstation->without_ping_ = *found != "0";
    }
    return std::unique_ptr<ProbeSender>(std::move(workstation));
}

std::string Workstation::sends(const ProbeSpec& probe) const {
    if (probe.kind != ProbeSpec::Kind::icmp) return workstation_lines(probe).back();
    return without_ping_ ? connect_line(probe, usual_port) : ping_line(probe);
}

/// Types a line and reads until its end has come; `heard_` holds what it printed. Its exit status.
Result<std::string> Workstation::run(const std::string& line, const Patience& patience) {
    // The echo shows `$?`, only the answer shows a number behind the mark.
    const std::string end = std::string(mark) + "-" + std::to_string(++number_) + " ";
    heard_.clear();
    if (auto written = terminal_->write(line + "; echo " + end + "$?\n", patience); !written) return written.error();
    std::array<char, 4096> buffer{};
    for (;;) {
        for (auto at = heard_.find(end); at != std::string::npos; at = heard_.find(end, at + 1)) {
            const auto status = heard_.find_first_not_of("0123456789", at + end.size());
            if (status == std::string::npos || status == at + end.size()) continue;
            std::string number = heard_.substr(at + end.size(), status - at - end.size());
            heard_.resize(at);
            if (const auto echo = heard_.find("$?"); echo != std::string::npos) heard_.erase(0, heard_.find('\n', echo) + 1);
            return number;
        }
        const auto size = terminal_->read_some(buffer, patience);
        if (!size) return size.error();
        if (heard_.size() < longest_answer) heard_.append(buffer.data(), *size);
    }
}

Result<ProbeAnswer> Workstation::send(const ProbeSpec& probe, const Patience& patience) {
    const auto status = run(sends(probe), patience.at_most(one_probe));
    if (!status) return status.error();
    std::string text;
    for (const char c : heard_)
        if (c != '\r') text += c;
    // A connection that is refused came back from the other end.
    const bool refused = text.find("refused") != std::string::npos;
    return ProbeAnswer{probe.kind != ProbeSpec::Kind::udp && (*status == "0" || refused), std::move(text)};
}

}  // namespace collector
