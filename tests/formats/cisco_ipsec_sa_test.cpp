#include <doctest/doctest.h>

#include "formats/cisco/ipsec_sa.hpp"
#include "formats/cisco/tunnel_state.hpp"

namespace {

const std::string pix6 = R"(

interface: outside
    Crypto map tag: VPN, local addr. 198.51.100.1

   local  ident (addr/mask/prot/port): (10.1.1.0/255.255.255.0/0/0)
   remote ident (addr/mask/prot/port): (10.2.2.0/255.255.255.0/0/0)
   current_peer: 203.0.113.1:500
     PERMIT, flags={origin_is_acl,}
    #pkts encaps: 4, #pkts encrypt: 4, #pkts digest 4
    #pkts decaps: 3, #pkts decrypt: 3, #pkts verify 3
    #pkts compressed: 0, #pkts decompressed: 0
    #pkts not compressed: 0, #pkts compr. failed: 0, #pkts decompress failed: 0
    #send errors 1, #recv errors 0

     local crypto endpt.: 198.51.100.1, remote crypto endpt.: 203.0.113.1
     path mtu 1500, ipsec overhead 56, media mtu 1500
     current outbound spi: a3dc0fc8

     inbound esp sas:
      spi: 0x2a31c1f3(707904499)
        transform: esp-3des esp-md5-hmac ,
        in use settings ={Tunnel, }
        slot: 0, conn id: 3, crypto map: VPN
        sa timing: remaining key lifetime (k/sec): (4607999/28519)
        IV size: 8 bytes
        replay detection support: Y

     inbound ah sas:

     inbound pcp sas:

     outbound esp sas:
      spi: 0xa3dc0fc8(2749108168)
        transform: esp-3des esp-md5-hmac ,
        in use settings ={Tunnel, }
        slot: 0, conn id: 4, crypto map: VPN
        sa timing: remaining key lifetime (k/sec): (4607999/28519)
        IV size: 8 bytes
        replay detection support: Y

     outbound ah sas:

     outbound pcp sas:

   local  ident (addr/mask/prot/port): (10.1.1.0/255.255.255.0/0/0)
   remote ident (addr/mask/prot/port): (10.3.3.3/255.255.255.255/6/443)
   current_peer: 203.0.113.9:0
     PERMIT, flags={origin_is_acl,}
    #pkts encaps: 0, #pkts encrypt: 0, #pkts digest 0
     local crypto endpt.: 198.51.100.1, remote crypto endpt.: 203.0.113.9
     current outbound spi: 0
     inbound esp sas:
     outbound esp sas:
)";

const std::string asa9 = R"(
interface: outside
    Crypto map tag: VPN, seq num: 10, local addr: 198.51.100.1

    Protected vrf (ivrf): Global
      access-list VPN_ACL extended permit ip 10.1.1.0 255.255.255.0 10.2.2.0 255.255.255.0 
      local ident (addr/mask/prot/port): (10.1.1.0/255.255.255.0/0/0)
      remote ident (addr/mask/prot/port): (10.2.2.0/255.255.255.0/0/0)
      current_peer: 203.0.113.1


      #pkts encaps: 10, #pkts encrypt: 10, #pkts digest: 10
      #pkts decaps: 9, #pkts decrypt: 9, #pkts verify: 9
      #pkts not compressed: 10, #pkts comp failed: 0, #pkts decomp failed: 0
      #pre-frag successes: 0, #pre-frag failures: 0, #fragments created: 0
      #PMTUs sent: 0, #PMTUs rcvd: 0, #decapsulated frgs needing reassembly: 0
      #TFC rcvd: 0, #TFC sent: 0
      #Valid ICMP Errors rcvd: 0, #Invalid ICMP Errors rcvd: 0
      #send errors: 2, #recv errors: 1

      local crypto endpt.: 198.51.100.1/0, remote crypto endpt.: 203.0.113.1/0
      path mtu 1500, ipsec overhead 74(44), media mtu 1500
      PMTU time remaining (sec): 0, DF policy: copy-df
      ICMP error validation: disabled, TFC packets: disabled
      current outbound spi: 50023DDC
      current inbound spi : 32F752FF

    inbound esp sas:
      spi: 0x32F752FF (855069439)
         SA State: active
         transform: esp-aes-256 esp-sha-hmac no compression 
         in use settings ={L2L, Tunnel, IKEv1, }
         slot: 0, conn_id: 4096, crypto-map: VPN
         sa timing: remaining key lifetime (kB/sec): (4373999/28519)
         IV size: 16 bytes
         replay detection support: Y
         Anti replay bitmap: 
          0x00000000 0x000007FF
    outbound esp sas:
      spi: 0x50023DDC (1342324188)
         SA State: active
         transform: esp-aes-256 esp-sha-hmac no compression 
         in use settings ={L2L, Tunnel, IKEv1, }
         slot: 0, conn_id: 4096, crypto-map: VPN
         sa timing: remaining key lifetime (sec): 548
         IV size: 16 bytes
         replay detection support: Y
         Anti replay bitmap: 
          0x00000000 0x00000001
)";

