#include "formats/cisco/probe_choice.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace formats {

namespace {

constexpr std::size_t most_pairs_tried = 512;
constexpr std::uint32_t usual_host = 10;  ///< of a network: seldom a router, seldom a pool
constexpr std::uint32_t most_hosts_tried = 512;

std::string in_line(const ConfigLine& line) { return "line " + std::to_string(line.number) + " (" + line.text + ")"; }

/// What two networks with unbroken masks share: the smaller of them, or nothing.
std::optional<Network> shared(const Network& a, const Network& b) {
    if (!a.contiguous() || !b.contiguous()) return std::nullopt;
    const Network& smaller = a.mask >= b.mask ? a : b;
    const Network& larger = a.mask >= b.mask ? b : a;
    if (!larger.contains(smaller.address)) return std::nullopt;
    return smaller;
}

/// True when `host` is the network's or the broadcast address; a pair of two or a single address
/// has neither.
bool is_edge(const Network& network, std::uint32_t host) {
    if (network.mask >= 0xFFFFFFFEU) return false;
    return host == (network.address & network.mask) || host == (network.address | ~network.mask);
}

/// How much searching a choice may cost: a hostile configuration must not make it last.
class Budget {
 public:
    bool spend(std::size_t steps) {
        left_ = steps < left_ ? left_ - steps : 0;
        return left_ > 0;
    }
    bool spent() const { return left_ == 0; }

 private:
    std::size_t left_ = 20'000'000;
};

/// Which packets may be sent: no edge of the pair's network or of the connected one, and not our
/// own.
class HostChoice {
 public:
    HostChoice(const CryptoConfig& here, const CryptoConfig* there, Budget& budget)
        : here_(here), there_(there), budget_(budget) {}

    bool allowed(std::uint32_t host, const Network& network) const {
        if (!budget_.spend(2 * here_.interfaces.size() + (there_ == nullptr ? 0 : there_->interfaces.size())))
            return false;
        if (host == 0 || host == 0xFFFFFFFFU || host >> 28U >= 0xEU || host >> 24U == 127U) return false;
        if (is_edge(network, host) || here_.is_own(host)) return false;
        return !on_an_edge(here_, host) && (there_ == nullptr || !on_an_edge(*there_, host));
    }

    /// A host of `network` for which `fits` holds: the usual one first, then from the start.
    template <class Fits>
    std::optional<std::uint32_t> host_in(const Network& network, Fits fits) const {
        if (!network.contiguous()) return std::nullopt;
        const std::uint32_t first = network.address & network.mask;
        const std::uint32_t count = ~network.mask;
        const auto good = [&](std::uint32_t host) { return allowed(host, network) && fits(host); };
        if (count >= usual_host && good(first + usual_host)) return first + usual_host;
        for (std::uint32_t i = 0; i <= std::min(count, most_hosts_tried); ++i)
            if (good(first + i)) return first + i;
        return std::nullopt;
    }

 private:
    static bool on_an_edge(const CryptoConfig& config, std::uint32_t host) {
        return std::any_of(config.interfaces.begin(), config.interfaces.end(), [&](const ConfigInterface& known) {
            const Network network{known.address.value_or(0), known.mask};
            return known.address && network.contains(host) && is_edge(network, host);
        });
    }

    const CryptoConfig& here_;
    const CryptoConfig* there_;
    Budget& budget_;
};

/// A network behind an interface, by connection or by route.
struct Behind {
    std::string interface;
    Network network;
    bool connected = true;
};

std::string interface_towards(const CryptoConfig& config, std::uint32_t gateway) {
    for (const ConfigInterface& known : config.interfaces)
        if (known.address && known.mask != 0 && Network{*known.address, known.mask}.contains(gateway))
            return known.name;
    return {};
}

std::vector<Behind> inside_networks(const CryptoConfig& config, const std::string& crypto_interface) {
    std::vector<Behind> inside;
    for (const ConfigInterface& known : config.interfaces)
        if (known.address && known.mask != 0 && known.name != crypto_interface && !known.name.empty() &&
            !known.shutdown)
            inside.push_back({known.name, {*known.address & known.mask, known.mask}, true});
    for (const ConfigRoute& route : config.routes) {
        std::string interface = route.interface;
        if (interface.empty() && route.gateway) interface = interface_towards(config, *route.gateway);
        if (route.network.mask != 0 && !interface.empty() && interface != crypto_interface &&
            inside.size() < most_pairs_tried)
            inside.push_back({interface, route.network, false});
    }
    return inside;
}

class Choice {
 public:
    Choice(const CryptoConfig& here, const CryptoConfig* there, std::string_view peer)
        : here_(here),
          there_(there),
          traffic_(interesting_traffic(here, peer)),
          hosts_(here, there, budget_),
          inside_(inside_networks(here, traffic_.interface)) {
        if (there == nullptr) return;
        const auto ours = crypto_address(here, peer).address;
        there_inside_ = inside_networks(*there, crypto_address(*there, ours ? ipv4_text(*ours) : "").interface);
    }

