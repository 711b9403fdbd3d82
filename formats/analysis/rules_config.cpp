// What the two configurations decide by themselves, where no device has said it: never more than likely.

#include <algorithm>

#include "formats/analysis/rules.hpp"
#include "formats/text/ip_address.hpp"

namespace formats {

namespace {

bool notified(const TunnelSide& side, std::initializer_list<std::string_view> reasons) {
    return std::any_of(side.events.begin(), side.events.end(), [&](const Event* event) {
        return event->kind == EventKind::notify_received &&
               std::find(reasons.begin(), reasons.end(), (*event)[Slot::reason]) != reasons.end();
    });
}

bool any_notified(const RuleView& view, std::initializer_list<std::string_view> reasons) {
    return notified(view.here, reasons) || notified(view.across, reasons);
}

bool is_known_layer(const RuleView& view, std::initializer_list<std::string_view> ids) {
    return std::any_of(ids.begin(), ids.end(), [&](std::string_view id) { return view.has(id, Grade::likely); });
}

/// Something before the child failed or was refused: nothing is said about the child then.
bool is_stopped_before_child(const RuleView& view) {
    return is_known_layer(view, {"ike-policy", "no-config-for-peer", "mode-or-version", "key-missing", "key-differs",
                                 "identity", "certificate", "lost-on-the-way", "lost-4500-or-fragments", "return-path",
                                 "isakmp-off", "dangling-name", "limit-reached", "lan-acl-cannot-match", "clear-text"});
}

bool is_private(std::string_view address) {
    const auto number = parse_ipv4(address);
    return !number || (*number >> 24) == 10 || (*number >> 20) == 0xac1 || (*number >> 16) == 0xc0a8;
}

/// No entry of `a` names an address that `b` has. An end behind a translation has another one: then nothing is said.
void find_wrong_peer(const RuleView& view, const TunnelSide& a, const TunnelSide& b) {
    if (view.tunnel.is_up() || view.has("no-config-for-peer") || RuleView::has_phase1(a) || RuleView::has_phase1(b))
        return;
    if (b.addresses.empty() || std::any_of(b.addresses.begin(), b.addresses.end(), is_private) ||
        a.entry->peers.empty())
        return;
    if (a.has({EventKind::policy_agreed}) || b.has({EventKind::policy_agreed})) return;
    for (const TunnelEntry& entry : a.end->view.config().entries)
        if (std::any_of(b.addresses.begin(), b.addresses.end(),
                        [&](const std::string& address) { return entry.is_for(address); }))
            return;
    view.add("no-config-for-peer", Grade::likely,
             a.name() + " has no entry for " + b.addresses.front() + ", the address of " + b.name() + ".",
             a.name() + ": " + a.entry->name + " names " + a.entry->peers.front() + "; its peer, or the address of " +
                 b.name() + ", has to be corrected.",
             {a.entry->place}, a.name());
}

void find_policy_difference(const RuleView& view) {
    if (view.tunnel.is_up() || view.has("ike-policy") ||
        is_known_layer(view,
                       {"no-config-for-peer", "mode-or-version", "key-missing", "clear-text", "lan-acl-cannot-match"}))
        return;
    if (RuleView::has_phase1(view.here) || RuleView::has_phase1(view.across) || RuleView::reached_keys(view.here) ||
        RuleView::reached_keys(view.across))
        return;
    if (view.here.has({EventKind::policy_agreed}) || view.across.has({EventKind::policy_agreed})) return;
    const ProposalDiff diff = compare_policies(*view.here.entry, *view.across.entry);
    if (!diff.is_comparable || diff.intersect) return;
    const bool is_refused = any_notified(view, {"NO_PROPOSAL_CHOSEN"}) || view.here.has({EventKind::mode_failed}) ||
                            view.across.has({EventKind::mode_failed});
    const auto waits = [](const TunnelSide& side) {
        const IkeSaRow* const row = side.ike_row();
        return row != nullptr && (row->state == "MM_NO_STATE" || row->state == "MM_WAIT_MSG2");
    };
    const bool silent = !view.here.has_stream() && !view.across.has_stream();
    view.add("ike-policy",
             is_refused || silent || waits(view.here) || waits(view.across) ? Grade::likely : Grade::possible,
             "The two ends have no IKE proposal in common.",
             "It has to be equal at both ends: " + in_words(diff.differences, view.here.name(), view.across.name()) +
                 " (nearest: " + diff.here_name + " and " + diff.there_name + ").",
             {diff.here, diff.there});
}

void find_version_difference(const RuleView& view) {
    if (view.tunnel.is_up() || view.has("mode-or-version") || RuleView::has_phase1(view.here) ||
        RuleView::has_phase1(view.across))
        return;
    const TunnelEntry& here = *view.here.entry;
    const TunnelEntry& there = *view.across.entry;
    if ((here.ikev1 && there.ikev1) || (here.ikev2 && there.ikev2)) return;
    view.add("mode-or-version", Grade::likely,
             view.here.name() + " is set to IKEv" + (here.ikev2 ? "2" : "1") + " and " + view.across.name() +
                 " to IKEv" + (there.ikev2 ? "2" : "1") + ".",
             "Both ends have to use one version.", {here.version_place, there.version_place});
}

/// A behind a NAT offers its own, untranslated address when it is told no identity.
void find_identity_difference(const RuleView& view, const TunnelSide& a, const TunnelSide& b) {
    if (view.tunnel.is_up() || view.has("identity") || RuleView::has_phase1(a) || RuleView::has_phase1(b)) return;
    if (is_known_layer(view, {"ike-policy", "no-config-for-peer", "mode-or-version", "key-missing", "certificate"}))
        return;
    const bool swan = !a.entry->local_auth.empty() || !b.entry->local_auth.empty();
    if (!swan) return;
    const std::string given = !a.entry->local_id.empty()    ? a.entry->local_id
                              : a.entry->locals.size() == 1 ? a.entry->locals.front()
                                                            : std::string();
    const std::string wanted = !b.entry->remote_id.empty()  ? b.entry->remote_id
                               : b.entry->peers.size() == 1 ? b.entry->peers.front()
                                                            : std::string();
    if (given.empty() || wanted.empty() || given == wanted || given == "%any" || wanted == "%any") return;
    const bool is_refused = any_notified(view, {"AUTHENTICATION_FAILED"});
    view.add("identity", is_refused ? Grade::likely : Grade::possible,
             a.name() + " calls itself " + given + "; " + b.name() + " expects " + wanted + ".",
             "One of the two has to change.", {a.entry->id_place, b.entry->remote_id_place}, a.name());
}

void find_key_difference(const RuleView& view) {
    if (view.tunnel.is_up() || view.has("key-differs", Grade::likely) || RuleView::has_phase1(view.here) ||
        RuleView::has_phase1(view.across))
        return;
    if (is_known_layer(view,
                       {"ike-policy", "no-config-for-peer", "mode-or-version", "key-missing", "certificate", "identity",
                        "lost-on-the-way", "return-path", "lan-acl-cannot-match", "isakmp-off", "clear-text"}))
        return;
    const KeyDiff keys = view.keys();
    if (keys.verdict != PskVerdict::differ) return;
    view.add("key-differs", Grade::likely, "The pre-shared keys of the two ends differ.",
             "The key has to be typed anew at both ends; trailing blanks and `?` are common slips.",
             {keys.here, keys.there}, " ");
}

void find_selector_difference(const RuleView& view, const TunnelSide& a, const TunnelSide& b) {
    if (view.tunnel.is_up() || view.has("selectors") ||
        is_known_layer(view, {"entry-not-for-peer", "transform", "pfs"}) || is_stopped_before_child(view))
        return;
    if (a.child->pairs.empty() || b.child->pairs.empty() || view.has("lan-acl-cannot-match")) return;
    const auto missing = not_mirrored(*a.child, *b.child, selector_rule_of(b.end->view.config()));
    if (missing.empty()) return;
    const bool is_refused = any_notified(view, {"TS_UNACCEPTABLE", "INVALID_ID_INFORMATION", "PROPOSAL_NOT_CHOSEN",
                                                "NO_PROPOSAL_CHOSEN"}) &&
                            (RuleView::has_phase1(a) || RuleView::has_phase1(b));
    view.add(
        "selectors", is_refused ? Grade::likely : Grade::possible,
        a.name() + " asks for " + to_text(missing.front()) + "; " + b.name() + " has no such pair the other way round.",
        b.name() + " lacks its mirror, or " + a.name() + " has to drop it.",
        {missing.front().place, b.child->selectors_place}, a.name());
}

void find_transform_difference(const RuleView& view) {
    if (view.tunnel.is_up() || view.has("transform") ||
        is_known_layer(view, {"entry-not-for-peer", "selectors", "pfs"}) || is_stopped_before_child(view))
        return;
    const ProposalDiff diff = compare_child_proposals(*view.here.child, *view.across.child);
    if (!diff.is_comparable || diff.intersect) return;
    const bool is_refused = any_notified(view, {"PROPOSAL_NOT_CHOSEN", "NO_PROPOSAL_CHOSEN"}) &&
                            (RuleView::has_phase1(view.here) || RuleView::has_phase1(view.across));
    const bool silent = !view.here.has_stream() && !view.across.has_stream();
    view.add(
        "transform", is_refused || silent ? Grade::likely : Grade::possible,
        "The two ends have no transform in common.",
        "It has to be equal at both ends: " + in_words(diff.differences, view.here.name(), view.across.name()) + ".",
        {diff.here, diff.there});
}

void find_pfs_difference(const RuleView& view) {
    const PfsDiff diff = compare_pfs(*view.here.child, *view.across.child);
    if (!diff.differs || view.has("pfs")) return;
    const bool is_v2 =
        view.here.entry->ikev2 && view.across.entry->ikev2 && !(view.here.entry->ikev1 && view.across.entry->ikev1);
    std::string due;
    for (const ChildSaRow* row : view.here.live_rows())
        if (row->rekeying_in) due = " (in about " + std::to_string(*row->rekeying_in) + " s)";
    const std::string what = view.here.name() + " " + diff.here + ", " + view.across.name() + " " + diff.there;
    if (view.tunnel.is_up())
        view.add_as(is_v2 ? Severity::warning : Severity::note, "pfs", is_v2 ? Grade::likely : Grade::possible,
                    "PFS differs (" + what + "); " +
                        (is_v2 ? "it is not negotiated before the first rekey" + due + ", which may fail."
                               : "the tunnel stands all the same."),
                    "The PFS group has to be equal at both ends.", {diff.here_place, diff.there_place}, " ");
    else if (!is_known_layer(view, {"entry-not-for-peer", "selectors", "transform"}) && !is_stopped_before_child(view))
        view.add("pfs",
                 any_notified(view, {"PROPOSAL_NOT_CHOSEN", "NO_PROPOSAL_CHOSEN"}) && !is_v2 &&
                         (RuleView::has_phase1(view.here) || RuleView::has_phase1(view.across))
                     ? Grade::likely
                     : Grade::possible,
                 "PFS differs: " + what + ".", "The PFS group has to be equal at both ends.",
                 {diff.here_place, diff.there_place}, " ");
}

/// strongSwan: IKEv1 negotiates the first pair of a child only, and a crypto map wants one SA for each pair.
void find_several_pairs(const RuleView& view, const TunnelSide& a, const TunnelSide& b) {
    if (a.end->view.config().dialect != "swanctl" || view.has("selectors")) return;
    const bool v1 = a.entry->ikev1 && !a.entry->ikev2;
    const bool maps = b.end != nullptr && b.end->view.config().dialect != "swanctl" &&
                      b.end->view.config().dialect != "ipsec.conf" && !b.end->view.config().dialect.empty();
    if (!v1 && !maps) return;
    for (const TunnelChild& child : a.entry->children) {
        if (child.pairs.size() < 2) continue;
        std::vector<const ChildSaRow*> up;
        for (const ChildSaRow* row : a.live_rows()) up.push_back(row);
        const auto is_up = [&](const NetworkPair& pair) {
            return std::any_of(up.begin(), up.end(), [&](const ChildSaRow* row) {
                return row->local_network == pair.local && row->remote_network == pair.remote;
            });
        };
        if (up.empty() || std::all_of(child.pairs.begin(), child.pairs.end(), is_up)) continue;
        const NetworkPair& missing = *std::find_if_not(child.pairs.begin(), child.pairs.end(), is_up);
        bool wanted = false;
        std::vector<Place> evidence{child.selectors_place, up.front()->place};
        for (const TunnelSide* side : {&a, &b}) {
            if (side->end == nullptr) continue;
            const auto& probed = side->end->view.probed();
            for (std::size_t i = 0; i < probed.size(); ++i) {
                const auto to = network_in(probed[i]);
                if (to && (missing.remote.contains(to->address) || missing.local.contains(to->address))) {
                    wanted = true;
                    evidence.push_back(side->end->view.failed_probes()[i]);
                }
            }
        }
        if (b.child != nullptr && is_permitted(b.child->pairs, missing.remote, missing.local, SelectorRule::exact))
            wanted = true;
        view.add_as(wanted ? Severity::problem : Severity::note, "selectors", Grade::likely,
                    a.name() + " puts several pairs of networks into one child" + (v1 ? " of IKEv1" : "") +
                        "; only the first is negotiated, and " + to_text(missing) + " has no SA.",
                    a.name() + " needs one child for each pair, or IKEv2 at both ends.", std::move(evidence), a.name());
    }
}

}  // namespace

void find_config_differences(const RuleView& view) {
    if (!view.is_two_sided()) return;
    if (view.here.entry != nullptr && view.across.entry != nullptr) {
        find_wrong_peer(view, view.here, view.across);
        find_wrong_peer(view, view.across, view.here);
        find_version_difference(view);
        find_policy_difference(view);
        find_identity_difference(view, view.here, view.across);
        find_identity_difference(view, view.across, view.here);
        find_key_difference(view);
        find_several_pairs(view, view.here, view.across);
        find_several_pairs(view, view.across, view.here);
        if (view.here.child != nullptr && view.across.child != nullptr) {
            find_selector_difference(view, view.here, view.across);
            find_selector_difference(view, view.across, view.here);
            find_transform_difference(view);
            find_pfs_difference(view);
        }
    }
}

}  // namespace formats
