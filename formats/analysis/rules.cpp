#include "formats/analysis/rules.hpp"

#include <algorithm>

namespace formats {

RuleView::Standing RuleView::standing_of(const Event& refusal, bool is_child) const {
    Standing standing;
    const Event* success = nullptr;
    for (const Event* event : here.events)
        if (event->order > refusal.order &&
            (event->kind == EventKind::child_up || (!is_child && event->kind == EventKind::phase1_up))) {
            success = event;
            break;
        }
    if (success != nullptr) {
        standing.is_contradicted = true;
        standing.severity = Severity::note;
        standing.against = here.place_of(*success);
        return standing;
    }
    // The tables were read later: a tunnel that stands now and did not before the refusal came up behind it.
    const bool stood_before = std::any_of(here.events.begin(), here.events.end(), [&](const Event* event) {
        return event->order < refusal.order && event->kind == EventKind::child_up;
    });
    if (tunnel.is_up() && !stood_before) {
        standing.is_contradicted = true;
        standing.severity = Severity::note;
        if (const auto rows = here.live_rows(); !rows.empty()) standing.against = rows.front()->place;
    }
    return standing;
}

void RuleView::add_refusal(const Event& refusal, bool is_child, std::string id, Grade grade, std::string title,
                           std::string remedy, std::vector<Place> further) const {
    if (has(id, grade)) return;
    const Standing standing = standing_of(refusal, is_child);
    Finding finding{std::move(id),
                    standing.severity,
                    standing.is_contradicted ? Grade::contradicted : grade,
                    here.name(),
                    std::move(title),
                    std::move(remedy),
                    {here.place_of(refusal)}};
    for (Place& place : further) finding.evidence.push_back(std::move(place));
    if (!standing.against.empty()) finding.evidence.push_back(standing.against);
    if (standing.is_contradicted) finding.remedy = "It came up later: nothing is to be done.";
    findings.push_back(std::move(finding));
}

void RuleView::add(std::string id, Grade grade, std::string title, std::string remedy, std::vector<Place> evidence,
                   std::string endpoint) const {
    add_as(tunnel.is_up() ? Severity::note : Severity::problem, std::move(id), grade, std::move(title),
           std::move(remedy), std::move(evidence), std::move(endpoint));
}

void RuleView::add_as(Severity severity, std::string id, Grade grade, std::string title, std::string remedy,
                      std::vector<Place> evidence, std::string endpoint) const {
    if (has(id, grade)) return;
    findings.push_back({std::move(id), severity, grade, endpoint.empty() ? here.name() : std::move(endpoint),
                        std::move(title), std::move(remedy), std::move(evidence)});
}

bool RuleView::has(std::string_view id, Grade least) const {
    return std::any_of(findings.begin(), findings.end(),
                       [&](const Finding& f) { return f.id == id && f.grade >= least; });
}

bool RuleView::has_spoken(const TunnelSide& side) {
    return side.has({EventKind::started, EventKind::answering, EventKind::sent, EventKind::received,
                     EventKind::packet_out, EventKind::packet_in, EventKind::retransmit, EventKind::duplicate,
                     EventKind::child_started, EventKind::policy_agreed, EventKind::policy_refused,
                     EventKind::phase1_up, EventKind::child_up, EventKind::unreadable});
}

bool RuleView::reached_keys(const TunnelSide& side) {
    if (has_phase1(side) ||
        side.has({EventKind::key_exchange, EventKind::unreadable, EventKind::key_mismatch, EventKind::auth_ok}))
        return true;
    for (const Event* event : side.events) {
        const std::string_view state = (*event)[Slot::state], payloads = (*event)[Slot::payloads];
        if (state == "MM_KEY_EXCH" || payloads.find("AUTH") != std::string_view::npos) return true;
        if (event->kind == EventKind::received &&
            (payloads.starts_with("KE ") || payloads.find("ID (5)") != std::string_view::npos))
            return true;
    }
    return false;
}

bool RuleView::has_phase1(const TunnelSide& side) {
    if (side.has({EventKind::phase1_up, EventKind::child_up, EventKind::child_started, EventKind::selectors_refused,
                  EventKind::transform_refused, EventKind::map_refused, EventKind::child_refused}))
        return true;
    const IkeSaRow* const row = side.ike_row();
    return row != nullptr && row->is_up && !row->is_residue;
}

std::string in_words(const std::vector<AttributeDifference>& differences, const std::string& here,
                     const std::string& there) {
    std::string text;
    for (const AttributeDifference& one : differences) {
        text += text.empty() ? "" : "; ";
        text += one.attribute + ": " + here + " " + one.here + ", " + there + " " + one.there;
    }
    return text;
}

KeyDiff RuleView::keys() const {
    if (!is_two_sided()) return {};
    KeyDiff keys =
        compare_keys(config(), across.end->view.config(), here.addresses, across.addresses, here.entry, across.entry);
    if (!here.end->has_common_tokens || !across.end->has_common_tokens) keys.verdict = PskVerdict::unverifiable;
    if (keys.verdict == PskVerdict::unverifiable) keys.verdict = tunnel.other.end->keys_of_run;
    return keys;
}

}  // namespace formats
