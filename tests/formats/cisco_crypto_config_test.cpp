#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "formats/cisco/crypto_config.hpp"
#include "formats/cisco/ipsec_sa.hpp"
#include "formats/cisco/isakmp_sa.hpp"
#include "formats/cisco/probe_choice.hpp"
#include "tests/formats/cisco_fixtures.hpp"

using formats::ConfigDialect;

TEST_CASE("a PIX 6 configuration is read from its flat lines") {
    const auto config = formats::parse_crypto_config(fixtures::pix6);
    CHECK(config.dialect == ConfigDialect::pix6);
    CHECK(config.version == "6.3(5)");
    CHECK(config.hostname == "fw-branch");
    CHECK(config.header_seen);
    CHECK(config.complete());
    CHECK(config.ok_seen);
    CHECK(config.unread_lines == 0);
    CHECK(config.names.at("HQ-PIX") == 0xC6336401);

    REQUIRE(config.interface("outside") != nullptr);
    CHECK(config.interface("outside")->address == 0xCB007101);
    CHECK(config.interface("outside")->security == 0);
    CHECK(config.interface("inside")->hardware == "ethernet1");
    CHECK(config.interface("inside")->security == 100);
    CHECK(config.interface("dmz")->shutdown);
    CHECK_FALSE(config.interface("dmz")->address);
    CHECK(config.is_own(0x0A020201));
    CHECK(config.is_own(0x0A020202));  // failover ip address
    CHECK_FALSE(config.is_own(0x0A020203));

    REQUIRE(config.maps.size() == 2);
    const auto& entry = config.maps[0];
    CHECK(entry.map == "VPN");
    CHECK(entry.sequence == 10);
    CHECK(entry.match_address == "101");
    REQUIRE(entry.peers.size() == 1);
    CHECK(entry.peers[0].text == "HQ-PIX");
    CHECK(entry.peers[0].address == 0xC6336401);
    CHECK(entry.transform_sets == std::vector<std::string>{"ESP-3DES-MD5"});
    CHECK(entry.pfs == "group2");
    CHECK(entry.lifetime_seconds == 3600);
    CHECK(entry.lifetime_kilobytes == 4608000);
    CHECK(config.maps[1].dynamic_map == "outside_dyn_map");
    REQUIRE(config.map_uses.size() == 1);
    CHECK(config.map_uses[0].interface == "outside");

    REQUIRE(config.ike_policies.size() == 1);
    CHECK(config.ike_policies[0].priority == 10);
    CHECK(config.ike_policies[0].encryption == "3des");
    CHECK(config.ike_policies[0].hash == "md5");
    CHECK(config.ike_policies[0].authentication == "pre-share");
    CHECK(config.ike_policies[0].lifetime == "86400");
    REQUIRE(config.keys.size() == 1);
    CHECK(config.keys[0].peer == "198.51.100.1 255.255.255.255");
    CHECK(config.ike_enabled.size() == 1);
    CHECK(config.ike_identity == "address");
    CHECK(config.management_access == "inside");
    CHECK(config.permits_ipsec == true);
    REQUIRE(config.nat.size() == 3);
    CHECK(config.nat[1].exempt_list == "nonat");
    REQUIRE(config.transform_sets.size() == 1);
    CHECK(config.transform_sets[0].transforms == std::vector<std::string>{"esp-3des", "esp-md5-hmac"});
    CHECK(config.offset_of("PST") == std::chrono::hours(-8));
    CHECK(config.offset_of("PDT") == std::chrono::hours(-7));
    REQUIRE(config.routes.size() == 1);
    CHECK(config.access_list("101")->entries.size() == 2);
}

TEST_CASE("a PIX 7 or ASA 8 configuration is read from its blocks") {
    const auto config = formats::parse_crypto_config(fixtures::asa8);
    CHECK(config.dialect == ConfigDialect::asa);
    CHECK(config.version == "7.2(4)");
    CHECK(config.complete());
    CHECK(config.unread_lines == 0);
    REQUIRE(config.interface("outside") != nullptr);
    CHECK(config.interface("outside")->address == 0xC6336401);
    CHECK(config.interface("outside")->further.size() == 1);
    CHECK(config.interface("inside")->security == 100);
    CHECK(config.maps.size() == 3);
    CHECK(config.maps[0].peers[0].address == 0xCB007101);
    CHECK(config.maps[0].options == std::vector<std::string>{"connection-type bidirectional"});
    CHECK(config.maps[1].peers.size() == 2);
    CHECK(config.dynamic_maps.size() == 1);
    CHECK(config.dynamic_maps[0].transform_sets == std::vector<std::string>{"ESP-3DES-SHA"});
    REQUIRE(config.ike_policies.size() == 2);
    CHECK(config.ike_policies[1].priority == 20);
    CHECK(config.ike_policies[1].encryption == "aes-256");
    REQUIRE(config.tunnel_groups.size() == 1);
    CHECK(config.tunnel_groups[0].type == "ipsec-l2l");
    CHECK(config.tunnel_groups[0].ikev1_key);
    CHECK(config.groups.at("BRANCH-NETS").members.size() == 3);
    CHECK(config.service_groups.contains("WEB"));
    CHECK(config.permits_ipsec == false);
    const auto& entries = config.access_list("VPN_ACL")->entries;
    REQUIRE(entries.size() == 5);
    CHECK(entries[0].line.text == "access-list VPN_ACL extended deny ip host 10.1.1.5 10.2.2.0 255.255.255.0");
    CHECK_FALSE(entries[0].permit);
    CHECK(entries[2].destination.kind == formats::Operand::Kind::group);
    CHECK(entries[3].protocol == "tcp");
    CHECK(entries[3].destination_ports == "object-group WEB");
    CHECK(entries[4].inactive);
}

