#include "formats/cisco/tunnel_state.hpp"

#include <algorithm>

namespace formats {

namespace {

bool protects(const IpsecPair& entry, const ProxyPair& pair) {
    return entry.local.network == pair.local && entry.remote.network == pair.remote;
}

void resolve(std::string& word, const NameTable& names) {
    const auto at = names.find(word);
    if (at != names.end()) word = ipv4_text(at->second);
}

/// "hq-net/255.255.255.0/0/0"
void resolve(ProxyIdentity& identity, const NameTable& names) {
    if (identity.network) return;
    std::string address = identity.text.substr(0, identity.text.find('/'));
    const std::string rest = identity.text.substr(address.size());
    if (!names.contains(address)) return;
    resolve(address, names);
    const std::string mask = rest.substr(std::min<std::size_t>(1, rest.size()));
    identity.network = network_of(address, mask.substr(0, mask.find('/')));
    identity.text = address + rest;
}

}  // namespace

void resolve_names(IsakmpTable& phase1, const NameTable& names) {
    if (names.empty()) return;
    for (IsakmpSa& sa : phase1.sas)
        for (std::string* word : {&sa.peer, &sa.destination, &sa.source}) resolve(*word, names);
}

void resolve_names(IpsecTable& phase2, const NameTable& names) {
    if (names.empty()) return;
    for (IpsecPair& pair : phase2.pairs) {
        for (std::string* word : {&pair.peer, &pair.local_address}) resolve(*word, names);
        resolve(pair.local, names);
        resolve(pair.remote, names);
    }
}

std::string_view name_of(TunnelState::Stage stage) {
    switch (stage) {
        case TunnelState::Stage::down: return "down";
        case TunnelState::Stage::building: return "building";
        case TunnelState::Stage::up: return "up";
    }
    return "down";
}

TunnelState tunnel_state(const IsakmpTable& phase1, const IpsecTable& phase2, std::string_view peer,
                         const std::optional<ProxyPair>& pair) {
    TunnelState state;
    for (const IsakmpSa& sa : phase1.sas) {
        if (!sa.concerns(peer)) continue;
        // A deleted SA beside its successor says nothing; an SA that is up says more than one being
        // built.
        if (state.phase1_up || (sa.deleted && !state.phase1_state.empty())) continue;
        state.phase1_up = sa.is_up();
        state.phase1_state = sa.deleted ? sa.state + " (deleted)" : sa.state;
        state.role = sa.role_towards(peer);
        if (!sa.deleted) state.stage = TunnelState::Stage::building;
    }
    for (const IpsecPair& entry : phase2.pairs) {
        if (entry.peer != peer || (pair && !protects(entry, *pair))) continue;
        state.encaps += entry.counter("encaps");
        state.decaps += entry.counter("decaps");
        state.send_errors += entry.counter("send errors");
        state.recv_errors += entry.counter("recv errors");
        for (const IpsecSa& sa : entry.sas)
            if (sa.active && sa.spi != 0) state.spis.emplace(sa.inbound, sa.spi);
        if (entry.has_live(true) && entry.has_live(false)) state.stage = TunnelState::Stage::up;
    }
    return state;
}

bool share_a_pair(const TunnelState& here, const TunnelState& there) {
    const auto one_way = [](const TunnelState& from, const TunnelState& to) {
        return std::any_of(from.spis.begin(), from.spis.end(), [&](const auto& spi) {
            return !spi.first && to.spis.contains({true, spi.second});
        });
    };
    return one_way(here, there) && one_way(there, here);
}

std::vector<std::string> other_peers(const IsakmpTable& phase1, const IpsecTable& phase2, std::string_view peer) {
    std::vector<std::string> others;
    const auto add = [&](const std::string& other) {
        if (!other.empty() && other != peer && std::find(others.begin(), others.end(), other) == others.end())
            others.push_back(other);
    };
    for (const IsakmpSa& sa : phase1.sas)
        if (sa.is_up()) add(sa.peer);
    for (const IpsecPair& pair : phase2.pairs)
        if (pair.has_live(true) || pair.has_live(false)) add(pair.peer);
    return others;
}

bool has_new_sas(const TunnelState& before, const TunnelState& now) {
    const auto has_new = [&](bool inbound) {
        return std::any_of(now.spis.begin(), now.spis.end(),
                           [&](const auto& spi) { return spi.first == inbound && !before.spis.contains(spi); });
    };
    return has_new(true) && has_new(false);
}

}  // namespace formats
