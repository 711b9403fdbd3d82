#include "formats/cisco/tunnel_state.hpp"

#include <algorithm>

namespace formats {

namespace {

bool protects(const IpsecPair& entry, const ProxyPair& pair) {
    return entry.local.network == pair.local && entry.remote.network == pair.remote;
}

}  // namespace

std::string_view name_of(TunnelState::Stage stage) {
    switch (stage) {
        case TunnelState::Stage::down:
            return "down";
        case TunnelState::Stage::building:
            return "building";
        case TunnelState::Stage::up:
            return "up";
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

bool has_new_sas(const TunnelState& before, const TunnelState& now) {
    const auto has_new = [&](bool inbound) {
        return std::any_of(now.spis.begin(), now.spis.end(), [&](const auto& spi) {
            return spi.first == inbound && !before.spis.contains(spi);
        });
    };
    return has_new(true) && has_new(false);
}

}  // namespace formats