TEST_CASE("an ASA 8.4 configuration is read with objects and both versions of IKE") {
    const auto config = formats::parse_crypto_config(fixtures::asa9);
    CHECK(config.dialect == ConfigDialect::asa);
    CHECK(config.version == "9.12(4)67");
    CHECK(config.complete());
    CHECK(config.unread_lines == 0);
    CHECK(config.groups.at("NET-A").members.size() == 1);
    CHECK(to_text(config.groups.at("NET-A").members[0].network) == "10.1.1.0/24");
    CHECK(config.groups.at("POOL").members.size() == 3);  // 10.1.9.10 to .15 as networks
    CHECK(config.maps[0].transform_sets == std::vector<std::string>{"ESP-AES"});
    CHECK(config.maps[0].ikev2_proposals == std::vector<std::string>{"AES256"});
    CHECK(config.maps[0].pfs == "group5");
    REQUIRE(config.ike_policies.size() == 2);
    CHECK(config.ike_policies[0].version == 2);
    CHECK(config.ike_policies[0].prf == "sha");
    CHECK(config.ike_policies[0].group == "5 2");
    CHECK(config.ike_policies[0].lifetime == "86400");
    CHECK(config.ike_policies[1].version == 1);
    CHECK(config.tunnel_groups[0].ikev1_key);
    CHECK(config.tunnel_groups[0].ikev2_remote_key);
    CHECK(config.tunnel_groups[0].ikev2_local_key);
    CHECK(config.transform_sets.back().transforms.front() == "esp encryption aes-256");
    CHECK(config.ike_enabled ==
          std::vector<std::pair<std::string, std::string>>{{"ikev2", "outside"}, {"ikev1", "outside"}});
}

TEST_CASE("an IOS configuration is read with wildcards and map blocks") {
    const auto config = formats::parse_crypto_config(fixtures::ios);
    CHECK(config.dialect == ConfigDialect::ios);
    CHECK(config.version == "15.2");
    CHECK(config.complete());
    CHECK(config.unread_lines == 0);
    REQUIRE(config.maps.size() == 2);
    CHECK(config.maps[0].match_address == "101");
    CHECK(config.maps[0].peers[0].address == 0xCB007101);
    CHECK(config.maps[0].transform_sets == std::vector<std::string>{"TS"});
    CHECK(config.maps[1].match_address == "BRANCH9");
    CHECK(to_text(config.access_list("101")->entries[0].source.network) == "10.1.1.0/24");
    CHECK(config.access_list("BRANCH9")->entries.size() == 2);
    CHECK(config.map_uses[0].interface == "GigabitEthernet0/0");
    CHECK(config.interface("Tunnel0")->tunnel_profile == "PROF");
    CHECK(config.interface("GigabitEthernet0/1")->further.size() == 1);
    REQUIRE(config.keys.size() == 2);
    CHECK(config.keys[0].peer == "203.0.113.1");
    CHECK(config.keys[1].peer == "far.example.net");
    CHECK(config.transform_sets[0].mode.empty());
    CHECK(config.transform_sets[1].mode == "transport");
    CHECK(to_text(config.access_list("10")->entries[0].source.network) == "10.9.0.0/16");
}

TEST_CASE("no key is kept, whatever its form") {
    const auto config = formats::parse_crypto_config(
        "PIX Version 6.3(5)\nisakmp key CANARYone address 203.0.113.1 netmask "
        "255.255.255.255\nisakmp key address address 203.0.113.2\n"
        "isakmp key CANARYtwo\ncrypto isakmp key 6 CANARYthree hostname h\ncrypto isakmp key 0 "
        "CANARYfour address 203.0.113.3\n"
        "tunnel-group X type ipsec-l2l\ntunnel-group X ipsec-attributes\n pre-shared-key "
        "CANARYfive\n ikev2 local-authentication pre-shared-key CANARYsix\n"
        "isakmp key CANARYseven addres 203.0.113.9\n");
    CHECK(config.keys.size() == 6);
    CHECK(config.keys[1].peer == "203.0.113.2");
    CHECK(config.unread_lines == 2);
    for (const auto& line : config.unread) CHECK(line.text == "isakmp key ...");
    for (const auto& key : config.keys) CHECK(key.peer.find("CANARY") == std::string::npos);
}

