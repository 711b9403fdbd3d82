#include "formats/analysis/tunnel_facts.hpp"

#include <algorithm>
#include <map>

#include "formats/text/ip_address.hpp"

namespace formats {

namespace {

bool is_one_of(EventKind kind, std::initializer_list<EventKind> kinds) {
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

bool holds(const std::vector<std::string>& list, std::string_view value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

/// Addresses that an end's events call the peer, and the peers of its tables.
std::vector<std::string> peers_seen(const EndEvidence& end) {
    std::vector<std::string> seen;
    const auto add = [&](std::string_view address) {
        if (parse_ipv4(address) && !holds(seen, address)) seen.emplace_back(address);
    };
    for (const Event& event : end.events) add(event[Slot::peer]);
    for (const auto& table : end.view.child_tables())
        for (const ChildSaRow& row : table.rows) add(row.peer);
    for (const auto& table : end.view.ike_tables())
        for (const IkeSaRow& row : table.rows) add(row.peer);
    return seen;
}

/// Own addresses as the events print them.
std::vector<std::string> own_seen(const EndEvidence& end) {
    std::vector<std::string> own = end.view.config().own_addresses;
    for (const Event& event : end.events)
        if (const std::string_view local = event[Slot::local];
            parse_ipv4(local) && local != "0.0.0.0" && !holds(own, local))
            own.emplace_back(local);
    return own;
}

/// The entry for the other end: one that names it and is applied, one that names it, one that takes anybody, the only one.
const TunnelEntry* entry_towards(const TunnelConfig& config, const std::vector<std::string>& addresses) {
    const TunnelEntry* best = nullptr;
    unsigned best_rank = 0;
    for (const TunnelEntry& entry : config.entries) {
        const bool names =
            std::any_of(addresses.begin(), addresses.end(), [&](const std::string& a) { return entry.names(a); });
        const bool covers =
            std::any_of(addresses.begin(), addresses.end(), [&](const std::string& a) { return entry.is_for(a); });
        const unsigned rank = names ? (entry.is_applied ? 5 : 4) : covers ? 3 : config.entries.size() == 1 ? 2 : 0;
        if (rank > best_rank) {
            best = &entry;
            best_rank = rank;
        }
    }
    return best;
}

/// An attempt's peer, from the lines of it that name one.
std::map<std::string, std::string, std::less<>> peers_of_attempts(const EndEvidence& end) {
    std::map<std::string, std::string, std::less<>> peers;
    for (const Event& event : end.events)
        if (event.has(Slot::attempt) && event.has(Slot::peer) && event[Slot::attempt] != "0")
            peers.emplace(event[Slot::attempt], event[Slot::peer]);
    return peers;
}

void sort_events(TunnelSide& side, const std::vector<std::string>& other_addresses) {
    const auto attempts = peers_of_attempts(*side.end);
    for (const Event& event : side.end->events) {
        std::string_view peer = event[Slot::peer];
        if (!parse_ipv4(peer) || peer == "0.0.0.0") {
            const auto known = attempts.find(event[Slot::attempt]);
            peer = known == attempts.end() ? std::string_view() : std::string_view(known->second);
        }
        const bool is_foreign = !peer.empty() && !other_addresses.empty() && !holds(other_addresses, peer);
        (is_foreign ? side.foreign : side.events).push_back(&event);
    }
}

}  // namespace

const std::string& TunnelSide::name() const {
    static const std::string nobody = "the other end";
    return end == nullptr ? nobody : end->name;
}

const Event* TunnelSide::first(std::initializer_list<EventKind> kinds) const {
    for (const Event* event : events)
        if (is_one_of(event->kind, kinds)) return event;
    return nullptr;
}

const Event* TunnelSide::last(std::initializer_list<EventKind> kinds) const {
    for (auto event = events.rbegin(); event != events.rend(); ++event)
        if (is_one_of((*event)->kind, kinds)) return *event;
    return nullptr;
}

std::size_t TunnelSide::count(std::initializer_list<EventKind> kinds) const {
    return static_cast<std::size_t>(
        std::count_if(events.begin(), events.end(), [&](const Event* event) { return is_one_of(event->kind, kinds); }));
}

bool TunnelSide::same_attempt(const Event& a, const Event& b) {
    // IOS prints attempt 0 until the SA has a number.
    const std::string_view one = a[Slot::attempt], other = b[Slot::attempt];
    return one.empty() || other.empty() || one == "0" || other == "0" || one == other;
}

const Event* TunnelSide::after(const Event& event, std::initializer_list<EventKind> kinds) const {
    for (const Event* other : events)
        if (other->order > event.order && is_one_of(other->kind, kinds) && same_attempt(event, *other)) return other;
    return nullptr;
}

const Event* TunnelSide::before(const Event& event, std::initializer_list<EventKind> kinds) const {
    const Event* found = nullptr;
    for (const Event* other : events)
        if (other->order < event.order && is_one_of(other->kind, kinds) && same_attempt(event, *other)) found = other;
    return found;
}

const Snapshot<ChildSaRow>* TunnelSide::child_table() const {
    return end == nullptr || end->view.child_tables().empty() ? nullptr : &end->view.child_tables().back();
}
const Snapshot<ChildSaRow>* TunnelSide::first_child_table() const {
    return end == nullptr || end->view.child_tables().empty() ? nullptr : &end->view.child_tables().front();
}
const Snapshot<IkeSaRow>* TunnelSide::ike_table() const {
    return end == nullptr || end->view.ike_tables().empty() ? nullptr : &end->view.ike_tables().back();
}

const IkeSaRow* TunnelSide::ike_row() const {
    const auto* const table = ike_table();
    if (table == nullptr) return nullptr;
    const IkeSaRow* residue = nullptr;
    for (const IkeSaRow& row : table->rows) {
        if (row.is_residue && row.state != "CONNECTING")
            residue = residue == nullptr ? &row : residue;
        else
            return &row;
    }
    return residue;
}

std::vector<const ChildSaRow*> TunnelSide::live_rows() const {
    std::vector<const ChildSaRow*> live;
    if (const auto* const table = child_table())
        for (const ChildSaRow& row : table->rows)
            if (row.is_live() && row.is_current) live.push_back(&row);
    return live;
}

TunnelFacts TunnelFacts::of(const EndEvidence& one, const EndEvidence* other) {
    TunnelFacts facts;
    facts.one.end = &one;
    facts.other.end = other;
    facts.one.addresses = own_seen(one);
    if (other != nullptr) facts.other.addresses = own_seen(*other);
    // An end that does not show its own address is what the other calls its peer, when there is one only.
    const auto take_from = [](TunnelSide& side, const EndEvidence& across) {
        const auto seen = peers_seen(across);
        if (side.addresses.empty() && seen.size() == 1) side.addresses = seen;
        if (side.addresses.empty() && across.view.config().entries.size() == 1)
            for (const std::string& peer : across.view.config().entries.front().peers)
                if (parse_ipv4(peer)) side.addresses.push_back(peer);
    };
    take_from(facts.other, one);
    if (other != nullptr) take_from(facts.one, *other);
    const auto find_entry = [](TunnelSide& side, TunnelSide& across) {
        if (side.end == nullptr) return;
        side.entry = entry_towards(side.end->view.config(), across.addresses);
        if (side.entry == nullptr) return;
        // A translated peer has one more address: the one it is called by here, when something came from there.
        const auto seen = peers_seen(*side.end);
        const bool knows_none = across.addresses.empty();
        for (const std::string& peer : side.entry->peers)
            if (parse_ipv4(peer) && !holds(across.addresses, peer) && (knows_none || holds(seen, peer)))
                across.addresses.push_back(peer);
        if (!side.entry->children.empty()) side.child = &side.entry->children.front();
    };
    find_entry(facts.one, facts.other);
    find_entry(facts.other, facts.one);
    sort_events(facts.one, facts.other.addresses);
    if (other != nullptr) sort_events(facts.other, facts.one.addresses);

    for (const ChildSaRow* row : facts.one.live_rows())
        for (const ChildSaRow* across : facts.other.live_rows())
            if (row->spi_in == across->spi_out && row->spi_out == across->spi_in)
                facts.crossing.push_back({row, across});
    const bool one_is_read = facts.one.child_table() != nullptr, other_is_read = facts.other.child_table() != nullptr;
    if (one_is_read && other_is_read)
        facts.standing = facts.crossing.empty() ? Standing::down : Standing::up;
    else if (one_is_read || other_is_read)
        facts.standing = (one_is_read ? facts.one : facts.other).live_rows().empty() ? Standing::down : Standing::up;
    return facts;
}

}  // namespace formats
