// A router's terminal: no CR around the prompt, nothing echoed for passwords, debugs of the device
// that only `terminal monitor` shows.

#include <doctest/doctest.h>

#include "tests/lab/lab_client.hpp"

using lab_test::LabProcess;
using lab_test::Terminal;
using namespace std::chrono_literals;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string command(Terminal& router, const std::string& line) {
    router.type(line + "\r");
    return router.until("\r\nbranch#");
}

void enable(Terminal& router, const LabProcess& lab) {
    REQUIRE(router.failure() == "");
    router.until("branch>");
    router.type("enable\r");
    router.until("Password: ");
    router.type(std::string(lab.where()["right"]["enable"]) + "\r");
    REQUIRE(router.until("branch#") == "\r\nbranch#");
    command(router, "terminal length 0");
}

}  // namespace

TEST_CASE("a router shows its debugs to whoever monitors, and keeps them when the session ends") {
    LabProcess lab({"--right", "ios", "--time-scale", "0.02"});
    Terminal other(lab, "right");
    enable(other, lab);
    {
        Terminal router(lab, "right");
        enable(router, lab);
        CHECK(command(router, "debug crypto isakmp") ==
              "debug crypto isakmp\r\nCrypto ISAKMP debugging is on\r\nbranch#");
        CHECK(has(command(router, "debug crypto ipsec"), "Crypto IPSEC debugging is on\r\n"));
        command(router, "terminal monitor");
        lab.control("packet left 10.1.1.10 10.2.2.10");
        const auto debug = router.until("New State = IKE_QM_PHASE2_COMPLETE");
        CHECK(has(debug, ": ISAKMP:(0):atts are acceptable. Next payload is 0\r\n"));
        CHECK(has(debug, "ISAKMP:(1001):Old State = IKE_R_MM5  New State = IKE_P1_COMPLETE"));
        CHECK(debug.substr(0, 1) == "*");
    }
    CHECK(lab.saw({{"event", "close"}, {"reason", "closed"}}));
    CHECK(command(other, "show debugging") ==
          "show debugging\r\n\r\nCryptographic Subsystem:\r\n  Crypto ISAKMP debugging is on\r\n"
          "  Crypto IPSEC debugging is on\r\nbranch#");
    CHECK(lab.control("state")["right"]["debug"]["isakmp"] == 1);
    CHECK(has(command(other, "no debug crypto isakmp"), "Crypto ISAKMP debugging is off\r\n"));
    command(other, "no debug crypto ipsec");
    CHECK(lab.control("state")["right"]["debugging"] == false);
    CHECK(has(command(other, "show crypto isakmp sa"),
              "203.0.113.1     198.51.100.1    QM_IDLE           1001 ACTIVE\r\n"));
    CHECK(has(command(other, "show crypto ipsec sa"), "#pkts encaps: 0, #pkts encrypt: 0, #pkts digest: 0\r\n"));
}

TEST_CASE("a router's ping takes its source from an interface") {
    LabProcess lab({"--right", "ios", "--time-scale", "0.02"});
    Terminal router(lab, "right");
    enable(router, lab);
    CHECK(has(command(router, "ping 10.1.1.10 source GigabitEthernet0/1"),
              "Packet sent with a source address of 10.2.2.1 \r\n.!!!!\r\nSuccess rate is 80 "
              "percent (4/5)"));
    CHECK(has(command(router, "ping 10.1.1.10 source 10.2.2.1 repeat 2 timeout 1"), "\r\n!!\r\n"));
    CHECK(command(router, "show nonsense") ==
          "show nonsense\r\n            ^\r\n% Invalid input detected at '^' marker.\r\n\r\nbranch#");
    const auto config = command(router, "show running-config");
    CHECK(has(config, "crypto isakmp key CANARY-lab-psk-5e1d address 198.51.100.1\r\n"));
    CHECK(has(config, "\r\nend\r\n"));
}
