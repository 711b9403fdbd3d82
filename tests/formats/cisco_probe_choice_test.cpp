#include <doctest/doctest.h>

#include "formats/cisco/probe_choice.hpp"
#include "tests/formats/cisco_fixtures.hpp"

namespace {

bool says(const std::vector<std::string>& notes, const std::string& part) {
    for (const std::string& note : notes)
        if (note.find(part) != std::string::npos) return true;
    return false;
}

/// A PIX 7 with one crypto ACL; outside 198.51.100.1, inside 10.1.1.1/24.
formats::CryptoConfig with_acl(const std::string& entries, const std::string& further = "") {
    return formats::parse_crypto_config(
        "PIX Version 7.2(4)\ninterface E0\n nameif outside\n ip address 198.51.100.1 "
        "255.255.255.0\ninterface E1\n nameif inside\n"
        " ip address 10.1.1.1 255.255.255.0\n" +
        further + entries +
        "crypto map M 10 match address A\ncrypto map M 10 set peer 203.0.113.1\ncrypto map M 10 "
        "set transform-set T\n"
        "crypto map M interface outside\n: end\n");
}

}  // namespace

TEST_CASE("with both configurations the probe goes to the other end's inside address, if it answers") {
    const auto here = formats::parse_crypto_config(fixtures::asa8);
    const auto there = formats::parse_crypto_config(fixtures::pix6);
    const auto choice = formats::choose_probe(here, &there, "203.0.113.1");
    REQUIRE(choice.usable());
    CHECK(choice.inside_interface == "inside");
    CHECK(formats::ipv4_text(*choice.source) == "10.1.1.10");
    CHECK(formats::ipv4_text(*choice.own_source) == "10.1.1.1");
    CHECK(choice.own_ping_matches);
    CHECK(formats::ipv4_text(*choice.destination) == "10.2.2.1");
    CHECK(choice.destination_answers);
    CHECK(says(choice.reasons, "line 36 (access-list VPN_ACL extended permit ip"));
    CHECK(says(choice.reasons, "`management-access inside`"));

    const auto back = formats::choose_probe(there, &here, "198.51.100.1");
    REQUIRE(back.usable());
    CHECK(formats::ipv4_text(*back.source) == "10.2.2.10");
    CHECK(formats::ipv4_text(*back.destination) == "10.1.1.1");
}

TEST_CASE("with one configuration a host of the far network is named as one that may not exist") {
    const auto choice = formats::choose_probe(formats::parse_crypto_config(fixtures::asa8), nullptr, "203.0.113.1");
    REQUIRE(choice.usable());
    CHECK(formats::ipv4_text(*choice.destination) == "10.2.2.10");
    CHECK_FALSE(choice.destination_answers);
    CHECK(says(choice.reasons, "may not exist"));
}

TEST_CASE("without management-access the device's own ping is said not to match") {
    const auto choice = formats::choose_probe(
        with_acl("access-list A extended permit ip 10.1.1.0 255.255.255.0 10.2.2.0 255.255.255.0\n"), nullptr,
        "203.0.113.1");
    REQUIRE(choice.usable());
    CHECK(choice.own_source);
    CHECK_FALSE(choice.own_ping_matches);
    CHECK(says(choice.reasons, "would not match"));
    const auto ios = formats::choose_probe(formats::parse_crypto_config(fixtures::ios), nullptr, "203.0.113.1");
    CHECK(ios.own_ping_matches);
    CHECK(ios.inside_interface == "GigabitEthernet0/1");
}

