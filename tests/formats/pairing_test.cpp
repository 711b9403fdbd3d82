#include "formats/analysis/pairing.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "negotiation.hpp"

using namespace formats;
using namespace negotiation;

namespace {

/// Two streams, paired; what they point into lives as long.
struct Paired {
    EndEvidence hq, branch;
    Attempts here, there;
    Pairing pairing;

    Paired(const std::string& one, const std::string& other) : hq(end_of("hq", one)), branch(end_of("branch", other)) {
        here = attempts_of(events_of(hq));
        there = attempts_of(events_of(branch));
        pairing = pair(here, there, {});
    }
    explicit Paired(const Pair& both) : Paired(both.hq.text, both.branch.text) {}

    /// "MM1 MM2? ?MM3": seen by both, only here, only there.
    std::string rungs(std::size_t attempt = 0) const {
        std::string text;
        for (const MessagePair& pair : pairing.attempts.at(attempt).pairs) {
            const IkeMessage* const told = pair.here != nullptr ? pair.here : pair.there;
            if (!text.empty()) text += ' ';
            if (pair.here == nullptr) text += '?';
            text += label_of(*told);
            if (pair.there == nullptr) text += '?';
        }
        return text;
    }
};

}  // namespace

TEST_CASE("every message of a whole negotiation is paired with its arrival, and names how") {
    Pair both;
    both.phase1().quick_mode(0.06, "2353131686");
    const Paired paired(both);
    REQUIRE(paired.pairing.attempts.size() == 1);
    CHECK(paired.pairing.attempts[0].by == PairedBy::message_id);
    CHECK(paired.pairing.attempts[0].key == "message ID 2353131686");
    CHECK(paired.rungs() == "MM1 MM2 MM3 MM4 MM5 MM6 QM1 QM2 QM3");
    CHECK(paired.pairing.clocks.messages == 9);
}

TEST_CASE("the offset holds the truth, whatever the clocks and their units") {
    for (const double ahead : {0.0, 37.4, -3600.0, 86400.0})
        for (const bool is_cut : {false, true}) {
            Pair both;
            both.branch.ahead = ahead;
            both.branch.whole_seconds = both.hq.whole_seconds = is_cut;
            both.phase1(0.3).quick_mode(0.4, "2353131686").quick_mode(1.9, "77001122");
            const Paired paired(both);
            CAPTURE(ahead);
            const OffsetInterval& offset = paired.pairing.clocks.by_messages;
            CHECK_FALSE(offset.is_empty());
            CHECK(offset.holds(ahead));
            REQUIRE((offset.at_least && offset.at_most));
            CHECK(*offset.at_most - *offset.at_least <= (is_cut ? 2.0 : 0.012));
        }
}

TEST_CASE("what nothing names is paired by address, time and order, and tells nothing about the clocks") {
    Pair both;
    both.main_mode();
    const Paired paired(both);
    REQUIRE(paired.pairing.attempts.size() == 1);
    CHECK(paired.pairing.attempts[0].by == PairedBy::order);
    CHECK(paired.rungs() == "MM1 MM2 MM3 MM4");
    CHECK_FALSE(paired.pairing.clocks.by_messages.is_known());
}

TEST_CASE("attempts that are far apart in time, of other roles or of other peers are not drawn as one") {
    Pair first;
    first.hq.sends(0, "ID_PROT request 0 [ SA V ]");
    for (const double later : {700.0, 1000.0}) {
        Pair second;
        second.branch.takes(later, "ID_PROT request 0 [ SA V ]");
        CHECK(Paired(first.hq.text, second.branch.text).pairing.attempts.size() == 2);
    }
    Pair same_role;
    same_role.branch.sends(0.1, "ID_PROT request 0 [ SA V ]");
    CHECK(Paired(first.hq.text, same_role.branch.text).pairing.attempts.size() == 2);
    Pair other_peer;
    other_peer.branch.own = "192.0.2.8";
    other_peer.branch.peer = "192.0.2.9";
    other_peer.branch.takes(0.1, "ID_PROT request 0 [ SA V ]");
    CHECK(Paired(first.hq.text, other_peer.branch.text).pairing.attempts.size() == 2);
}

