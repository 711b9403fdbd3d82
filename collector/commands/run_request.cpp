#include "collector/commands/run_request.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "collector/probe/probe.hpp"
#include "collector/reset/consent.hpp"
#include "formats/text/ip_address.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

std::string base_folder(const char* variable, const char* below_home) {
    // The XDG base directory specification: a relative path is invalid and ignored.
    const std::string named = environment(variable);
    const std::string base = named.starts_with('/') ? named : environment("HOME") + below_home;
    return base + "/tacbundle";
}

/// What cannot be done is refused, never ignored.
Result<void> check_wishes(const formats::Incident& incident) {
    if (auto possible = Consents::are_possible(incident); !possible) return possible;
    return Probe::is_supported(incident);
}

/// An endpoint's name stays as it is in file names and texts, so it must not be what is masked.
Result<void> check_names(const formats::Incident& incident) {
    if (!incident.mask_addresses) return {};
    for (const auto& endpoint : incident.endpoints) {
        std::string spelled = endpoint.name;
        std::replace(spelled.begin(), spelled.end(), '-', ':');  // a name holds no colon
        if (formats::is_ip_address(endpoint.name) || formats::is_ip_address(spelled))
            return Error{ErrorKind::usage, "--mask-addresses",
                         "the endpoint " + endpoint.name + " is named after its address",
                         "give it a name: hq=" + endpoint.target.written};
    }
    return {};
}

/// Two that debug one device would take each other's debugs for a stranger's. Another way to it shows when it is logged in
/// to; the contexts of one device are told apart.
Result<void> check_devices(const formats::Incident& incident) {
    if (incident.no_debug) return {};
    const auto same = [](const formats::EndpointSpec& a, const formats::EndpointSpec& b) {
        return a.target.transport == b.target.transport && a.target.host == b.target.host &&
               a.target.port == b.target.port && a.target.command == b.target.command && a.context == b.context;
    };
    for (std::size_t i = 0; i < incident.endpoints.size(); ++i)
        for (std::size_t k = i + 1; k < incident.endpoints.size(); ++k)
            if (same(incident.endpoints[i], incident.endpoints[k]))
                return Error{ErrorKind::usage, incident.endpoints[k].name,
                             "it is the same device as " + incident.endpoints[i].name, "name each device once"};
    return {};
}

/// None when an endpoint's platform is to be found out: it may be any.
std::set<std::string> platforms_named(const formats::Incident& incident) {
    std::set<std::string> named;
    for (const auto& endpoint : incident.endpoints) {
        if (endpoint.platform == "auto") return {};
        named.insert(endpoint.platform);
    }
    return named;
}

}  // namespace

std::string state_folder() { return base_folder("XDG_STATE_HOME", "/.local/state"); }
std::string config_folder() { return base_folder("XDG_CONFIG_HOME", "/.config"); }
std::string ssh_folder() { return environment("HOME") + "/.ssh"; }

Result<Preparation> prepare(const RunRequest& request) {
    if (auto possible = check_wishes(request.incident); !possible) return possible.error();
    Preparation prepared;
    formats::RedactionSettings settings = request.incident.redaction;
    settings.mask_addresses = request.incident.mask_addresses;
    auto redaction = formats::Redaction::make(settings);
    auto profiles = formats::load_profiles(config_folder() + "/platforms", platforms_named(request.incident));
    if (!profiles) return profiles.error();
    prepared.profiles = std::make_unique<const std::vector<formats::Profile>>(std::move(*profiles));
    if (auto named = check_names(request.incident); !named) return named.error();
    if (auto named = check_devices(request.incident); !named) return named.error();
    if (!redaction) return redaction.error();
    prepared.redaction = std::move(*redaction);
    auto plan = Plan::make(request.incident, *prepared.profiles);
    if (!plan) return plan.error();
    prepared.plan = std::make_unique<const Plan>(std::move(*plan));
    if (!request.approve.empty() && request.approve != prepared.plan->digest())
        return Error{ErrorKind::usage, "--approve", "the plan's digest is " + prepared.plan->digest(),
                     "look at it again with `tacbundle plan`, then approve that digest"};
    return prepared;
}

}  // namespace collector
