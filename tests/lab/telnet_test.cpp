// A PIX 6 over telnet: login as text, debugs of the device, a pager that stays.

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lab/lab_client.hpp"

using lab_test::LabProcess;
using lab_test::Terminal;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Raw bytes over TCP: what telnet adds is part of what is tested.
class Line {
 public:
    explicit Line(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    }
    ~Line() { ::close(socket_); }
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;

    void type(const std::string& bytes) { REQUIRE(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0); }
    std::string until(const std::string& text) {
        while (!has(received_, text)) {
            pollfd wait{socket_, POLLIN, 0};
            char bytes[1024];
            if (::poll(&wait, 1, 10'000) <= 0) break;
            const auto count = ::recv(socket_, bytes, sizeof bytes, 0);
            if (count <= 0) break;
            received_.append(bytes, static_cast<std::size_t>(count));
        }
        const auto at = received_.find(text);
        auto taken = received_.substr(0, at == std::string::npos ? at : at + text.size());
        received_.erase(0, taken.size());
        return taken;
    }
    std::string command(const std::string& line) {
        type(line + "\r\n");
        return until("\rhq# ");
    }
    void log_in(const nlohmann::json& where) {
        until("Password: ");
        type(std::string(where["password"]) + "\r\n");
        until("\rhq> ");
        type("enable\r\n");
        until("Password: ");
        type(std::string(where["enable"]) + "\r\n");
        REQUIRE(has(until("\rhq# "), "hq# "));
    }

 private:
    int socket_;
    std::string received_;
};

}  // namespace

TEST_CASE("a PIX 6 asks for its line password in the text") {
    LabProcess lab({"--left", "pix6"});
    const auto where = lab.where()["left"];
    CHECK(where["transport"] == "telnet");
    Line line(where["port"]);
    CHECK(line.until("Password: ") == "\xff\xfb\x01\xff\xfb\x03\r\n\r\nUser Access Verification\r\n\r\nPassword: ");
    line.type("wrong\r\n");
    CHECK(line.until("Password: ") == "\r\n\r\nInvalid password\r\nPassword: ");
    // DO ECHO is what it offered, DO 24 (terminal type) is declined.
    line.type("\xff\xfd\x01\xff\xfd\x18" + std::string(where["password"]) + "\r" + std::string(1, '\0'));
    CHECK(line.until("hq> ") == "\xff\xfc\x18\r\nType help or '?' for a list of available commands.\r\n\rhq> ");
    line.type("terminal pager 0\r\n");
    CHECK(line.until("\rhq> ") == "terminal pager 0\r\nType help or '?' for a list of available commands.\r\n\rhq> ");
}

TEST_CASE("a debug of a PIX 6 is the device's and outlives its session") {
    LabProcess lab({"--left", "pix6", "--time-scale", "0.02"});
    const auto where = lab.where()["left"];
    Line other(where["port"]);
    other.log_in(where);
    {
        Line line(where["port"]);
        line.log_in(where);
        line.command("debug crypto isakmp");
        line.command("debug crypto ipsec");
        lab.control("packet right 10.2.2.10 10.1.1.10");
        const auto debug = line.until("Ref cnt incremented to:3 Total VPN Peers:1\r\n");
        CHECK(has(debug, "crypto_isakmp_process_block:src:203.0.113.1, dest:198.51.100.1 spt:500 dpt:500"));
        CHECK(has(debug, "atts are acceptable.IPSEC(validate_proposal_request): proposal part #1,\r\n"));
        CHECK(has(debug, "OAK_QM_AUTH_AWAIT"));
    }
    CHECK(lab.saw({{"event", "close"}, {"reason", "closed"}}));
    CHECK(has(other.command("show debug"), "show debug\r\ndebug crypto ipsec 1\r\ndebug crypto isakmp 1\r\n\rhq# "));
    CHECK(lab.control("state")["left"]["debugging"] == true);
    CHECK(has(other.command("show crypto isakmp sa"),
              "     198.51.100.1    203.0.113.1    QM_IDLE         0           1\r\n"));
    CHECK(has(other.command("who"), "    0: 127.0.0.1\r\n"));
    other.command("no debug crypto isakmp");
    other.command("no debug crypto ipsec");
    CHECK(has(other.command("show debug"), "show debug\r\n\rhq# "));
    CHECK(lab.control("state")["left"]["debugging"] == false);
}

TEST_CASE("a PIX 6 lists an entry without SAs, with zeros, and pages it") {
    LabProcess lab({"--left", "pix6", "--time-scale", "0.02"});
    const auto where = lab.where()["left"];
    Line line(where["port"]);
    line.log_in(where);
    line.type("show crypto ipsec sa\r\n");
    CHECK(has(line.until("<--- More --->"), "   current_peer: 203.0.113.1:0\r\n"));
    line.type(" ");
    CHECK(has(line.until("outbound pcp sas:"), "\r              \r"));
    line.until("\rhq# ");
    CHECK(has(line.command("ping inside 10.2.2.10"),
              "        10.2.2.10 NO response received -- 1000ms\r\n        10.2.2.10 response "
              "received -- 0ms\r\n"));
}