TEST_CASE("both ends begin at once: each attempt finds its own, whatever the order of the lines") {
    Pair one, other;
    other.hq.number = "8";
    other.branch.number = "55";
    std::swap(other.hq.own, other.branch.own);
    std::swap(other.hq.peer, other.branch.peer);
    one.phase1(0).quick_mode(0.06, "1111");
    other.phase1(0.002).quick_mode(0.062, "2222");
    // In the second, the branch is who begins.
    const Paired paired(one.hq.text + other.branch.text, other.hq.text + one.branch.text);
    REQUIRE(paired.pairing.attempts.size() == 2);
    for (const JointAttempt& attempt : paired.pairing.attempts) {
        CHECK(attempt.by == PairedBy::message_id);
        for (const MessagePair& pair : attempt.pairs) CHECK((pair.here != nullptr && pair.there != nullptr));
    }
}

TEST_CASE("an end that began anew for another group has its two attempts in the other's one") {
    Pair both;
    both.to_branch(0, "IKE_SA_INIT request 0 [ SA KE No ]", 516);
    both.to_hq(0.01, "IKE_SA_INIT response 0 [ N(INVAL_KE) ]", 38);
    both.hq.say(0.02, "IKE", "peer didn't accept DH group MODP_2048, it requested MODP_3072");
    both.branch.number = "55";
    both.to_branch(0.03, "IKE_SA_INIT request 0 [ SA KE No ]", 644);
    both.to_hq(0.04, "IKE_SA_INIT response 0 [ SA KE No ]", 600);
    both.to_branch(0.05, "IKE_AUTH request 1 [ IDi AUTH SA ]", 288, 4500);
    const Paired paired(both);
    REQUIRE(paired.pairing.attempts.size() == 1);
    CHECK(paired.pairing.attempts[0].there.size() == 2);
    CHECK(paired.rungs() ==
          "IKE_SA_INIT request IKE_SA_INIT response IKE_SA_INIT request IKE_SA_INIT response IKE_AUTH request");
}

TEST_CASE("a message that only one end has a line for keeps its place") {
    Pair both;
    both.main_mode();
    both.hq.sends(0.05, "ID_PROT request 0 [ ID HASH ]", 108, 4500);
    CHECK(Paired(both).rungs() == "MM1 MM2 MM3 MM4 MM5?");

    Pair back;
    back.to_branch(0, "ID_PROT request 0 [ SA V ]");
    back.branch.sends(0.01, "ID_PROT response 0 [ SA V ]");
    CHECK(Paired(back).rungs() == "MM1 ?MM2");
}

TEST_CASE("a stream that begins or ends in the middle is paired as far as it goes") {
    Pair both;
    both.phase1().quick_mode(0.06, "2353131686");
    std::vector<std::string> lines;
    for (const std::string_view line : two_ends::lines_of(both.branch.text)) lines.emplace_back(line);
    for (std::size_t cut = 0; cut < lines.size(); ++cut) {
        std::string tail, head;
        for (std::size_t i = cut; i < lines.size(); ++i) tail += lines[i] + "\n";
        for (std::size_t i = 0; i < cut; ++i) head += lines[i] + "\n";
        for (const std::string& part : {tail, head}) {
            const Paired paired(both.hq.text, part);
            CAPTURE(cut);
            std::size_t here = 0, paired_here = 0, there = 0;
            for (const JointAttempt& attempt : paired.pairing.attempts)
                for (const MessagePair& pair : attempt.pairs) {
                    here += pair.here != nullptr ? 1U : 0U;
                    there += pair.there != nullptr ? 1U : 0U;
                    paired_here += pair.here != nullptr && pair.there != nullptr ? 1U : 0U;
                    if (pair.here == nullptr || pair.there == nullptr) continue;
                    CHECK(pair.here->is_sent != pair.there->is_sent);
                    // A packet whose second line is cut off does not say which it is.
                    CHECK((label_of(*pair.here) == label_of(*pair.there) || label_of(*pair.there) == "message"));
                }
            CHECK(here == 9);
            CHECK(paired_here == there);
        }
    }
}

TEST_CASE("message IDs are one number at both ends, signed, unsigned and in hexadecimal") {
    const std::string router =
        "*Nov 18 10:00:00.060: ISAKMP:(1003): received packet from 203.0.113.7 dport 500 sport 500 Global (R) QM_IDLE\n"
        "*Nov 18 10:00:00.060: ISAKMP:(1003): processing HASH payload. message ID = -1941835610\n"
        "*Nov 18 10:00:00.060: ISAKMP:(1003): processing SA payload. message ID = -1941835610\n";
    Pair both;
    both.branch.sends(0.05, "QUICK_MODE request 2353131686 [ HASH SA No ID ID ]", 188);
    const Paired paired(router, both.branch.text);
    REQUIRE(paired.pairing.attempts.size() == 1);
    CHECK(paired.pairing.attempts[0].by == PairedBy::message_id);
    CHECK(paired.rungs() == "QM1");
}