const std::string ios = R"(
interface: GigabitEthernet0/0
    Crypto map tag: VPN, local addr 198.51.100.1

   protected vrf: (none)
   local  ident (addr/mask/prot/port): (10.1.1.0/255.255.255.0/0/0)
   remote ident (addr/mask/prot/port): (10.2.2.0/255.255.255.0/0/0)
   current_peer 203.0.113.1 port 500
     PERMIT, flags={origin_is_acl,}
    #pkts encaps: 4, #pkts encrypt: 4, #pkts digest: 4
    #pkts decaps: 4, #pkts decrypt: 4, #pkts verify: 4
    #send errors 0, #recv errors 0

     local crypto endpt.: 198.51.100.1, remote crypto endpt.: 203.0.113.1
     plaintext mtu 1438, path mtu 1500, ip mtu 1500, ip mtu idb GigabitEthernet0/0
     current outbound spi: 0x397C36EE(964441838)
     PFS (Y/N): N, DH group: none

     inbound esp sas:
      spi: 0x658F7C11(1703902225)
        transform: esp-256-aes esp-sha256-hmac ,
        in use settings ={Tunnel, }
        conn id: 2076, flow_id: CSR:76, sibling_flags FFFFFFFF80000048, crypto map: VPN
        sa timing: remaining key lifetime (k/sec): (4607999/83191)
        IV size: 16 bytes
        replay detection support: Y
        Status: ACTIVE(ACTIVE)

     outbound esp sas:
      spi: 0x397C36EE(964441838)
        transform: esp-256-aes esp-sha256-hmac ,
        Status: ACTIVE(ACTIVE)
)";

const formats::ProxyPair ten_to_ten{{0x0A010100, 0xFFFFFF00}, {0x0A020200, 0xFFFFFF00}};

}  // namespace

TEST_CASE("a PIX 6 table gives each pair its counters and SAs") {
    const auto table = formats::parse_ipsec_sa(pix6);
    CHECK(table.unknown_lines == 0);
    REQUIRE(table.pairs.size() == 2);
    const auto& pair = table.pairs[0];
    CHECK(pair.interface == "outside");
    CHECK(pair.map == "VPN");
    CHECK(pair.local_address == "198.51.100.1");
    CHECK(pair.peer == "203.0.113.1");
    CHECK_FALSE(pair.sequence);
    CHECK(pair.local.text == "10.1.1.0/255.255.255.0/0/0");
    CHECK(to_text(*pair.remote.network) == "10.2.2.0/24");
    CHECK(pair.counter("encaps") == 4);
    CHECK(pair.counter("digest") == 4);
    CHECK(pair.counter("decaps") == 3);
    CHECK(pair.counter("send errors") == 1);
    CHECK(pair.counter("compr. failed") == 0);
    CHECK(pair.counter("no such") == 0);
    REQUIRE(pair.sas.size() == 2);
    CHECK(pair.sas[0].spi == 0x2a31c1f3);
    CHECK(pair.sas[0].inbound);
    CHECK(pair.sas[0].protocol == "esp");
    CHECK(pair.sas[0].transform == "esp-3des esp-md5-hmac");
    CHECK(pair.sas[0].seconds_left == 28519);
    CHECK(pair.sas[1].spi == 0xa3dc0fc8);
    CHECK_FALSE(pair.sas[1].inbound);
    CHECK(table.pairs[1].remote.protocol == 6);
    CHECK(table.pairs[1].remote.port == 443);
    CHECK(table.pairs[1].peer == "203.0.113.9");
    CHECK(table.pairs[1].sas.empty());
}

