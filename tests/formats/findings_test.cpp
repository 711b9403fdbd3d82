#include "formats/analysis/findings.hpp"

#include <doctest/doctest.h>

#include <string>

#include "two_ends.hpp"

using namespace formats;
using namespace two_ends;

namespace {

std::string on(const std::string& host, const std::string& command, const std::string& answer) {
    return host + "#" + command + "\n" + answer + host + "#\n";
}

/// An IOS end as its running configuration shows it. What a case is about is handed in.
struct Ios {
    std::string own = "198.51.100.1", peer = "203.0.113.7", local = "10.1.1.0", remote = "10.2.2.0";
    std::string encryption = " encr aes 256\n", key = "CANARY-one", transform = "esp-aes 256 esp-sha-hmac", pfs, list,
                extra;
    std::string config() const {
        return on(
            "rt", "show running-config",
            "version 15.2\ncrypto isakmp policy 10\n" + encryption +
                " authentication pre-share\n group 14\ncrypto isakmp key " + key + " address " + peer +
                "\ncrypto ipsec transform-set TS " + transform +
                "\n mode tunnel\ncrypto map WAN 10 ipsec-isakmp\n set peer " + peer + "\n set transform-set TS\n" +
                pfs + " match address LAN\ninterface GigabitEthernet0/0\n ip address " + own +
                " 255.255.255.0\n crypto map WAN\ninterface GigabitEthernet0/1\n ip address " +
                local.substr(0, local.size() - 1) + "1 255.255.255.0\n" + extra + "ip access-list extended LAN\n" +
                (list.empty() ? " permit ip " + local + " 0.0.0.255 " + remote + " 0.0.0.255\n" : list) + "end\n");
    }
};
Ios branch_of() {
    Ios branch;
    branch.own = "203.0.113.7";
    branch.peer = "198.51.100.1";
    branch.local = "10.2.2.0";
    branch.remote = "10.1.1.0";
    return branch;
}

std::string debug(const std::string& lines) {
    return "rt#debug crypto isakmp\nCrypto ISAKMP debugging is on\n" + lines + "rt#undebug all\nrt#\n";
}

const std::string at = "*Nov 18 10:00:01.000: ";
const std::string policy_refused =
    at + "ISAKMP:(0): phase 1 SA policy not acceptable! (local 198.51.100.1 remote 203.0.113.7)\n";
const std::string phase1_up = at + "ISAKMP:(1001):Old State = IKE_R_MM5  New State = IKE_P1_COMPLETE\n";
const std::string child_up = at + "ISAKMP:(1001):Old State = IKE_QM_R_QM2  New State = IKE_QM_PHASE2_COMPLETE\n";
const std::string transform_refused =
    phase1_up + at + "ISAKMP:(1001): IPSec policy invalidated proposal with error 256\n";
const std::string selectors_refused =
    phase1_up + at + "IPSEC(ipsec_process_proposal): proxy identities not supported\n";
const std::string unreadable =
    at + "%CRYPTO-4-IKMP_BAD_MESSAGE: IKE message from 203.0.113.7 failed its sanity check or is malformed\n";

/// `show crypto ipsec sa` of IOS with one pair.
std::string table(const std::string& peer, const std::string& local, const std::string& remote, const std::string& in,
                  const std::string& out, const std::string& counts) {
    const std::string sas =
        in.empty() ? ""
                   : "     inbound esp sas:\n      spi: 0x" + in +
                         "(1)\n        transform: esp-256-aes esp-sha-hmac ,\n        Status: ACTIVE(ACTIVE)\n     "
                         "outbound esp sas:\n      spi: 0x" +
                         out + "(2)\n        transform: esp-256-aes esp-sha-hmac ,\n        Status: ACTIVE(ACTIVE)\n";
    return on("rt", "show crypto ipsec sa",
              "interface: GigabitEthernet0/0\n    Crypto map tag: WAN, local addr 198.51.100.1\n   local  ident "
              "(addr/mask/prot/port): (" +
                  local + "/255.255.255.0/0/0)\n   remote ident (addr/mask/prot/port): (" + remote +
                  "/255.255.255.0/0/0)\n   current_peer " + peer + " port 500\n" + counts +
                  "     current outbound spi: 0x" + (out.empty() ? "0" : out) + "(0)\n" + sas);
}
std::string counts(int encaps, int decaps, int send_errors = 0, int recv_errors = 0) {
    return "    #pkts encaps: " + std::to_string(encaps) +
           ", #pkts encrypt: 0, #pkts digest: 0\n    #pkts decaps: " + std::to_string(decaps) +
           ", #pkts decrypt: 0, #pkts verify: 0\n    #send errors " + std::to_string(send_errors) + ", #recv errors " +
           std::to_string(recv_errors) + "\n";
}

struct Row {
    std::string name, hq, branch, id;  ///< id empty: no problem that is likely
    Grade grade = Grade::proved;
    std::string end;  ///< of the first evidence; empty: any
};

void check(const Row& row) {
    CAPTURE(row.name);
    const Analysis analysis = analysis_of(row.hq, row.branch);
    REQUIRE_FALSE(analysis.findings.empty());
    const Finding& first = analysis.findings.front();
    CAPTURE(analysis.verdict);
    if (row.id.empty()) {
        CHECK((first.severity != Severity::problem || first.grade < Grade::likely));
        return;
    }
    CHECK(first.id == row.id);
    CHECK(name_of(first.grade) == name_of(row.grade));
    if (row.id != "undetermined") {
        REQUIRE_FALSE(first.evidence.empty());
        CHECK(first.evidence.front().line > 0);
        if (!row.end.empty()) CHECK(first.evidence.front().file.starts_with("endpoints/" + row.end + "/"));
    }
    CHECK_FALSE(first.title.empty());
    CHECK_FALSE(first.remedy.empty());
}

}  // namespace

