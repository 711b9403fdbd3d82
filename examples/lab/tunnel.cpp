#include "examples/lab/tunnel.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "examples/lab/address.hpp"

namespace lab {
namespace {

constexpr int phase_1_lifetime = 86400;
constexpr int phase_2_lifetime = 28800;
constexpr std::uint64_t kilobytes = 4275000;

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

std::string remaining(Clock::time_point since, int lifetime) {
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - since).count();
    return std::to_string(std::max<long>(1, lifetime - age));
}

void describe(const Tunnel::IkeSa& sa, Slots& slots) {
    slots["role"] = name_of(sa.role);
    slots["state"] = sa.state;
    slots["type"] = sa.identified ? "L2L" : "user";
    slots["isakmp-remaining"] = remaining(sa.since, phase_1_lifetime);
}

/// Scenarios speak of states as an ASA does.
void rename_state(const Platform& platform, Slots& slots) {
    const auto name = platform.states.find(slots["state"]);
    if (name != platform.states.end()) slots["state"] = name->second;
}

void describe(const Tunnel::IpsecSa& sa, Slots& slots) {
    slots["spi-in"] = hexadecimal(sa.inbound, false);
    slots["spi-out"] = hexadecimal(sa.outbound, false);
    slots["spi-in-upper"] = hexadecimal(sa.inbound, true);
    slots["spi-out-upper"] = hexadecimal(sa.outbound, true);
    slots["spi-in-decimal"] = std::to_string(sa.inbound);
    slots["spi-out-decimal"] = std::to_string(sa.outbound);
    slots["encaps"] = std::to_string(sa.encaps);
    slots["decaps"] = std::to_string(sa.decaps);
    slots["conn-id"] = std::to_string(sa.connection);
    slots["ipsec-remaining"] = remaining(sa.since, phase_2_lifetime);
    slots["kilobytes-in"] = std::to_string(kilobytes - 1 - sa.decaps / 10);
    slots["kilobytes-out"] = std::to_string(kilobytes - 1 - sa.encaps / 10);
}

/// What the configuration calls the tunnel to somebody else.
void name_other(int number, Slots& slots) {
    const auto text = std::to_string(number);
    slots["peer"] = "192.0.2." + text;
    slots["remote-network"] = "10.9." + text + ".0";
    slots["remote-mask"] = "255.255.255.0";
    slots["map-sequence"] = "10" + text;
    slots["map-acl"] = "OTHER-" + text;
}

}  // namespace

std::string_view name_of(Tunnel::Fate fate) {
    switch (fate) {
        case Tunnel::Fate::no_match: return "no-match";
        case Tunnel::Fate::triggered: return "triggered";
        case Tunnel::Fate::building: return "building";
        case Tunnel::Fate::lost: return "lost";
        case Tunnel::Fate::unanswered: return "unanswered";
        case Tunnel::Fate::answered: return "answered";
    }
    return "";
}

std::string_view name_of(Role role) { return role == Role::initiator ? "initiator" : "responder"; }

Tunnel::Tunnel(Device& left, Device& right, Clockwork& clockwork, FindScenario find)
    : clockwork_(clockwork), find_(std::move(find)) {
    ends_[0].device = &left;
    ends_[1].device = &right;
    for (int side = 0; side < 2; ++side) {
        at(side).device->on_reload([this, side] { vanish(side); });
        at(side).site_slots = at(side).device->site().slots;
    }
}

std::uint32_t Tunnel::fresh() {
    // Small values are reserved, and readers must not take an SPI for a counter.
    return static_cast<std::uint32_t>(random_() | 0x01000000U);
}

void Tunnel::play(const Scenario& scenario, bool start_afresh) {
    abandon();
    for (int side : {0, 1}) {
        if (!start_afresh) break;
        drop_ipsec(side, "another scenario");
        drop_ike(side, "another scenario");
    }
    scenario_ = &scenario;
    for (std::size_t side = 0; side < 2; ++side) {
        auto& slots = ends_[side].device->site().slots;
        slots = ends_[side].site_slots;
        for (const auto& [name, value] : scenario.slots[side]) slots[name] = value;
    }
    if (scenario.stands.empty()) return;
    const int side = scenario.stands == "left" ? 0 : 1;
    const auto long_ago = Clock::now() - std::chrono::hours(2);
    at(side).ike = IkeSa{Role::initiator, "MM_ACTIVE", true, long_ago};
    at(side).ipsec = IpsecSa{fresh(), fresh(), 1042, 998, ++connections_, long_ago};
}

