// One row a construct: a small configuration, the peer, and the interesting traffic that must come
// out.

#include <doctest/doctest.h>

#include <vector>

#include "formats/cisco/interesting_traffic.hpp"

namespace {

struct Row {
    std::string name, config, peer;
    std::string traffic;  ///< "permit ip A B; deny ...", empty: none
    std::string note;     ///< part of a note that must be there; empty: no notes at all
};

const std::string pix6 =
    "PIX Version 6.3(5)\nnameif ethernet0 outside security0\nnameif ethernet1 inside security100\n";
const std::string asa = "ASA Version 8.2(5)\ninterface E0\n nameif outside\n ip address 198.51.100.1 255.255.255.0\n";
const std::string ios = "version 12.4\ninterface Fa0\n ip address 198.51.100.1 255.255.255.0\n crypto map M\n";
const std::string pix_map =
    "crypto map M 10 ipsec-isakmp\ncrypto map M 10 match address A\ncrypto map M 10 set peer "
    "203.0.113.1\ncrypto map M 10 set transform-set T\ncrypto map M interface outside\n: end\n";
const std::string ios_map =
    "crypto map M 10 ipsec-isakmp\n set peer 203.0.113.1\n set transform-set T\n match address "
    "A\nend\n";
const std::string one = "permit ip 10.1.1.0/24 10.2.2.0/24";
const std::string flat = "10.1.1.0 255.255.255.0 10.2.2.0 255.255.255.0";
const std::string peer = "203.0.113.1";

// clang-format off: a row a line
std::vector<Row> rows() {
    const std::string acl = "access-list A extended permit ip ";
    return {
        // PIX 6
        {"pix6 plain", pix6 + "access-list A permit ip " + flat + "\n" + pix_map, peer, one, ""},
        {"pix6 trailing blanks", pix6 + "access-list A permit ip " + flat + "   \n" + pix_map, peer, one, ""},
        {"pix6 remark and compiled",
         pix6 +
             "access-list compiled\naccess-list A remark permit ip any any\naccess-list A permit "
             "ip " +
             flat + "\n" + pix_map,
         peer, one, ""},
        {"pix6 host and any", pix6 + "access-list A permit ip host 10.1.1.1 any\n" + pix_map, peer,
         "permit ip 10.1.1.1 any", ""},
        {"pix6 zero mask is any",
         pix6 + "access-list A permit ip 0.0.0.0 0.0.0.0 " + "10.2.2.0 255.255.255.0\n" + pix_map, peer,
         "permit ip any 10.2.2.0/24", ""},
        {"pix6 names for networks",
         pix6 +
             "names\nname 10.1.1.0 here\nname 10.2.2.0 there\naccess-list A permit ip here "
             "255.255.255.0 there 255.255.255.0\n" +
             pix_map,
         peer, one, ""},
        {"pix6 name of the peer",
         pix6 + "names\nname 203.0.113.1 far\naccess-list A permit ip " + flat +
             "\ncrypto map M 10 match address A\ncrypto map M 10 set peer far\ncrypto map M 10 set "
             "transform-set T\ncrypto map M interface outside\n: end\n",
         peer, one, ""},
        {"pix6 object-group",
         pix6 +
             "object-group network G\n  network-object 10.1.1.0 255.255.255.0\n  network-object "
             "host 10.3.3.3\naccess-list A permit ip object-group G 10.2.2.0 255.255.255.0\n" +
             pix_map,
         peer, one + "; permit ip 10.3.3.3 10.2.2.0/24", ""},
        {"pix6 deny first",
         pix6 + "access-list A deny ip host 10.1.1.5 any\naccess-list A permit ip " + flat + "\n" + pix_map, peer,
         "deny ip 10.1.1.5 any; " + one, ""},
        {"pix6 protocol by number", pix6 + "access-list A permit 47 " + flat + "\n" + pix_map, peer,
         "permit 47 10.1.1.0/24 10.2.2.0/24", ""},
        {"pix6 list after the map", pix6 + pix_map + "access-list A permit ip " + flat + "\n", peer, one, ""},
        // PIX 7, ASA to 8.3
        {"asa extended", asa + acl + flat + "\n" + pix_map, peer, one, ""},
        {"asa with log", asa + acl + flat + " log warnings interval 10\n" + pix_map, peer, one, ""},
        {"asa with line number", asa + "access-list A line 3 extended permit ip " + flat + "\n" + pix_map, peer, one,
         ""},
        {"asa inactive", asa + acl + "any any inactive\n" + acl + flat + "\n" + pix_map, peer, one, "is inactive"},
        {"asa time-range", asa + acl + flat + " time-range night\n" + pix_map, peer, one, "time range `night`"},
        {"asa tcp ports",
         asa +
             "access-list A extended permit tcp 10.1.1.0 255.255.255.0 range 1024 65535 10.2.2.0 "
             "255.255.255.0 eq https\n" +
             pix_map,
         peer, "permit tcp 10.1.1.0/24 10.2.2.0/24", ""},
        {"asa service group behind the source",
         asa +
             "object-group service S tcp\n port-object eq www\naccess-list A extended permit tcp "
             "any object-group S 10.2.2.0 255.255.255.0 object-group S\n" +
             pix_map,
         peer, "permit tcp any 10.2.2.0/24", ""},
        {"asa service group as protocol",
         asa +
             "object-group service S\n service-object tcp eq 80\naccess-list A extended permit "
             "object-group S " +
             flat + "\n" + pix_map,
         peer, "permit group S 10.1.1.0/24 10.2.2.0/24", ""},
        {"asa nested groups",
         asa +
             "object-group network G\n group-object H\n network-object 10.1.2.0 "
             "255.255.255.0\nobject-group network H\n network-object 10.1.1.0 255.255.255.0\n" +
             acl + "object-group G 10.2.2.0 255.255.255.0\n" + pix_map,
         peer, one + "; permit ip 10.1.2.0/24 10.2.2.0/24", ""},
        {"asa interface as source", asa + acl + "interface outside 10.2.2.0 255.255.255.0\n" + pix_map, peer,
         "permit ip 198.51.100.1 10.2.2.0/24", ""},
        {"asa holed mask", asa + acl + "10.1.0.1 255.255.0.255 10.2.2.0 255.255.255.0\n" + pix_map, peer,
         "permit ip 10.1.0.1/255.255.0.255 10.2.2.0/24", ""},
        {"asa standard list", asa + "access-list A standard permit 10.1.1.0 255.255.255.0\n" + pix_map, peer,
         "permit ip 10.1.1.0/24 any", ""},
        {"asa several peers",
         asa + acl + flat +
             "\ncrypto map M 10 match address A\ncrypto map M 10 set peer 203.0.113.9 "
             "203.0.113.1\ncrypto map M 10 set transform-set T\ncrypto map M interface outside\n: "
             "end\n",
         peer, one, "has 2 peers"},
        // ASA 8.3 and later
        {"asa9 objects",
         asa +
             "object network N\n subnet 10.1.1.0 255.255.255.0\nobject network F\n subnet 10.2.2.0 "
             "255.255.255.0\n" +
             acl + "object N object F\n" + pix_map,
         peer, one, ""},
        {"asa9 object in a group",
         asa +
             "object network N\n subnet 10.1.1.0 255.255.255.0\nobject-group network G\n "
             "network-object object N\n network-object host 10.3.3.3\n" +
             acl + "object-group G 10.2.2.0 255.255.255.0\n" + pix_map,
         peer, one + "; permit ip 10.3.3.3 10.2.2.0/24", ""},
        {"asa9 range",
         asa + "object network N\n range 10.1.1.0 10.1.1.255\n" + acl + "object N 10.2.2.0 255.255.255.0\n" + pix_map,
         peer, one, ""},
        {"asa9 fqdn",
         asa + "object network N\n fqdn v4 far.example.net\n" + acl + "object N 10.2.2.0 255.255.255.0\n" + pix_map,
         peer, "", "could not be read"},
        {"asa9 any4", asa + acl + "any4 10.2.2.0 255.255.255.0\n" + pix_map, peer, "permit ip any 10.2.2.0/24", ""},
        {"asa9 service object as protocol",
         asa +
             "object service S\n service tcp destination eq 80\naccess-list A extended permit "
             "object S " +
             flat + "\n" + pix_map,
         peer, "permit group S 10.1.1.0/24 10.2.2.0/24", ""},
        {"asa9 ikev1 and ikev2 keywords",
         asa + acl + flat +
             "\ncrypto map M 10 match address A\ncrypto map M 10 set peer 203.0.113.1\ncrypto map "
             "M 10 set ikev2 ipsec-proposal P\ncrypto map M interface outside\n: end\n",
         peer, one, ""},
        // IOS
        {"ios numbered",
         ios + "access-list 101 permit ip 10.1.1.0 0.0.0.255 10.2.2.0 0.0.0.255\ncrypto map M 10 "
               "ipsec-isakmp\n set peer 203.0.113.1\n set transform-set T\n match address 101\nend\n",
         peer, one, ""},
        {"ios named", ios + "ip access-list extended A\n permit ip 10.1.1.0 0.0.0.255 10.2.2.0 0.0.0.255\n" + ios_map,
         peer, one, ""},
        {"ios sequence numbers and remarks",
         ios +
             "ip access-list extended A\n remark to the branch\n 10 deny ip host 10.1.1.5 any\n 20 "
             "permit ip 10.1.1.0 0.0.0.255 10.2.2.0 0.0.0.255 log\n" +
             ios_map,
         peer, "deny ip 10.1.1.5 any; " + one, ""},
        {"ios wildcard of all ones",
         ios + "ip access-list extended A\n permit ip 0.0.0.0 255.255.255.255 10.2.2.0 0.0.0.255\n" + ios_map, peer,
         "permit ip any 10.2.2.0/24", ""},
        {"ios object-group",
         ios +
             "object-group network G\n host 10.3.3.3\n 10.1.1.0 255.255.255.0\nip access-list "
             "extended A\n permit ip object-group G 10.2.2.0 0.0.0.255\n" +
             ios_map,
         peer, "permit ip 10.3.3.3 10.2.2.0/24; " + one, ""},
        {"ios tcp established",
         ios +
             "ip access-list extended A\n permit tcp 10.1.1.0 0.0.0.255 eq 22 10.2.2.0 0.0.0.255 "
             "established\n" +
             ios_map,
         peer, "permit tcp 10.1.1.0/24 10.2.2.0/24", ""},
        {"ios block with a description",
         ios + "ip access-list extended A\n permit ip 10.1.1.0 0.0.0.255 10.2.2.0 "
               "0.0.0.255\ncrypto map M 10 ipsec-isakmp \n description set peer 203.0.113.99\n set "
               "peer 203.0.113.1\n set transform-set T \n match address A\nend\n",
         peer, one, ""},
        {"ios dynamic behind a static map",
         ios + "crypto dynamic-map D 10\n set transform-set T\ncrypto map M 100 ipsec-isakmp "
               "dynamic D\nend\n",
         peer, "", "the other end has to start"},
        // broken, cut, ambiguous
        {"no crypto at all", asa + ": end\n", peer, "", "no crypto map entry names the peer"},
        {"cut before the end", asa + acl + flat + "\n" + pix_map.substr(0, pix_map.size() - 6), peer, one,
         "no end mark"},
        {"another peer", asa + acl + flat + "\n" + pix_map, "203.0.113.2", "", "names the peer 203.0.113.2"},
        {"list is missing", asa + pix_map, peer, "", "`A` is not in the configuration"},
        {"list of another name", asa + "access-list a extended permit ip " + flat + "\n" + pix_map, peer, "",
         "`A` is not in the configuration"},
        {"entry cut in the middle", asa + acl + "10.1.1.0 255.255.255.0 10.2\n" + acl + flat + "\n" + pix_map, peer,
         one, "could not be read"},
        {"group that does not exist", asa + acl + "object-group NONE " + "10.2.2.0 255.255.255.0\n" + pix_map, peer, "",
         "`NONE` is not defined"},
        {"group in itself",
         asa + "object-group network G\n group-object G\n network-object 10.1.1.0 255.255.255.0\n" + acl +
             "object-group G 10.2.2.0 255.255.255.0\n" + pix_map,
         peer, "*", "in itself"},
        {"ipv6 entry", asa + acl + "2001:db8::/32 any6\n" + acl + flat + "\n" + pix_map, peer, one,
         "could not be read"},
        {"map on no interface",
         asa + acl + flat +
             "\ncrypto map M 10 match address A\ncrypto map M 10 set peer 203.0.113.1\ncrypto map "
             "M 10 set transform-set T\n: end\n",
         peer, one, "applied to no interface"},
        {"two entries for one peer",
         asa + acl + flat +
             "\ncrypto map M 5 match address B\ncrypto map M 5 set peer 203.0.113.1\ncrypto map M "
             "5 set transform-set T\naccess-list B extended permit ip host 10.1.1.1 any\n" +
             pix_map,
         peer, "permit ip 10.1.1.1 any", "candidate: crypto map M 10"},
        {"any to any", asa + acl + "any any\n" + pix_map, peer, "permit ip any any", ""},
        {"prompt and echo around it", "fw-a# write terminal\n" + asa + acl + flat + "\n" + pix_map + "[OK]\nfw-a# \n",
         peer, one, ""},
    };
}
// clang-format on

}  // namespace

TEST_CASE("each construct of a configuration gives the interesting traffic it means") {
    const auto table = rows();
    CHECK(table.size() >= 40);
    for (const Row& row : table) {
        CAPTURE(row.name);
        const auto traffic = formats::interesting_traffic(formats::parse_crypto_config(row.config), row.peer);
        std::string text;
        for (const auto& pair : traffic.pairs)
            text += (text.empty() ? "" : "; ") + std::string(pair.permit ? "permit " : "deny ") + pair.protocol + " " +
                    to_text(pair.source) + " " + to_text(pair.destination);
        if (row.traffic != "*") CHECK(text == row.traffic);
        std::string notes;
        for (const std::string& note : traffic.notes) notes += note + "\n";
        CAPTURE(notes);
        CHECK(notes.empty() == row.note.empty());
        CHECK(notes.find(row.note) != std::string::npos);
    }
}
