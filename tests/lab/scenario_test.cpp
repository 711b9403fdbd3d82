// Each scenario goes the way its name says: what the refusing end prints, who gets up to where,
// what helps.

#include <doctest/doctest.h>

#include "tests/lab/lab_client.hpp"

using lab_test::LabProcess;
using lab_test::Terminal;
using namespace std::chrono_literals;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const nlohmann::json up{{"event", "sa-up"}, {"side", "right"}};

std::string send(const LabProcess& lab, const std::string& side) {
    return lab.control(side == "left" ? "packet left 10.1.1.10 10.2.2.10" : "packet right 10.2.2.10 10.1.1.10")["fate"];
}

}  // namespace

TEST_CASE("refusals are named by the end that refuses") {
    struct Row {
        std::string scenario, responder, initiator, configuration;
    };
    const Row rows[] = {
        {"policy-mismatch",
         "Phase 1 failure:  Mismatched attribute types for class Group Description:  Rcv'd: Group "
         "2  Cfg'd: Group 5",
         "Received an un-encrypted NO_PROPOSAL_CHOSEN notify message, dropping", "\r\n group 5\r\n"},
        {"transform-mismatch", "All IPSec SA proposals found unacceptable!",
         "Received non-routine Notify message: No proposal chosen (14)", "STRONG esp-aes-256 esp-sha-hmac"},
        {"pfs-mismatch", "All IPSec SA proposals found unacceptable!",
         "Received non-routine Notify message: No proposal chosen (14)", "set transform-set STRONG"},
        {"acl-mismatch",
         "Rejecting IPSec tunnel: no matching crypto map entry for remote proxy "
         "10.1.1.0/255.255.255.0/0/0 "
         "local proxy 10.2.2.0/255.255.255.0/0/0 on interface outside",
         "Reason: Peer Terminate", "TO-HQ extended permit ip 10.2.2.0 255.255.255.0 10.1.8.0 255.255.255.0"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.scenario);
        LabProcess lab({"--scenario", row.scenario, "--time-scale", "0.02"});
        Terminal left(lab, "left"), right(lab, "right");
        for (auto* terminal : {&left, &right}) {
            terminal->enable();
            terminal->command("debug crypto isakmp 127");
        }
        CHECK(send(lab, "left") == "triggered");
        CHECK(has(right.until(row.responder), row.responder));
        CHECK(has(left.until(row.initiator), row.initiator));
        CHECK(lab.saw({{"side", "left"}, {"event", "ike-down"}, {"why", "teardown"}}));
        CHECK(lab.events("sa-up").empty());
        right.command("no debug crypto isakmp");
        right.until("\rbranch# ", 100ms);
        right.type("write terminal\r");
        CHECK(has(right.until("[OK]"), row.configuration));
    }
}

TEST_CASE("stale SAs give way to a reset at the end that holds them") {
    LabProcess lab({"--scenario", "stale-sa", "--time-scale", "0.02"});
    Terminal left(lab, "left"), right(lab, "right");
    left.enable();
    right.enable();
    CHECK(has(left.command("show crypto ipsec sa"), "#pkts encaps: 1042"));
    CHECK(send(lab, "left") == "lost");
    right.command("clear crypto ipsec sa peer 198.51.100.1");
    CHECK(send(lab, "left") == "lost");
    left.command("clear crypto ipsec sa peer 203.0.113.1");
    CHECK(send(lab, "left") == "triggered");
    CHECK(lab.saw(up));
    CHECK(send(lab, "left") == "answered");
}

TEST_CASE("translations keep traffic out of the tunnel") {
    struct Row {
        std::string scenario;
        bool cleared_helps;
    };
    for (const auto& row : {Row{"stale-xlate", true}, Row{"nat0-missing", false}}) {
        CAPTURE(row.scenario);
        LabProcess lab({"--scenario", row.scenario, "--time-scale", "0.02"});
        Terminal left(lab, "left");
        left.enable();
        CHECK(has(left.command("write terminal"), "nat (inside) 0 access-list NONAT") == row.cleared_helps);
        CHECK(send(lab, "left") == "no-match");
        CHECK(send(lab, "right") == "triggered");
        CHECK(lab.saw({{"event", "sa-up"}, {"side", "left"}}));
        CHECK(send(lab, "right") == "unanswered");
        left.command("clear xlate");
        CHECK((send(lab, "left") == "answered") == row.cleared_helps);
        CHECK(has(left.command("show xlate count"), "0 in use"));
    }
}

TEST_CASE("up without replies") {
    LabProcess lab({"--scenario", "no-reply-but-up", "--time-scale", "0.02"});
    Terminal left(lab, "left");
    left.enable();
    CHECK(has(left.command("ping inside 10.2.2.10"), "\r\n?????\r\nSuccess rate is 0 percent (0/5)\r\n"));
    CHECK(has(left.command("show crypto ipsec sa"), "#pkts encaps: 4"));
    CHECK(has(left.command("show crypto ipsec sa"), "#pkts decaps: 0"));
}

TEST_CASE("tunnels to others are in the tables, and a full reset drops them") {
    LabProcess lab({"--others-left", "2", "--time-scale", "0.02"});
    Terminal left(lab, "left");
    left.enable();
    CHECK(has(left.command("show crypto isakmp sa"), "Active SA: 2\r\n"));
    CHECK(has(left.command("show crypto ipsec sa peer 192.0.2.2"), "current_peer: 192.0.2.2\r\n"));
    CHECK(has(left.command("write terminal"), "crypto map VPN 102 set peer 192.0.2.2 \r\n"));
    left.command("clear crypto ipsec sa peer 203.0.113.1");
    CHECK(lab.events("other-tunnel-down").empty());
    left.command("clear crypto isakmp sa");
    CHECK(lab.events("other-tunnel-down").size() == 2);
}

TEST_CASE("an ASA and a PIX build the same tunnel, each in its own words") {
    LabProcess lab({"--left", "asa", "--right", "pix7", "--time-scale", "0.02"});
    Terminal asa(lab, "left"), pix(lab, "right");
    CHECK(lab.where()["left"]["platform"] == "asa");
    asa.enable();
    pix.enable();
    CHECK(has(asa.command("debug crypto isakmp 127"), "ERROR: % Invalid input detected"));
    asa.command("debug crypto ikev1 127");
    pix.command("debug crypto isakmp 127");
    CHECK(has(asa.command("show debug"), "debug crypto ikev1 enabled at level 127"));
    CHECK(send(lab, "right") == "triggered");
    CHECK(has(asa.until("PHASE 2 COMPLETED"), " [IKEv1 DEBUG]Group = 203.0.113.1, IP = 203.0.113.1, "));
    CHECK(has(pix.until("PHASE 2 COMPLETED"), " [IKEv1 DEBUG]: Group = 198.51.100.1, "));
    asa.command("no debug crypto ikev1");
    CHECK(has(asa.command("show crypto ikev1 sa"), "State   : MM_ACTIVE"));
    CHECK(has(asa.command("show crypto ipsec sa"), "in use settings ={L2L, Tunnel, IKEv1, }"));
    CHECK(has(asa.command("write terminal"), "\r\n ikev1 pre-shared-key *****\r\n"));
}

TEST_CASE("a packet from the right makes the right end the initiator") {
    LabProcess lab({"--time-scale", "0.02"});
    CHECK(send(lab, "right") == "triggered");
    CHECK(lab.saw({{"event", "ike-state"}, {"side", "left"}, {"role", "responder"}, {"state", "MM_ACTIVE"}}));
    CHECK(lab.saw(up));
}
