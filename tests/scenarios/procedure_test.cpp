// The procedure against the lab: each scenario with and without each permission to reset. The lab's own log is
// the witness for what was sent; nothing is cleared without consent, the narrowest line comes first, and the
// climb stops where the tunnel is back.

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "scenarios/procedure_witness.hpp"
#include "scenarios/safety_cells.hpp"

using namespace stage;
using nlohmann::json;

namespace {

struct Permission {
    std::string name;
    std::vector<std::string> arguments;
    bool peer = false, all = false, xlate = false;
};

const Lines named_xlates{"--allow-clear-xlate", "--clear-xlate-drops-connections", "hq",
                         "--clear-xlate-drops-connections", "branch"};
const std::vector<Permission> permissions{
    {"nothing", {}},
    {"peer", {"--allow-reset", "peer"}, true},
    {"all", named_resets, true, true},
    {"xlate", named_xlates, false, false, true},
    {"all and xlate", named_resets + named_xlates, true, true, true},
};

/// What brings a scenario's tunnel back; nothing: it is up by itself, or nothing does.
enum class Cure { none, needed_never, peer_reset, source_xlate };
struct Row {
    std::string scenario;
    Cure cure;
};
const std::vector<Row> rows{
    {"healthy", Cure::needed_never}, {"no-reply-but-up", Cure::needed_never}, {"psk-mismatch", Cure::none},
    {"policy-mismatch", Cure::none}, {"transform-mismatch", Cure::none},      {"pfs-mismatch", Cure::none},
    {"acl-mismatch", Cure::none},    {"peer-unreachable", Cure::none},        {"nat0-missing", Cure::none},
    {"stale-sa", Cure::peer_reset},  {"stale-xlate", Cure::source_xlate},
};

/// The lines that may be cleared on one side, in order, with the climb stopped where the cure is.
Lines expected(const Row& row, const Permission& permission, const std::string& side) {
    if (row.cure == Cure::needed_never) return {};
    Lines lines;
    if (permission.peer) lines = side == "left" ? hq_peer : branch_peer;
    if (permission.peer && row.cure == Cure::peer_reset) return lines;
    if (permission.all) lines = lines + every_tunnel;
    if (!permission.xlate) return lines;
    lines.push_back(side == "left" ? "clear xlate local 10.1.1.10" : "clear xlate local 10.2.2.10");
    if (row.cure != Cure::source_xlate) lines.push_back("clear xlate");
    return lines;
}

bool comes_up(const Row& row, const Permission& permission) {
    switch (row.cure) {
        case Cure::none: return false;
        case Cure::needed_never: return true;
        case Cure::peer_reset: return permission.peer;
        case Cure::source_xlate: return permission.xlate;
    }
    return false;
}

/// Each line that was sent is an action with its consent, its time and its effect.
std::string unrecorded(const formats::Manifest& manifest, const Lab& lab, bool is_up) {
    std::string said;
    std::map<std::string, Lines> recorded;
    for (const auto& action : manifest.actions) {
        recorded[action.endpoint].push_back(action.kind);
        if (!action.started || !action.ended || action.consent.empty())
            said += action.kind + " has no time or no consent; ";
        if (action.outcome.find("here before: ") == std::string::npos) said += action.kind + " has no effect; ";
    }
    for (const auto& [side, name] : {std::pair{"left", "hq"}, {"right", "branch"}})
        if (recorded[name] != cleared(lab, side))
            said += std::string(name) + " recorded " + joined(recorded[name]) + "; ";
    if (!manifest.actions.empty() && manifest.actions.back().outcome.starts_with("tunnel up;") != is_up)
        said += "the last action says " + manifest.actions.back().outcome + "; ";
    return said;
}

std::string judge(const Row& row, const Permission& permission) {
    const Lab lab({"--time-scale", "0.1", "--scenario", row.scenario, "--others-left", "2"});
    Incident incident(lab);
    // From one end only: the other end's negotiation would go round what is wrong with this end's translations.
    incident.top = "debug-window = \"3s\"\nsettle = \"300ms\"\n[probe]\nfrom = \"hq\"\nto = \"10.2.2.1\"\n";
    incident.arguments = permission.arguments;
    const Run run = incident.run();
    if (run.exit != 0) return "exit " + std::to_string(run.exit) + ": " + run.err;

    std::string said;
    for (const std::string side : {"left", "right"}) {
        if (const Lines lines = cleared(lab, side); lines != expected(row, permission, side))
            said += side + " was sent " + joined(lines) + "; ";
        if (!debugs_were_on(lab, side)) said += side + " was cleared without debugs; ";
    }
    said += unannounced(lab, read_text(run.unpacked / "plan.txt"));
    said += debugs_left_on(lab);

    const bool up = comes_up(row, permission);
    const json state = lab.control("state");
    if ((state.at("left").contains("ipsec") && state.at("right").contains("ipsec")) != up)
        said += "the tunnel is not as expected; ";
    const std::size_t dropped = expected(row, permission, "left").size() > 1 && permission.all ? 2 : 0;
    if (count(lab, "other-tunnel-down") != dropped)
        said += "other tunnels: " + std::to_string(count(lab, "other-tunnel-down")) + " were dropped; ";
    if (permission.all && run.err.find("would drop 2 other tunnels (192.0.2.1, 192.0.2.2)") == std::string::npos)
        said += "the other tunnels were not counted; ";

    const formats::Manifest manifest = manifest_of(run);
    said += unrecorded(manifest, lab, up);
    const bool reset = !cleared(lab, "left").empty();
    if (has_finding(manifest, "tunnel-came-back") != (up && reset)) said += "tunnel-came-back is wrong; ";
    if (has_finding(manifest, "tunnel-stayed-down") == up) said += "tunnel-stayed-down is wrong; ";
    if (!has_finding(manifest, "interesting-traffic")) said += "no interesting traffic; ";
    if (has_finding(manifest, "selectors") != (row.scenario == "acl-mismatch")) said += "the mirror check is wrong; ";
    return said;
}

}  // namespace

TEST_CASE(
    "each scenario with and without each permission: only what was allowed is cleared, and only until the tunnel is "
    "back") {
    const std::size_t cells = rows.size() * permissions.size();
    const auto said = run_cells(cells, 16, [](std::size_t cell) {
        const Row& row = rows[cell % rows.size()];
        const Permission& permission = permissions[permissions.size() - 1 - cell / rows.size()];  // the longest first
        const std::string wrong = judge(row, permission);
        return wrong.empty() ? std::string() : row.scenario + " with " + permission.name + ": " + wrong;
    });
    for (const std::string& wrong : said) CHECK(wrong == "");
}
