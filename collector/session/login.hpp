#pragma once
// From an endpoint of the incident to a session that is ready: transport, first prompt, enable, pager.
// Which transport is decided by the target.

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "collector/credentials/credentials.hpp"
#include "collector/plan/plan.hpp"
#include "collector/progress/terminal.hpp"
#include "collector/session/shell.hpp"
#include "collector/session/ssh/ssh_way.hpp"
#include "formats/incident/incident.hpp"

namespace collector {

struct LoginSettings {
    formats::HostKeyPolicy host_key = formats::HostKeyPolicy::strict;
    std::string ssh_folder;  ///< "$HOME/.ssh"
    Terminal* terminal = nullptr;
    const SshWay* known_way = nullptr;  ///< of an earlier login to the same endpoint: no file of ssh_folder is needed
};

/// What a login told, for the manifest.
struct LoginFacts {
    std::string host_key, algorithms, banner, user;
    SshWay way{};  ///< of an SSH login
};

struct Session {
    std::unique_ptr<Shell> shell;
    LoginFacts facts;
};

/// Opens a session and waits for its first prompt, which may be that of any candidate. Errors name the endpoint,
/// the step and the remedy. `patience` bounds it all but questions.
formats::Result<Session> open_session(const formats::EndpointSpec& endpoint, std::span<const EndpointPlan> candidates,
                                      Credentials& credentials, const LoginSettings& settings,
                                      const Patience& patience);

/// How long each step may take: an AAA server may be asked for every one of them.
struct ReadyLimits {
    milliseconds enable{30'000}, line{60'000};
};

/// From the user prompt to the enabled one, where the platform has two. Nothing is done at the enabled one.
formats::Result<void> enable_session(Shell& shell, const EndpointPlan& plan, Credentials& credentials,
                                     const ReadyLimits& limits, const Patience& patience);
/// Brings a session whose platform is known to the enabled prompt, in the context that is wanted, pager off.
formats::Result<void> make_ready(Shell& shell, const EndpointPlan& plan, Credentials& credentials,
                                 const Patience& patience, const ReadyLimits& limits = {});

/// Puts back what make_ready() changed and the session would keep: the context it came from. At the end, before it
/// is left. Error when the device was not seen to do so.
formats::Result<void> put_back(Shell& shell, const EndpointPlan& plan, const Patience& patience);

}  // namespace collector
