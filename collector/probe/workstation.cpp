#include "collector/probe/workstation.hpp"

#include <array>

#include "collector/plan/workstation_lines.hpp"
#include "formats/cisco/device_text.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::ProbeSpec;
using formats::Result;

namespace {

constexpr milliseconds one_probe{5'000};
constexpr std::size_t longest_answer = 16'384;
constexpr std::string_view mark = "tacbundle-probe";
constexpr int no_such_program = 127;

/// The program is not there, or a smaller one of its name.
bool cannot(const SshCommandAnswer& answer) {
    const auto says = [&](std::string_view words) { return answer.text.find(words) != std::string::npos; };
    return answer.status == no_such_program ||
           (answer.status != 0 && (says("invalid option") || says("unrecognized option")));
}

}  // namespace

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
    const auto answered =
        run_command(*connection_, std::string(workstation_greeting), longest_answer, patience.at_most(one_probe));
    if (answered && answered->text.find(mark) != std::string::npos) return {};
    if (!answered && answered.error().kind != ErrorKind::unreachable && answered.error().kind != ErrorKind::timeout)
        return answered.error();
    auto terminal = SshTransport::on(std::move(connection_), patience);
    if (!terminal) return terminal.error();
    terminal_ = std::move(*terminal);
    if (auto written = terminal_->write(std::string(workstation_shell) + "\n", patience); !written)
        return written.error();
    const auto typed = type(std::string(workstation_greeting), patience.at_most(one_probe));
    if (!typed) return typed.error();
    return {};
}

std::string Workstation::sends(const ProbeSpec& probe) const { return probe_lines(probe).at(way_); }

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
    const std::vector<std::string> lines = probe_lines(probe);
    auto answer = run(lines.at(way_), limit);
    while (answer && cannot(*answer) && way_ + 1 < lines.size()) answer = run(lines[++way_], limit);
    if (!answer) return answer.error();
    // A connection that is refused came back from the other end.
    const bool refused = answer->text.find("refused") != std::string::npos;
    return ProbeAnswer{probe.kind != ProbeSpec::Kind::udp && (answer->status == 0 || refused), std::move(answer->text)};
}

}  // namespace collector
