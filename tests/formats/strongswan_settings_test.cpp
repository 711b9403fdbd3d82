#include <doctest/doctest.h>

#include <string>

#include "formats/strongswan/ipsec_conf.hpp"
#include "formats/strongswan/settings.hpp"
#include "formats/tunnel/tunnel_config.hpp"

using namespace formats;

TEST_CASE("swanctl.conf: nested, on one line, quoted, commented, included") {
    const SettingsText text = parse_settings(
        "include conf.d/*.conf\nconnections { # all of them\n  net : base {\n    version = 2\n    local { auth = psk\n "
        "           id = \"a # b\" }\n"
        "    children { one { local_ts = 10.1.1.0/24,10.3.3.0/24\n remote_ts=10.2.2.0/24 } }\n  }\n}\nsecrets { ike-1 "
        "{ secret = \"x \\\" y\" } }\n");
    CHECK(text.is_whole);
    CHECK(text.unread == 0);
    REQUIRE(text.includes.size() == 1);
    CHECK(text.includes[0].value == "conf.d/*.conf");
    const SettingSection* const net = text.root.section("connections")->section("net");
    REQUIRE(net != nullptr);
    CHECK(net->line == 3);
    CHECK(net->references == std::vector<std::string>{"base"});
    CHECK(net->setting("version")->value == "2");
    CHECK(net->section("local")->setting("id")->value == "a # b");
    CHECK(net->section("local")->setting("id")->line == 6);
    CHECK(net->section("children")->section("one")->setting("remote_ts")->value == "10.2.2.0/24");
    CHECK(text.root.section("secrets")->section("ike-1")->setting("secret")->value == "x \" y");
}

TEST_CASE("swanctl.conf: cut anywhere and nested without end, it is read as far as it goes") {
    const std::string whole = "connections {\n  net {\n    local_addrs = 198.51.100.1\n  }\n}\n";
    for (std::size_t size = 0; size <= whole.size(); ++size) (void)parse_settings(whole.substr(0, size));
    CHECK_FALSE(parse_settings("connections {\n  net {\n").is_whole);
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += "a {";
    CHECK(parse_settings(deep).unread > 0);
    CHECK(parse_settings("} = {{ } a = = } b").root.sections.empty());
}

TEST_CASE("swanctl.conf as a tunnel: addresses, proposals, networks, PFS, keys, each with its line") {
    const std::string conf =
        "connections {\n  net {\n    version = 1\n    local_addrs = 198.51.100.1\n    remote_addrs = 203.0.113.7\n    "
        "proposals = aes256-sha256-modp2048, default\n    local { auth = psk\n id = hq.example }\n"
        "    remote { auth = psk }\n    children { lan { local_ts = 10.1.1.0/24[tcp/80]\n      remote_ts = "
        "10.2.2.0/24,10.3.3.0/24\n      esp_proposals = aes256gcm16-ecp384\n      rekey_time = 1h } }\n  }\n}\n"
        "secrets {\n  ike-1 {\n    id-1 = 203.0.113.7\n    secret = \"[REDACTED:psk:0123456789ab]\"\n  }\n}\n";
    PlaceMap places;
    places.add("endpoints/hq/before/file.txt", 100, conf);
    TunnelConfig config;
    add_swanctl(config, parse_settings(conf), places);
    REQUIRE(config.entries.size() == 1);
    const TunnelEntry& entry = config.entries[0];
    CHECK((entry.ikev1 && !entry.ikev2));
    CHECK(entry.names("203.0.113.7"));
    CHECK(config.is_own("198.51.100.1"));
    REQUIRE(entry.ike.size() == 1);
    CHECK(to_text(entry.ike[0].algorithms) == "AES-256, SHA-256, group 14");
    CHECK(entry.local_id == "hq.example");
    REQUIRE(entry.children.size() == 1);
    CHECK(entry.children[0].pfs == "group 20");
    REQUIRE(entry.children[0].pairs.size() == 2);
    CHECK(to_text(entry.children[0].pairs[1]) == "10.1.1.0/24 to 10.3.3.0/24");
    CHECK(entry.children[0].selectors_place.line == 11);
    CHECK(entry.children[0].selectors_place.text == "remote_ts = 10.2.2.0/24,10.3.3.0/24");
    REQUIRE(config.keys.size() == 1);
    CHECK(config.keys[0].is_for("203.0.113.7", ""));
    CHECK_FALSE(config.keys[0].is_for("203.0.113.9", ""));
}

TEST_CASE("ipsec.conf: also, %default, both spellings of a side; ipsec.secrets") {
    const auto connections = parse_ipsec_conf(
        "config setup\n  uniqueids=no\nconn %default\n    authby=secret\n    ike=aes256-sha2;modp2048\nconn base\n    "
        "left=198.51.100.1 # ours\n    right=203.0.113.7\n"
        "conn lan\n    also=base\n    leftsubnet=10.1.1.0/24\n    rightsubnet=10.2.2.0/24\n    ikev2=no\n    "
        "phase2alg=aes256-sha1\n");
    REQUIRE(connections.size() == 2);
    CHECK(connections[1].value("left") == "198.51.100.1");
    CHECK(connections[1].value("authby") == "secret");
    CHECK(connections[1].setting("left")->line == 7);
    PlaceMap places;
    TunnelConfig config;
    add_ipsec_conf(config, connections, places);
    REQUIRE(config.entries.size() == 2);
    CHECK((config.entries[1].ikev1 && !config.entries[1].ikev2));
    CHECK(to_text(config.entries[1].ike.at(0).algorithms) == "AES-256, SHA-256, group 14");
    CHECK(to_text(config.entries[1].children.at(0).pairs.at(0)) == "10.1.1.0/24 to 10.2.2.0/24");
    const auto secrets =
        parse_ipsec_secrets("# keys\n198.51.100.1 203.0.113.7 : PSK \"[REDACTED:psk:0123456789ab]\"\n: RSA key.pem\n");
    REQUIRE(secrets.size() == 1);
    CHECK(secrets[0].ids.size() == 2);
    CHECK(secrets[0].line == 2);
}

TEST_CASE("one algorithm has many spellings") {
    struct Row {
        std::string written, means;
    };
    for (const Row& row :
         {Row{"esp-aes-256", "AES-256"}, Row{"aes256", "AES-256"}, Row{"AES_CBC_256", "AES-256"},
          Row{"esp-3des", "3DES"}, Row{"esp-sha-hmac", "SHA-1"}, Row{"HMAC_SHA1_96", "SHA-1"},
          Row{"esp-md5-hmac", "MD5"}, Row{"sha2", "SHA-256"}, Row{"HMAC_SHA2_256_128", "SHA-256"},
          Row{"modp1024", "group 2"}, Row{"ECP_521", "group 21"}, Row{"dh14", "group 14"},
          Row{"aes256gcm16", "AES-256-GCM"}, Row{"AES_GCM_16_256", "AES-256-GCM"}, Row{"esp-null", "no encryption"}}) {
        CAPTURE(row.written);
        Algorithms algorithms;
        CHECK(take_algorithm(row.written, algorithms));
        CHECK(to_text(algorithms) == row.means);
    }
    Algorithms none;
    CHECK_FALSE(take_algorithm("NO_EXT_SEQ", none));
    CHECK(none.empty());
    CHECK(differences(algorithms_of("aes256-sha256-modp2048"), algorithms_of("AES_CBC_256/HMAC_SHA2_256_128/MODP_1024"),
                      true)
              .size() == 1);
    CHECK(differences(algorithms_of("aes256gcm16"), algorithms_of("aes256gcm16-sha256"), false).empty());
}
