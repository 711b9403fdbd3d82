// What stands, and what is left over.

#include <algorithm>

#include "formats/analysis/rules.hpp"

namespace formats {

namespace {

void find_duplicates(const RuleView& view) {
    const auto here = view.here.live_rows(), there = view.across.live_rows();
    if (view.across.child_table() == nullptr || view.here.child_table() == nullptr || view.tunnel.crossing.empty())
        return;
    for (const ChildSaRow* row : here) {
        const bool crosses = std::any_of(view.tunnel.crossing.begin(), view.tunnel.crossing.end(),
                                         [&](const CrossingSas& sas) { return sas.one == row; });
        if (!crosses) {
            view.add_as(Severity::note, "duplicates", Grade::proved,
                        view.here.name() + " keeps " + std::to_string(here.size()) + " pairs of SAs, " +
                            view.across.name() + " " + std::to_string(there.size()) + ".",
                        "The next rekey shows whether they grow.", {row->place});
            return;
        }
    }
}

void find_lifetime(const RuleView& view) {
    const TunnelChild* const here = view.here.child;
    const TunnelChild* const there = view.across.child;
    if (here == nullptr || there == nullptr || here->lifetime.empty() || there->lifetime.empty() ||
        here->lifetime == there->lifetime)
        return;
    view.add_as(Severity::note, "lifetime", Grade::proved,
                "Lifetimes differ (" + view.here.name() + " " + here->lifetime + ", " + view.across.name() + " " +
                    there->lifetime + ").",
                "The smaller one rules, and equal values save the question.",
                {here->lifetime_place, there->lifetime_place}, " ");
}

void find_up(const RuleView& view) {
    if (!view.tunnel.is_up()) return;
    std::vector<Place> evidence;
    bool passing = true, two_snapshots = view.is_two_sided();
    std::string pairs;
    if (view.tunnel.crossing.empty()) {
        for (const TunnelSide* side : {&view.here, &view.across})
            for (const ChildSaRow* row : side->live_rows()) {
                evidence.push_back(row->place);
                passing = passing && row->encaps > 0 && row->decaps > 0;
                pairs = row->local + " to " + row->remote;
            }
        view.add_as(Severity::note, "tunnel-up", Grade::likely,
                    "The tunnel stands at the end that was read (" + pairs + ").",
                    "The same table of the other end, and a second one of this, tell whether it passes.",
                    std::move(evidence), " ");
        return;
    }
    for (const CrossingSas& sas : view.tunnel.crossing) {
        evidence.push_back(sas.one->place);
        evidence.push_back(sas.other->place);
        passing =
            passing && sas.one->encaps > 0 && sas.one->decaps > 0 && sas.other->encaps > 0 && sas.other->decaps > 0;
        two_snapshots = two_snapshots && view.here.first_child_table() != view.here.child_table() &&
                        view.across.first_child_table() != view.across.child_table();
        pairs += (pairs.empty() ? "" : ", ") + sas.one->local + " to " + sas.one->remote;
    }
    if (passing && !two_snapshots) {
        // One table of each end: the counters have to agree crosswise.
        const auto near = [](std::uint64_t a, std::uint64_t b) { return a <= b + b / 10 + 16 && b <= a + a / 10 + 16; };
        for (const CrossingSas& sas : view.tunnel.crossing)
            passing = passing && near(sas.one->encaps, sas.other->decaps) && near(sas.other->encaps, sas.one->decaps);
    }
    if (passing)
        view.add_as(Severity::note, "up-and-passing", two_snapshots ? Grade::proved : Grade::likely,
                    "The tunnel stands and passes traffic both ways (" + pairs + ").",
                    "It needs no repair for these networks; single hosts come next.", std::move(evidence), " ");
    else
        view.add_as(Severity::note, "tunnel-up", Grade::proved, "The tunnel stands at both ends (" + pairs + ").",
                    "A probe and a second table tell whether it passes.", std::move(evidence), " ");
}

}  // namespace

void find_state(const RuleView& view) {
    find_duplicates(view);
    find_lifetime(view);
    find_up(view);
}

}  // namespace formats
