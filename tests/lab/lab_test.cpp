// The lab keeps what it promises to the tests that rely on it: scope of debugs, both ends in step,
// bytes of a PIX 7.2, faults by name.

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <optional>

#include "tests/lab/lab_client.hpp"

using lab_test::LabProcess;
using lab_test::Terminal;
using namespace std::chrono_literals;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++found;
    return found;
}

/// The word after `mark` in `text`.
std::string after(const std::string& text, const std::string& mark) {
    const auto at = text.find(mark);
    if (at == std::string::npos) return "";
    const auto begin = at + mark.size();
    return text.substr(begin, text.find_first_of(" \r\n", begin) - begin);
}

void arm(Terminal& terminal) {
    terminal.command("debug crypto isakmp 127");
    terminal.command("debug crypto ipsec 127");
}

}  // namespace

TEST_CASE("prompts, enable and the pager are those of a PIX, byte by byte") {
    LabProcess lab({"--time-scale", "0.05"});
    Terminal terminal(lab, "right");
    CHECK(terminal.until("\rbranch> ") ==
          "branch> authorised users only\r\nType help or '?' for a list of available "
          "commands.\r\n\rbranch> ");
    terminal.type("terminal pager 0\r");
    CHECK(terminal.until("\rbranch> ") ==
          "terminal pager 0\r\n        ^\r\nERROR: % Invalid input detected at '^' marker.\r\n"
          "ERROR: Command authorization failed\r\n\rbranch> ");
    terminal.type("enable\r");
    CHECK(terminal.until("Password: ") == "enable\r\nPassword: ");
    terminal.type("no\r");
    CHECK(terminal.until("Password: ") == "**\r\nInvalid password\r\nPassword: ");
    terminal.type("nope\r");
    CHECK(terminal.until("Password: ") == "****\r\nInvalid password\r\nPassword: ");
    terminal.type("n\b\r");
    CHECK(terminal.until("> ") == "*\b \b\r\nAccess denied.\r\n\rbranch> ");
    terminal.type("enable\r" + std::string(lab.where()["right"]["enable"]) + "\r");
    terminal.until("\rbranch# ");
    terminal.type("write terminal\r");
    auto page = terminal.until("<--- More --->");
    CHECK(count(page, "\r\n") == 25);  // the echo's and a page of 24 lines
    terminal.type(" ");
    page = terminal.until("<--- More --->");
    CHECK(page.substr(0, 16) == "\r              \r");
    terminal.type("q");
    CHECK(terminal.until("\rbranch# ") == "\r              \r\rbranch# ");
    terminal.command("terminal pager 0");
    const auto config = terminal.command("write terminal");
    CHECK(!has(config, "More"));
    CHECK(has(config, "write terminal\r\n: Saved\r\n:\r\nPIX Version 7.2(2) \r\n!\r\nhostname branch\r\n"));
    CHECK(has(config, "\r\n: end\r\n[OK]\r\n\rbranch# "));
    CHECK(terminal.command("show nonsense") ==
          "show nonsense\r\n             ^\r\nERROR: % Invalid input detected at '^' "
          "marker.\r\n\rbranch# ");
    CHECK(terminal.command("show debug") == "show debug\r\n\rbranch# ");
    CHECK(terminal.command("show crypto") == "show crypto\r\nERROR: % Incomplete command\r\n\rbranch# ");
    terminal.type("exit\r");
    CHECK(terminal.closed());
    CHECK(lab.end() == 0);
}

TEST_CASE("a debug belongs to the session that armed it") {
    LabProcess lab({"--time-scale", "0.05"});
    Terminal listening(lab, "left"), other(lab, "left");
    listening.enable();
    other.enable();
    arm(listening);
    CHECK(has(listening.command("show debug"),
              "debug crypto isakmp enabled at level 127\r\n"
              "debug crypto ipsec enabled at level 127\r\n"));
    CHECK(other.command("show debug") == "show debug\r\n\rhq# ");
    other.command("no debug crypto isakmp");
    const auto ping = other.command("ping inside 10.2.2.10");
    CHECK(has(ping, "\r\n?!!!!\r\nSuccess rate is 80 percent (4/5)"));
    CHECK(!has(ping, "IKE"));
    const auto debug = listening.until("PHASE 2 COMPLETED");
    CHECK(has(debug, "IKE Initiator: New Phase 1, Intf inside, IKE Peer 203.0.113.1"));
    CHECK(has(debug, "IPSEC: New embryonic SA created"));
    listening.command("no debug crypto isakmp");
    listening.command("no debug crypto ipsec");
    CHECK(lab.events("debug-on").size() == 2);
    CHECK(lab.events("debug-off").size() == 2);
}

TEST_CASE("low debug levels show little") {
    LabProcess lab({"--time-scale", "0.05"});
    Terminal terminal(lab, "left");
    terminal.enable();
    terminal.command("debug crypto isakmp");
    CHECK(lab.control("packet left 10.1.1.10 10.2.2.10")["fate"] == "triggered");
    const auto debug = terminal.until("PHASE 2 COMPLETED");
    CHECK(has(debug, "PHASE 1 COMPLETED"));
    CHECK(!has(debug, "IKE_DECODE"));
    CHECK(!has(debug, "IPSEC:"));
}

