// The reset ladder on every platform: which lines are sent there, and in which order.

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "scenarios/procedure_witness.hpp"
#include "scenarios/safety_cells.hpp"

using namespace stage;

TEST_CASE("each platform is reset by its own narrowest line, and by its wide ones only when that did not help") {
    struct Case {
        std::string platform, scenario;
        Lines left;
    };
    const std::vector<Case> cases{
        {"asa", "stale-sa", hq_peer},
        {"asa",
         "psk-mismatch",
         {hq_peer.front(), "clear crypto ikev1 sa 203.0.113.1", "clear crypto ikev2 sa 203.0.113.1",
          "clear crypto ipsec sa", "clear crypto ikev1 sa", "clear crypto ikev2 sa"}},
        {"ios", "stale-sa", {"clear crypto sa peer 203.0.113.1"}},
        {"ios",
         "psk-mismatch",
         {"clear crypto sa peer 203.0.113.1", "clear crypto session remote 203.0.113.1", "clear crypto sa",
          "clear crypto session"}},
        {"pix80", "psk-mismatch", hq_peer + every_tunnel},
    };
    const auto said = run_cells(cases.size(), cases.size(), [&](std::size_t cell) -> std::string {
        const Case& c = cases[cell];
        const Lab lab({"--time-scale", "0.1", "--left", c.platform, "--scenario", c.scenario});
        Incident incident(lab);
        incident.top = "debug-window = \"3s\"\nsettle = \"300ms\"\n";
        incident.arguments = named_resets;
        const Run run = incident.run();
        std::string wrong;
        if (run.exit != 0) wrong += "exit " + std::to_string(run.exit) + "; ";
        if (cleared(lab, "left") != c.left) wrong += "left was sent " + joined(cleared(lab, "left")) + "; ";
        wrong += unannounced(lab, read_text(run.unpacked / "plan.txt")) + debugs_left_on(lab);
        return wrong.empty() ? wrong : c.platform + " with " + c.scenario + ": " + wrong + run.err;
    });
    for (const std::string& wrong : said) CHECK(wrong == "");
}
