#include <doctest/doctest.h>

#include "formats/cisco/isakmp_sa.hpp"

using formats::IkeRole;

namespace {

const std::string pix6 = R"(Total     : 2
Embryonic : 1
        dst               src        state     pending     created
     203.0.113.1    198.51.100.1    QM_IDLE         0           1
    198.51.100.1     203.0.113.9    MM_KEY_EXCH     1           0
)";

const std::string pix5 = R"(    dst            src            state     conn-id   slot
  203.0.113.1   198.51.100.1    QM_IDLE         1       0
)";

const std::string asa8 = R"(
   Active SA: 1
    Rekey SA: 1 (A tunnel will report 1 Active and 1 Rekey SA during rekey)
Total IKE SA: 2

1   IKE Peer: 203.0.113.1
    Type    : L2L             Role    : initiator 
    Rekey   : no              State   : MM_ACTIVE 
    Encrypt : 3des            Hash    : MD5       
    Auth    : preshared       Lifetime: 86400
    Lifetime Remaining: 86112
2   IKE Peer: 203.0.113.9
    Type    : user            Role    : responder 
    Rekey   : yes             State   : MM_WAIT_MSG3 
)";

const std::string ikev2 = R"(
There are no IKEv1 SAs

IKEv2 SAs:

Session-id:1, Status:UP-ACTIVE, IKE count:1, CHILD count:2

Tunnel-id Local                                               Remote                                                  Status         Role
  3686011 198.51.100.1/500                                    203.0.113.1/500                                          READY    INITIATOR
      Encr: AES-CBC, keysize: 256, Hash: SHA96, DH Grp:5, Auth sign: PSK, Auth verify: PSK
      Life/Active Time: 86400/880 sec
Child sa: local selector  10.1.1.0/0 - 10.1.1.255/65535
          remote selector 10.2.2.0/0 - 10.2.2.255/65535
          ESP spi in/out: 0xbe064bdc/0x5db6eff3  
Child sa: local selector  10.1.9.0/0 - 10.1.9.255/65535
          remote selector 10.2.2.0/0 - 10.2.2.255/65535
          ESP spi in/out: 0x1/0x2
)";

const std::string ios = R"(IPv4 Crypto ISAKMP SA
dst             src             state          conn-id slot status
203.0.113.1     198.51.100.1    QM_IDLE           1001    0 ACTIVE
203.0.113.9     198.51.100.1    MM_NO_STATE          0    0 ACTIVE (deleted)

IPv6 Crypto ISAKMP SA

)";

std::string with_cr(const std::string& text) {
    std::string out;
    for (const char c : text) out += c == '\n' ? "\r\n" : std::string(1, c);
    return out;
}

}  // namespace

TEST_CASE("a PIX 6 table gives rows whose role depends on who is the peer") {
    for (const std::string& text : {pix6, with_cr(pix6)}) {
        const auto table = formats::parse_isakmp_sa(text);
        REQUIRE(table.sas.size() == 2);
        CHECK(table.total == 2);
        CHECK(table.embryonic == 1);
        CHECK(table.unknown_lines == 0);
        CHECK(table.sas[0].state == "QM_IDLE");
        CHECK(table.sas[0].is_up());
        CHECK(table.sas[0].concerns("203.0.113.1"));
        CHECK(table.sas[0].role_towards("203.0.113.1") == IkeRole::initiator);
        CHECK(table.sas[1].role_towards("203.0.113.9") == IkeRole::responder);
        CHECK_FALSE(table.sas[1].is_up());
        CHECK_FALSE(table.sas[1].concerns("203.0.113.1"));
        CHECK_FALSE(table.sas[1].concerns(""));
    }
    CHECK(formats::parse_isakmp_sa(pix5).sas.size() == 1);
}

TEST_CASE("an empty PIX 6 table says none") {
    const auto table = formats::parse_isakmp_sa(
        "Total     : 0\nEmbryonic : 0\n        dst               src        state     pending     "
        "created\n");
    CHECK(table.sas.empty());
    CHECK(table.says_none);
    CHECK(table.unknown_lines == 0);
    CHECK(formats::parse_isakmp_sa("There are no isakmp sas\n").says_none);
    CHECK_FALSE(formats::parse_isakmp_sa("").says_none);
}

TEST_CASE("an ASA block gives peer, type, role, rekey and state") {
    const auto table = formats::parse_isakmp_sa(asa8);
    REQUIRE(table.sas.size() == 2);
    CHECK(table.total == 2);
    CHECK(table.unknown_lines == 0);
    CHECK(table.sas[0].peer == "203.0.113.1");
    CHECK(table.sas[0].type == "L2L");
    CHECK(table.sas[0].role == IkeRole::initiator);
    CHECK(table.sas[0].state == "MM_ACTIVE");
    CHECK(table.sas[0].is_up());
    CHECK_FALSE(table.sas[0].rekey);
    CHECK(table.sas[1].type == "user");
    CHECK(table.sas[1].state == "MM_WAIT_MSG3");
    CHECK(table.sas[1].rekey);
    CHECK(table.sas[1].role_towards("203.0.113.9") == IkeRole::responder);
}

TEST_CASE("an IKEv2 row comes with its child SAs") {
    const auto table = formats::parse_isakmp_sa(ikev2);
    REQUIRE(table.sas.size() == 1);
    CHECK_FALSE(table.says_none);
    CHECK(table.unknown_lines == 0);
    const auto& sa = table.sas[0];
    CHECK(sa.version == 2);
    CHECK(sa.peer == "203.0.113.1");
    CHECK(sa.source == "198.51.100.1");
    CHECK(sa.state == "READY");
    CHECK(sa.is_up());
    CHECK(sa.role == IkeRole::initiator);
    CHECK_FALSE(sa.concerns("198.51.100.1"));
    REQUIRE(sa.children.size() == 2);
    CHECK(sa.children[0].inbound_spi == 0xbe064bdc);
    CHECK(sa.children[0].outbound_spi == 0x5db6eff3);
    CHECK(sa.children[0].local_selector == "10.1.1.0/0 - 10.1.1.255/65535");
    CHECK(sa.children[1].remote_selector == "10.2.2.0/0 - 10.2.2.255/65535");
}

TEST_CASE("an IOS row that is deleted is not up") {
    const auto table = formats::parse_isakmp_sa(ios);
    REQUIRE(table.sas.size() == 2);
    CHECK(table.unknown_lines == 0);
    CHECK(table.sas[0].is_up());
    CHECK(table.sas[1].deleted);
    CHECK_FALSE(table.sas[1].is_up());
}

TEST_CASE("foreign lines are counted and rows are bounded") {
    CHECK(formats::parse_isakmp_sa("hello\n%ASA-5-713041: something\n").unknown_lines == 2);
    std::string many;
    for (int i = 0; i < 25'000; ++i) many += "203.0.113.1 198.51.100.1 QM_IDLE 1 0\n";
    const auto table = formats::parse_isakmp_sa(many);
    CHECK(table.cut);
    CHECK(table.sas.size() == formats::IsakmpTable::most_rows);
}
