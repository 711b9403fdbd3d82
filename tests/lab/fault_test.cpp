// Each fault does what its name says, and only on its side.

#include <doctest/doctest.h>

#include <fstream>

#include "tests/lab/lab_client.hpp"

using lab_test::LabProcess;
using lab_test::Terminal;
using namespace std::chrono_literals;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const std::string authorization = "Command authorization failed";

}  // namespace

TEST_CASE("faults at the connection and the login") {
    struct Row {
        std::string fault, failure;
    };
    const Row rows[] = {{"refuse", "Connection refused"}, {"no-slots", "connect"}, {"auth-fail", "login"}};
    for (const auto& row : rows) {
        CAPTURE(row.fault);
        LabProcess lab({"--fault", "left:" + row.fault});
        CHECK(has(Terminal(lab, "left").failure(), row.failure));
        CHECK(Terminal(lab, "right").failure() == "");
        lab.control("clear-fault left");
        CHECK(lab.saw({{"event", "faults-cleared"}}));
        std::string failure = "?";
        for (int attempt = 0; attempt < 100 && !failure.empty(); ++attempt)
            failure = Terminal(lab, "left").failure();  // the port opens again a moment later
        CHECK(failure == "");
    }
}

TEST_CASE("a wrong host key is another one than announced") {
    LabProcess lab({"--fault", "right:wrong-hostkey"});
    CHECK(Terminal(lab, "left").host_key() == lab.where()["left"]["known_hosts"]);
    CHECK(Terminal(lab, "right").host_key() != lab.where()["right"]["known_hosts"]);
}

TEST_CASE("a second session is refused, a first one is not") {
    LabProcess lab({"--fault", "left:second-session-refused"});
    const Terminal first(lab, "left");
    CHECK(first.failure() == "");
    CHECK(has(Terminal(lab, "left").failure(), "connect"));
}

TEST_CASE("a one-time password is good once") {
    LabProcess lab({"--fault", "left:one-time-password"});
    CHECK(Terminal(lab, "left").failure() == "");
    CHECK(has(Terminal(lab, "left").failure(), "login"));
}

TEST_CASE("enable fails, the prompt never comes") {
    LabProcess lab({"--fault", "left:enable-fail", "--fault", "right:never-prompt"});
    Terminal left(lab, "left"), right(lab, "right");
    left.until("> ");
    const std::string enable = lab.where()["left"]["enable"];
    left.type("enable\r" + enable + "\r" + enable + "\r" + enable + "\r");
    CHECK(has(left.until("hq> "), "Access denied."));
    CHECK(!has(right.until("\rbranch", 300ms), "\rbranch"));
}

TEST_CASE("answers end in the middle") {
    LabProcess lab({"--fault", "left:drop-mid-show@show version", "--fault", "right:stall-mid-show"});
    Terminal left(lab, "left"), right(lab, "right");
    left.enable();
    right.enable();
    left.type("show version\r");
    CHECK(left.closed());
    right.type("write terminal\r");
    CHECK(has(right.until("PIX Version 7.2(2)"), ": Saved"));
    CHECK(!has(right.until("[OK]", 300ms), "[OK]"));
    CHECK(lab.saw({{"side", "right"}, {"event", "stall"}}));
    CHECK(lab.saw({{"side", "left"}, {"event", "close"}, {"reason", "fault drop-mid-show"}}));
}

TEST_CASE("undo lines are refused, slow or fine") {
    LabProcess lab({"--fault", "left:undo-denied-by-aaa", "--fault", "right:undebug-refused", "--time-scale", "0.05"});
    Terminal left(lab, "left"), right(lab, "right");
    left.enable();
    right.enable();
    CHECK(has(left.command("no debug crypto isakmp"), authorization));
    CHECK(!has(right.command("no debug crypto isakmp"), authorization));
    right.command("debug crypto isakmp 127");
    CHECK(has(right.command("no debug crypto isakmp"), authorization));
    CHECK(has(right.command("show debug"), "isakmp"));
    lab.control("clear-fault");
    lab.control("fault right slow-undebug=6000");
    const auto before = std::chrono::steady_clock::now();
    CHECK(!has(right.command("no debug crypto isakmp"), authorization));
    CHECK(std::chrono::steady_clock::now() - before >= 300ms);
    CHECK(lab.control("state")["right"]["debugging"] == false);
}

