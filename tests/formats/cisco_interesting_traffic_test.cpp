#include <doctest/doctest.h>

#include "formats/cisco/interesting_traffic.hpp"
#include "tests/formats/cisco_fixtures.hpp"

using Finding = formats::InterestingTraffic::Finding;

namespace {

bool says(const std::vector<std::string>& notes, const std::string& part) {
    for (const std::string& note : notes)
        if (note.find(part) != std::string::npos) return true;
    return false;
}

std::string text_of(const formats::TrafficPair& pair) {
    return (pair.permit ? "permit " : "deny ") + pair.protocol + " " + to_text(pair.source) + " " +
           to_text(pair.destination);
}

std::vector<std::string> texts_of(const formats::InterestingTraffic& traffic) {
    std::vector<std::string> texts;
    for (const auto& pair : traffic.pairs) texts.push_back(text_of(pair));
    return texts;
}

}  // namespace

TEST_CASE("interesting traffic is the peer's crypto ACL in order, groups resolved, each with its line") {
    const auto traffic = formats::interesting_traffic(formats::parse_crypto_config(fixtures::asa8), "203.0.113.1");
    CHECK(traffic.finding == Finding::found);
    CHECK(traffic.map == "VPN");
    CHECK(traffic.sequence == 10);
    CHECK(traffic.interface == "outside");
    CHECK(traffic.access_list == "VPN_ACL");
    CHECK(texts_of(traffic) ==
          std::vector<std::string>{"deny ip 10.1.1.5 10.2.2.0/24", "permit ip 10.1.1.0/24 10.2.2.0/24",
                                   "permit ip 10.1.8.0/24 10.2.2.0/24", "permit ip 10.1.8.0/24 10.2.3.3",
                                   "permit ip 10.1.8.0/24 10.2.4.0/23", "permit tcp 10.1.1.0/24 10.2.9.9"});
    CHECK(traffic.pairs[1].line.text ==
          "access-list VPN_ACL extended permit ip 10.1.1.0 255.255.255.0 10.2.2.0 255.255.255.0");
    CHECK(traffic.pairs[1].line.number == 36);
    CHECK_FALSE(traffic.pairs[5].covers_icmp);
    CHECK(says(traffic.notes, "line 39 is inactive"));
}

TEST_CASE("the same tunnel is found in every dialect") {
    const auto pix6 = formats::interesting_traffic(formats::parse_crypto_config(fixtures::pix6), "198.51.100.1");
    CHECK(texts_of(pix6) ==
          std::vector<std::string>{"permit ip 10.2.2.0/24 10.1.1.0/24", "permit icmp 10.2.2.7 10.1.9.9"});
    CHECK(pix6.notes.empty());
    // by its name, too
    CHECK(formats::interesting_traffic(formats::parse_crypto_config(fixtures::pix6), "HQ-PIX").pairs.size() == 2);
    const auto asa9 = formats::interesting_traffic(formats::parse_crypto_config(fixtures::asa9), "203.0.113.1");
    CHECK(asa9.pairs.size() == 4);
    CHECK(texts_of(asa9)[0] == "permit ip 10.1.1.0/24 10.2.2.0/24");
    CHECK(texts_of(asa9)[1] == "permit ip 10.1.9.9 10.2.2.0/24");
    const auto ios = formats::parse_crypto_config(fixtures::ios);
    CHECK(texts_of(formats::interesting_traffic(ios, "203.0.113.1")) ==
          std::vector<std::string>{"permit ip 10.1.1.0/24 10.2.2.0/24"});
    const auto nine = formats::interesting_traffic(ios, "203.0.113.10");
    CHECK(texts_of(nine) == std::vector<std::string>{"permit ip 10.1.1.0/24 10.9.9.0/24", "deny ip any any"});
    CHECK(says(nine.notes, "has 2 peers"));
}

