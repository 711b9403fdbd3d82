// Phase 2: networks, map entries, transforms, PFS.

#include <algorithm>

#include "formats/analysis/rules.hpp"

namespace formats {

namespace {

ProposalDiff child_diff(const RuleView& view) {
    if (view.here.child == nullptr || view.across.child == nullptr) return {};
    return compare_child_proposals(*view.here.child, *view.across.child);
}

PfsDiff pfs_diff(const RuleView& view) {
    if (view.here.child == nullptr || view.across.child == nullptr) return {};
    return compare_pfs(*view.here.child, *view.across.child);
}

/// Places where the two differ in their networks, this end's first.
std::vector<Place> mirror_places(const RuleView& view) {
    std::vector<Place> places;
    if (view.here.child != nullptr) places.push_back(view.here.child->selectors_place);
    if (view.across.child != nullptr) places.push_back(view.across.child->selectors_place);
    return places;
}

void find_selectors(const RuleView& view) {
    for (const bool is_foreign : {false, true}) {
        const auto& events = is_foreign ? view.here.foreign : view.here.events;
        const Event* refusal = nullptr;
        for (const Event* event : events)
            if (event->kind == EventKind::selectors_refused) refusal = event;
        if (refusal == nullptr) continue;
        if (is_foreign) {
            if (!view.has("selectors"))
                view.add_as(Severity::note, "selectors", Grade::possible,
                            view.here.name() + " refused networks of another peer (" +
                                std::string((*refusal)[Slot::peer]) + "): no fault of this tunnel.",
                            "", {view.here.place_of(*refusal)});
            continue;
        }
        const auto local = network_in((*refusal)[Slot::net_local]), remote = network_in((*refusal)[Slot::net_remote]);
        const bool is_printed = local && remote;
        const std::string asked = is_printed ? to_text(*remote) + " to " + to_text(*local) : std::string("networks");
        bool is_absent = false, is_known = false;
        if (view.here.child != nullptr && !view.here.child->pairs.empty()) {
            if (is_printed) {
                // What a device refuses by the letter it may still hold in a wider line.
                is_absent = std::none_of(view.here.entry->children.begin(), view.here.entry->children.end(),
                                         [&](const TunnelChild& child) {
                                             return is_permitted(child.pairs, *local, *remote, SelectorRule::exact);
                                         });
                is_known = true;
            } else if (view.across.child != nullptr && !view.across.child->pairs.empty()) {
                is_absent = !not_mirrored(*view.across.child, *view.here.child, SelectorRule::exact).empty();
                is_known = true;
            }
        }
        if (is_known && !is_absent) {
            view.add_refusal(
                *refusal, true, "entry-not-for-peer", Grade::likely,
                view.here.name() + " refuses " + asked +
                    " although its access list permits them: another entry or peer took the request.",
                "The order of its entries, their peers, and the authentication of both directions come next.",
                mirror_places(view));
            continue;
        }
        std::string remedy = view.here.name() + " lacks the mirror of what " + view.across.name() + " asks for, or " +
                             view.across.name() + " has to drop it.";
        view.add_refusal(
            *refusal, true, "selectors", is_absent ? Grade::proved : Grade::likely,
            view.across.name() + " asks for " + asked + "; " + view.here.name() + " has no such pair of networks.",
            std::move(remedy), mirror_places(view));
    }
}

void find_map_refusal(const RuleView& view) {
    const Event* const refusal = view.here.last({EventKind::map_refused});
    if (refusal == nullptr) return;
    if (view.here.after(*refusal, {EventKind::entry_matched}) != nullptr) return;
    std::vector<Place> further;
    std::string remedy = view.across.name() + " needs an entry and an access list of its own at " + view.here.name() +
                         ", before any that covers its networks.";
    bool several = false;
    if (view.here.entry != nullptr) {
        further.push_back(view.here.entry->place);
        several = view.here.entry->peers.size() > 1;
    }
    std::string title = view.here.name() + "'s crypto map, not the transform, refused " + view.across.name();
    if (several) title += ": " + view.here.entry->name + " serves several peers with one access list";
    view.add_refusal(*refusal, true, "entry-not-for-peer", Grade::likely, title + ".", std::move(remedy),
                     std::move(further));
}

/// Of the exchange that was refused: the first child of IKEv2 carries no key exchange of its own.
bool is_first_child_of_ikev2(const TunnelSide& here, const Event& refusal) {
    const Event* const message = here.before(refusal, {EventKind::received, EventKind::sent});
    return message != nullptr && (*message)[Slot::exchange] == "IKE_AUTH";
}

void find_transform(const RuleView& view) {
    const Event* const refusal = view.here.last({EventKind::transform_refused, EventKind::child_attribute});
    if (refusal == nullptr) return;
    if (view.here.before(*refusal, {EventKind::map_refused}) != nullptr) return;
    // Proposals of IKE that were refused in the same words.
    const Event* const offered = view.here.before(*refusal, {EventKind::proposals_received});
    if (offered != nullptr && (*offered)[Slot::phase] == "IKE") return;
    const ProposalDiff diff = child_diff(view);
    const PfsDiff pfs = pfs_diff(view);
    const Event* const named = view.here.before(*refusal, {EventKind::attribute_refused});
    const bool names_group = named != nullptr && ((*named)[Slot::attribute] == "KEY_EXCHANGE_METHOD" ||
                                                  (*named)[Slot::attribute] == "DIFFIE_HELLMAN_GROUP");
    const bool transforms_agree = diff.is_comparable && diff.intersect;
    if (!is_first_child_of_ikev2(view.here, *refusal) &&
        (names_group || (transforms_agree && pfs.differs && named == nullptr))) {
        view.add_refusal(*refusal, true, "pfs", pfs.differs ? Grade::proved : Grade::likely,
                         view.here.name() + " refuses phase 2 for its PFS group" +
                             (pfs.differs ? " (" + view.here.name() + " " + pfs.here + ", " + view.across.name() + " " +
                                                pfs.there + ")."
                                          : "."),
                         "The PFS group has to be equal at both ends.",
                         pfs.differs ? std::vector<Place>{pfs.here_place, pfs.there_place} : std::vector<Place>{});
        return;
    }
    std::string title = view.here.name() + " refuses the transforms of " + view.across.name();
    if (refusal->has(Slot::attribute))
        title += " (" + std::string((*refusal)[Slot::attribute]) + ": offered " +
                 std::string((*refusal)[Slot::offered]) + ", allowed " + std::string((*refusal)[Slot::allowed]) + ")";
    std::string remedy = "The transform sets of both ends have to be compared, mode, PFS and lifetimes too.";
    if (diff.is_comparable && !diff.intersect)
        remedy =
            "It has to be equal at both ends: " + in_words(diff.differences, view.here.name(), view.across.name()) +
            ".";
    const Grade grade = diff.is_comparable && !diff.intersect                             ? Grade::proved
                        : transforms_agree && refusal->kind != EventKind::child_attribute ? Grade::possible
                                                                                          : Grade::likely;
    view.add_refusal(
        *refusal, true, "transform", grade, title + ".", std::move(remedy),
        diff.is_comparable && !diff.intersect ? std::vector<Place>{diff.here, diff.there} : std::vector<Place>{});
}

}  // namespace

void find_child_refusals(const RuleView& view) {
    find_map_refusal(view);
    find_selectors(view);
    find_transform(view);
}

}  // namespace formats
