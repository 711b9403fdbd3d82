#include "collector/reset/consent.hpp"

#include <algorithm>

#include "formats/text/counted.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Incident;
using formats::ResetConsent;
using formats::ResetScope;
using formats::Result;

namespace {

constexpr std::chrono::seconds answer_limit{60};
constexpr std::size_t most_peers_shown = 8;

bool names(const std::vector<std::string>& named, const std::string& endpoint) {
    return std::find(named.begin(), named.end(), endpoint) != named.end();
}

bool is_a_pair_at_most(const Incident& incident) { return incident.endpoints.size() <= 2; }

std::string counted(const std::optional<unsigned>& number, const std::string& thing) {
    return number ? formats::counted(*number, thing) : "an unknown number of " + thing + "s";
}

std::string_view is_or_are(const std::optional<unsigned>& number) {
    return formats::by_number(number.value_or(0), " is", " are");
}

std::string lines_of(const Endpoint& endpoint, ResetScope scope) {
    std::string lines;
    for (const auto& reset : endpoint.plan().profile().resets)
        if (reset.scope == scope) lines += (lines.empty() ? "`" : " and `") + reset.line + "`";
    return lines;
}

std::string losses_of(const ResetLosses& losses, ResetScope scope) {
    if (scope == ResetScope::all_xlates)
        return counted(losses.translations, "translation") + " and what runs on them (" +
               counted(losses.connections, "connection").append(is_or_are(losses.connections)) + " in use)";
    std::string text = std::to_string(losses.other_peers.size()) +
                       (losses.other_peers.size() == 1 ? " other tunnel" : " other tunnels");
    for (std::size_t i = 0; i < std::min(losses.other_peers.size(), most_peers_shown); ++i)
        text += (i == 0 ? " (" : ", ") + losses.other_peers[i];
    if (losses.other_peers.size() > most_peers_shown) text += ", ...";
    if (!losses.other_peers.empty()) text += ")";
    return text + " and what runs through them; " +
           counted(losses.connections, "connection").append(is_or_are(losses.connections)) + " in use";
}

/// Why nobody is even asked; empty: there is nothing against it.
std::string obstacle(const Endpoint& endpoint, ResetScope scope) {
    if (!endpoint.is_up()) return "the device was not reached";
    if (endpoint.is_standby()) return "this is a standby unit";
    if (scope == ResetScope::source_xlate || scope == ResetScope::all_xlates) return {};
    const formats::Path path = endpoint.path();
    if (path.verdict == formats::PathVerdict::through)
        return "this login may run through a tunnel of the device: " + path.reason;
    if (path.verdict == formats::PathVerdict::unknown && scope == ResetScope::all_tunnels)
        return "whether this login runs through a tunnel is not known: " + path.reason;
    return {};
}

Consent ask(const Endpoint& endpoint, ResetScope scope, const std::string& losses, Terminal& terminal,
            const Patience& patience) {
    const std::string& host = endpoint.hostname();
    const auto answer =
        terminal.ask(endpoint.name() + ": if the tunnel stays down, " + lines_of(endpoint, scope) + " on " + host +
                         " drop" + (scope == ResetScope::all_tunnels ? " EVERY tunnel there: " : " ") + losses +
                         ".\nType the host name of its prompt to allow it, anything else to leave it: ",
                     false, patience.at_most(answer_limit));
    if (!answer) return {false, "the question was not answered: " + answer.error().detail};
    if (*answer != host) return {false, "declined on the terminal"};
    return {true, "`" + host + "` typed on the terminal"};
}

}  // namespace

Result<void> Consents::are_possible(const Incident& incident) {
    const bool resets = incident.allow_reset != ResetConsent::none;
    if (!resets && !incident.allow_clear_xlate) return {};
    const std::string option = resets ? "--allow-reset" : "--allow-clear-xlate";
    if (incident.no_debug)
        return Error{ErrorKind::usage, option,
                     "a reset is taken while debugs record the rebuild, and --no-debug arms none",
                     "leave one of them out"};
    if (!is_a_pair_at_most(incident))
        return Error{ErrorKind::usage, option, "with more than two endpoints it is not one tunnel that would be reset",
                     "name the two ends of the tunnel that is down"};
    return {};
}

Result<void> Consents::can_be_had(const Incident& incident, bool on_a_terminal) {
    if (on_a_terminal) return {};
    const auto each_is_named = [&](const std::string& option, const std::string& needs,
                                   const std::vector<std::string>& named) -> Result<void> {
        for (const auto& endpoint : incident.endpoints)
            if (!names(named, endpoint.name))
                return Error{ErrorKind::usage, option, "there is no terminal to ask for " + endpoint.name + " on",
                             "read the plan, then say so with " + needs + " " + endpoint.name};
        return {};
    };
    if (incident.allow_reset == ResetConsent::all)
        if (auto named =
                each_is_named("--allow-reset all", "--reset-drops-all-tunnels", incident.reset_drops_all_tunnels);
            !named)
            return named;
    if (incident.allow_clear_xlate)
        return each_is_named("--allow-clear-xlate", "--clear-xlate-drops-connections",
                             incident.clear_xlate_drops_connections);
    return {};
}

Consents Consents::gather(const Incident& incident, std::vector<Endpoint>& endpoints, Terminal& terminal,
                          Progress& progress, const Patience& patience) {
    Consents consents;
    for (Endpoint& endpoint : endpoints) {
        auto& given = consents.given_.emplace_back();
        const auto decide = [&](ResetScope scope, bool is_allowed, auto consent) {
            if (!is_allowed) return;
            const std::string against = obstacle(endpoint, scope);
            Consent& decided = given[static_cast<std::size_t>(scope)] =
                against.empty() ? consent() : Consent{false, against};
            if (!decided.given) progress.warn(endpoint.name(), "no " + lines_of(endpoint, scope) + ": " + decided.how);
        };
        std::optional<ResetLosses> losses;
        const auto wide = [&](ResetScope scope, const std::vector<std::string>& named,
                              const std::string& option) -> Consent {
            if (!losses) losses = endpoint.count_losses(patience);
            const std::string text = losses_of(*losses, scope);
            progress.event({EventKind::action,
                            endpoint.name(),
                            lines_of(endpoint, scope) + " would drop " + text,
                            {{"state", "counted"}}});
            if (terminal.is_there()) return ask(endpoint, scope, text, terminal, patience);
            return names(named, endpoint.name()) ? Consent{true, option + " " + endpoint.name()}
                                                 : Consent{false, "not named by " + option};
        };
        const std::string word = incident.allow_reset == ResetConsent::all ? "--allow-reset all" : "--allow-reset peer";
        decide(ResetScope::peer, incident.allow_reset != ResetConsent::none, [&] { return Consent{true, word}; });
        decide(ResetScope::all_tunnels, incident.allow_reset == ResetConsent::all, [&] {
            return wide(ResetScope::all_tunnels, incident.reset_drops_all_tunnels, "--reset-drops-all-tunnels");
        });
        decide(ResetScope::source_xlate, incident.allow_clear_xlate, [] {
            return Consent{true, "--allow-clear-xlate"};
        });
        decide(ResetScope::all_xlates, incident.allow_clear_xlate, [&] {
            return wide(ResetScope::all_xlates, incident.clear_xlate_drops_connections,
                        "--clear-xlate-drops-connections");
        });
    }
    return consents;
}

}  // namespace collector
