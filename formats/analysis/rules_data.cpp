// Packets and counters: SAs that one end lost, what arrives in clear, outside its SA, or not at all.

#include <algorithm>

#include "formats/analysis/rules.hpp"
#include "formats/cisco/device_text.hpp"
#include "formats/text/ip_address.hpp"

namespace formats {

namespace {

bool inside(const std::optional<Network>& network, std::string_view address) {
    const auto number = parse_ipv4(address);
    return network && number && network->contains(*number);
}

/// `here` holds SAs that `across` does not have.
void find_stale_sa(const RuleView& view) {
    if (!view.is_two_sided() || view.tunnel.is_up()) return;
    const auto live = view.here.live_rows();
    const auto theirs = view.across.live_rows();
    // The other end names the SPI.
    for (const Event* event : view.across.events) {
        if (event->kind != EventKind::invalid_spi) continue;
        const auto spi = spi_of((*event)[Slot::spi]);
        const auto sender =
            std::find_if(live.begin(), live.end(), [&](const ChildSaRow* row) { return spi && row->spi_out == *spi; });
        if (sender == live.end()) continue;
        view.add(
            "stale-sa", Grade::proved,
            view.here.name() + " sends with an SA that " + view.across.name() + " does not have.",
            view.here.name() + " has to clear its SAs for " + view.across.name() + "; DPD at both ends prevents it.",
            {(*sender)->place, view.across.place_of(*event)});
        return;
    }
    const Event* const ended = view.across.last({EventKind::restarted, EventKind::delete_sent, EventKind::deleted_all});
    const bool was_up = view.here.has({EventKind::child_up}) || !live.empty();
    const bool heard = view.here.has({EventKind::delete_received});
    // A table that was read later and holds nothing, at an end that had this SA and says so itself.
    if (!live.empty() && theirs.empty() && view.across.child_table() != nullptr) {
        std::vector<Place> evidence{live.front()->place};
        if (ended != nullptr) evidence.push_back(view.across.place_of(*ended));
        evidence.push_back(view.across.child_table()->place);
        if (ended != nullptr || live.front()->encaps > 0)
            view.add("stale-sa", Grade::likely,
                     view.here.name() + " still holds an SA for " + view.across.name() + ", which has none" +
                         (ended != nullptr ? " since it deleted its own or restarted." : "."),
                     view.here.name() + " has to clear its SAs for " + view.across.name() +
                         "; DPD at both ends prevents it.",
                     std::move(evidence));
        return;
    }
    // The other end began anew, and this one had to find out by itself.
    const Event* const lost = view.here.last({EventKind::dpd_timeout, EventKind::gave_up});
    const bool restarted = view.across.has({EventKind::restarted}) ||
                           (view.across.has_stream() &&
                            !view.across.has({EventKind::child_up, EventKind::received, EventKind::packet_in}) &&
                            view.across.child_table() != nullptr);
    if (was_up && lost != nullptr && !heard && restarted && view.here.before(*lost, {EventKind::child_up}) != nullptr) {
        const Event* const up = view.here.before(*lost, {EventKind::child_up});
        view.add("stale-sa", Grade::likely,
                 view.across.name() + " lost the SAs that " + view.here.name() +
                     " went on using until it gave up: it restarted or deleted them alone.",
                 view.here.name() + " has to build the tunnel anew; shorter DPD at both ends shortens the gap.",
                 {view.here.place_of(*up), view.here.place_of(*lost)});
    }
}

void find_old_spi(const RuleView& view) {
    const Event* const line = view.here.last({EventKind::invalid_spi, EventKind::no_sa});
    if (line == nullptr || view.has("stale-sa", Grade::likely)) return;
    const auto spi = spi_of((*line)[Slot::spi]);
    const auto is_in = [&](const TunnelSide& side) {
        const auto* const table = side.child_table();
        return table != nullptr && spi &&
               std::any_of(table->rows.begin(), table->rows.end(),
                           [&](const ChildSaRow& row) { return row.spi_in == *spi || row.spi_out == *spi; });
    };
    if (is_in(view.here) || is_in(view.across)) return;
    const bool both_read = view.here.child_table() != nullptr && view.across.child_table() != nullptr;
    view.add_as(both_read ? Severity::note : Severity::warning, "stale-sa",
                both_read ? Grade::contradicted : Grade::possible,
                view.here.name() + " met an SPI that it does not know" +
                    (both_read ? "; it is in neither table: history, no present fault." : "."),
                both_read ? "" : "The SA tables of both ends at one time tell whether it is still in use.",
                {view.here.place_of(*line)});
}

void find_wrong_sa(const RuleView& view) {
    const Event* const line = view.here.last({EventKind::outside_sa});
    if (line == nullptr) return;
    const auto network = [](std::string_view text) {
        return network_in(text.substr(0, text.find('/', text.find('/') + 1)));
    };
    const auto local = network((*line)[Slot::net_local]), remote = network((*line)[Slot::net_remote]);
    if (line->has(Slot::source) && local && remote && inside(remote, (*line)[Slot::source]) &&
        inside(local, (*line)[Slot::destination]))
        return;
    const std::string packet = line->has(Slot::source) ? "the packet from " + std::string((*line)[Slot::source]) +
                                                             " to " + std::string((*line)[Slot::destination])
                                                       : std::string("a packet");
    view.add_as(
        Severity::problem, "wrong-sa", Grade::proved,
        view.across.name() + " put " + packet + " into an SA that is not for it; " + view.here.name() + " dropped it.",
        view.across.name() + " has to use one SA for each pair of networks; its policies and the access list of " +
            view.here.name() + " have to be compared.",
        {view.here.place_of(*line)}, view.across.end != nullptr ? view.across.name() : std::string());
}

void find_clear_text(const RuleView& view) {
    const Event* line = view.here.last({EventKind::clear_text});
    if (line == nullptr) return;
    // The tunnel interface of the sender that goes to this end, and has no protection where this end has.
    if (view.across.end != nullptr)
        for (const TunnelEntry& entry : view.across.end->view.config().entries) {
            if (!entry.protection.empty() || !entry.name.starts_with("interface ")) continue;
            const bool is_ours = std::any_of(view.here.addresses.begin(), view.here.addresses.end(),
                                             [&](const std::string& a) { return entry.names(a); }) ||
                                 view.here.addresses.empty();
            const auto& mine = view.config().entries;
            const auto protected_here =
                std::find_if(mine.begin(), mine.end(), [](const TunnelEntry& e) { return !e.protection.empty(); });
            if (!is_ours) continue;
            std::vector<Place> evidence{entry.place, view.here.place_of(*line)};
            if (protected_here != mine.end()) evidence.push_back(protected_here->place);
            view.add_as(Severity::problem, "clear-text", protected_here != mine.end() ? Grade::proved : Grade::likely,
                        view.across.name() + " sends in clear text what " + view.here.name() +
                            " expects encrypted: its " + entry.name + " has no tunnel protection.",
                        view.across.name() + " has to protect " + entry.name + " as " + view.here.name() + " does.",
                        std::move(evidence), view.across.name());
            return;
        }
    // The pair of the packet is not in the sender's access list, or is translated before it.
    bool is_missing = false;
    std::vector<Place> evidence{view.here.place_of(*line)};
    const auto source = parse_ipv4((*line)[Slot::source]), destination = parse_ipv4((*line)[Slot::destination]);
    if (view.across.child != nullptr && source && destination && !view.across.child->pairs.empty()) {
        is_missing = !is_permitted(view.across.child->pairs, Network{*source, 0xffffffff},
                                   Network{*destination, 0xffffffff}, SelectorRule::subset);
        if (is_missing) evidence.insert(evidence.begin(), view.across.child->selectors_place);
    }
    view.add_as(
        Severity::problem, "clear-text", is_missing ? Grade::proved : Grade::likely,
        view.across.name() + " sends in clear text what " + view.here.name() + " expects encrypted.",
        view.across.name() + ": its crypto access list, NAT exemption and tunnel protection for this pair come next.",
        std::move(evidence), view.across.end != nullptr ? view.across.name() : std::string());
}

bool passes(const RuleView& view, const NetworkPair& pair) {
    for (const CrossingSas& sas : view.tunnel.crossing) {
        const ChildSaRow* const row = &view.here == &view.tunnel.one ? sas.one : sas.other;
        if (row->local_network && row->remote_network && row->local_network->contains(pair.local.address) &&
            row->remote_network->contains(pair.remote.address))
            return row->encaps > 0 && row->decaps > 0;
    }
    return false;
}

/// Whether the packet of a line runs between networks of this tunnel, in either direction; true where none are known.
bool is_of_the_tunnel(const RuleView& view, const Event& event) {
    if (view.here.child == nullptr || view.here.child->pairs.empty()) return true;
    const std::string_view source = event[Slot::source], destination = event[Slot::destination];
    return std::any_of(view.here.child->pairs.begin(), view.here.child->pairs.end(), [&](const NetworkPair& pair) {
        return pair.permit && ((inside(pair.local, source) && inside(pair.remote, destination)) ||
                               (inside(pair.remote, source) && inside(pair.local, destination)));
    });
}

void find_missing_exemption(const RuleView& view) {
    const Event* line = nullptr;
    for (const Event* event : view.here.events)
        if (event->kind == EventKind::no_translation && is_of_the_tunnel(view, *event)) line = event;
    if (line != nullptr) {
        const bool knows_pairs = view.here.child != nullptr && !view.here.child->pairs.empty();
        const std::string pair = std::string((*line)[Slot::source]) + " and " + std::string((*line)[Slot::destination]);
        std::vector<Place> evidence{view.here.place_of(*line)};
        for (const ConfigFlaw& flaw : view.config().flaws)
            if (flaw.kind == ConfigFlaw::Kind::translation_first) evidence.push_back(flaw.place);
        view.add_as(Severity::problem, "nat-exemption", knows_pairs ? Grade::proved : Grade::possible,
                    view.here.name() + " translates, or has no exemption for, packets between " + pair + ".",
                    "This pair has to be exempt from translation at " + view.here.name() + ", before any other rule.",
                    std::move(evidence));
        return;
    }
    for (const ConfigFlaw& flaw : view.config().flaws) {
        if (flaw.kind != ConfigFlaw::Kind::translation_first || !flaw.pair) continue;
        const bool is_passing = passes(view, *flaw.pair);
        view.add_as(
            is_passing ? Severity::note : Severity::problem, "nat-exemption",
            is_passing ? Grade::possible : Grade::likely,
            view.here.name() + ": `" + flaw.text + "` translates " + to_text(*flaw.pair) +
                " before the tunnel sees it.",
            to_text(*flaw.pair) + " has to be exempt from translation at " + view.here.name() + " before that line.",
            {flaw.place});
        return;
    }
    // Linux: rules in their order, the first that takes the pair decides.
    if (view.here.child == nullptr) return;
    for (const NetworkPair& pair : view.here.child->pairs)
        for (const NatRule& rule : view.here.end->view.nat_rules()) {
            const bool takes = (!rule.source || rule.source->contains(pair.local.address)) &&
                               (!rule.destination || rule.destination->contains(pair.remote.address));
            if (!takes) continue;
            if (!rule.translates || rule.ipsec_only) break;
            const bool is_passing = passes(view, pair);
            view.add_as(
                is_passing ? Severity::note : Severity::problem, "nat-exemption",
                is_passing ? Grade::possible : Grade::likely,
                view.here.name() + ": `" + rule.text + "` translates " + to_text(pair) + " before the tunnel sees it.",
                "The rule that lets the tunnel's packets pass has to stand before it.", {rule.place});
            return;
        }
}

void find_denied(const RuleView& view) {
    for (const Event* event : view.here.events) {
        if (event->kind != EventKind::denied || view.here.child == nullptr) continue;
        const bool is_ours =
            std::any_of(view.here.child->pairs.begin(), view.here.child->pairs.end(), [&](const NetworkPair& pair) {
                return pair.permit && inside(pair.remote, (*event)[Slot::source]) &&
                       inside(pair.local, (*event)[Slot::destination]);
            });
        if (!is_ours) continue;
        view.add_as(
            Severity::problem, "sysopt-or-acl", Grade::proved,
            view.here.name() + " drops packets of the tunnel by the access list " +
                std::string((*event)[Slot::reason]) + " once they are decrypted.",
            view.here.name() + " has to permit the pair in that list, or to set `sysopt connection permit-vpn`.",
            {view.here.place_of(*event)});
        return;
    }
}

void find_replays(const RuleView& view) {
    const Event* const line = view.here.last({EventKind::replay});
    const auto rows = view.here.live_rows();
    const auto* const before = view.here.first_child_table();
    std::uint64_t now = 0, earlier = 0, passed = 0;
    for (const ChildSaRow* row : rows) {
        now += row->replays;
        passed += row->decaps;
    }
    if (before != nullptr && before != view.here.child_table())
        for (const ChildSaRow& row : before->rows) earlier += row.replays;
    const bool rises = now > earlier;
    if (line == nullptr && !rises) return;
    if (line != nullptr && before != nullptr && before != view.here.child_table() && !rises) return;
    const bool most = now - earlier > passed / 2 && rises;
    view.add_as(most ? Severity::problem : Severity::warning, "replay", Grade::proved,
                view.here.name() + " drops packets as replays.",
                "A wider window, or what reorders packets on the way, comes next.",
                {line != nullptr ? view.here.place_of(*line) : rows.front()->place});
}

struct Deltas {
    std::uint64_t encaps = 0, decaps = 0, send_errors = 0, recv_errors = 0;
    bool two_snapshots = false;
};

/// Of the rows of one pair: what was counted between the first table and the last.
Deltas deltas_of(const TunnelSide& side, const ChildSaRow& row) {
    Deltas deltas;
    const auto* const before = side.first_child_table();
    deltas = {row.encaps, row.decaps, row.send_errors, row.recv_errors, false};
    if (before == nullptr || before == side.child_table()) return deltas;
    for (const ChildSaRow& old : before->rows)
        if (old.spi_in == row.spi_in && old.spi_out == row.spi_out && old.local == row.local &&
            old.remote == row.remote) {
            const auto less = [](std::uint64_t now, std::uint64_t then) { return now > then ? now - then : 0; };
            return {less(row.encaps, old.encaps), less(row.decaps, old.decaps), less(row.send_errors, old.send_errors),
                    less(row.recv_errors, old.recv_errors), true};
        }
    return deltas;
}

}  // namespace

void find_packet_faults(const RuleView& view) {
    find_stale_sa(view);
    find_old_spi(view);
    find_wrong_sa(view);
    find_clear_text(view);
    find_missing_exemption(view);
    find_denied(view);
    find_replays(view);
}

void find_counter_faults(const RuleView& view) {
    for (const CrossingSas& sas : view.tunnel.crossing) {
        const bool is_one = &view.here == &view.tunnel.one;
        const ChildSaRow& mine = is_one ? *sas.one : *sas.other;
        const ChildSaRow& theirs = is_one ? *sas.other : *sas.one;
        const Deltas here = deltas_of(view.here, mine), there = deltas_of(view.across, theirs);
        const std::string pair = mine.local + " to " + mine.remote;
        // One table of each end tells what never was; what stopped needs two.
        const bool is_whole = (here.two_snapshots && there.two_snapshots) || (mine.decaps == 0 && theirs.encaps == 0) ||
                              (theirs.decaps == 0);
        if (here.encaps == 0 || !is_whole) continue;
        if (there.decaps == 0 && there.recv_errors == 0 && !mine.in_udp && !theirs.in_udp)
            view.add_as(
                Severity::problem, "esp-lost",
                here.two_snapshots && there.two_snapshots ? Grade::likely : Grade::possible,
                view.here.name() + " encrypts for " + pair + ", and nothing of it reaches " + view.across.name() +
                    ", with phase 2 up.",
                "The path has to permit protocol 50 from " + view.here.name() + " to " + view.across.name() + ".",
                {mine.place, theirs.place});
        else if (there.decaps > 0 && there.encaps == 0 && here.decaps == 0)
            view.add_as(Severity::problem, "no-return-traffic", Grade::likely,
                        view.across.name() + " decrypts the packets of " + view.here.name() + " and sends none back.",
                        view.across.name() + ": its route to " + mine.local +
                            ", NAT exemption and the host that was asked come next.",
                        {theirs.place, mine.place}, view.across.name());
    }
    // A probe from behind this end that never reached its crypto map.
    const EndView& end = view.here.end->view;
    const auto* const table = view.here.child_table();
    for (std::size_t i = 0; i < end.failed_probes().size() && table != nullptr; ++i) {
        const auto row = std::find_if(table->rows.begin(), table->rows.end(), [&](const ChildSaRow& r) {
            return inside(r.remote_network, end.probed()[i]) &&
                   (end.probed_from()[i].empty() || inside(r.local_network, end.probed_from()[i]));
        });
        if (row == table->rows.end() || row->encaps != 0 || row->send_errors != 0 || RuleView::has_spoken(view.here) ||
            view.has("lan-acl-cannot-match"))
            continue;
        view.add_as(Severity::problem, "never-reaches-crypto", Grade::likely,
                    view.here.name() + " never hands packets for " + row->remote + " to its crypto map.",
                    view.here.name() +
                        ": route, NAT exemption and access list for this pair come next; packet-tracer names the step.",
                    {end.failed_probes()[i], row->place});
    }
}

}  // namespace formats