TEST_CASE("an ASA 9 table is read with its own punctuation") {
    const auto table = formats::parse_ipsec_sa(asa9);
    CHECK(table.unknown_lines == 0);
    REQUIRE(table.pairs.size() == 1);
    const auto& pair = table.pairs[0];
    CHECK(pair.sequence == 10);
    CHECK(pair.local_address == "198.51.100.1");
    CHECK(pair.peer == "203.0.113.1");
    CHECK(pair.counter("send errors") == 2);
    CHECK(pair.counter("recv errors") == 1);
    CHECK(pair.counter("Valid ICMP Errors rcvd") == 0);
    REQUIRE(pair.sas.size() == 2);
    CHECK(pair.sas[0].spi == 0x32F752FF);
    CHECK(pair.sas[0].active);
    CHECK(pair.sas[0].kilobytes_left == 4373999);
    CHECK(pair.sas[1].seconds_left == 548);
    CHECK_FALSE(pair.sas[1].kilobytes_left);
}

TEST_CASE("an IOS table is read without punctuation after the keys") {
    const auto table = formats::parse_ipsec_sa(ios);
    CHECK(table.unknown_lines == 0);
    REQUIRE(table.pairs.size() == 1);
    CHECK(table.pairs[0].peer == "203.0.113.1");
    CHECK(table.pairs[0].local_address == "198.51.100.1");
    CHECK(table.pairs[0].has_live(true));
    CHECK(table.pairs[0].has_live(false));
    CHECK(formats::parse_ipsec_sa("There are no ipsec sas\r\n").says_none);
}

TEST_CASE("a tunnel is up only with live SAs in both directions for that peer and pair") {
    using Stage = formats::TunnelState::Stage;
    const auto phase1 = formats::parse_isakmp_sa(
        "dst src state pending created\n203.0.113.1 198.51.100.1 QM_IDLE 0 1\n203.0.113.9 "
        "198.51.100.1 MM_KEY_EXCH 0 0\n");
    const auto phase2 = formats::parse_ipsec_sa(pix6);

    const auto up = formats::tunnel_state(phase1, phase2, "203.0.113.1", ten_to_ten);
    CHECK(up.stage == Stage::up);
    CHECK(up.phase1_up);
    CHECK(up.role == formats::IkeRole::initiator);
    CHECK(up.spis == std::set<std::pair<bool, std::uint32_t>>{{true, 0x2a31c1f3}, {false, 0xa3dc0fc8}});
    CHECK(up.encaps == 4);
    CHECK(up.decaps == 3);
    CHECK(up.send_errors == 1);

    auto other = ten_to_ten;
    other.remote.address = 0x0A090900;
    const auto other_pair = formats::tunnel_state(phase1, phase2, "203.0.113.1", other);
    CHECK(other_pair.stage == Stage::building);
    CHECK(other_pair.spis.empty());

    const auto building = formats::tunnel_state(phase1, phase2, "203.0.113.9");
    CHECK(building.stage == Stage::building);
    CHECK(building.phase1_state == "MM_KEY_EXCH");
    CHECK_FALSE(building.phase1_up);

    CHECK(formats::tunnel_state(phase1, phase2, "203.0.113.77").stage == Stage::down);
    CHECK(formats::tunnel_state({}, {}, "203.0.113.1").stage == Stage::down);
    CHECK(formats::name_of(Stage::building) == "building");
}

TEST_CASE("two ends share a tunnel when each takes what the other sends") {
    formats::TunnelState here, there;
    here.spis = {{true, 0x11}, {false, 0x22}};
    there.spis = {{true, 0x22}, {false, 0x11}};
    CHECK(formats::share_a_pair(here, there));
    // An end that holds on to SAs the other has lost, or has since negotiated anew.
    CHECK_FALSE(formats::share_a_pair(here, {}));
    there.spis = {{true, 0x33}, {false, 0x44}};
    CHECK_FALSE(formats::share_a_pair(here, there));
    // One way only.
    there.spis = {{true, 0x22}, {false, 0x44}};
    CHECK_FALSE(formats::share_a_pair(here, there));
    // A rekey: the old pair beside the new one.
    there.spis = {{true, 0x22}, {false, 0x11}, {true, 0x55}, {false, 0x66}};
    CHECK(formats::share_a_pair(here, there));
    CHECK_FALSE(formats::share_a_pair({}, {}));
}

TEST_CASE("the other tunnels of a device are counted once, without the one that is asked for") {
    const auto phase2 = formats::parse_ipsec_sa(pix6);
    const auto phase1 = formats::parse_isakmp_sa(
        "1   IKE Peer: 192.0.2.5\n    Type : L2L Role : responder\n    Rekey : no State : MM_ACTIVE\n"
        "2   IKE Peer: 192.0.2.6\n    Type : L2L Role : initiator\n    Rekey : no State : MM_WAIT_MSG2\n");
    CHECK(formats::other_peers(phase1, phase2, "203.0.113.1") == std::vector<std::string>{"192.0.2.5"});
    CHECK(formats::other_peers(phase1, phase2, "192.0.2.5") == std::vector<std::string>{"203.0.113.1"});
    CHECK(formats::other_peers({}, {}, "203.0.113.1").empty());
}