TEST_CASE("a packet builds the tunnel in step at both ends") {
    LabProcess lab({"--time-scale", "1"});
    Terminal left(lab, "left"), right(lab, "right"), look(lab, "left");
    for (auto* terminal : {&left, &right, &look}) terminal->enable();
    arm(left);
    arm(right);
    CHECK(lab.control("packet left 10.1.1.10 192.0.2.1")["fate"] == "no-match");
    CHECK(lab.control("packet left 10.1.1.10 10.2.2.10")["fate"] == "triggered");
    REQUIRE(lab.saw({{"event", "ike-state"}, {"state", "MM_WAIT_MSG2"}}));
    CHECK(has(look.command("show crypto isakmp sa"), "State   : MM_"));
    const auto initiator = left.until("PHASE 2 COMPLETED"), responder = right.until("PHASE 2 COMPLETED");
    CHECK(has(initiator, "IKE Initiator sending 1st QM pkt"));
    CHECK(has(responder, "IKE Responder sending 2nd QM pkt"));
    CHECK(after(initiator, "Inbound SPI = ") == after(responder, "Outbound SPI = ") + ",");
    CHECK(lab.control("packet right 10.2.2.10 10.1.1.10")["fate"] == "answered");
    const auto here = look.command("show crypto ipsec sa");
    CHECK(has(here, "#pkts encaps: 1, #pkts encrypt: 1"));
    const auto state = lab.control("state");
    CHECK(state["left"]["ipsec"]["inbound"] == state["right"]["ipsec"]["outbound"]);
    CHECK(state["left"]["isakmp"]["role"] == "initiator");
    CHECK(state["right"]["isakmp"]["state"] == "MM_ACTIVE");
    std::vector<std::string> states;
    for (const auto& event : lab.events("ike-state")) states.push_back(event["state"]);
    CHECK(states == std::vector<std::string>{"MM_WAIT_MSG2", "MM_WAIT_MSG3", "MM_WAIT_MSG4", "MM_WAIT_MSG5",
                                             "MM_WAIT_MSG6", "MM_ACTIVE", "MM_ACTIVE"});
    SUBCASE("clearing the IPsec SAs takes both ends' and leaves phase 1") {
        look.command("clear crypto ipsec sa peer 203.0.113.1");
        CHECK(has(look.command("show crypto ipsec sa"), "There are no ipsec sas"));
        CHECK(has(look.command("show crypto isakmp sa"), "MM_ACTIVE"));
        CHECK(has(right.until("Peer Terminate"), "Connection terminated for peer 198.51.100.1."));
        lab.control("packet left 10.1.1.10 10.2.2.10");
        CHECK(has(left.until("PHASE 2 COMPLETED"), "IKE Initiator: New Phase 2"));
    }
    SUBCASE("clearing phase 1 takes everything") {
        look.command("clear crypto isakmp sa");
        CHECK(has(look.command("show crypto isakmp sa"), "There are no isakmp sas"));
        CHECK(!lab.control("state")["right"].contains("ipsec"));
    }
}

TEST_CASE("with different keys the responder says why and both ends give up") {
    LabProcess lab({"--scenario", "psk-mismatch", "--time-scale", "0.05"});
    Terminal left(lab, "left"), right(lab, "right");
    left.enable();
    right.enable();
    arm(left);
    arm(right);
    lab.control("packet left 10.1.1.10 10.2.2.10");
    const auto responder = right.until("Removing peer from peer table failed");
    CHECK(has(responder,
              "ERROR, had problems decrypting packet, probably due to mismatched pre-shared key.  "
              "Aborting"));
    const auto initiator = left.until("Removing peer from peer table failed");
    CHECK(has(initiator, "Received an un-encrypted PAYLOAD_MALFORMED notify message, dropping"));
    CHECK(count(initiator, "RESENDING") == 3);
    CHECK(lab.saw({{"side", "left"}, {"event", "ike-state"}, {"state", "MM_WAIT_MSG6"}}));
    CHECK(lab.saw({{"side", "left"}, {"event", "ike-down"}, {"why", "teardown"}}));
    CHECK(lab.saw({{"side", "right"}, {"event", "ike-down"}, {"state", "MM_WAIT_MSG5"}}));
    CHECK(!lab.control("state")["left"].contains("isakmp"));
    CHECK(lab.events("sa-up").empty());
}

TEST_CASE("an unreachable peer prints nothing") {
    LabProcess lab({"--scenario", "peer-unreachable", "--time-scale", "0.02"});
    Terminal left(lab, "left"), right(lab, "right");
    left.enable();
    right.enable();
    arm(left);
    arm(right);
    CHECK(has(left.command("packet-tracer input inside icmp 10.1.1.10 8 0 10.2.2.10"), "Action: drop"));
    CHECK(count(left.until("Unable to remove PeerTblEntry"), "RESENDING Message (msgid=0)") == 3);
    CHECK(right.command("show crypto isakmp sa") ==
          "show crypto isakmp sa\r\n\r\nThere are no isakmp sas\r\n\rbranch# ");
}

