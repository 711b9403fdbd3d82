// Failing tunnels as people post them, in other words and with other addresses: what is said first, where, and how sure it
// may be at most. One log an end; many have only one.

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "formats/analysis/ladder.hpp"
#include "formats/report/ladder_text.hpp"
#include "two_ends.hpp"

using namespace formats;
using namespace two_ends;

namespace {

struct Case {
    std::string name, hq, branch;
    std::string id;   ///< of the first finding
    std::string end;  ///< where its first line stands; empty: nothing is said of one
    Grade most = Grade::likely;
};

std::string ios(const std::string& lines) {
    std::string text = "rt#debug crypto isakmp\nCrypto ISAKMP debugging is on\n";
    for (const std::string_view line : lines_of(lines)) text += "*Nov 18 10:00:01.000: " + std::string(line) + "\n";
    return text + "rt#undebug all\nrt#\n";
}
std::string asa(const std::string& lines) {
    std::string text = "fw# debug crypto ikev1 127\n";
    for (const std::string_view line : lines_of(lines)) text += "Nov 18 10:00:01 [IKEv1]: " + std::string(line) + "\n";
    return text + "fw# undebug all\nfw#\n";
}
std::string syslog(const std::string& lines) {
    std::string text;
    for (const std::string_view line : lines_of(lines)) text += "Nov 18 2026 10:00:01: " + std::string(line) + "\n";
    return text;
}
std::string charon(const std::string& lines) {
    std::string text = "root@gw:~# cat /var/log/charon.log\n";
    for (const std::string_view line : lines_of(lines)) text += "2026-11-18T10:00:01.000 " + std::string(line) + "\n";
    return text + "root@gw:~#\n";
}
std::string pluto(const std::string& lines) {
    std::string text = "root@gw:~# cat /var/log/pluto.log\n";
    for (const std::string_view line : lines_of(lines)) text += "Nov 18 10:00:01.000000: " + std::string(line) + "\n";
    return text + "root@gw:~#\n";
}

const std::string a = "198.51.100.1", b = "203.0.113.7";

const std::vector<Case> cases{
    {"a router's policies share no algorithm",
     ios("ISAKMP (0): received packet from 203.0.113.7 dport 500 sport 500 Global (N) NEW SA\n"
         "ISAKMP:(0):Checking ISAKMP transform 1 against priority 10 policy\n"
         "ISAKMP:(0):Encryption algorithm offered does not match policy!\nISAKMP:(0):atts are not acceptable. Next "
         "payload is 0\n"
         "ISAKMP:(0):no offers accepted!\nISAKMP:(0): phase 1 SA policy not acceptable! (local 198.51.100.1 remote "
         "203.0.113.7)"),
     ios("ISAKMP:(0): beginning Main Mode exchange\nISAKMP:(0): sending packet to 198.51.100.1 my_port 500 peer_port "
         "500 (I) MM_NO_STATE"),
     "ike-policy", "hq"},
    {"a complaint before the transform that fits is none",
     ios("ISAKMP:(0):Hash algorithm offered does not match policy!\nISAKMP:(0):atts are acceptable. Next payload is 0\n"
         "ISAKMP:(1001):Old State = IKE_R_MM5  New State = IKE_P1_COMPLETE\n"
         "ISAKMP:(1001):Old State = IKE_QM_R_QM2  New State = IKE_QM_PHASE2_COMPLETE"),
     "", "undetermined", ""},
    {"a router has no key for who asks",
     ios("ISAKMP (0): received packet from 203.0.113.7 dport 500 sport 500 Global (N) NEW SA\n"
         "ISAKMP:(0):No pre-shared key with 203.0.113.7!\nISAKMP:(0): phase 1 SA policy not acceptable! (local "
         "198.51.100.1 remote 203.0.113.7)"),
     "", "key-missing", "hq", Grade::proved},
    {"the fifth message cannot be read",
     ios("%CRYPTO-4-IKMP_BAD_MESSAGE: IKE message from 203.0.113.7 failed its sanity check or is malformed"),
     ios("ISAKMP:(1002): sending packet to 198.51.100.1 my_port 500 peer_port 500 (I) MM_KEY_EXCH\n"
         "ISAKMP:(1002): retransmitting phase 1 MM_KEY_EXCH...\nISAKMP:(1002): retransmitting phase 1 MM_KEY_EXCH..."),
     "key-differs", "hq"},
    {"a router's transform set is another one",
     ios("ISAKMP:(1001):Old State = IKE_R_MM5  New State = IKE_P1_COMPLETE\nISAKMP:(1001):atts are acceptable.\n"
         "IPSEC(ipsec_process_proposal): transform proposal not supported for identity:\n"
         "ISAKMP:(1001): IPSec policy invalidated proposal with error 256\n"
         "ISAKMP:(1001): phase 2 SA policy not acceptable! (local 198.51.100.1 remote 203.0.113.7)"),
     "", "transform", "hq"},
    {"a router's list has no mirror",
     ios("ISAKMP:(1001):Old State = IKE_R_MM5  New State = IKE_P1_COMPLETE\n"
         "Crypto mapdb : proxy_match map_db_find_best did not find matching map\n"
         "IPSEC(ipsec_process_proposal): proxy identities not supported\n"
         "ISAKMP:(1001): phase 2 SA policy not acceptable! (local 198.51.100.1 remote 203.0.113.7)"),
     "", "selectors", "hq"},
    {"the firewall names both values of the attribute",
     asa("IP = 203.0.113.7, Phase 1 failure:  Mismatched attribute types for class Group Description:  Rcv'd: Group 2  "
         "Cfg'd: Group 5\n"
         "IP = 203.0.113.7, All SA proposals found unacceptable"),
     "", "ike-policy", "hq"},
    {"the firewall has no tunnel-group of that name",
     syslog("%ASA-4-713903: IP = 203.0.113.7, Header invalid, missing SA payload! (next payload = 4)\n"
            "%ASA-3-713138: Group 203.0.113.7 not found and BASE GROUP default preshared key not configured"),
     "", "key-missing", "hq", Grade::proved},
    {"the networks that the peer asks for are nobody's",
     syslog("%ASA-5-713119: Group = 203.0.113.7, IP = 203.0.113.7, PHASE 1 COMPLETED\n"
            "%ASA-3-713061: Group = 203.0.113.7, IP = 203.0.113.7, Rejecting IPSec tunnel: no matching crypto map "
            "entry for "
            "remote proxy 0.0.0.0/0.0.0.0/0/0 local proxy 0.0.0.0/0.0.0.0/0/0 on interface outside"),
     "", "selectors", "hq"},
    {"two peers in one entry, and the second asks",
     syslog("%ASA-5-713119: Group = 203.0.113.7, IP = 203.0.113.7, PHASE 1 COMPLETED\n"
            "%ASA-3-713187: Group = 203.0.113.7, IP = 203.0.113.7, Tunnel Rejected:  IKE peer 203.0.113.7 does not "
            "match remote "
            "peer 192.0.2.9 as defined in L2L policy"),
     "", "entry-not-for-peer", "hq"},
    {"phase 2 proposals of the firewall are refused",
     asa("Group = 203.0.113.7, IP = 203.0.113.7, PHASE 1 COMPLETED\n"
         "Group = 203.0.113.7, IP = 203.0.113.7, All IPSec SA proposals found unacceptable!"),
     "", "transform", "hq"},
    {"the firewall lost its peer",
     syslog(
         "%ASA-5-713119: Group = 203.0.113.7, IP = 203.0.113.7, PHASE 1 COMPLETED\n"
         "%ASA-3-713123: Group = 203.0.113.7, IP = 203.0.113.7, IKE lost contact with remote peer, deleting connection "
         "(keepalive type: DPD)"),
     "", "dead-peer", "hq", Grade::proved},
    {"packets come whose SPI nobody knows any more: one line is history, as long as no table holds it",
     ios("%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has invalid spi for destaddr=198.51.100.1, prot=50, "
         "spi=0x1A2B3C4D(439041101), srcaddr=203.0.113.7"),
     "", "undetermined", ""},
    {"packets come in clear text that are to be protected",
     ios("%CRYPTO-4-RECVD_PKT_NOT_IPSEC: Rec'd packet not an IPSEC packet. (ip) vrf/dest_addr= /10.1.1.5, src_addr= "
         "10.2.2.5, prot= 1"),
     "", "clear-text", "hq"},
    {"the daemon has no connection for that pair of addresses",
     charon("09[NET] <2> received packet: from 203.0.113.7[500] to 198.51.100.1[500] (464 bytes)\n"
            "09[ENC] <2> parsed IKE_SA_INIT request 0 [ SA KE No ]\n"
            "09[IKE] <2> no IKE config found for 198.51.100.1...203.0.113.7, sending NO_PROPOSAL_CHOSEN"),
     "", "no-config-for-peer", "hq", Grade::proved},
    {"the identity that the peer gives is not expected",
     charon("09[ENC] <2> parsed IKE_AUTH request 1 [ IDi AUTH SA TSi TSr ]\n"
            "09[CFG] <2> looking for peer configs matching 198.51.100.1[hq.example]...203.0.113.7[10.0.0.4]\n"
            "09[CFG] <2> no matching peer config found\n09[ENC] <2> generating IKE_AUTH response 1 [ N(AUTH_FAILED) ]"),
     "", "identity", "hq"},
    {"the key of the peer is another one",
     charon("09[ENC] <to|2> parsed IKE_AUTH request 1 [ IDi AUTH SA TSi TSr ]\n"
            "09[IKE] <to|2> tried 1 shared key for '198.51.100.1' - '203.0.113.7', but MAC mismatched"),
     charon("09[IKE] <to|5> initiating IKE_SA to[5] to 198.51.100.1\n"
            "09[IKE] <to|5> received AUTHENTICATION_FAILED notify error"),
     "key-differs", "hq"},
    {"the certificate is out of date",
     charon("09[CFG] <to|2> subject certificate invalid (valid from Jan 01 00:00:00 2024 to Jan 01 00:00:00 2025)\n"
            "09[IKE] <to|2> no trusted RSA public key found for 'branch.example'"),
     "", "certificate", "hq", Grade::proved},
    {"aggressive mode is asked for and not allowed",
     charon("09[IKE] <2> 203.0.113.7 is initiating a Aggressive Mode IKE_SA\n"
            "09[IKE] <2> found 1 matching config, but none allows pre-shared key authentication using Aggressive Mode"),
     "", "mode-or-version", "hq"},
    {"the child's networks are refused",
     charon("09[IKE] <to|2> IKE_SA to[2] established between 198.51.100.1[hq]...203.0.113.7[branch]\n"
            "09[IKE] <to|2> traffic selectors 10.1.1.0/24 === 10.9.9.0/24 unacceptable\n"
            "09[IKE] <to|2> failed to establish CHILD_SA, keeping IKE_SA"),
     "", "selectors", "hq"},
    {"the rekey is refused for its group",
     charon("09[IKE] <to|2> IKE_SA to[2] established between 198.51.100.1[hq]...203.0.113.7[branch]\n"
            "09[IKE] <to|2> CHILD_SA net{1} established with SPIs 4d308ba5_i db831af8_o and TS 10.1.1.0/24 === "
            "10.2.2.0/24\n"
            "09[ENC] <to|2> parsed CREATE_CHILD_SA request 2 [ N(REKEY_SA) SA No TSi TSr ]\n"
            "09[CFG] <to|2> no acceptable KEY_EXCHANGE_METHOD found\n09[IKE] <to|2> no acceptable proposal found"),
     "", "pfs", "hq"},
    {"pluto has nobody of that address",
     pluto("packet from 203.0.113.7:500: initial Main Mode message received on 198.51.100.1:500 but no connection has "
           "been "
           "authorized with policy PSK+IKEV1_ALLOW"),
     "", "no-config-for-peer", "hq", Grade::proved},
    {"pluto's peer calls itself by another name",
     pluto("\"to-branch\" #2: we require IKEv2 peer to have ID '@branch', but peer declares '203.0.113.7'"), "",
     "identity", "hq", Grade::proved},
};

}  // namespace