bool Tunnel::matches(int side, const std::string& source, const std::string& destination) const {
    if (scenario_->plain == end(side).device->side()) return false;
    const auto& here = end(side).device->site();
    const auto slots = this->slots(side);
    return is_in(source, here.local_network, here.local_mask) &&
           is_in(destination, slots.at("remote-network"), slots.at("remote-mask"));
}

Tunnel::Fate Tunnel::trace(int side, const std::string& source, const std::string& destination) {
    if (!matches(side, source, destination)) return Fate::no_match;
    End& here = at(side);
    if (here.ipsec) return Fate::answered;
    if (building_) {
        if (side == initiator_) here.device->say(Role::initiator, "queued", slots(side));
        return Fate::building;
    }
    start(side);
    return Fate::triggered;
}

Tunnel::Fate Tunnel::packet(int side, const std::string& source, const std::string& destination, std::string_view by) {
    auto fate = trace(side, source, destination);
    End& here = at(side);
    End& there = at(1 - side);
    if (fate == Fate::answered) {
        ++here.ipsec->encaps;
        if (!there.ipsec || there.ipsec->inbound != here.ipsec->outbound) {
            there.device->say(Role::responder, "no-such-sa", slots(1 - side));
            fate = Fate::lost;
        } else {
            ++there.ipsec->decaps;
            fate = Fate::unanswered;
            if (scenario_->replies && scenario_->plain != there.device->side() &&
                there.ipsec->outbound == here.ipsec->inbound) {
                ++there.ipsec->encaps;
                ++here.ipsec->decaps;
                fate = Fate::answered;
            }
        }
    }
    here.device->log(
        nullptr, "packet",
        JsonObject().add("by", by).add("source", source).add("destination", destination).add("fate", name_of(fate)));
    return fate;
}

void Tunnel::start(int side) {
    initiator_ = side;
    building_ = true;
    ++generation_;
    for (auto& spi : offered_spis_) spi = fresh();
    for (auto& text : structs_) text = hexadecimal(fresh() & 0x0fffffffU, false);
    message_id_ = hexadecimal(fresh(), false);
    cookie_ = hexadecimal(fresh(), false);

    const auto standing = [](const End& e) { return e.ike && e.ike->state == "MM_ACTIVE"; };
    const Scenario* scenario = scenario_;
    const auto& other = *at(1 - side).device;
    if (other.away() || other.standby()) {
        if (const auto* unreachable = find_("peer-unreachable")) scenario = unreachable;
    }
    const bool phase_1_stands = standing(ends_[0]) && standing(ends_[1]);
    script_.clear();
    for (const auto& step : scenario->steps)
        if (!phase_1_stands || step.phase == 2) script_.push_back(step);
    if (!phase_1_stands)
        for (int end : {0, 1}) drop_ike(end, "superseded");
    // Not at once: what caused it is logged first.
    clockwork_.after(Milliseconds(0), [this, side, phase_1_stands, generation = generation_] {
        if (generation != generation_) return;
        at(side).device->log(nullptr, "ike-start", JsonObject().add("phase", phase_1_stands ? 2 : 1));
        if (phase_1_stands) at(side).device->say(Role::initiator, "acquire-phase-2", slots(side));
        run_step(0, generation);
    });
}

void Tunnel::run_step(std::size_t index, unsigned generation) {
    if (generation != generation_) return;
    if (index >= script_.size()) {
        building_ = false;
        return;
    }
    const auto perform_and_go_on = [this, index, generation] {
        if (generation != generation_) return;
        perform(script_[index]);
        run_step(index + 1, generation);
    };
    if (script_[index].after.count() == 0)
        perform_and_go_on();
    else
        clockwork_.after(script_[index].after, perform_and_go_on);
}