TEST_CASE("never a network, broadcast or own address, and never what an earlier deny takes") {
    struct Row {
        std::string name, acl, source, destination;  // empty source: not usable
    };
    const std::vector<Row> rows{
        {"a deny before it",
         "access-list A extended deny ip host 10.1.1.10 any\naccess-list A extended permit ip "
         "10.1.1.0 255.255.255.0 10.2.2.0 255.255.255.0\n",
         "10.1.1.2", "10.2.2.10"},
        {"a denied destination",
         "access-list A extended deny ip any host 10.2.2.10\naccess-list A extended permit ip "
         "10.1.1.0 255.255.255.0 10.2.2.0 255.255.255.0\n",
         "10.1.1.10", "10.2.2.1"},
        {"hosts", "access-list A extended permit ip host 10.1.1.77 host 10.2.2.88\n", "10.1.1.77", "10.2.2.88"},
        {"a /30", "access-list A extended permit ip 10.1.1.0 255.255.255.252 10.2.2.4 255.255.255.252\n", "10.1.1.2",
         "10.2.2.5"},
        {"a /31", "access-list A extended permit ip 10.1.1.4 255.255.255.254 10.2.2.4 255.255.255.254\n", "10.1.1.4",
         "10.2.2.4"},
        {"larger than the interface", "access-list A extended permit ip 10.0.0.0 255.0.0.0 10.2.2.0 255.255.255.0\n",
         "10.1.1.10", "10.2.2.10"},
        {"any source", "access-list A extended permit ip any 10.2.2.0 255.255.255.0\n", "10.1.1.10", "10.2.2.10"},
        {"the broadcast as host", "access-list A extended permit ip host 10.1.1.255 10.2.2.0 255.255.255.0\n", "", ""},
        {"the network as host", "access-list A extended permit ip host 10.1.1.0 10.2.2.0 255.255.255.0\n", "", ""},
        {"any to any", "access-list A extended permit ip any any\n", "", ""},
        {"tcp only", "access-list A extended permit tcp 10.1.1.0 255.255.255.0 10.2.2.0 255.255.255.0 eq 80\n", "", ""},
        {"not behind this box", "access-list A extended permit ip 10.99.1.0 255.255.255.0 10.2.2.0 255.255.255.0\n", "",
         ""},
        {"deny only", "access-list A extended deny ip any any\n", "", ""},
        {"the second pair",
         "access-list A extended permit ip 10.99.1.0 255.255.255.0 10.2.2.0 "
         "255.255.255.0\naccess-list A extended permit icmp 10.1.1.0 255.255.255.0 10.2.2.0 "
         "255.255.255.0\n",
         "10.1.1.10", "10.2.2.10"},
        {"multicast", "access-list A extended permit ip 10.1.1.0 255.255.255.0 224.0.0.0 240.0.0.0\n", "", ""},
        {"a holed mask", "access-list A extended permit ip 10.1.1.0 255.255.255.0 10.2.0.1 255.255.0.255\n", "", ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const auto choice = formats::choose_probe(with_acl(row.acl), nullptr, "203.0.113.1");
        CHECK_FALSE(choice.reasons.empty());
        CHECK(choice.usable() == !row.source.empty());
        if (!choice.usable() || row.source.empty()) continue;
        CHECK(formats::ipv4_text(*choice.source) == row.source);
        CHECK(formats::ipv4_text(*choice.destination) == row.destination);
    }
}

TEST_CASE("the device's own address as the only source serves for its own ping alone") {
    const auto choice =
        formats::choose_probe(with_acl("access-list A extended permit ip host 10.1.1.1 10.2.2.0 255.255.255.0\n",
                                       "management-access inside\n"),
                              nullptr, "203.0.113.1");
    REQUIRE(choice.usable());
    CHECK_FALSE(choice.source);
    CHECK(formats::ipv4_text(*choice.own_source) == "10.1.1.1");
    CHECK(choice.own_ping_matches);
}

TEST_CASE("a source network behind a routed inside interface is found by its route") {
    const auto choice = formats::choose_probe(
        with_acl("access-list A extended permit ip 10.1.8.0 255.255.255.0 10.2.2.0 255.255.255.0\n",
                 "route inside 10.1.8.0 255.255.255.0 10.1.1.254 1\n"),
        nullptr, "203.0.113.1");
    REQUIRE(choice.usable());
    CHECK(choice.inside_interface == "inside");
    CHECK(formats::ipv4_text(*choice.source) == "10.1.8.10");
    CHECK_FALSE(choice.own_source);
    CHECK(says(choice.reasons, "is routed to interface inside"));
}

TEST_CASE("every dead end says why") {
    const auto reasons = [](const std::string& acl) {
        return formats::choose_probe(with_acl(acl), nullptr, "203.0.113.1").reasons;
    };
    CHECK(says(reasons("access-list A extended permit ip any any\n"), "the destination is any"));
    CHECK(says(reasons("access-list A extended permit tcp any any eq 80\n"), "only tcp eq 80"));
    CHECK(says(reasons("access-list A extended permit ip 10.99.0.0 255.255.0.0 10.2.2.0 255.255.255.0\n"),
               "10.99.0.0/16 is not behind"));
    CHECK(says(reasons(""), "no interesting traffic"));
}

TEST_CASE("access lists of both ends that do not mirror are told with their lines") {
    const auto here = formats::interesting_traffic(
        with_acl("access-list A extended permit ip 10.1.1.0 255.255.255.0 10.2.2.0 "
                 "255.255.255.0\naccess-list A extended permit ip 10.1.1.0 255.255.255.0 10.2.9.0 "
                 "255.255.255.0\n"),
        "203.0.113.1");
    const auto there = formats::interesting_traffic(
        with_acl("access-list A extended permit ip 10.2.2.0 255.255.255.0 10.1.1.0 255.255.255.0\n"), "203.0.113.1");
    const auto differences = formats::mirror_differences(here, there);
    REQUIRE(differences.size() == 1);
    CHECK(differences.front().is_here);
    CHECK(formats::to_text(differences.front().pair) == "permits ip 10.1.1.0/24 to 10.2.9.0/24");
    CHECK(differences.front().pair.line.number == 9);
    CHECK(formats::mirror_differences(there, there).size() == 2);
    const auto pix6 = formats::interesting_traffic(formats::parse_crypto_config(fixtures::pix6), "198.51.100.1");
    CHECK(formats::mirror_differences(pix6, {}).size() == 2);
}