TEST_CASE(
    "of failing tunnels as people post them, the first finding is the cause, at its end, and no surer than it may be") {
    CHECK(cases.size() > 20);
    for (const Case& posted : cases) {
        CAPTURE(posted.name);
        const Analysis analysis = analysis_of(posted.hq, posted.branch);
        REQUIRE_FALSE(analysis.findings.empty());
        const Finding& first = analysis.findings.front();
        CAPTURE(analysis.verdict);
        CHECK(first.id == posted.id);
        CHECK(first.grade <= posted.most);
        if (posted.end.empty()) continue;
        REQUIRE_FALSE(first.evidence.empty());
        CHECK(first.evidence.front().file.starts_with("endpoints/" + posted.end + "/"));
    }
}

TEST_CASE("of failing tunnels as people post them, every truncation and the other ends of lines are read, and drawn") {
    for (const Case& posted : cases) {
        CAPTURE(posted.name);
        std::string so_far, returned;
        for (const std::string_view line : lines_of(posted.hq)) {
            so_far += std::string(line) + "\n";
            returned += std::string(line) + "\r\n";
            Evidence evidence;
            evidence.ends.push_back(end_of("hq", so_far));
            if (!posted.branch.empty()) evidence.ends.push_back(end_of("branch", posted.branch));
            CHECK_FALSE(analyse(evidence).findings.empty());
            for (const Ladder& ladder : ladders_of(evidence)) CHECK_FALSE(ladder_text(ladder).empty());
        }
        const Analysis plain = analysis_of(posted.hq, posted.branch),
                       with_returns = analysis_of(returned, posted.branch);
        CHECK(plain.verdict == with_returns.verdict);
        CHECK(plain.findings.size() == with_returns.findings.size());
    }
}
