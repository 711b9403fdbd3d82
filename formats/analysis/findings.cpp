#include "formats/analysis/findings.hpp"

#include <algorithm>

#include "formats/analysis/attempts.hpp"
#include "formats/analysis/rules.hpp"

namespace formats {

namespace {

void apply_rules(const TunnelFacts& tunnel, std::vector<Finding>& findings) {
    std::vector<RuleView> views{{tunnel, tunnel.one, tunnel.other, findings}};
    if (tunnel.is_two_sided()) views.push_back({tunnel, tunnel.other, tunnel.one, findings});
    // A later rule knows what an earlier one found: a consequence is not said where its cause is.
    for (auto* const rule : {find_ike_refusals, find_authentication, find_child_refusals, find_silence, find_losses,
                             find_packet_faults, find_counter_faults})
        for (const RuleView& view : views) rule(view);
    find_config_differences(views.front());
    find_state(views.front());
}

/// A consequence is not said as a problem of its own where its cause is known.
void drop_consequences(std::vector<Finding>& findings) {
    const auto has = [&](std::string_view id) {
        return std::any_of(findings.begin(), findings.end(), [&](const Finding& f) {
            return f.id == id && f.severity == Severity::problem && f.grade >= Grade::likely;
        });
    };
    const auto soften = [&](std::string_view id) {
        for (Finding& finding : findings)
            if (finding.id == id && finding.severity == Severity::problem) finding.severity = Severity::warning;
    };
    if (has("stale-sa")) soften("dead-peer");
    if (has("entry-not-for-peer")) {
        soften("selectors");
        soften("transform");
    }
    if (has("nat-exemption") || has("clear-text")) soften("never-reaches-crypto");
}

std::string what_would_tell(const Evidence& evidence) {
    for (const EndEvidence& end : evidence.ends)
        if (!end.has_stream)
            return end.view.config().dialect == "swanctl" || end.view.config().dialect == "ipsec.conf" ||
                           end.platform == "strongswan" || end.platform == "libreswan"
                       ? "The daemon's log of " + end.name + " while the tunnel is building would tell more."
                       : "`debug crypto isakmp` and `debug crypto ipsec` at " + end.name +
                             " while the tunnel is building would tell more.";
    for (const EndEvidence& end : evidence.ends)
        if (end.view.config().dialect.empty()) return "The configuration of " + end.name + " would tell more.";
    for (const EndEvidence& end : evidence.ends)
        if (end.view.child_tables().empty())
            return std::string("`") + (end.platform == "strongswan" ? "swanctl --list-sas" : "show crypto ipsec sa") +
                   "` at " + end.name + ", twice with traffic between, would tell more.";
    return evidence.ends.size() < 2 ? "The same from the other end would tell more."
                                    : "A capture of UDP/500, UDP/4500 and protocol 50 at both ends would tell more.";
}

void add_undetermined(const Evidence& evidence, bool is_up, std::vector<Finding>& findings) {
    const bool is_known = std::any_of(findings.begin(), findings.end(), [](const Finding& f) {
        return f.severity == Severity::problem && f.grade >= Grade::likely;
    });
    if (is_known || is_up) return;
    Finding finding;
    finding.id = "undetermined";
    finding.grade = Grade::possible;
    const bool has_suspect =
        std::any_of(findings.begin(), findings.end(), [](const Finding& f) { return f.severity == Severity::problem; });
    finding.severity = has_suspect ? Severity::note : Severity::problem;
    finding.title = "Why the tunnel is down cannot be told from what was collected.";
    finding.remedy = what_would_tell(evidence);
    findings.push_back(std::move(finding));
}

/// Who started the attempt that a line at `side` opens: the end itself, or the end across.
std::string who_started(const TunnelFacts& tunnel, const TunnelSide& side, const Event& opening) {
    if (opening.kind == EventKind::started) return side.name();
    return (&side == &tunnel.one ? tunnel.other : tunnel.one).name();
}

/// Who started, as far as a line says so: the attempt that the deciding line belongs to, else the last.
std::string who_started(const TunnelFacts& tunnel, const Place& deciding) {
    for (const TunnelSide* side : {&tunnel.one, &tunnel.other}) {
        if (side->end == nullptr) continue;
        const auto is_deciding = [&](const Event* event) {
            return event->line == deciding.line && side->place_of(*event).file == deciding.file;
        };
        for (const Attempt& attempt : attempts_of(side->events).list) {
            const bool is_here =
                std::any_of(attempt.messages.begin(), attempt.messages.end(), [&](const IkeMessage& m) {
                    return std::any_of(m.lines.begin(), m.lines.end(), is_deciding) ||
                           std::any_of(m.remarks.begin(), m.remarks.end(), is_deciding);
                });
            if (!is_here || attempt.role == Attempt::Role::unknown) continue;
            const bool is_initiator = attempt.role == Attempt::Role::initiator;
            return (is_initiator == (side == &tunnel.one) ? tunnel.one : tunnel.other).name();
        }
        for (const Event* event : side->events) {
            if (!is_deciding(event)) continue;
            if (const Event* const opening = side->before(*event, {EventKind::started, EventKind::answering}))
                return who_started(tunnel, *side, *opening);
        }
    }
    for (const TunnelSide* side : {&tunnel.one, &tunnel.other}) {
        if (side->end == nullptr) continue;
        if (const Event* const opening = side->last({EventKind::started, EventKind::answering}))
            return who_started(tunnel, *side, *opening);
        for (const Event* event : side->events)
            if ((*event)[Slot::role] == "I") return side->name();
    }
    return {};
}

std::string how_far(const TunnelFacts& tunnel) {
    bool child = false, phase1 = false, spoken = false;
    for (const TunnelSide* side : {&tunnel.one, &tunnel.other}) {
        if (side->end == nullptr) continue;
        child = child || side->has({EventKind::child_up});
        phase1 = phase1 || RuleView::has_phase1(*side);
        spoken = spoken || RuleView::has_spoken(*side);
    }
    if (tunnel.is_up()) return "the tunnel stands";
    return child    ? "the tunnel had been up"
           : phase1 ? "phase 1 was done"
           : spoken ? "phase 1 was not finished"
                    : "no IKE message was seen";
}

std::string without_stamp(std::string text) {
    // The device's own words begin behind its stamp; what is quoted is cut to a line.
    constexpr std::size_t longest_quote = 160, arrival = std::string_view("2026-11-18T12:39:31.118000Z ").size();
    if (text.size() > arrival && text[10] == 'T' && text[arrival - 2] == 'Z') text.erase(0, arrival);
    if (const auto at = text.find(": "); device_time_of(text) && at != std::string::npos && at < 48)
        text.erase(0, at + 2);
    if (text.size() > longest_quote) text = text.substr(0, longest_quote) + "...";
    return text;
}

std::string verdict_of(const std::vector<TunnelFacts>& tunnels, const std::vector<Finding>& findings) {
    if (findings.empty()) return {};
    const Finding& first = findings.front();
    std::string text;
    if (first.severity == Severity::problem && !tunnels.empty()) {
        const std::string who = who_started(tunnels.front(), first.evidence.empty() ? Place() : first.evidence.front());
        const std::string far = how_far(tunnels.front());
        text = who.empty() ? far : who + " started; " + far;
        text[0] = text[0] >= 'a' && text[0] <= 'z' && who.empty() ? static_cast<char>(text[0] - 'a' + 'A') : text[0];
        text += ". ";
    }
    text += (first.grade == Grade::likely                                   ? "Likely: "
             : first.grade == Grade::possible && first.id != "undetermined" ? "Possibly: "
                                                                            : "") +
            first.title;
    if (first.severity == Severity::problem && !first.evidence.empty() && !first.evidence.front().text.empty() &&
        first.grade >= Grade::likely)
        text += " The line: \"" + without_stamp(first.evidence.front().text) + "\".";
    if (!first.remedy.empty()) text += " " + first.remedy;
    return text;
}

}  // namespace

Analysis analyse(const Evidence& evidence) {
    Analysis analysis;
    std::vector<TunnelFacts> tunnels;
    if (evidence.ends.size() == 1) tunnels.push_back(TunnelFacts::of(evidence.ends.front(), nullptr));
    for (std::size_t i = 1; i < evidence.ends.size(); ++i)
        tunnels.push_back(TunnelFacts::of(evidence.ends.front(), &evidence.ends[i]));
    bool all_up = !tunnels.empty();
    for (const TunnelFacts& tunnel : tunnels) {
        std::vector<Finding> found;
        apply_rules(tunnel, found);
        all_up = all_up && tunnel.is_up();
        for (Finding& finding : found) {
            if (finding.endpoint == " ") finding.endpoint.clear();
            analysis.findings.push_back(std::move(finding));
        }
    }
    drop_consequences(analysis.findings);
    if (!evidence.ends.empty()) add_undetermined(evidence, all_up, analysis.findings);
    sort_by_weight(analysis.findings);
    analysis.verdict = verdict_of(tunnels, analysis.findings);
    return analysis;
}

}  // namespace formats