TEST_CASE("an SA that only one direction has, or that is not active, is not a tunnel") {
    using Stage = formats::TunnelState::Stage;
    std::string half = asa9;
    half.replace(half.rfind("SA State: active"), 16, "SA State: standby");
    const auto state = formats::tunnel_state({}, formats::parse_ipsec_sa(half), "203.0.113.1");
    CHECK(state.stage == Stage::down);
    CHECK(state.spis.size() == 1);
    CHECK(formats::tunnel_state({}, formats::parse_ipsec_sa(asa9), "203.0.113.1").stage == Stage::up);
}

TEST_CASE("a deleted phase 1 SA is named but is neither up nor building") {
    const auto phase1 = formats::parse_isakmp_sa("203.0.113.1 198.51.100.1 MM_NO_STATE 0 ACTIVE (deleted)\n");
    const auto state = formats::tunnel_state(phase1, {}, "203.0.113.1");
    CHECK(state.stage == formats::TunnelState::Stage::down);
    CHECK(state.phase1_state == "MM_NO_STATE (deleted)");
}

TEST_CASE("new SAs are told from those that were there before, in both directions") {
    const auto before = formats::tunnel_state({}, formats::parse_ipsec_sa(asa9), "203.0.113.1");
    CHECK(formats::has_new_sas({}, before));
    CHECK_FALSE(formats::has_new_sas(before, before));
    std::string rekeyed = asa9;
    rekeyed.replace(rekeyed.find("0x32F752FF ("), 10, "0x11111111");
    const auto inbound_only = formats::tunnel_state({}, formats::parse_ipsec_sa(rekeyed), "203.0.113.1");
    CHECK_FALSE(formats::has_new_sas(before, inbound_only));
    rekeyed.replace(rekeyed.find("0x50023DDC ("), 10, "0x22222222");
    const auto both = formats::tunnel_state({}, formats::parse_ipsec_sa(rekeyed), "203.0.113.1");
    CHECK(formats::has_new_sas(before, both));
}

TEST_CASE("names in the tables are put back to addresses") {
    const formats::NameTable names{{"BRANCH-PIX", 0xCB007101}, {"branch-net", 0x0A020200}};
    std::string named = pix6;
    for (const auto& [from, to] :
         {std::pair<std::string, std::string>{"203.0.113.1:500", "BRANCH-PIX:500"}, {"(10.2.2.0/", "(branch-net/"}})
        named.replace(named.find(from), from.size(), to);
    auto phase1 = formats::parse_isakmp_sa("dst src state pending created\nBRANCH-PIX 198.51.100.1 QM_IDLE 0 1\n");
    auto phase2 = formats::parse_ipsec_sa(named);
    using Stage = formats::TunnelState::Stage;
    CHECK(formats::tunnel_state(phase1, phase2, "203.0.113.1", ten_to_ten).stage == Stage::down);
    formats::resolve_names(phase1, names);
    formats::resolve_names(phase2, names);
    const auto state = formats::tunnel_state(phase1, phase2, "203.0.113.1", ten_to_ten);
    CHECK(state.stage == Stage::up);
    CHECK(state.phase1_up);
    CHECK(phase2.pairs[0].remote.text == "10.2.2.0/255.255.255.0/0/0");
}

TEST_CASE("hostile SA text costs nothing but a count") {
    const std::string text =
        "local ident (\n\nspi: 0xZZ\nlocal  ident (addr/mask/prot/port): "
        "(((((\ncurrent_peer\n#,,#pkts\n#x\n"
        "inbound esp sas:\nspi: 0x1(1)\nsa timing:\ntransform:\nremote ident )(\n\xff\xfe\x01\n";
    const auto table = formats::parse_ipsec_sa(text);
    CHECK(table.unknown_lines > 0);
    std::string many = "local ident (addr/mask/prot/port): (10.1.1.0/255.255.255.0/0/0)\ninbound esp sas:\n";
    for (int i = 1; i < 200; ++i) many += "spi: 0x" + std::to_string(i) + "(1)\n";
    CHECK(formats::parse_ipsec_sa(many).pairs[0].sas.size() == formats::IpsecTable::most_spis);
    CHECK(formats::parse_ipsec_sa(many).cut);
}