void Tunnel::perform(const ExchangeStep& step) {
    const int side = step.who == Role::initiator ? initiator_ : 1 - initiator_;
    End& here = at(side);
    if (!step.says.empty()) here.device->say(step.who, step.says, slots(side));
    if (!step.state.empty()) {
        if (!here.ike) here.ike = IkeSa{step.who, "", false, Clock::now()};
        here.ike->state = step.state;
        here.device->log(nullptr, "ike-state", JsonObject().add("role", name_of(step.who)).add("state", step.state));
    }
    if (step.does == "identify" && here.ike) {
        here.ike->identified = true;
    } else if (step.does == "ipsec-up") {
        const auto mine = static_cast<std::size_t>(side);
        here.ipsec = IpsecSa{offered_spis_[mine], offered_spis_[1 - mine], 0, 0, ++connections_, Clock::now()};
        here.device->log(nullptr, "sa-up",
                         JsonObject()
                             .add("inbound", "0x" + hexadecimal(here.ipsec->inbound, false))
                             .add("outbound", "0x" + hexadecimal(here.ipsec->outbound, false)));
    } else if (step.does == "teardown") {
        drop_ipsec(side, "teardown");
        drop_ike(side, "teardown");
    }
}

void Tunnel::drop_ipsec(int side, std::string_view why) {
    End& here = at(side);
    if (!here.ipsec) return;
    here.device->log(nullptr, "sa-down",
                     JsonObject().add("why", why).add("inbound", "0x" + hexadecimal(here.ipsec->inbound, false)));
    here.ipsec.reset();
}

void Tunnel::drop_ike(int side, std::string_view why) {
    End& here = at(side);
    if (!here.ike) return;
    here.device->log(nullptr, "ike-down", JsonObject().add("why", why).add("state", here.ike->state));
    here.ike.reset();
}

void Tunnel::abandon() {
    if (!building_) return;
    building_ = false;
    ++generation_;
    for (int side : {0, 1})
        if (at(side).ike && at(side).ike->state != "MM_ACTIVE") drop_ike(side, "abandoned");
}

/// Deletes this end's IPsec SAs and tells the other end, which deletes the ones that belong to
/// them.
void Tunnel::delete_pair(int side) {
    End& here = at(side);
    if (!here.ipsec) return;
    const auto outbound = here.ipsec->outbound;
    here.device->say(Role::initiator, "delete-sent", slots(side));
    drop_ipsec(side, "cleared");
    End& there = at(1 - side);
    if (there.ipsec && there.ipsec->inbound == outbound) {
        there.device->say(Role::responder, "delete-received", slots(1 - side));
        drop_ipsec(1 - side, "deleted by the peer");
    }
}

void Tunnel::remedy(int side, const std::string& cleared) {
    at(side).device->log(nullptr, "clear", JsonObject().add("what", cleared));
    const auto next = scenario_->remedies.find(cleared);
    if (next == scenario_->remedies.end()) return;
    if (!scenario_->remedy_side.empty() && scenario_->remedy_side != at(side).device->side()) return;
    if (const auto* scenario = find_(next->second)) {
        at(side).device->log(nullptr, "remedied", JsonObject().add("scenario", scenario->name));
        play(*scenario, false);
    }
}

void Tunnel::add_others(int side, int count) {
    for (int i = 0; i < count; ++i) {
        const auto since = Clock::now() - std::chrono::hours(3);
        at(side).others.push_back({static_cast<int>(at(side).others.size()) + 1,
                                   IkeSa{Role::responder, "MM_ACTIVE", true, since},
                                   IpsecSa{fresh(), fresh(), 5120, 4711, ++connections_, since}});
    }
    at(side).configured_others = static_cast<int>(at(side).others.size());
}

void Tunnel::drop_others(int side, const std::string& peer) {
    End& here = at(side);
    std::erase_if(here.others, [&](const Other& other) {
        Slots name;
        name_other(other.number, name);
        if (!peer.empty() && name["peer"] != peer) return false;
        here.device->log(nullptr, "other-tunnel-down", JsonObject().add("peer", name["peer"]));
        return true;
    });
}