    ProbeChoice make() {
        choice_.reasons = traffic_.notes;
        std::size_t tried = 0;
        for (const TrafficPair& pair : traffic_.pairs) {
            if (!pair.permit) continue;
            if (++tried > most_pairs_tried || budget_.spent()) {
                say("no usable pair among the first " + std::to_string(tried - 1));
                break;
            }
            if (try_pair(pair)) return std::move(choice_);
        }
        if (traffic_.pairs.empty())
            say("there is no interesting traffic to choose from");
        else
            say("no pair gives a probe from here; somebody has to send the traffic the tunnel is "
                "for");
        return std::move(choice_);
    }

 private:
    void say(std::string reason) {
        auto& reasons = choice_.reasons;
        if (reasons.size() < 64 && std::find(reasons.begin(), reasons.end(), reason) == reasons.end())
            reasons.push_back(std::move(reason));
    }

    /// True when this very packet is taken by a permit, not by an earlier deny.
    bool taken(std::uint32_t source, std::uint32_t destination) const {
        if (!budget_.spend(traffic_.pairs.size())) return false;
        const TrafficPair* match = first_match(traffic_.pairs, source, destination);
        return match != nullptr && match->permit;
    }

    bool try_pair(const TrafficPair& pair) {
        if (!pair.covers_icmp) {
            say(in_line(pair.line) + ": only " + pair.protocol + (pair.ports.empty() ? "" : " " + pair.ports) +
                ", which no ping can match");
            return false;
        }
        bool behind = false;
        for (const Behind& inside : inside_) {
            const auto sources = shared(pair.source, inside.network);
            if (!sources) continue;
            behind = true;
            if (choose(pair, inside, *sources)) return true;
        }
        if (!behind)
            say(in_line(pair.line) + ": " + to_text(pair.source) + " is not behind an inside interface of this device");
        return false;
    }

    bool choose(const TrafficPair& pair, const Behind& inside, const Network& sources) {
        const ConfigInterface* interface = here_.interface(inside.interface);
        const auto destination = choose_destination(pair, sources);
        if (!destination) return false;
        const auto source = hosts_.host_in(sources, [&](std::uint32_t host) {
            return host != *destination && pair.source.contains(host) && taken(host, *destination);
        });
        std::optional<std::uint32_t> own;
        if (interface != nullptr && interface->address && pair.source.contains(*interface->address) &&
            taken(*interface->address, *destination))
            own = interface->address;
        if (!source && !own) {
            say(in_line(pair.line) + ": no source behind " + inside.interface + " is taken by the access list");
            return false;
        }
        choice_.pair = pair;
        choice_.inside_interface = inside.interface;
        choice_.source = source;
        choice_.own_source = own;
        choice_.destination = destination;
        say(in_line(pair.line) + " permits " + to_text(pair.source) + " to " + to_text(pair.destination));
        explain_source(inside, sources);
        explain_destination();
        return true;
    }

    void explain_source(const Behind& inside, const Network& sources) {
        say(to_text(sources) + (inside.connected ? " is connected to interface " : " is routed to interface ") +
            inside.interface +
            (choice_.source ? "; source " + ipv4_text(*choice_.source) + " is a host there, not this device" : ""));
        if (!choice_.own_source) return;
        const std::string own = ipv4_text(*choice_.own_source);
        if (here_.dialect == ConfigDialect::ios) {
            choice_.own_ping_matches = true;
            say("the device's own ping from " + own + " matches");
        } else if (here_.management_access == inside.interface) {
            choice_.own_ping_matches = true;
            say("`management-access " + inside.interface + "` makes the device's own ping from " + own + " match");
        } else {
            say("the device's own ping would not match: `management-access " + inside.interface +
                "` is not configured");
        }
    }