TEST_CASE("a debug line is obeyed without a word, or answered without being obeyed") {
    LabProcess lab({"--fault", "left:debug-no-ack", "--fault", "right:debug-no-ack=ignored"});
    Terminal left(lab, "left"), right(lab, "right");
    left.enable();
    right.enable();
    CHECK(has(right.command("debug crypto isakmp 127"), "\rbranch# "));
    CHECK(right.command("show debug") == "show debug\r\n\rbranch# ");
    left.type("debug crypto isakmp 127\r");
    CHECK(lab.saw({{"side", "left"}, {"event", "debug-on"}}));
    CHECK(!has(left.until("\rhq# ", 300ms), "\rhq# "));
}

TEST_CASE("faults that come with the debug stream") {
    struct Row {
        std::string fault, reason;
    };
    const Row rows[] = {{"drop-mid-debug", "fault drop-mid-debug"}, {"reload-mid-debug=3", "reload"}};
    for (const auto& row : rows) {
        CAPTURE(row.fault);
        LabProcess lab({"--fault", "left:" + row.fault, "--time-scale", "0.02"});
        Terminal left(lab, "left");
        left.enable();
        left.command("debug crypto isakmp 127");
        lab.control("packet left 10.1.1.10 10.2.2.10");
        CHECK(left.closed());
        CHECK(lab.saw({{"event", "close"}, {"reason", row.reason}}));
        CHECK(lab.saw({{"event", "debug-off"}, {"reason", "session-end"}}));
        if (row.reason == "reload") CHECK(lab.saw({{"event", "back"}}));
        CHECK(lab.control("state")["left"]["debugging"] == false);
    }
}

TEST_CASE("a flood ends with the debug") {
    LabProcess lab({"--fault", "left:flood=20000"});
    Terminal left(lab, "left");
    left.enable();
    left.type("debug crypto isakmp 127\r");
    std::size_t bytes = 0;
    while (bytes < 200'000) {
        const auto text = left.until("total length : 80\r\n", 2s);
        REQUIRE(!text.empty());
        bytes += text.size();
    }
    left.type("no debug crypto isakmp\r");
    CHECK(lab.saw({{"event", "debug-off"}, {"reason", "command"}}));
    left.type("show clock\r");
    CHECK(has(left.until("UTC"), "UTC"));
}

TEST_CASE("a reader that stops reading does not hold the lab up") {
    LabProcess lab({"--fault", "left:flood=200000", "--idle-timeout", "1"});
    Terminal left(lab, "left");
    left.enable();
    left.type("debug crypto isakmp 127\r");
    // Nothing is read from here on; the device closes the session when it has been idle for long
    // enough.
    CHECK(lab.saw({{"event", "close"}, {"reason", "idle timeout"}}));
    CHECK(lab.saw({{"event", "debug-off"}, {"reason", "session-end"}}));
    CHECK(lab.end() == 0);
}

TEST_CASE("debug-trace sends debugs elsewhere and says so") {
    LabProcess lab({"--fault", "left:debug-trace", "--time-scale", "0.05"});
    Terminal left(lab, "left");
    left.enable();
    CHECK(has(left.command("show running-config logging | include debug-trace"), "\r\nlogging debug-trace\r\n"));
    CHECK(has(left.command("debug crypto isakmp 127"), "INFO: 'logging debug-trace' is enabled."));
    lab.control("packet left 10.1.1.10 10.2.2.10");
    CHECK(lab.saw({{"event", "sa-up"}}));
    CHECK(!has(left.command("show clock"), "IKE"));
}

