// What a person at the terminal is asked, and what becomes of the answer.

#include <doctest/doctest.h>

#include <string>

#include "scenarios/procedure_witness.hpp"
#include "scenarios/safety_cells.hpp"
#include "support/pty.hpp"

using namespace stage;

namespace {

constexpr const char* short_window = "debug-window = \"4s\"\nsettle = \"300ms\"\nconnect-timeout = \"6s\"\n";

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Passwords that a device was sent and did not take.
unsigned refused_logins(const Lab& lab) {
    unsigned number = 0;
    for (const auto& entry : lab.log())
        number += entry.value("event", "") == "auth" && !entry.value("ok", true) ? 1 : 0;
    return number;
}

}  // namespace

TEST_CASE("a password and an enable password that were mistyped are asked for once more, and the run is whole") {
    const Lab lab({"--time-scale", "0.1"});
    Incident incident(lab);
    incident.top = short_window;
    incident.sides = {"left"};
    incident.is_typed = true;
    const auto command = incident.command();
    const std::string password = lab.side("left").at("password"), enable = lab.side("left").at("enable");
    support::Pty pty([&] { return command.execute(); });
    REQUIRE(pty.read_until("hq: password of pix@"));
    pty.type("CANARY-mistyped\r");
    REQUIRE(pty.read_until("(once more): "));
    CHECK(holds(pty.seen(), "the password was not accepted; it is asked for once more"));
    CHECK(refused_logins(lab) == 1);
    pty.type(password + "\r");
    REQUIRE(pty.read_until("hq: enable password: "));
    pty.type("CANARY-mistyped-too\r");
    REQUIRE(pty.read_until("hq: enable password (once more): "));
    pty.type(enable + "\r");
    const Run run = incident.left_by(pty.end());
    CAPTURE(pty.seen());
    CHECK(run.exit == 0);
    CHECK(holds(pty.seen(), "COMPLETE: "));
    CHECK_FALSE(holds(pty.seen(), "CANARY"));
    CHECK(debugs_left_on(lab) == "");
}

TEST_CASE("a password that was mistyped twice costs the endpoint, and nothing is sent a third time") {
    const Lab lab({"--time-scale", "0.1"});
    Incident incident(lab);
    incident.top = short_window;
    incident.sides = {"left"};
    incident.is_typed = true;
    const auto command = incident.command();
    support::Pty pty([&] { return command.execute(); });
    REQUIRE(pty.read_until("hq: password of pix@"));
    pty.type("CANARY-mistyped\r");
    REQUIRE(pty.read_until("(once more): "));
    pty.type("CANARY-mistyped\r");
    const Run run = incident.left_by(pty.end());
    CAPTURE(pty.seen());
    CHECK(run.exit == 4);
    CHECK(holds(pty.seen(), "NO BUNDLE: no endpoint could be used: hq: login refused"));
    CHECK(refused_logins(lab) == 2);
}

TEST_CASE("with one end missing a person is asked before anything is armed, and decides") {
    struct Case {
        std::string name, answer;
        std::vector<std::string> arguments;
        unsigned debugs;
        std::string says;
    };
    for (const Case& c :
         {Case{"no", "n\r", {}, 0, "not gone on with branch alone: declined on the terminal"},
          Case{"an empty line is a no", "\r", {}, 0, "not gone on with branch alone: declined on the terminal"},
          Case{"yes", "y\r", {}, 2, "INCOMPLETE: "}, Case{"--yes has said so", "", {"-y"}, 2, "INCOMPLETE: "},
          Case{"nothing would be armed", "", {"--no-debug"}, 0, "INCOMPLETE: "}}) {
        CAPTURE(c.name);
        const Lab lab({"--time-scale", "0.1", "--fault", "left:refuse"});
        Incident incident(lab);
        incident.top = short_window;
        incident.arguments = c.arguments;
        const auto command = incident.command();
        support::Pty pty([&] { return command.execute(); });
        if (!c.answer.empty()) {
            REQUIRE(pty.read_until("Go on with branch alone? [y/N] "));
            CHECK(holds(pty.seen(), "hq could not be used: "));
            CHECK(count(lab, "debug-on") == 0);
            pty.type(c.answer);
        }
        const Run run = incident.left_by(pty.end());
        CAPTURE(pty.seen());
        CHECK(run.exit == 3);
        CHECK(holds(pty.seen(), c.says));
        CHECK(holds(pty.seen(), "Go on with") == !c.answer.empty());
        CHECK(count(lab, "debug-on") == c.debugs);
        CHECK(outcome_of(run, "branch", "before/write-terminal") == "ok");
        if (c.arguments.empty()) CHECK(unexplained(run) == "");
        CHECK(debugs_left_on(lab) == "");
    }
}

TEST_CASE("Ctrl-C at that question is an interrupt") {
    const Lab lab({"--time-scale", "0.1", "--fault", "left:refuse"});
    Incident incident(lab);
    incident.top = short_window;
    const auto command = incident.command();
    support::Pty pty([&] { return command.execute(); });
    REQUIRE(pty.read_until("Go on with branch alone? [y/N] "));
    pty.type("\x03");
    const Run run = incident.left_by(pty.end());
    CAPTURE(pty.seen());
    CHECK(run.exit == 130);
    CHECK(holds(pty.seen(), "INTERRUPTED: no debug of this run is on; the bundle holds what there was: "));
    CHECK(count(lab, "debug-on") == 0);
}