TEST_CASE("what is ambiguous, missing or cut is said plainly") {
    const auto of = [](const std::string& config, const std::string& peer) {
        return formats::interesting_traffic(formats::parse_crypto_config(config), peer);
    };
    CHECK(of("", "203.0.113.1").finding == Finding::none);
    CHECK(says(of("", "203.0.113.1").notes, "is empty"));
    CHECK(says(of("PIX Version 6.3(5)\n: end\n", "203.0.113.1").notes, "names the peer 203.0.113.1"));
    CHECK(says(of("PIX Version 6.3(5)\n", "203.0.113.1").notes, "no end mark"));

    const auto dynamic = of(fixtures::pix6, "203.0.113.200");
    CHECK(dynamic.finding == Finding::dynamic_only);
    CHECK(says(dynamic.notes, "the other end has to start"));

    const auto tunnel = of("version 15.2\ninterface Tunnel0\n tunnel protection ipsec profile P\nend\n", "203.0.113.1");
    CHECK(tunnel.finding == Finding::tunnel);
    CHECK(says(tunnel.notes, "Tunnel0"));

    const auto several = of(fixtures::asa8, "");
    CHECK(several.finding == Finding::several);
    CHECK(several.sequence == 10);
    CHECK(says(several.notes, "candidate: crypto map VPN 20"));

    const std::string base = "ASA Version 9.1(7)\n: end\ncrypto map M 10 set peer 203.0.113.1\n";
    CHECK(says(of(base, "203.0.113.1").notes, "no `match address`"));
    CHECK(says(of(base, "203.0.113.1").notes, "no transform set"));
    CHECK(says(of(base, "203.0.113.1").notes, "applied to no interface"));
    CHECK(says(of(base + "crypto map M 10 match address A\n", "203.0.113.1").notes, "access list `A` is not"));
    CHECK(says(of(base + "crypto map M 10 match address A\naccess-list A extended permit ip "
                         "object-group X any\n",
                  "203.0.113.1")
                   .notes,
               "`X` is not defined"));
    const auto loop = of(base +
                             "crypto map M 10 match address A\naccess-list A extended permit ip object-group X any\n"
                             "object-group network X\n group-object X\n",
                         "203.0.113.1");
    CHECK(says(loop.notes, "nested too deep, or in itself"));
    CHECK(loop.pairs.empty());
    CHECK(says(of("ASA Version 9.1\ncrypto map M 10 set peer vpn.example.net\n: end\n", "203.0.113.1").notes,
               "names its peer by a host name: vpn.example.net"));
}

TEST_CASE("a map that is applied comes before one that is not") {
    const auto traffic =
        formats::interesting_traffic(formats::parse_crypto_config("ASA Version 9.1\ncrypto map OLD 1 set peer "
                                                                  "203.0.113.1\ncrypto map NEW 9 set peer 203.0.113.1\n"
                                                                  "crypto map NEW interface outside\n: end\n"),
                                     "203.0.113.1");
    CHECK(traffic.finding == Finding::several);
    CHECK(traffic.map == "NEW");
}

TEST_CASE("hostile nesting and products are cut, not followed for ever") {
    std::string config =
        "ASA Version 9.1\ncrypto map M 10 set peer 203.0.113.1\ncrypto map M 10 match address A\n"
        "access-list A extended permit ip object-group G0 object-group G0\n";
    for (int i = 0; i < 12; ++i) {
        const std::string next = "G" + std::to_string(i + 1);
        config += "object-group network G" + std::to_string(i) + "\n";
        for (int j = 0; j < 8; ++j) config += " group-object " + next + "\n";
    }
    config += "object-group network G12\n network-object host 10.1.1.1\n";
    const auto traffic = formats::interesting_traffic(formats::parse_crypto_config(config), "203.0.113.1");
    CHECK(traffic.pairs.size() <= formats::InterestingTraffic::most_pairs);
    CHECK(says(traffic.notes, "more members than are resolved"));
}

TEST_CASE("the crypto address is that of the interface that carries the map") {
    CHECK(formats::crypto_address(formats::parse_crypto_config(fixtures::pix6)).address == 0xCB007101);
    CHECK(formats::crypto_address(formats::parse_crypto_config(fixtures::asa8)).interface == "outside");
    CHECK(formats::crypto_address(formats::parse_crypto_config(fixtures::ios)).address == 0xC6336401);

    const std::string two =
        "ASA Version 9.1\ninterface A\n nameif one\n ip address 192.0.2.1 255.255.255.0\ninterface "
        "B\n nameif two\n"
        " ip address 198.51.100.1 255.255.255.0\ncrypto map M1 interface one\ncrypto map M2 "
        "interface two\n"
        "crypto map M2 10 set peer 203.0.113.1\n";
    const auto config = formats::parse_crypto_config(two);
    CHECK_FALSE(formats::crypto_address(config).address);
    CHECK(says(formats::crypto_address(config).notes, "name the peer address"));
    CHECK(formats::crypto_address(config, "203.0.113.1").address == 0xC6336401);
    CHECK(says(formats::crypto_address(formats::parse_crypto_config("ASA Version 9.1\n")).notes, "no crypto map"));
    CHECK(says(formats::crypto_address(formats::parse_crypto_config(
                                           "PIX Version 6.3(5)\nnameif ethernet0 outside security0\nip address outside "
                                           "dhcp setroute\ncrypto map M interface outside\n"))
                   .notes,
               "DHCP"));
}