TEST_CASE("a refusal with a difference in the configurations is proved, one of the two alone is likely") {
    Ios weak = branch_of();
    weak.encryption = " encr 3des\n";
    Ios strange = branch_of();
    strange.transform = "esp-3des esp-md5-hmac";
    Ios other = branch_of();
    other.remote = "10.9.9.0";
    Ios key = branch_of();
    key.key = "[REDACTED:psk:0123456789ab]";
    Ios mine;
    mine.key = "[REDACTED:psk:ba9876543210]";
    Ios same;
    same.key = key.key;
    const std::string hq = Ios().config(), branch = branch_of().config();
    for (const Row& row : {
             Row{"policy, both", hq + debug(policy_refused), weak.config(), "ike-policy", Grade::proved, "hq"},
             Row{"policy, line alone", debug(policy_refused), "", "ike-policy", Grade::likely, "hq"},
             Row{"policy, sets that intersect", hq + debug(policy_refused), branch, "ike-policy", Grade::possible,
                 "hq"},
             Row{"policy, configurations alone", hq, weak.config(), "ike-policy", Grade::likely, ""},
             Row{"transform, both", hq + debug(transform_refused), strange.config(), "transform", Grade::proved, "hq"},
             Row{"transform, line alone", debug(transform_refused), "", "transform", Grade::likely, "hq"},
             Row{"networks, both", hq + debug(selectors_refused), other.config(), "selectors", Grade::proved, "hq"},
             Row{"networks, line alone", debug(selectors_refused), "", "selectors", Grade::likely, "hq"},
             Row{"networks that mirror: another entry", hq + debug(selectors_refused), branch, "entry-not-for-peer",
                 Grade::likely, "hq"},
             Row{"key, both", mine.config() + debug(unreadable), key.config(), "key-differs", Grade::proved, "hq"},
             Row{"key, line alone", hq + debug(unreadable), branch, "key-differs", Grade::likely, "hq"},
             Row{"key, equal tokens", same.config() + debug(unreadable), key.config(), "undetermined", Grade::possible,
                 ""},
         })
        check(row);
}

TEST_CASE("a later success in the same attempt refutes, and what was read is kept with the line against it") {
    for (const std::string& refusal : {policy_refused, unreadable}) {
        const Analysis analysis =
            analysis_of(Ios().config() + debug(refusal + phase1_up + child_up), branch_of().config());
        const Finding* const finding = find(analysis, refusal == policy_refused ? "ike-policy" : "key-differs");
        REQUIRE(finding != nullptr);
        CHECK(finding->grade == Grade::contradicted);
        CHECK(finding->severity == Severity::note);
        REQUIRE(finding->evidence.size() > 1);
        CHECK(finding->evidence.back().text.find("COMPLETE") != std::string::npos);
    }
    // An offer that was refused before another was taken is no refusal at all.
    const Analysis agreed =
        analysis_of(debug(at + "ISAKMP:(0):Encryption algorithm offered does not match policy!\n" + policy_refused +
                          at + "ISAKMP:(0):atts are acceptable. Next payload is 0\n"),
                    "");
    CHECK(find(agreed, "ike-policy") == nullptr);
}