    void explain_destination() {
        const std::string address = ipv4_text(*choice_.destination);
        say(choice_.destination_answers
                ? "destination " + address + " is the other end's own inside address, which answers"
                : "destination " + address + " may not exist: a missing answer proves nothing");
    }

    /// The other end's inside address when it answers, else a host of its inside network, else of
    /// the pair's.
    std::optional<std::uint32_t> choose_destination(const TrafficPair& pair, const Network& sources) {
        choice_.destination_answers = false;
        const auto any_source = [&](std::uint32_t destination) {
            return hosts_.host_in(sources, [&](std::uint32_t host) { return taken(host, destination); }).has_value() ||
                   own_source_taken(pair, destination);
        };
        for (const Behind& far : there_inside_) {
            const ConfigInterface* interface = there_->interface(far.interface);
            if (!far.connected || interface == nullptr || !interface->address) continue;
            const bool answers = there_->dialect == ConfigDialect::ios || there_->management_access == far.interface;
            const std::uint32_t address = *interface->address;
            if (!answers || !pair.destination.contains(address) || here_.is_own(address) || !any_source(address))
                continue;
            choice_.destination_answers = true;
            return address;
        }
        for (const Behind& far : there_inside_)
            if (const auto network = shared(pair.destination, far.network))
                if (const auto host =
                        hosts_.host_in(*network, [&](std::uint32_t h) { return !there_->is_own(h) && any_source(h); }))
                    return host;
        if (pair.destination.mask == 0) {
            say(in_line(pair.line) + ": the destination is any, and the other end's networks are not known");
            return std::nullopt;
        }
        if (!pair.destination.contiguous()) {
            say(in_line(pair.line) + ": the destination's mask has holes; no address is guessed");
            return std::nullopt;
        }
        auto host = hosts_.host_in(pair.destination, any_source);
        if (!host) say(in_line(pair.line) + ": no address of " + to_text(pair.destination) + " can be used");
        return host;
    }

    bool own_source_taken(const TrafficPair& pair, std::uint32_t destination) const {
        return std::any_of(inside_.begin(), inside_.end(), [&](const Behind& inside) {
            const ConfigInterface* interface = here_.interface(inside.interface);
            return interface != nullptr && interface->address && pair.source.contains(*interface->address) &&
                   taken(*interface->address, destination);
        });
    }

    const CryptoConfig& here_;
    const CryptoConfig* there_;
    mutable Budget budget_;
    InterestingTraffic traffic_;
    HostChoice hosts_;
    std::vector<Behind> inside_, there_inside_;
    ProbeChoice choice_;
};

using Mirrored = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t, std::string>;

Mirrored key_of(const TrafficPair& pair, bool turned) {
    const Network& a = turned ? pair.destination : pair.source;
    const Network& b = turned ? pair.source : pair.destination;
    return {a.address & a.mask, a.mask, b.address & b.mask, b.mask, pair.protocol};
}

void find_missing(const InterestingTraffic& one, const InterestingTraffic& other, bool is_here,
                  std::vector<MirrorDifference>& differences) {
    constexpr std::size_t most = 64;
    std::set<Mirrored> turned;
    for (const TrafficPair& pair : other.pairs)
        if (pair.permit) turned.insert(key_of(pair, true));
    for (const TrafficPair& pair : one.pairs)
        if (pair.permit && !turned.contains(key_of(pair, false)) && differences.size() < most)
            differences.push_back({is_here, pair});
}

}  // namespace

ProbeChoice choose_probe(const CryptoConfig& here, const CryptoConfig* there, std::string_view peer) {
    return Choice(here, there, peer).make();
}

std::vector<MirrorDifference> mirror_differences(const InterestingTraffic& here, const InterestingTraffic& there) {
    std::vector<MirrorDifference> differences;
    find_missing(here, there, true, differences);
    find_missing(there, here, false, differences);
    return differences;
}

}  // namespace formats
