#include "collector/session/login.hpp"

#include "collector/session/ssh.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

constexpr milliseconds one_setting{15'000};

Result<void> quiet_the_pager(Shell& shell, const EndpointPlan& plan, const Patience& patience) {
    if (plan.find("pager-off") == nullptr) return {};
    const auto line = plan.line("pager-off");
    if (!line) return line.error();
    const auto answer = shell.run(*line, {}, {one_setting, one_setting, 4096}, patience);
    if (!answer) return answer.error();
    return {};  // refused: the pager is answered page by page
}

}  // namespace

Result<void> is_supported(const formats::EndpointSpec& endpoint) {
    if (endpoint.target.transport == formats::Transport::ssh) return {};
    return Error{ErrorKind::usage, endpoint.place,
                 "endpoint " + endpoint.name + ": " + (endpoint.target.transport == formats::Transport::telnet ? "telnet://" : "exec:") +
                     " is not built yet",
                 "use ssh:// for this endpoint"};
}

Result<Session> open_session(const formats::EndpointSpec& endpoint, const EndpointPlan& plan, Credentials& credentials,
                             const LoginSettings& settings, const Patience& patience) {
    if (auto supported = is_supported(endpoint); !supported) return supported.error();
    auto transport = SshTransport::open({endpoint.name, endpoint.target, endpoint.legacy, settings.host_key, settings.ssh_folder},
                                        credentials, *settings.terminal, patience);
    if (!transport) return transport.error();
    Session session;
    const SshFacts& facts = (*transport)->facts();
    session.facts = {facts.host_key, facts.algorithms, facts.banner, facts.user};
    session.shell = std::make_unique<Shell>(std::move(*transport), endpoint.name, plan.profile());
    if (auto reached = session.shell->reach_prompt(patience); !reached) return reached.error();
    return session;
}

Result<void> make_ready(Shell& shell, const EndpointPlan& plan, Credentials& credentials, const Patience& patience) {
    if (shell.is_in_configuration())
        return Error{ErrorKind::prompt, plan.endpoint(), "the session is in configuration mode",
                     "leave it by hand; nothing is typed there"};
    if (!shell.is_enabled()) {
        const auto line = plan.line("enable");
        if (!line) return line.error();
        const auto secret = credentials.enable_password();
        if (!secret) return secret.error();
        if (auto enabled = shell.enable(*line, **secret, patience); !enabled) return enabled;
    }
    return quiet_the_pager(shell, plan, patience);
}

}  // namespace collector