TEST_CASE("error 32 is the map's refusal, error 256 the transform's, whatever the other line says before") {
    const std::string acceptable = phase1_up + at + "ISAKMP:(1001):atts are acceptable.\n";
    const std::string by_map =
        acceptable + at + "ISAKMP-ERROR: (1001):IPSec policy invalidated proposal with error 32\n";
    check({"map", Ios().config() + debug(by_map), branch_of().config(), "entry-not-for-peer", Grade::likely, "hq"});
    CHECK(find(analysis_of(Ios().config() + debug(by_map), branch_of().config()), "transform") == nullptr);
    Ios pfs = branch_of();
    pfs.pfs = " set pfs group14\n";
    check({"pfs", Ios().config() + debug(transform_refused), pfs.config(), "pfs", Grade::proved, "hq"});
}

TEST_CASE("what one end lacks in its configuration is likely at most, and only from a part that was collected") {
    const Ios whole = branch_of();
    const auto without_key = [&](const std::string& instead) {
        std::string text = whole.config();
        const auto from = text.find("crypto isakmp key"), to = text.find("crypto ipsec transform");
        return text.replace(from, to - from, instead);
    };
    const std::string missing = without_key("crypto isakmp key CANARY-one address 198.51.100.99\n");
    const std::string starts =
        at + "ISAKMP:(0): beginning Main Mode exchange\n" + at + "ISAKMP:(0):atts are acceptable. Next payload is 0\n";
    const Analysis analysis = analysis_of(Ios().config() + debug(starts), missing);
    const Finding* const finding = find(analysis, "key-missing");
    REQUIRE(finding != nullptr);
    CHECK(finding->endpoint == "branch");
    CHECK(finding->grade == Grade::likely);
    // Without any key line, nothing is known of its keys.
    std::string without = without_key("");
    without.erase(without.find("end\n"), 4);
    CHECK(find(analysis_of(Ios().config() + debug(starts), without), "key-missing") == nullptr);
}

TEST_CASE("an entry for another address than the peer has is seen from the configurations") {
    Ios wrong = branch_of();
    wrong.peer = "198.51.100.99";
    check({"peer", Ios().config(), wrong.config(), "no-config-for-peer", Grade::likely, "branch"});
    // Behind a translation an end has another address than its own.
    Ios hidden;
    hidden.own = "172.16.0.2";
    CHECK(find(analysis_of(hidden.config(), branch_of().config()), "no-config-for-peer") == nullptr);
}

TEST_CASE("a message that the other end has no line for is lost at most likely, and only where its stream ran") {
    const std::string sends =
        "2026-11-18T10:00:01.000 06[IKE] <net|3> initiating Main Mode IKE_SA net[3] to 203.0.113.7\n"
        "2026-11-18T10:00:01.000 06[NET] <net|3> sending packet: from 198.51.100.1[500] to 203.0.113.7[500] (180 "
        "bytes)\n"
        "2026-11-18T10:00:05.000 06[IKE] <net|3> sending retransmit 1 of request message ID 0, seq 1\n";
    const std::string runs =
        "2026-11-18T09:59:00.000 06[JOB] <2> deleting half open IKE_SA with 198.51.100.1 after timeout\n";
    const std::string answers =
        "2026-11-18T10:00:01.100 06[NET] <9> received packet: from 198.51.100.1[500] to 203.0.113.7[500] (180 bytes)\n"
        "2026-11-18T10:00:05.100 06[IKE] <9> received retransmit of request with ID 0, retransmitting response\n";
    const auto log = [](const std::string& host, const std::string& lines) {
        return "root@" + host + ":~# cat /var/log/charon.log\n" + lines + "root@" + host + ":~#\n";
    };
    for (const Row& row :
         {Row{"lost", log("hq", sends), log("branch", runs), "lost-on-the-way", Grade::likely, "hq"},
          Row{"the way back", log("hq", sends), log("branch", answers), "return-path", Grade::likely, "branch"}})
        check(row);
    const Analysis alone = analysis_of(log("hq", sends), "");
    REQUIRE(find(alone, "lost-on-the-way") != nullptr);
    CHECK(find(alone, "lost-on-the-way")->grade == Grade::possible);
}