TEST_CASE("five sessions at most; another session can end one") {
    LabProcess lab({});
    std::vector<std::unique_ptr<Terminal>> terminals;
    for (int i = 0; i < 5; ++i) {
        terminals.push_back(std::make_unique<Terminal>(lab, "left"));
        REQUIRE(terminals.back()->failure() == "");
    }
    CHECK(has(Terminal(lab, "left").failure(), "connect"));
    terminals[0]->enable();
    const auto table = terminals[0]->command("show ssh sessions");
    CHECK(has(table,
              "SID Client IP       Version Mode Encryption Hmac     State            Username\r\n"
              "0   127.0.0.1       2.0     IN   aes128-cbc sha1     SessionStarted   pix\r\n"
              "                            OUT  aes128-cbc sha1     SessionStarted   pix\r\n"));
    terminals[0]->command("ssh disconnect 3");
    CHECK(terminals[3]->closed());
    CHECK(count(terminals[0]->command("show ssh sessions"), "SessionStarted") == 8);
    CHECK(Terminal(lab, "left").failure() == "");
}

TEST_CASE("a half-open session goes on debugging until its idle timeout") {
    LabProcess lab({"--time-scale", "0.05", "--idle-timeout", "2", "--fault", "left:half-open"});
    Terminal other(lab, "left");
    other.enable();
    {
        Terminal ghost(lab, "left");
        ghost.enable();
        arm(ghost);
        lab.control("packet left 10.1.1.10 10.2.2.10");
        REQUIRE(lab.saw({{"event", "half-open"}}));
        ghost.give_up_unacknowledged(300ms);
        ghost.type("\r");
        CHECK(ghost.closed());  // the client's own kernel gave up: nothing was acknowledged
    }
    // The client is gone, the device does not know.
    CHECK(count(other.command("show ssh sessions"), "SessionStarted") == 4);
    CHECK(lab.control("state")["left"]["debugging"] == true);
    CHECK(lab.saw({{"event", "debug-off"}, {"kind", "isakmp"}, {"reason", "session-end"}}));
    CHECK(lab.saw({{"event", "close"}, {"reason", "idle timeout"}}));
}

TEST_CASE("a line that is longer than the screen scrolls sideways, and is still one line") {
    LabProcess lab({});
    Terminal terminal(lab, "left");
    terminal.enable();
    terminal.type("show version | include " + std::string(80, 'x') + "\r");
    CHECK(has(terminal.until("\rhq# $xxx"), "include xxx"));
    terminal.until("\r\n\rhq# ");
    CHECK(lab.events("line").back()["text"] == "show version | include " + std::string(80, 'x'));
}

TEST_CASE("a signal ends the lab in order") {
    LabProcess lab({});
    Terminal terminal(lab, "left");
    terminal.enable();
    CHECK(lab.end_by(SIGTERM) == 0);
    CHECK(terminal.closed());
    CHECK(lab.events().back()["event"] == "stop");
    CHECK(lab.events("close").size() == 1);
}

TEST_CASE("control-C breaks off what runs") {
    LabProcess lab({"--fault", "left:infinite-show@show clock"});
    Terminal terminal(lab, "left");
    terminal.enable();
    terminal.type("ping inside 192.0.2.99\r");
    terminal.until("timeout is 2 seconds:\r\n");
    terminal.type("\x03");
    CHECK(has(terminal.until("\rhq# ", 1s), "\rhq# "));
    terminal.type("show clock\r");
    terminal.until("UTC");
    terminal.type("\x03");
    CHECK(has(terminal.until("\rhq# "), "\rhq# "));
    CHECK(has(terminal.command("show curpriv"), "Current privilege level : 15"));
}

TEST_CASE("one byte at a time makes no difference") {
    LabProcess whole({"--time-scale", "0.05"}), bytes({"--time-scale", "0.05", "--one-byte"});
    std::vector<std::string> texts;
    for (auto* lab : {&whole, &bytes}) {
        Terminal terminal(*lab, "left");
        terminal.enable();
        texts.push_back(terminal.command("write terminal") + terminal.command("ping inside 10.2.2.1"));
    }
    CHECK(texts[0] == texts[1]);
}

TEST_CASE("captured answers are served in place of its own") {
    LabProcess folder({});
    std::ofstream(folder.folder() + "/show-crypto-isakmp-sa.txt") << "captured\r\nelsewhere\r\n";
    LabProcess lab({"--replay", "right:" + folder.folder()});
    Terminal terminal(lab, "right");
    terminal.enable();
    CHECK(terminal.command("show crypto isakmp sa") == "show crypto isakmp sa\r\ncaptured\r\nelsewhere\r\n\rbranch# ");
}
