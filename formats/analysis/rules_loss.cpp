// Nothing sent, lost on the way, or gone.

#include <algorithm>

#include "formats/analysis/rules.hpp"
#include "formats/text/ip_address.hpp"

namespace formats {

namespace {

/// The message that an end sent last and repeated; nothing when it was answered.
struct Unanswered {
    const Event* repeated = nullptr;  ///< the last repetition, or the end of trying
    const Event* first = nullptr;     ///< the first repetition
    std::string port;
};

Unanswered unanswered_of(const TunnelSide& side) {
    Unanswered found;
    for (const Event* event : side.events) {
        if (event->kind == EventKind::retransmit || event->kind == EventKind::gave_up) {
            if (found.first == nullptr) found.first = event;
            found.repeated = event;
        }
        // Any word of the other end behind it is an answer, also one that is rejected.
        if (event->kind == EventKind::received || event->kind == EventKind::packet_in ||
            event->kind == EventKind::notify_received || event->kind == EventKind::invalid_cookie ||
            event->kind == EventKind::answer_rejected)
            found = {};
        if (event->kind == EventKind::phase1_up || event->kind == EventKind::child_up) found = {};
        if ((event->kind == EventKind::packet_out || event->kind == EventKind::sent) && event->has(Slot::port) &&
            (*event)[Slot::port] != "")
            found.port = (*event)[Slot::port];
    }
    if (found.repeated == nullptr) found.port.clear();
    return found;
}

bool is_established(const TunnelSide& side, const Event& event) {
    return side.before(event, {EventKind::phase1_up, EventKind::child_up}) != nullptr;
}

bool has_seen(const TunnelSide& side) {
    return side.has({EventKind::received, EventKind::packet_in, EventKind::answering, EventKind::duplicate,
                     EventKind::policy_refused, EventKind::no_config, EventKind::unreadable, EventKind::key_missing,
                     EventKind::wrong_mode, EventKind::key_mismatch});
}

bool has_refused(const TunnelSide& side) {
    return side.has({EventKind::policy_refused, EventKind::no_config, EventKind::unreadable, EventKind::key_missing,
                     EventKind::wrong_mode, EventKind::key_mismatch, EventKind::identity_unknown,
                     EventKind::certificate_refused, EventKind::selectors_refused, EventKind::transform_refused,
                     EventKind::map_refused, EventKind::isakmp_off, EventKind::limit, EventKind::default_group});
}

void find_lost_message(const RuleView& view) {
    const Unanswered lost = unanswered_of(view.here);
    if (lost.repeated == nullptr || is_established(view.here, *lost.repeated) || has_refused(view.here) ||
        has_refused(view.across))
        return;
    if (view.tunnel.is_up() || view.has("isakmp-off", Grade::likely) || view.has("key-missing", Grade::likely)) return;
    const bool other_runs = view.is_two_sided() && view.across.has_stream();
    const std::string repeats = std::to_string(view.here.count({EventKind::retransmit})) + " times";
    std::vector<Place> evidence{view.here.place_of(*lost.repeated)};
    if (other_runs && view.across.has({EventKind::duplicate})) {
        evidence.insert(evidence.begin(), view.across.place_of(*view.across.last({EventKind::duplicate})));
        view.add(
            "return-path", Grade::likely,
            view.across.name() + " answers again and again, and " + view.here.name() + " only repeats its message.",
            "The way back from " + view.across.name() + " to " + view.here.name() +
                " has to be checked: source address of the answer, NAT, filter, route.",
            std::move(evidence), view.across.name());
        return;
    }
    const bool answered_once = view.across.has({EventKind::sent, EventKind::packet_out});
    if (other_runs && has_seen(view.across) && answered_once &&
        !view.here.has({EventKind::received, EventKind::packet_in})) {
        evidence.insert(evidence.begin(),
                        view.across.place_of(*view.across.last({EventKind::sent, EventKind::packet_out})));
        view.add("return-path", Grade::likely,
                 view.across.name() + " answered, and " + view.here.name() + " saw no answer.",
                 "The way back from " + view.across.name() + " to " + view.here.name() +
                     " has to be checked: source address of the answer, NAT, filter, route.",
                 std::move(evidence), view.across.name());
        return;
    }
    const bool got_answers = view.here.has({EventKind::received, EventKind::packet_in});
    if (!got_answers) {
        if (has_seen(view.across)) return;
        view.add("lost-on-the-way", other_runs ? Grade::likely : Grade::possible,
                 view.here.name() + " repeated its first message " + repeats + ", and " +
                     (other_runs ? view.across.name() + " has no line for it."
                                 : "nothing is known of the other end at that time."),
                 "A capture of UDP/500 at both ends tells where the messages of " + view.here.name() + " end.",
                 std::move(evidence));
        return;
    }
    // IOS and ASA print the state in which the message was repeated; charon the port it left from.
    const std::string_view state = (*lost.repeated)[Slot::state];
    const bool floated = lost.port == "4500";
    const bool big = (*lost.repeated)[Slot::payloads].find("CERT") != std::string_view::npos ||
                     view.here.has({EventKind::certificate_refused});
    if (!floated && !big) {
        // Without a change of port, a key that differs fits as well: the other end's lines decide.
        if (state.find("KEY_EXCH") != std::string_view::npos || state == "3")
            view.add("key-differs", Grade::possible,
                     view.here.name() + " repeats the message that carries its authentication, and nothing answers it.",
                     "The key for this peer at both ends, and the log of " + view.across.name() +
                         " at that time, come next.",
                     std::move(evidence));
        return;
    }
    const bool other_saw_4500 =
        std::any_of(view.across.events.begin(), view.across.events.end(), [](const Event* event) {
            return event->kind == EventKind::packet_in &&
                   ((*event)[Slot::to_port] == "4500" || (*event)[Slot::port] == "4500");
        });
    if (other_saw_4500 && !big && !view.across.has({EventKind::ike_fragment})) return;
    view.add("lost-4500-or-fragments", other_runs ? Grade::likely : Grade::possible,
             view.here.name() + " repeated the first message " + (floated ? "from UDP/4500 " : "that is larger ") +
                 repeats + "; " +
                 (other_runs ? view.across.name() + " has no line for it."
                             : "nothing is known of the other end at that time."),
             "A short message over UDP/4500 to " + view.across.name() +
                 " tells a filter from lost fragments; IKE fragmentation at both ends cures the second.",
             std::move(evidence));
}

/// Fragments that arrive, and no message that is made of them.
void find_lost_fragments(const RuleView& view) {
    const Event* const fragment = view.here.last({EventKind::ike_fragment});
    if (fragment == nullptr ||
        view.here.after(*fragment, {EventKind::phase1_up, EventKind::child_up, EventKind::key_mismatch,
                                    EventKind::certificate_refused}) != nullptr)
        return;
    if (!view.across.has({EventKind::retransmit, EventKind::gave_up}) || view.tunnel.is_up()) return;
    view.add("lost-4500-or-fragments", Grade::likely,
             "Fragments of a message of " + view.across.name() + " reach " + view.here.name() +
                 ", and the message is never whole.",
             "What drops or reorders fragments on the way comes next; IKE fragmentation, or shorter certificate "
             "chains, at both ends.",
             {view.here.place_of(*fragment)});
}

/// One end never began, though something was wanted.
bool nothing_was_sent(const RuleView& view) {
    return !RuleView::has_spoken(view.here) && (!view.is_two_sided() || !RuleView::has_spoken(view.across));
}

void find_flaws(const RuleView& view) {
    for (const ConfigFlaw& flaw : view.config().flaws) {
        const Severity here_only = nothing_was_sent(view) && !view.tunnel.is_up() ? Severity::problem : Severity::note;
        switch (flaw.kind) {
            case ConfigFlaw::Kind::mask_as_wildcard:
                view.add_as(here_only, "lan-acl-cannot-match", Grade::likely,
                            view.here.name() + ": `" + flaw.text +
                                "` holds a netmask where a wildcard belongs, and matches no network of its own.",
                            "The wildcard of each network was probably meant; its mask has to be turned round.",
                            {flaw.place});
                break;
            case ConfigFlaw::Kind::dangling_name:
            case ConfigFlaw::Kind::map_not_applied:
            case ConfigFlaw::Kind::incomplete_entry: {
                const Event* const line = view.here.last({EventKind::map_not_bound, EventKind::entry_incomplete});
                const bool is_ours = view.here.entry == nullptr || flaw.name == view.here.entry->name ||
                                     flaw.place.line == view.here.entry->place.line ||
                                     flaw.kind == ConfigFlaw::Kind::dangling_name;
                std::vector<Place> evidence{flaw.place};
                if (line != nullptr) evidence.push_back(view.here.place_of(*line));
                const std::string what =
                    flaw.kind == ConfigFlaw::Kind::dangling_name     ? flaw.text + " is used and defined nowhere"
                    : flaw.kind == ConfigFlaw::Kind::map_not_applied ? flaw.text + " is on no interface"
                                                                     : flaw.name + " lacks " + flaw.text;
                // An end that speaks IKE with the peer has found its map.
                const bool is_in_the_way = line != nullptr || !RuleView::has_spoken(view.here);
                view.add_as(is_ours && is_in_the_way && !view.tunnel.is_up() && !RuleView::has_phase1(view.here)
                                ? Severity::problem
                                : Severity::note,
                            "dangling-name", line != nullptr ? Grade::proved : Grade::likely,
                            view.here.name() + ": " + what + ".",
                            "It has to be defined or corrected, letter for letter.", std::move(evidence));
                break;
            }
            case ConfigFlaw::Kind::ike_not_enabled:
                if (RuleView::has_spoken(view.here) || view.tunnel.is_up() || view.here.ike_row() != nullptr) break;
                view.add(
                    "isakmp-off", Grade::likely,
                    view.here.name() + " does not enable IKE on " + flaw.name + ", which carries its crypto map.",
                    view.here.name() + " needs `crypto isakmp enable " + flaw.name + "` (ikev1 or ikev2 from 8.4 on).",
                    {flaw.place});
                break;
            default: break;
        }
    }
}

void find_off(const RuleView& view) {
    const Event* const off = view.here.last({EventKind::isakmp_off, EventKind::isakmp_on});
    if (off == nullptr || off->kind != EventKind::isakmp_off) return;
    if (view.here.after(*off, {EventKind::started, EventKind::received, EventKind::sent, EventKind::packet_in}) !=
        nullptr)
        return;
    view.add("isakmp-off", Grade::proved, view.here.name() + " says that ISAKMP is off.",
             view.here.name() + " needs `crypto isakmp enable`.", {view.here.place_of(*off)});
}

/// The crypto access list fits no network of this end.
void find_acl_of_nobody(const RuleView& view) {
    if (view.here.child == nullptr || !nothing_was_sent(view) || view.tunnel.is_up()) return;
    const TunnelConfig& config = view.config();
    if (!config.parts.whole || config.own_networks.empty() || view.here.child->pairs.empty() ||
        config.dialect == "swanctl" || config.dialect == "ipsec.conf")
        return;
    const bool fits =
        std::any_of(view.here.child->pairs.begin(), view.here.child->pairs.end(), [&](const NetworkPair& pair) {
            if (!pair.permit) return false;
            for (const Network& own : config.own_networks)
                if (own.contains(pair.local.address) || pair.local.contains(own.address)) return true;
            for (const ConfigRoute& route : view.here.end->view.cisco().routes)
                if (route.network.mask != 0 &&
                    (route.network.contains(pair.local.address) || pair.local.contains(route.network.address)))
                    return true;
            return false;
        });
    if (!fits)
        view.add("lan-acl-cannot-match", Grade::likely,
                 view.here.name() + ": its crypto access list matches no network behind it.",
                 "The list and the networks of its interfaces and routes have to be compared.",
                 {view.here.child->selectors_place});
}

void find_dead_peer(const RuleView& view) {
    const Event* gone = view.here.last({EventKind::dpd_timeout});
    if (gone == nullptr) {
        const Event* const gave_up = view.here.last({EventKind::gave_up});
        if (gave_up != nullptr && is_established(view.here, *gave_up)) gone = gave_up;
    }
    if (gone == nullptr) return;
    const RuleView::Standing standing = view.standing_of(*gone, true);
    const bool is_back = standing.is_contradicted;
    view.add_as(is_back ? Severity::note : Severity::problem, "dead-peer", Grade::proved,
                view.here.name() + " gave " + view.across.name() + " up.",
                is_back ? "It is back: its uptime, log and path at that time tell why it was away."
                        : "The uptime, log and path of " + view.across.name() + " at that time tell why.",
                {view.here.place_of(*gone)});
}

}  // namespace

void find_silence(const RuleView& view) {
    find_off(view);
    find_flaws(view);
    find_acl_of_nobody(view);
    const Event* const unbound = view.here.last({EventKind::map_not_bound});
    if (unbound != nullptr && !view.has("dangling-name"))
        view.add_refusal(*unbound, false, "dangling-name", Grade::likely,
                         view.here.name() + " finds no crypto map for what it should send.",
                         "Whether its map is on the interface towards the peer, letter for letter, comes next.");
}

void find_losses(const RuleView& view) {
    find_lost_fragments(view);
    find_lost_message(view);
    find_dead_peer(view);
}

}  // namespace formats
