#include "collector/probe/workstation.hpp"

#include <array>

#include "formats/cisco/device_text.hpp"

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
constexpr std::string_view mark = "tacbundle-probe";
constexpr std::string_view greeting = "echo tacbundle-probe";
constexpr std::string_view plain_shell = "exec /usr/bin/env PS1= /bin/sh";  // without a prompt
constexpr int no_such_program = 127;

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

/// The first whose program the workstation has is used.
std::vector<std::string> lines_of(const ProbeSpec& probe) {
    switch (probe.kind) {
        case ProbeSpec::Kind::tcp: return connect_lines(probe, probe.port);
        case ProbeSpec::Kind::udp: return datagram_lines(probe);
        case ProbeSpec::Kind::icmp: break;
    }
    std::vector<std::string> lines = connect_lines(probe, usual_port);
    lines.insert(lines.begin(), ping_line(probe));
    return lines;
}

/// The program is not there, or a smaller one of its name.
bool cannot(const SshCommandAnswer& answer) {
    const auto says = [&](std::string_view words) { return answer.text.find(words) != std::string::npos; };
    return answer.status == no_such_program ||
           (answer.status != 0 && (says("invalid option") || says("unrecognized option")));
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

std::vector<std::string> workstation_lines(const ProbeSpec& probe) {
    std::vector<std::string> lines = lines_of(probe);
    lines.insert(lines.begin(), std::string(greeting));
    return lines;
}

std::string_view workstation_shell() { return plain_shell; }

Result<std::unique_ptr<ProbeSender>> Workstation::log_in(WorkstationLogin& login, const LoginSettings& settings,
                                                         const Patience& patience) {
    const formats::EndpointSpec& spec = login.spec;
    LoginPatience login_patience(patience);
    auto connection = SshConnection::open(
        {spec.name, spec.target, spec.legacy, settings.host_key, settings.ssh_folder, spec.one_time_password},
        login.credentials, *settings.terminal, login_patience);
    if (!connection) return connection.error();
    std::unique_ptr<Workstation> workstation(
        new Workstation("workstation " + spec.target.written, std::move(*connection)));
    if (auto greeted = workstation->greet(login_patience.now()); !greeted) return greeted.error();
    return std::unique_ptr<ProbeSender>(std::move(workstation));
}

/// Finds out how lines are run here: by themselves, or typed into a shell where the host runs none, or runs another than it
/// was given (a forced command).
Result<void> Workstation::greet(const Patience& patience) {
    const auto answered = run_command(*connection_, std::string(greeting), longest_answer, patience.at_most(one_probe));
    if (answered && answered->text.find(mark) != std::string::npos) return {};
    if (!answered && answered.error().kind != ErrorKind::unreachable && answered.error().kind != ErrorKind::timeout)
        return answered.error();
    auto terminal = SshTransport::on(std::move(connection_), patience);
    if (!terminal) return terminal.error();
    terminal_ = std::move(*terminal);
    if (auto written = terminal_->write(std::string(plain_shell) + "\n", patience); !written) return written.error();
    const auto typed = type(std::string(greeting), patience.at_most(one_probe));
    if (!typed) return typed.error();
    return {};
}

std::string Workstation::sends(const ProbeSpec& probe) const { return lines_of(probe).at(way_); }

/// Types a line and reads until its end has come.
Result<SshCommandAnswer> Workstation::type(const std::string& line, const Patience& patience) {
    // The echo shows `$?`, only the answer shows a number behind the mark.
    const std::string end = std::string(mark) + "-" + std::to_string(++number_) + " ";
    std::string heard;
    if (auto written = terminal_->write(line + "; echo " + end + "$?\n", patience); !written) return written.error();
    std::array<char, 4096> buffer{};
    for (;;) {
        for (auto at = heard.find(end); at != std::string::npos; at = heard.find(end, at + 1)) {
            const auto status = heard.find_first_not_of("0123456789", at + end.size());
            if (status == std::string::npos || status == at + end.size()) continue;
            const auto number =
                formats::number_of(std::string_view(heard).substr(at + end.size(), status - at - end.size()));
            heard.resize(at);
            if (const auto echo = heard.find("$?"); echo != std::string::npos)
                heard.erase(0, heard.find('\n', echo) + 1);
            std::erase(heard, '\r');
            return SshCommandAnswer{number && *number < 256 ? static_cast<int>(*number) : 255, std::move(heard)};
        }
        const auto size = terminal_->read_some(buffer, patience);
        if (!size) return size.error();
        if (heard.size() < longest_answer) heard.append(buffer.data(), *size);
    }
}

Result<SshCommandAnswer> Workstation::run(const std::string& line, const Patience& patience) {
    return terminal_ ? type(line, patience) : run_command(*connection_, line, longest_answer, patience);
}

Result<ProbeAnswer> Workstation::send(const ProbeSpec& probe, const Patience& patience) {
    const Patience limit = patience.at_most(one_probe);
    const std::vector<std::string> lines = lines_of(probe);
    auto answer = run(lines.at(way_), limit);
    while (answer && cannot(*answer) && way_ + 1 < lines.size()) answer = run(lines[++way_], limit);
    if (!answer) return answer.error();
    // A connection that is refused came back from the other end.
    const bool refused = answer->text.find("refused") != std::string::npos;
    return ProbeAnswer{probe.kind != ProbeSpec::Kind::udp && (answer->status == 0 || refused), std::move(answer->text)};
}

}  // namespace collector