TEST_CASE(
    "counters and SPIs: what crosses passes, what does not is stale, what arrives and is not answered lies behind") {
    const auto hq = [&](const std::string& in, const std::string& out, const std::string& count) {
        return Ios().config() + table("203.0.113.7", "10.1.1.0", "10.2.2.0", in, out, count);
    };
    const auto branch = [&](const std::string& in, const std::string& out, const std::string& count) {
        std::string text = table("198.51.100.1", "10.2.2.0", "10.1.1.0", in, out, count);
        text.replace(text.find("local addr 198.51.100.1"), 23, "local addr 203.0.113.7");
        return branch_of().config() + text;
    };
    for (const Row& row : {
             Row{"passes", hq("A1", "B1", counts(100, 100)), branch("B1", "A1", counts(100, 100)), "", Grade::likely,
                 ""},
             Row{"no way back", hq("A1", "B1", counts(100, 0)), branch("B1", "A1", counts(0, 100)), "no-return-traffic",
                 Grade::likely, "branch"},
             Row{"lost", hq("A1", "B1", counts(100, 0)), branch("B1", "A1", counts(50, 0)), "esp-lost", Grade::possible,
                 ""},
             Row{"stale", hq("A1", "B1", counts(100, 0)),
                 branch("", "", counts(0, 0)) +
                     debug(at + "%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has invalid spi for "
                                "destaddr=203.0.113.7, prot=50, spi=0xB1(177), srcaddr=198.51.100.1\n"),
                 "stale-sa", Grade::proved, "hq"},
             Row{"an SPI of the past", hq("A1", "B1", counts(9, 9)),
                 branch("B1", "A1", counts(9, 9)) +
                     debug(at + "%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has invalid spi for "
                                "destaddr=203.0.113.7, prot=50, spi=0xC7(199), srcaddr=198.51.100.1\n"),
                 "", Grade::likely, ""},
         })
        check(row);
    const Analysis up = analysis_of(hq("A1", "B1", counts(100, 100)), branch("B1", "A1", counts(100, 100)));
    REQUIRE(find(up, "up-and-passing") != nullptr);
    CHECK(find(up, "up-and-passing")->grade == Grade::likely);
}

TEST_CASE("nothing collected claims nothing, and says what would tell more") {
    for (const char* log : {"", "fw#\n", "some text\nof nobody\n"}) {
        Evidence evidence;
        evidence.ends.push_back(end_of("hq", log));
        evidence.ends.push_back(end_of("branch", log));
        const Analysis analysis = analyse(evidence);
        REQUIRE(analysis.findings.size() == 1);
        CHECK(analysis.findings.front().id == "undetermined");
        CHECK(analysis.verdict.find("would tell more") != std::string::npos);
    }
}

TEST_CASE("cut at any line, no finding is surer than the whole log allows, and nothing healthy becomes a fault") {
    const std::string hq = Ios().config() + debug(phase1_up + child_up) +
                           table("203.0.113.7", "10.1.1.0", "10.2.2.0", "A1", "B1", counts(100, 100));
    std::string branch = branch_of().config() + debug(phase1_up + child_up) +
                         table("198.51.100.1", "10.2.2.0", "10.1.1.0", "B1", "A1", counts(100, 100));
    for (std::size_t cut = 0; cut < branch.size(); cut = branch.find('\n', cut) + 1) {
        const Analysis analysis = analysis_of(hq, branch.substr(0, cut));
        CAPTURE(branch.substr(0, cut));
        for (const Finding& finding : analysis.findings) {
            CAPTURE(finding.title);
            CHECK((finding.severity != Severity::problem || finding.grade < Grade::proved));
        }
        if (branch.find('\n', cut) == std::string::npos) break;
    }
}

TEST_CASE("findings stand in the order of their weight") {
    std::vector<Finding> findings;
    const auto add = [&](const char* id, Severity severity, Grade grade) {
        findings.push_back({id, severity, grade, "", "", "", {}});
    };
    add("tunnel-up", Severity::note, Grade::proved);
    add("transform", Severity::problem, Grade::contradicted);
    add("pfs", Severity::problem, Grade::proved);
    add("ike-policy", Severity::problem, Grade::possible);
    add("selectors", Severity::problem, Grade::likely);
    add("key-differs", Severity::problem, Grade::likely);
    add("replay", Severity::warning, Grade::proved);
    sort_by_weight(findings);
    std::string order;
    for (const Finding& finding : findings) order += finding.id + " ";
    CHECK(order == "key-differs pfs selectors ike-policy replay tunnel-up transform ");
    for (const Finding& finding : findings) CHECK(is_finding_id(finding.id));
    CHECK_FALSE(is_finding_id("crypto-acl-mirror"));
}