TEST_CASE("what a device says of itself") {
    struct Row {
        std::string fault, line, answer;
    };
    const Row rows[] = {
        {"cpu-high", "show cpu usage", "5 seconds = 97%"},
        {"cpu-high=81", "show cpu usage", "5 seconds = 81%"},
        {"standby", "show failover", "This host: Secondary - Standby Ready"},
        {"operator-inside-vpn", "show ssh sessions", "10.2.2.77"},
        {"no-slots=2", "show ssh sessions", "admin"},
        {"garbage", "show crypto ipsec sa", "There are no ipsec sas"},
        {"config-in-progress=1@show clock", "show clock", "Command Ignored, Configuration in progress"},
        {"drip=1", "show clock", "UTC"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.fault);
        LabProcess lab({"--fault", "left:" + row.fault, "--time-scale", "0.1"});
        Terminal left(lab, "left");
        left.enable();
        left.type(row.line + "\r");
        CHECK(has(left.until(row.answer), row.answer));
    }
}

TEST_CASE("other administrators' debugs are not in our sessions") {
    LabProcess lab({"--fault", "left:preexisting-debug", "--fault", "right:foreign-debug-in-window"});
    Terminal left(lab, "left"), right(lab, "right");
    left.enable();
    right.enable();
    CHECK(left.command("show debug") == "show debug\r\n\rhq# ");
    right.command("debug crypto isakmp 127");
    CHECK(lab.saw({{"side", "right"}, {"event", "debug-on"}, {"foreign", true}}));
    CHECK(lab.control("state")["left"]["debugging"] == false);
}

TEST_CASE("clock-step and syslog-noise") {
    LabProcess lab({"--fault", "left:clock-step=7200", "--fault", "left:syslog-noise=50", "--time-scale", "0.5"});
    Terminal left(lab, "left");
    left.enable();
    CHECK(has(left.until("%PIX-6-302013"), "%PIX-6-302013"));
    left.command("debug crypto isakmp 127");
    CHECK(lab.saw({{"event", "clock-step"}, {"seconds", 7200}}));
}

TEST_CASE("an unknown fault is refused with the list of the known ones") {
    LabProcess lab({});
    const auto answer = lab.control("fault left no-such-thing");
    CHECK(answer["ok"] == false);
    CHECK(has(answer["error"], "half-open"));
}

TEST_CASE("debug conditions are the device's, and others' keep our peer silent") {
    LabProcess lab({"--left", "pix80", "--fault", "left:preexisting-condition", "--time-scale", "0.02"});
    Terminal left(lab, "left"), other(lab, "left");
    left.enable();
    other.enable();
    CHECK(has(left.command("show version"), "Software Version 8.0(4) "));
    CHECK(has(left.command("show crypto debug-condition"), "192.0.2.99\r\n"));
    left.command("debug crypto isakmp 127");
    lab.control("packet left 10.1.1.10 10.2.2.10");
    REQUIRE(lab.saw({{"event", "sa-up"}, {"side", "left"}}));
    CHECK(!has(left.command("show clock"), "IKE"));
    left.command("debug crypto condition peer 203.0.113.1");
    CHECK(has(other.command("show crypto debug-condition"), "203.0.113.1\r\n"));
    other.command("clear crypto isakmp sa");
    CHECK(has(left.until("sending delete"), "sending delete"));
    left.command("no debug crypto condition peer 203.0.113.1");
    CHECK(lab.saw({{"event", "condition-off"}, {"peer", "203.0.113.1"}}));
}

TEST_CASE("PIX 7.2 knows no debug conditions") {
    LabProcess lab({});
    Terminal left(lab, "left");
    left.enable();
    CHECK(has(left.command("debug crypto condition peer 203.0.113.1"), "ERROR: % Invalid input detected"));
}

TEST_CASE("keys are renewed by bytes, and before a line") {
    {
        LabProcess lab({"--fault", "left:renew-keys=256"});
        Terminal left(lab, "left"), right(lab, "right");
        left.enable();
        right.enable();
        for (int i = 0; i < 5; ++i) CHECK(has(left.command("show version"), "PIX"));
        CHECK(lab.events("keys-renewed").size() >= 3);
        for (const auto& event : lab.events("keys-renewed")) CHECK(event.at("side") == "left");
    }
    LabProcess lab({"--fault", "left:renew-keys@show clock"});
    Terminal left(lab, "left");
    left.enable();
    CHECK(lab.events("keys-renewed").empty());
    for (std::size_t times : {1, 2}) {
        CHECK(has(left.command("show clock"), "UTC"));
        left.command("show debug");
        CHECK(lab.events("keys-renewed").size() == times);
    }
}