TEST_CASE("a configuration that is cut has no end mark") {
    std::string cut = fixtures::pix6;
    cut.resize(cut.size() / 2);
    CHECK_FALSE(formats::parse_crypto_config(cut).complete());
    CHECK_FALSE(formats::parse_crypto_config("").complete());
    CHECK(formats::parse_crypto_config("").lines == 0);
}

TEST_CASE("CR LF and trailing blanks change nothing") {
    std::string crlf;
    for (const char c : fixtures::asa8) crlf += c == '\n' ? " \r\n" : std::string(1, c);
    const auto plain = formats::parse_crypto_config(fixtures::asa8);
    const auto config = formats::parse_crypto_config(crlf);
    CHECK(config.complete());
    CHECK(config.unread_lines == 0);
    CHECK(config.maps.size() == plain.maps.size());
    CHECK(config.other_lines == plain.other_lines);
    CHECK(config.access_list("VPN_ACL")->entries[0].line.text == plain.access_list("VPN_ACL")->entries[0].line.text);
}

TEST_CASE("entries that cannot be read are listed, not guessed") {
    const auto config = formats::parse_crypto_config(
        "ASA Version 9.1(7)\naccess-list A extended permit ip host 10.1.1.1\naccess-list A "
        "extended permit ip 2001:db8::/32 any6\n"
        "access-list A extended permit ip any any4 log\naccess-list A extended permit tcp any eq "
        "80 any range 1 5 time-range night\n"
        "object network H\n fqdn v4 example.org\nobject-group network G\n network-object "
        "2001:db8::/32\n group-object H\n");
    CHECK(config.unread_lines == 4);
    REQUIRE(config.access_list("A") != nullptr);
    CHECK(config.access_list("A")->entries.size() == 2);
    CHECK(config.access_list("A")->unread.size() == 2);
    CHECK(config.access_list("A")->entries[1].source_ports == "eq 80");
    CHECK(config.access_list("A")->entries[1].destination_ports == "range 1 5");
    CHECK(config.access_list("A")->entries[1].time_range == "night");
    CHECK(config.groups.at("H").unread == 1);
    CHECK(config.groups.at("G").unread == 1);
}

TEST_CASE("an address range becomes the networks that cover it exactly") {
    const auto networks = formats::networks_of_range(0x0A01090A, 0x0A01090F);
    REQUIRE(networks.size() == 2);
    CHECK(to_text(networks[0]) == "10.1.9.10/31");
    CHECK(to_text(networks[1]) == "10.1.9.12/30");
    CHECK(formats::networks_of_range(0, 0xFFFFFFFF).size() == 1);
    CHECK(formats::networks_of_range(0, 0xFFFFFFFF)[0].mask == 0);
    CHECK(formats::networks_of_range(1, 0xFFFFFFFE).size() == 62);
    CHECK(formats::networks_of_range(0xFFFFFFFF, 0xFFFFFFFF).size() == 1);
}

TEST_CASE("real outputs, when they are at hand, are read without a crash") {
    const std::filesystem::path folder(TACBUNDLE_SHARED_DIR "/corpus/real");
    if (!std::filesystem::is_directory(folder)) {
        MESSAGE("NOT RUN: outputs of real devices: they are not here");
        return;
    }
    std::uint64_t files = 0, lines = 0, other = 0, unread = 0, unknown = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        const std::string text((std::istreambuf_iterator<char>(in)), {});
        const std::string name = entry.path().filename().string();
        CAPTURE(name);
        const auto config = formats::parse_crypto_config(text);
        const auto phase1 = formats::parse_isakmp_sa(text);
        const auto phase2 = formats::parse_ipsec_sa(text);
        (void)formats::choose_probe(config, &config, "");
        const bool ipsec = name.find("ipsec_sa") != std::string::npos || name.find("IpsecSa") != std::string::npos;
        const bool isakmp = name.find("IsakmpSa") != std::string::npos;
        CHECK(phase2.pairs.empty() == !ipsec);
        CHECK(phase1.sas.empty() == !isakmp);
        unknown += ipsec ? phase2.unknown_lines : isakmp ? phase1.unknown_lines : 0;
        lines += config.lines;
        other += config.other_lines;
        unread += config.unread_lines;
        ++files;
    }
    MESSAGE(files << " real files, " << lines << " lines: " << unknown << " unknown in SA tables; of configurations "
                  << unread << " not understood, " << other << " of no concern");
}
