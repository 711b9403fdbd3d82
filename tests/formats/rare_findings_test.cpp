// The rarer findings of the closed list: of each a row that fits, one that is refuted, and one where it was not seen.

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "two_ends.hpp"

using namespace formats;
using namespace two_ends;

namespace {

const std::string config =
    "fw# show version | include Version\nCisco Adaptive Security Appliance Software Version 9.1(7)\n"
    "fw# show running-config\nASA Version 9.1(7)\nhostname fw\ninterface Ethernet0/0\n nameif outside\n ip address "
    "198.51.100.1 255.255.255.0\ninterface Ethernet0/1\n nameif inside\n ip address 10.1.1.1 255.255.255.0\n"
    "access-list VPN extended permit ip 10.1.1.0 255.255.255.0 10.2.2.0 255.255.255.0\n"
    "crypto ipsec ikev1 transform-set T esp-aes-256 esp-sha-hmac\ncrypto map OUT 10 match address VPN\ncrypto map OUT "
    "10 "
    "set peer 203.0.113.7\ncrypto map OUT 10 set ikev1 transform-set T\ncrypto map OUT interface outside\n"
    "crypto ikev1 enable outside\ncrypto ikev1 policy 10\n authentication pre-share\n encryption aes-256\n hash sha\n "
    "group "
    "5\ntunnel-group 203.0.113.7 type ipsec-l2l\n: end\nfw#\n";

std::string said(const std::string& lines) {
    std::string text = config + "fw# show logging\n";
    for (const std::string_view line : lines_of(lines)) text += "Nov 18 2026 10:00:01: " + std::string(line) + "\n";
    return text + "fw#\n";
}
const std::string phase1 = "%ASA-5-713119: Group = 203.0.113.7, IP = 203.0.113.7, PHASE 1 COMPLETED\n";

struct Row {
    std::string name, lines, id;
    bool is_claimed;  ///< as a problem or a warning, at likely or above
};

const std::vector<Row> rows{
    {"wrong-sa fits: a packet outside its SA's networks",
     "%ASA-4-402116: IPSEC: Received an ESP packet (SPI= 0x1A2B3C4D, sequence number= 0x5) from 203.0.113.7 (user= x) "
     "to "
     "198.51.100.1.  The decapsulated inner packet doesn't match the negotiated policy in the SA.  The packet "
     "specifies its "
     "destination as 10.1.9.5, its source as 10.2.2.5, and its protocol as icmp.  The SA specifies its local proxy as "
     "10.1.1.0/255.255.255.0/ip/0 and its remote_proxy as 10.2.2.0/255.255.255.0/ip/0.",
     "wrong-sa", true},
    {"wrong-sa refuted: the packet lies inside them",
     "%ASA-4-402116: IPSEC: Received an ESP packet (SPI= 0x1A2B3C4D, sequence number= 0x5) from 203.0.113.7 (user= x) "
     "to "
     "198.51.100.1.  The decapsulated inner packet doesn't match the negotiated policy in the SA.  The packet "
     "specifies its "
     "destination as 10.1.1.5, its source as 10.2.2.5, and its protocol as icmp.  The SA specifies its local proxy as "
     "10.1.1.0/255.255.255.0/ip/0 and its remote_proxy as 10.2.2.0/255.255.255.0/ip/0.",
     "wrong-sa", false},
    {"wrong-sa not seen", phase1, "wrong-sa", false},
    {"sysopt-or-acl fits: a packet of the pair is denied once it is decrypted",
     "%ASA-4-106023: Deny tcp src outside:10.2.2.5/50000 dst inside:10.1.1.5/443 by access-group \"OUTSIDE_IN\" [0x0, "
     "0x0]",
     "sysopt-or-acl", true},
    {"sysopt-or-acl refuted: what is denied is no packet of the tunnel",
     "%ASA-4-106023: Deny tcp src outside:192.0.2.5/50000 dst inside:10.1.1.5/443 by access-group \"OUTSIDE_IN\" [0x0, "
     "0x0]",
     "sysopt-or-acl", false},
    {"sysopt-or-acl not seen", phase1, "sysopt-or-acl", false},
    {"nat-exemption fits: no translation for the pair",
     "%ASA-3-305005: No translation group found for icmp src outside:10.2.2.5 dst inside:10.1.1.5 (type 8, code 0)",
     "nat-exemption", true},
    {"nat-exemption refuted: it is a pair of no tunnel",
     "%ASA-3-305005: No translation group found for tcp src dmz:172.16.5.5/3000 dst outside:192.0.2.80/80",
     "nat-exemption", false},
    {"nat-exemption not seen", phase1, "nat-exemption", false},
    {"replay fits: packets are dropped",
     "%ASA-4-402119: IPSEC: Received an ESP packet (SPI= 0x1A2B3C4D, sequence number= 0x5) from 203.0.113.7 (user= x) "
     "to "
     "198.51.100.1 that failed anti-replay checking.",
     "replay", true},
    {"replay refuted: what failed is the authentication of a packet",
     "%ASA-4-402120: IPSEC: Received an ESP packet (SPI= 0x1A2B3C4D, sequence number= 0x5) from 203.0.113.7 (user= x) "
     "to "
     "198.51.100.1 that failed authentication.",
     "replay", false},
    {"replay not seen", phase1, "replay", false},
    {"certificate fits: no trust-point",
     "%ASA-3-713226: Group = 203.0.113.7, IP = 203.0.113.7, Connection failed with peer 203.0.113.7, no trust-point "
     "defined "
     "in tunnel-group",
     "certificate", true},
    {"certificate refuted: phase 1 came up behind it",
     "%ASA-3-713226: Group = 203.0.113.7, IP = 203.0.113.7, Connection failed with peer 203.0.113.7, no trust-point "
     "defined "
     "in tunnel-group\n" +
         phase1,
     "certificate", false},
    {"certificate not seen", phase1, "certificate", false},
    {"clear-text fits", "%ASA-4-402117: IPSEC: Received a non-IPSec packet (protocol= ICMP) from 10.2.2.5 to 10.1.1.5.",
     "clear-text", true},
    {"clear-text not seen", phase1, "clear-text", false},
    {"limit fits", "%ASA-3-713191: IP = 203.0.113.7, Maximum concurrent IKE negotiations exceeded!", "limit-reached",
     true},
    {"limit refuted: it got through later",
     "%ASA-3-713191: IP = 203.0.113.7, Maximum concurrent IKE negotiations exceeded!\n" + phase1, "limit-reached",
     false},
    {"limit not seen", phase1, "limit-reached", false},
};

}  // namespace

TEST_CASE("the rarer findings are claimed where they fit, and not where they are refuted or not seen") {
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const Analysis analysis = analysis_of(said(row.lines), {});
        CAPTURE(analysis.verdict);
        const Finding* const finding = find(analysis, row.id);
        const bool is_claimed =
            finding != nullptr && finding->severity != Severity::note && finding->grade >= Grade::likely;
        CHECK(is_claimed == row.is_claimed);
        if (finding == nullptr || finding->grade == Grade::contradicted) continue;
        REQUIRE_FALSE(finding->evidence.empty());
        CHECK(finding->evidence.front().file.starts_with("endpoints/hq/"));
    }
}