void Tunnel::clear_ipsec(int side, const std::string& peer) {
    drop_others(side, peer);
    if (!peer.empty() && peer != end(1 - side).device->site().outside) return;
    abandon();
    delete_pair(side);
    remedy(side, "clear-ipsec");
}

void Tunnel::clear_isakmp(int side) {
    abandon();
    drop_others(side, "");
    delete_pair(side);
    for (int end : {side, 1 - side}) drop_ike(end, "cleared");
    remedy(side, "clear-isakmp");
}

void Tunnel::clear_xlate(int side, const std::string& local) {
    End& here = at(side);
    here.translations = local.empty() ? 0 : std::max(0, here.translations - 1);
    here.connections = local.empty() ? 0 : std::max(0, here.connections - 2);
    remedy(side, local.empty() ? "clear-xlate" : "clear-xlate-local");
}

void Tunnel::vanish(int side) {
    abandon();
    drop_ipsec(side, "reload");
    drop_ike(side, "reload");
}

Slots Tunnel::slots(int side) const {
    const End& here = end(side);
    Slots slots = here.device->slots();
    const auto& there = end(1 - side).device->site();
    const auto mine = static_cast<std::size_t>(side);
    const auto inbound = here.ipsec ? here.ipsec->inbound : offered_spis_[mine];
    const auto outbound = here.ipsec ? here.ipsec->outbound : offered_spis_[1 - mine];
    slots["peer"] = there.outside;
    // What this end believes the remote network to be; a scenario may set it wrong.
    slots.emplace("remote-network", there.local_network);
    slots.emplace("remote-mask", there.local_mask);
    slots["peer-network"] = there.local_network;
    slots["peer-mask"] = there.local_mask;
    // What the other end asks for here, as it was configured there.
    const Slots theirs = end(1 - side).device->slots();
    const auto asked = theirs.find("remote-network"), asked_mask = theirs.find("remote-mask");
    slots["asked-network"] = asked == theirs.end() ? here.device->site().local_network : asked->second;
    slots["asked-mask"] = asked_mask == theirs.end() ? here.device->site().local_mask : asked_mask->second;
    slots["msgid"] = message_id_;
    slots["msgid-decimal"] = std::to_string(std::strtoul(message_id_.c_str(), nullptr, 16));
    slots["cookie"] = cookie_;
    slots["struct"] = structs_[mine];
    slots["struct-2"] = structs_[1 - mine];
    slots["struct-3"] = cookie_;
    slots["policy-hash-upper"] = upper(slots["policy-hash"]);
    slots["xlates"] = std::to_string(here.translations);
    slots["conns"] = std::to_string(here.connections);
    const bool initiator = here.ike ? here.ike->role == Role::initiator : true;
    slots["ike-source"] = initiator ? here.device->site().outside : there.outside;
    slots["ike-destination"] = initiator ? there.outside : here.device->site().outside;
    slots["embryonic"] = here.ike && here.ike->state != "MM_ACTIVE" ? "1" : "0";
    slots["created"] = here.ipsec ? "1" : "0";
    if (here.ike) describe(*here.ike, slots);
    rename_state(here.device->platform(), slots);
    describe(here.ipsec.value_or(IpsecSa{inbound, outbound, 0, 0, 0, Clock::now()}), slots);
    const auto& platform = here.device->platform();
    for (const auto* lines : {"other-acl", "other-map", "other-group"}) {
        std::string all;
        for (int index = 1; index <= here.configured_others; ++index) {
            auto other = slots;
            other["index"] = std::to_string(index);
            name_other(index, other);
            all += fill(platform.texts.at(lines), other);
        }
        slots[std::string(lines) + "s"] = all;
    }
    return slots;
}

Slots Tunnel::other_slots(int side, std::size_t index) const {
    const Other& other = end(side).others.at(index);
    auto slots = this->slots(side);
    name_other(other.number, slots);
    describe(other.ike, slots);
    rename_state(end(side).device->platform(), slots);
    describe(other.ipsec, slots);
    return slots;
}

}  // namespace lab
