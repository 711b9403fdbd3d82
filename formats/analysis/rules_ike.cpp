// Phase 1 and authentication, as far as an end refused with a line of its own.

#include <algorithm>

#include "formats/analysis/rules.hpp"
#include "formats/text/ip_address.hpp"

namespace formats {

namespace {

std::vector<Place> places_of(const ProposalDiff& diff) {
    return diff.is_comparable && !diff.intersect ? std::vector<Place>{diff.here, diff.there} : std::vector<Place>{};
}

/// The attribute that the refuser names in the same attempt; empty: none.
std::string named_attribute(const TunnelSide& here, const Event& refusal) {
    const Event* const named = here.before(refusal, {EventKind::attribute_differs, EventKind::attribute_refused});
    if (named == nullptr) return {};
    std::string text =
        (*named)[Slot::attribute] == "KEY_EXCHANGE_METHOD" || (*named)[Slot::attribute] == "DIFFIE_HELLMAN_GROUP"
            ? "Diffie-Hellman group"
        : (*named)[Slot::attribute] == "ENCRYPTION_ALGORITHM" ? "encryption"
        : (*named)[Slot::attribute] == "INTEGRITY_ALGORITHM"  ? "integrity"
                                                              : std::string((*named)[Slot::attribute]);
    if (named->has(Slot::offered))
        text +=
            ": offered " + std::string((*named)[Slot::offered]) + ", allowed " + std::string((*named)[Slot::allowed]);
    return text;
}

void find_policy_refusal(const RuleView& view) {
    const Event* const refusal = view.here.last({EventKind::policy_refused});
    if (refusal == nullptr) return;
    // Refused one of several offers, and agreed on another in the same attempt.
    if (view.here.after(*refusal, {EventKind::policy_agreed}) != nullptr) return;
    // A refused first guess of the group is one more round; a missing connection and a missing key are refused in the same words.
    if (view.here.before(*refusal, {EventKind::no_config}) != nullptr) return;
    if (view.here.before(*refusal, {EventKind::key_missing}) != nullptr) return;
    ProposalDiff diff;
    if (view.is_two_sided() && view.here.entry != nullptr && view.across.entry != nullptr)
        diff = compare_policies(*view.here.entry, *view.across.entry);
    // Where no entry is known, the policies of the whole device are all that can be compared.
    const auto policies = [](const TunnelSide& side) {
        TunnelEntry all;
        if (side.end != nullptr)
            all.ike =
                side.entry != nullptr && !side.entry->ike.empty() ? side.entry->ike : side.end->view.config().policies;
        return all;
    };
    if (!diff.is_comparable && view.is_two_sided()) diff = compare_policies(policies(view.here), policies(view.across));
    const std::string attribute = named_attribute(view.here, *refusal);
    const Grade grade = !diff.is_comparable ? Grade::likely : diff.intersect ? Grade::possible : Grade::proved;
    std::string title = view.here.name() + " refuses every IKE proposal of " + view.across.name();
    if (!attribute.empty()) title += " (" + attribute + ")";
    std::string remedy = "The IKE policies of both ends have to be compared line by line.";
    if (diff.is_comparable && !diff.intersect)
        remedy =
            "It has to be equal at both ends: " + in_words(diff.differences, view.here.name(), view.across.name()) +
            " (nearest: " + diff.here_name + " and " + diff.there_name + ").";
    else if (diff.is_comparable)
        remedy =
            "The configurations agree on a proposal as far as they were read: what is loaded, and the software, come "
            "next.";
    view.add_refusal(*refusal, false, "ike-policy", grade, title + ".", std::move(remedy), places_of(diff));
}

/// The connection of the refuser that fits the addresses and allows another version than the other end starts with.
const TunnelEntry* other_version(const RuleView& view) {
    const TunnelEntry* const theirs = view.across.entry;
    for (const TunnelEntry& entry : view.config().entries) {
        const bool fits = std::any_of(view.across.addresses.begin(), view.across.addresses.end(),
                                      [&](const std::string& a) { return entry.is_for(a); });
        if (!fits) continue;
        if (theirs != nullptr &&
            ((theirs->ikev1 && !theirs->ikev2 && !entry.ikev1) || (theirs->ikev2 && !theirs->ikev1 && !entry.ikev2)))
            return &entry;
    }
    return nullptr;
}

void find_missing_connection(const RuleView& view) {
    const Event* const refusal = view.here.last({EventKind::no_config});
    if (refusal == nullptr) return;
    const auto& loaded = view.here.end->view.loaded();
    const bool is_loaded = !loaded || !loaded->empty();
    const std::string pair = std::string((*refusal)[Slot::local]) + "..." + std::string((*refusal)[Slot::peer]);
    if (const TunnelEntry* const entry = other_version(view); entry != nullptr && is_loaded) {
        view.add_refusal(*refusal, false, "mode-or-version", Grade::proved,
                         view.here.name() + " has its connection for " + view.across.name() + " with IKEv" +
                             (entry->ikev2 ? "2" : "1") + " only, and " + view.across.name() + " starts with IKEv" +
                             (entry->ikev2 ? "1" : "2") + ".",
                         "Both ends have to use one version.",
                         {entry->version_place, view.across.entry->version_place});
        return;
    }
    std::string reason = "it has to be loaded, or its addresses or version corrected";
    std::vector<Place> further;
    if (loaded && loaded->empty()) {
        reason = "none is loaded; whether its file is included decides";
        further.push_back(view.here.end->view.loaded_place());
    }
    for (const TunnelEntry& entry : view.config().entries) {
        const bool bound_elsewhere =
            refusal->has(Slot::local) && !entry.locals.empty() && parse_ipv4((*refusal)[Slot::local]) &&
            std::find(entry.locals.begin(), entry.locals.end(), (*refusal)[Slot::local]) == entry.locals.end();
        if (entry.is_for((*refusal)[Slot::peer]) && bound_elsewhere && !(loaded && loaded->empty())) {
            reason = "its connection " + entry.name + " is bound to " + entry.locals.front();
            further.push_back(entry.place);
        }
    }
    view.add_refusal(
        *refusal, false, "no-config-for-peer", Grade::proved,
        view.here.name() + " has no connection for " + (refusal->has(Slot::local) ? pair : view.across.name()) + ".",
        view.here.name() + ": " + reason + ".", std::move(further));
}

void find_wrong_mode(const RuleView& view) {
    const Event* const refusal = view.here.last({EventKind::wrong_mode, EventKind::wrong_version});
    if (refusal == nullptr) return;
    const TunnelEntry* const here = view.here.entry;
    const TunnelEntry* const there = view.across.entry;
    const bool differ = here != nullptr && there != nullptr && here->aggressive && there->aggressive &&
                        *here->aggressive != *there->aggressive;
    view.add_refusal(
        *refusal, false, "mode-or-version", differ ? Grade::proved : Grade::likely,
        view.here.name() + " does not take the mode or version that " + view.across.name() + " starts with.",
        "Both ends have to use one mode and one version of IKE.",
        differ ? std::vector<Place>{here->mode_place, there->mode_place} : std::vector<Place>{});
}

bool uses_keys(const TunnelEntry* entry) {
    if (entry == nullptr) return true;
    if (!entry->local_auth.empty()) return entry->local_auth == "psk";
    return entry->ike.empty() || std::any_of(entry->ike.begin(), entry->ike.end(), [](const IkeProposal& p) {
               return p.authentication.empty() || p.authentication.starts_with("pre");
           });
}

void find_missing_key(const RuleView& view) {
    const Event* const refusal = view.here.last({EventKind::key_missing});
    if (refusal == nullptr) return;
    const auto peer = (*refusal)[Slot::peer];
    const std::string who = !peer.empty()              ? std::string(peer)
                            : refusal->has(Slot::name) ? std::string((*refusal)[Slot::name])
                                                       : view.across.name();
    view.add_refusal(*refusal, false, "key-missing", Grade::proved,
                     view.here.name() + " finds no pre-shared key for " + who + ".",
                     view.here.name() + " needs a key for " + who + ".");
}

/// The key of this end is missing by its configuration, and the other end's exchange stops where it is needed.
void find_missing_key_by_config(const RuleView& view) {
    if (!view.is_two_sided() || view.across.end == nullptr || view.has("key-missing", Grade::likely)) return;
    if (!uses_keys(view.here.entry) || RuleView::reached_keys(view.here) || RuleView::has_phase1(view.across) ||
        view.tunnel.is_up())
        return;
    if (view.here.has(
            {EventKind::default_key, EventKind::policy_refused, EventKind::no_config, EventKind::certificate_refused}))
        return;
    const KeyDiff keys = view.keys();
    if (!keys.here_is_missing) return;
    const IkeSaRow* const row = view.across.ike_row();
    const bool stops = view.across.has({EventKind::invalid_cookie}) ||
                       (row != nullptr && (row->state == "MM_WAIT_MSG4" || row->state == "MM_SA_SETUP"));
    const bool was_refused = view.across.has({EventKind::policy_refused}) || view.here.has({EventKind::policy_refused});
    if (was_refused) return;
    const std::string address = view.across.addresses.empty() ? view.across.name() : view.across.addresses.front();
    std::vector<Place> evidence{keys.here};
    if (const Event* const cookie = view.across.last({EventKind::invalid_cookie}))
        evidence.push_back(view.across.place_of(*cookie));
    if (row != nullptr && stops) evidence.push_back(row->place);
    view.add("key-missing", stops || !RuleView::has_spoken(view.here) ? Grade::likely : Grade::possible,
             view.here.name() + " has no pre-shared key for " + address + " in its configuration" +
                 (stops ? ", and its answer to the key exchange is missing." : "."),
             view.here.name() + " needs a key (or a tunnel-group) of the name " + address + ".", std::move(evidence));
}

/// A message that could not be read counts against the key only while phase 1 is being authenticated.
const Event* unreadable_in_place(const TunnelSide& side) {
    const Event* found = nullptr;
    for (const Event* event : side.events) {
        if (event->kind == EventKind::key_mismatch) found = event;
        if (event->kind != EventKind::unreadable) continue;
        if (side.before(*event, {EventKind::phase1_up, EventKind::child_up}) != nullptr) continue;
        // charon: HASH is MM6 at the initiator, or the notify that stands for it; ID is MM5.
        const Event* const exchange = side.before(*event, {EventKind::sent, EventKind::received});
        if (exchange != nullptr &&
            ((*exchange)[Slot::exchange] == "QUICK_MODE" || (*exchange)[Slot::exchange] == "TRANSACTION"))
            continue;
        if (found == nullptr || found->kind != EventKind::key_mismatch) found = event;
    }
    return found;
}

void find_differing_key(const RuleView& view) {
    if (!uses_keys(view.here.entry)) return;
    const Event* refusal = unreadable_in_place(view.here);
    if (refusal == nullptr) return;
    const KeyDiff keys = view.keys();
    if (keys.verdict == PskVerdict::match) {
        view.add_as(Severity::note, "key-differs", Grade::contradicted,
                    view.here.name() + " could not read or check a message, but both ends hold the same key.",
                    "Other causes come next.", {view.here.place_of(*refusal), keys.here, keys.there});
        return;
    }
    // Keys are picked by identity: with others than the expected ones, the right key of somebody else may have been tried.
    bool expected = true;
    std::string with;
    if (refusal->has(Slot::other_id)) {
        const std::string other{(*refusal)[Slot::other_id]};
        const TunnelEntry* const entry = view.here.entry;
        const std::string wanted = entry == nullptr            ? std::string()
                                   : !entry->remote_id.empty() ? entry->remote_id
                                   : entry->peers.empty()      ? std::string()
                                                               : entry->peers.front();
        expected = wanted.empty() || wanted == other;
        with = " (tried for " + std::string((*refusal)[Slot::id]) + " and " + other + ")";
    }
    const bool differ = keys.verdict == PskVerdict::differ;
    view.add_refusal(*refusal, false, "key-differs", differ && expected ? Grade::proved : Grade::likely,
                     view.here.name() + " could not " +
                         (refusal->kind == EventKind::key_mismatch ? "verify" : "decrypt") + " the authentication of " +
                         view.across.name() + with +
                         (differ ? ": the pre-shared keys differ." : ", as with a pre-shared key that differs."),
                     std::string("The key has to be typed anew at both ends") +
                         (differ ? "" : " (from these texts the two cannot be compared)") +
                         "; trailing blanks and `?` are common slips.",
                     differ ? std::vector<Place>{keys.here, keys.there} : std::vector<Place>{});
}

void find_identity(const RuleView& view) {
    const Event* const refusal = view.here.last({EventKind::identity_unknown, EventKind::identity_mismatch});
    if (refusal == nullptr) return;
    if (view.here.before(*refusal, {EventKind::wrong_mode}) != nullptr) return;
    const Event* const offered = refusal->kind == EventKind::identity_mismatch
                                     ? refusal
                                     : view.here.before(*refusal, {EventKind::identity_offered});
    const std::string given = offered == nullptr ? std::string() : std::string((*offered)[Slot::other_id]);
    const TunnelEntry* const entry = view.here.entry;
    std::string wanted =
        refusal->kind == EventKind::identity_mismatch ? std::string((*refusal)[Slot::id]) : std::string();
    if (entry != nullptr && wanted.empty())
        wanted = !entry->remote_id.empty() ? entry->remote_id
                 : entry->peers.empty()    ? std::string()
                                           : entry->peers.front();
    // The identity the other end asked for may be the one that is unknown.
    const std::string asked = offered == nullptr ? std::string() : std::string((*offered)[Slot::id]);
    const bool own_differs = entry != nullptr && !asked.empty() && !entry->local_id.empty() &&
                             asked != entry->local_id && refusal->kind != EventKind::identity_mismatch;
    const bool differs = !given.empty() && !wanted.empty() && given != wanted;
    std::vector<Place> further;
    if (offered != nullptr && offered != refusal) further.push_back(view.here.place_of(*offered));
    if (entry != nullptr) further.push_back(entry->remote_id_place);
    if (differs || !own_differs)
        view.add_refusal(
            *refusal, false, "identity", differs ? Grade::proved : Grade::likely,
            given.empty() ? view.here.name() + " knows no peer by the identity that " + view.across.name() + " gives."
                          : view.across.name() + " calls itself " + given + "; " + view.here.name() + " expects " +
                                (wanted.empty() ? "another identity" : wanted) + ".",
            "One of the two has to change.", std::move(further));
    else
        view.add_refusal(*refusal, false, "identity", Grade::proved,
                         view.across.name() + " asks for " + asked + "; " + view.here.name() + " calls itself " +
                             entry->local_id + ".",
                         "One of the two has to change.", std::move(further));
}

void find_certificate(const RuleView& view) {
    const Event* refusal = nullptr;
    for (const Event* event : view.here.events)
        if (event->kind == EventKind::certificate_refused &&
            (refusal == nullptr || !TunnelSide::same_attempt(*refusal, *event)))
            refusal = event;
    if (refusal == nullptr) return;
    const std::string subject =
        refusal->has(Slot::name) ? std::string((*refusal)[Slot::name]) : "the certificate of " + view.across.name();
    std::string remedy = "The certificate, its issuer and the trust-point of " + view.here.name() + " come next.";
    if (refusal->has(Slot::destination)) {
        remedy = "The certificate has to be renewed, or the clock of " + view.here.name() +
                 " set: which of the two, its clock at that time decides.";
    } else if (refusal->has(Slot::name)) {
        remedy = view.here.name() + " has to trust the issuer of " + subject + ".";
    }
    view.add_refusal(
        *refusal, false, "certificate", Grade::proved,
        view.here.name() + " refuses " + subject + (refusal->has(Slot::destination) ? " by its dates." : "."),
        std::move(remedy));
}

}  // namespace

void find_ike_refusals(const RuleView& view) {
    find_missing_connection(view);
    find_wrong_mode(view);
    find_policy_refusal(view);
}

void find_authentication(const RuleView& view) {
    find_missing_key(view);
    find_missing_key_by_config(view);
    find_certificate(view);
    find_identity(view);
    find_differing_key(view);
    if (const Event* const limit = view.here.last({EventKind::limit}))
        view.add_refusal(*limit, false, "limit-reached", limit->has(Slot::peer) ? Grade::proved : Grade::likely,
                         view.here.name() + " is at a limit.", "What it names has to be freed or raised.");
}

}  // namespace formats
