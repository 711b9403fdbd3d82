// Which tunnel of the device the run is about, and what the device shows of it before anything is done.

#include <algorithm>

#include "collector/endpoint/endpoint.hpp"
#include "formats/cisco/interesting_traffic.hpp"
#include "formats/tunnel/peers.hpp"

namespace collector {

namespace {

/// Of several pairs any that comes up is the tunnel.
std::optional<formats::ProxyPair> only_permitted(const std::vector<formats::TrafficPair>& pairs) {
    std::optional<formats::ProxyPair> only;
    for (const formats::TrafficPair& pair : pairs) {
        if (!pair.permit) continue;
        if (only) return std::nullopt;
        only = formats::ProxyPair{pair.source, pair.destination};
    }
    return only;
}

}  // namespace

void Endpoint::look_at_tunnel(const std::string& peer) {
    Progress& progress = *context_->progress;
    if (peer.empty()) {
        progress.warn(name(),
                      "the crypto peer cannot be told from the configurations; set peer-address to watch its SAs");
        tunnel_.look_at({}, std::nullopt, configuration_.names);
        return;
    }
    const auto traffic = formats::interesting_traffic(configuration_, peer);
    // A configuration that was not read is a capture's outcome, and some platforms have none.
    const bool is_read = configuration_.lines > 0;
    for (const std::string& note : traffic.notes)
        if (is_read) progress.warn(name(), note);
    if (is_read && traffic.pairs.empty())
        progress.warn(name(), "no interesting traffic is known: nothing is probed from here");
    tunnel_.look_at(peer, only_permitted(traffic.pairs), configuration_.names);
    std::string text = "tunnel to " + peer;
    const auto permitted =
        std::find_if(traffic.pairs.begin(), traffic.pairs.end(), [](const auto& pair) { return pair.permit; });
    if (permitted != traffic.pairs.end())
        text += ": " + formats::to_text(permitted->source) + " to " + formats::to_text(permitted->destination) +
                " (line " + std::to_string(permitted->line.number) + " of the configuration)";
    text += ", " + std::string(name_of(tunnel_.before().stage));
    event(EventKind::endpoint, text, {{"state", "tunnel"}, {"peer", peer}});
    if (tunnel_.before().stage == formats::TunnelState::Stage::up)
        progress.warn(name(), "the tunnel is up already: there is nothing to negotiate until it is reset");
    else if (tunnel_.before().phase1_up)
        progress.warn(name(), "phase 1 is up already: only phase 2 will show");
}

void find_the_tunnel(const formats::Incident& incident, std::vector<Endpoint>& endpoints) {
    std::vector<formats::TunnelEnd> ends;
    ends.reserve(endpoints.size());
    for (const Endpoint& endpoint : endpoints) ends.push_back({endpoint.tunnel().peer(), &endpoint.configuration()});
    const std::vector<std::string> peers = formats::peers_of(ends, incident.peer);
    for (Endpoint& endpoint : endpoints)
        if (endpoint.is_up()) endpoint.look_at_tunnel(peers[endpoint.index()]);
}

}  // namespace collector
