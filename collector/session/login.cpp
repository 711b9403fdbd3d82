#include "collector/session/login.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "collector/session/ssh/ssh.hpp"
#include "collector/session/transport/exec.hpp"
#include "collector/session/transport/telnet.hpp"
#include "formats/text/pattern.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

constexpr milliseconds one_setting{15'000};

Result<void> quiet_the_pager(Shell& shell, const EndpointPlan& plan, milliseconds limit, const Patience& patience) {
    if (plan.find("pager-off") == nullptr) return {};
    const auto line = plan.line("pager-off");
    if (!line) return line.error();
    const auto answer = shell.run(*line, {}, {limit, limit, 4096}, patience);
    if (!answer) return answer.error();
    return {};  // refused: the pager is answered page by page
}

std::vector<std::string_view> parts_of(std::string_view name) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto slash = name.find('/');
        parts.push_back(name.substr(0, slash));
        if (slash == std::string_view::npos) return parts;
        name.remove_prefix(slash + 1);
    }
}

/// "fw" -> "fw/ctx1", "fw/admin/pri/act" -> "fw/ctx1/pri/act". A context may have a host name of its own.
bool is_in_context(std::string_view name, std::string_view context) {
    const auto parts = parts_of(name);
    return std::find(parts.begin() + 1, parts.end(), context) != parts.end();
}

Result<void> change_context(Shell& shell, const EndpointPlan& plan, milliseconds limit, const Patience& patience) {
    const auto line = plan.line("context");
    if (!line) return line.error();
    const std::string context = line->text().substr(line->text().rfind(' ') + 1);
    const auto answer = shell.run_to(
        *line, [&](std::string_view name) { return is_in_context(name, context); }, {limit, limit, 4096}, patience);
    if (!answer) return answer.error();
    if (answer->refused)
        return Error{ErrorKind::prompt, plan.endpoint(),
                     "it does not change to the context " + context + ": " + answer->refusal,
                     "`show context` in the system space lists them; the login must be one that may change"};
    return {};
}

Result<std::unique_ptr<Transport>> open_transport(const formats::EndpointSpec& endpoint, Credentials& credentials,
                                                  const LoginSettings& settings, LoginFacts& facts,
                                                  const Patience& patience) {
    facts.user = endpoint.target.user;
    switch (endpoint.target.transport) {
        case formats::Transport::telnet: {
            auto telnet = TelnetTransport::open(endpoint.name, endpoint.target, patience);
            if (!telnet) return telnet.error();
            return std::unique_ptr<Transport>(std::move(*telnet));
        }
        case formats::Transport::exec: {
            auto exec = ExecTransport::open(endpoint.name, endpoint.target.command);
            if (!exec) return exec.error();
            return std::unique_ptr<Transport>(std::move(*exec));
        }
        case formats::Transport::ssh: break;
    }
    auto ssh = SshTransport::open({endpoint.name, endpoint.target, endpoint.legacy, settings.host_key,
                                   settings.ssh_folder, endpoint.one_time_password, settings.known_way},
                                  credentials, *settings.terminal, patience);
    if (!ssh) return ssh.error();
    const SshFacts& told = (*ssh)->facts();
    facts = {told.host_key, told.algorithms, told.banner, told.user, told.way};
    return std::unique_ptr<Transport>(std::move(*ssh));
}

}  // namespace

Result<Session> open_session(const formats::EndpointSpec& endpoint, std::span<const EndpointPlan> candidates,
                             Credentials& credentials, const LoginSettings& settings, const Patience& patience) {
    Session session;
    auto transport = open_transport(endpoint, credentials, settings, session.facts, patience);
    if (!transport) return transport.error();
    std::vector<const formats::Profile*> dialects;
    for (const EndpointPlan& candidate : candidates) dialects.push_back(&candidate.profile());
    // Where several could be spoken, those first whose server introduces itself so: only a line that reads is sent
    // before it is known, but a prompt alone may look like that of more than one.
    const std::string& banner = session.facts.banner;
    if (!banner.empty())
        std::stable_partition(dialects.begin(), dialects.end(), [&](const formats::Profile* dialect) {
            return formats::find_pattern(dialect->identify.banner_pattern, banner).has_value();
        });
    session.shell = std::make_unique<Shell>(std::move(*transport), endpoint.name, std::move(dialects));
    session.shell->quote_with(credentials.redaction());
    // SSH has logged in by itself; a device that asks again in its text wants something else.
    if (endpoint.target.transport == formats::Transport::ssh) {
        if (auto reached = session.shell->reach_prompt(patience); !reached) return reached.error();
        return session;
    }
    const auto user = candidates.front().line("user");
    const TextLogin login{user ? &*user : nullptr, [&] { return credentials.password(endpoint.target.written); },
                          [&] { credentials.refuse_password(); },
                          endpoint.target.transport == formats::Transport::exec};
    if (auto reached = session.shell->reach_prompt(patience, &login); !reached) return reached.error();
    return session;
}

Result<void> enable_session(Shell& shell, const EndpointPlan& plan, Credentials& credentials, const ReadyLimits& limits,
                            const Patience& patience) {
    if (const auto leave = plan.line("leave-configuration"); leave && shell.is_in_configuration())
        if (auto left = shell.leave_configuration(*leave, patience.at_most(limits.line)); !left) return left;
    if (shell.is_in_configuration())
        return Error{ErrorKind::prompt, plan.endpoint(), "the session is in configuration mode",
                     "leave it by hand; nothing is typed there"};
    // A platform without a second level has no line for it.
    if (shell.is_enabled() || plan.find("enable") == nullptr) return {};
    const auto line = plan.line("enable");
    if (!line) return line.error();
    const auto user = plan.line("user");
    const EnableLogin login{user ? &*user : nullptr, [&] { return credentials.enable_password(); }, limits.enable};
    return shell.enable(*line, login, patience);
}

Result<void> make_ready(Shell& shell, const EndpointPlan& plan, Credentials& credentials, const Patience& patience,
                        const ReadyLimits& limits) {
    if (auto enabled = enable_session(shell, plan, credentials, limits, patience); !enabled) return enabled;
    if (plan.find("context") != nullptr)
        if (auto changed = change_context(shell, plan, limits.line, patience); !changed) return changed;
    return quiet_the_pager(shell, plan, limits.line, patience);
}

Result<void> put_back(Shell& shell, const EndpointPlan& plan, const Patience& patience) {
    const std::string from = shell.came_from();
    if (from.empty() || shell.prompt_name() == from) return {};
    // By what differs in the prompts: a part that was not there before, or another one in its place.
    const auto before = parts_of(from), now = parts_of(shell.prompt_name());
    std::string context;
    for (std::size_t i = 1; before.size() == now.size() && i < now.size(); ++i)
        if (before[i] != now[i]) context = before[i];
    const auto line = context.empty() ? plan.line("context/system") : plan.line("context/back", {{"context", context}});
    if (!line) return line.error();
    const auto answer = shell.run_to(
        *line, [&](std::string_view name) { return name == from; }, {one_setting, one_setting, 4096}, patience);
    if (!answer) return answer.error();
    if (answer->refused || shell.prompt_name() != from)
        return Error{ErrorKind::prompt,
                     plan.endpoint(),
                     "it does not go back to " + from + (answer->refused ? ": " + answer->refusal : ""),
                     {}};
    return {};
}

}  // namespace collector
