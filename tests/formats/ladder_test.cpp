#include "formats/analysis/ladder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "formats/report/ladder_picture.hpp"
#include "formats/report/ladder_text.hpp"
#include "formats/text/plain_text.hpp"
#include "negotiation.hpp"
#include "sample_bundle.hpp"

using namespace formats;
using namespace negotiation;

namespace {

struct Drawn {
    Evidence evidence;
    Ladder ladder;
    std::string text;

    Drawn(const std::string& hq, const std::string& branch, bool is_two_sided = true) {
        evidence.ends.push_back(end_of("hq", hq));
        if (is_two_sided) evidence.ends.push_back(end_of("branch", branch));
        draw();
    }
    explicit Drawn(const Pair& both) : Drawn(both.hq.text, both.branch.text) {}
    void draw() {
        ladder = ladders_of(evidence).at(0);
        text = ladder_text(ladder);
    }
    /// Whatever the line that a sentence is broken at.
    bool says(std::string_view words) const {
        std::string flowing = text;
        std::replace(flowing.begin(), flowing.end(), '\n', ' ');
        return flowing.find(words) != std::string::npos;
    }
    std::vector<std::string> svg() const {
        return ladder_svg(ladder, "ladder-1",
                          [](const Place& place) { return place.file + "/" + std::to_string(place.line); });
    }
};

Pair refused() {
    Pair both;
    both.hq.say(0, "IKE", "initiating Main Mode IKE_SA to[7] to 203.0.113.7");
    both.phase1();
    both.hq.say(0.055, "IKE", "IKE_SA to[7] established between 198.51.100.1[hq]...203.0.113.7[branch]");
    both.to_branch(0.06, "QUICK_MODE request 2353131686 [ HASH SA No ID ID ]", 188, 4500);
    both.branch.say(0.07, "IKE", "no matching CHILD_SA config found for 10.1.1.0/24 === 10.2.2.0/24");
    both.to_hq(0.08, "INFORMATIONAL_V1 request 99887766 [ HASH N(INVAL_ID) ]", 92, 4500);
    both.hq.say(0.09, "IKE", "received INVALID_ID_INFORMATION error notify");
    return both;
}

Pair lost() {
    Pair both;
    both.main_mode();
    both.hq.sends(0.05, "ID_PROT request 0 [ ID HASH ]", 108, 4500);
    for (int i = 1; i < 4; ++i)
        both.hq.say(2.0 * i, "IKE", "sending retransmit " + std::to_string(i) + " of request message ID 0, seq 3")
            .packet_out(2.0 * i, 4500, 108);
    return both;
}

}  // namespace

TEST_CASE("the ladder of a refused negotiation is the golden one, and fits its columns") {
    const Drawn drawn(refused());
    sample::check_golden("ladder/refused.txt", drawn.text);
    CHECK(drawn.says("= branch, at QM1: no matching CHILD_SA config found"));
    for (const std::string_view line : two_ends::lines_of(drawn.text)) CHECK(length_of(line) <= 100);
}

TEST_CASE("the ladder of a loss, with two attempts and clocks apart, is the golden one") {
    Pair both = lost();
    both.branch.ahead = 37.4;
    both.hq.number = "8";
    both.branch.number = "55";
    both.phase1(60).quick_mode(60.06, "2353131686");
    both.branch.text.clear();
    Pair shifted;
    shifted.branch.ahead = 37.4;
    shifted.main_mode();
    shifted.branch.number = "55";
    shifted.phase1(60).quick_mode(60.06, "2353131686");
    const Drawn drawn(both.hq.text, shifted.branch.text);
    sample::check_golden("ladder/lost.txt", drawn.text);
    CHECK(drawn.says("Behind MM4, hq sent MM5 4 times from port 4500, and branch has no line for it, though"));
    CHECK(drawn.says("+37.3"));
}

TEST_CASE("what an end has no line for is a loss only where its stream provably ran") {
    // Nothing bounds the clocks, and the branch's stream ends before: it cannot be told.
    const Drawn open(lost());
    CHECK(open.says("not seen?"));
    CHECK(open.says("whether its stream ran then cannot be told"));
    CHECK_FALSE(open.says("---x"));

    // One clock for both: lines arrived from the branch meanwhile, and none of them tells of it.
    const auto arrived = [](const std::string& text, int minute) {
        std::string all;
        int second = 0;
        for (const std::string_view line : two_ends::lines_of(text)) {
            char stamp[40];
            std::snprintf(stamp, sizeof stamp, "2026-11-18T10:%02d:%02d.000000Z ", minute, second++);
            all += stamp + std::string(line) + "\n";
        }
        return all;
    };
    Pair both = lost();
    for (int i = 0; i < 12; ++i) both.branch.say(1, "CFG", "nothing to say");
    const Drawn ran(arrived(both.hq.text, 0), arrived(both.branch.text, 0));
    CHECK(ran.says("has no line for it, though its stream ran on"));
    CHECK(ran.says("---x"));

    // It began later: no loss.
    const Drawn late(arrived(lost().hq.text, 0),
                     arrived("2026-11-18T10:00:00.000 09[CFG] <to|9> x\n" +
                                 Charon().say(0, "IKE", "sending DELETE for IKE_SA to[9]").text,
                             30));
    CHECK_FALSE(late.says("---x"));
    CHECK(late.says("no stream"));
    CHECK(late.says("~ the stream of branch does not run here"));
}

TEST_CASE("an end that goes on repeating what is to be answered shows that the answer did not come") {
    Pair both;
    both.to_branch(0, "ID_PROT request 0 [ SA V ]");
    both.branch.sends(0.01, "ID_PROT response 0 [ SA V ]", 160);
    for (int i = 1; i < 3; ++i) {
        both.hq.say(2.0 * i, "IKE", "sending retransmit " + std::to_string(i) + " of request message ID 0, seq 1")
            .packet_out(2.0 * i, 500, 180);
        both.branch.packet_in(2.0 * i, 500, 180)
            .say(2.0 * i, "IKE", "received retransmit of request with ID 0, retransmitting response")
            .packet_out(2.0 * i, 500, 160);
    }
    const Drawn drawn(both);
    CHECK(drawn.says("Behind MM1, branch sent MM2 3 times, and hq has no line for it, though its stream ran on."));
    CHECK(drawn.says("sent again 2 times"));
    CHECK(drawn.says("came again 2 times"));
}

TEST_CASE("one end alone is drawn, and the other is no loss") {
    const Drawn drawn(lost().hq.text, {}, false);
    CHECK(drawn.says("The other end was not collected."));
    CHECK(drawn.says("the other end has no stream"));
    CHECK_FALSE(drawn.says("---x"));
    CHECK(drawn.ladder.clocks.empty());
}

TEST_CASE("an end that says only what is wrong, and logs no message, has its words in the ladder") {
    const Drawn drawn(
        lost().hq.text,
        "*Nov 18 10:00:01.161: %CRYPTO-4-IKMP_BAD_MESSAGE: IKE message from 198.51.100.1 failed its sanity "
        "check or is malformed\n");
    REQUIRE(drawn.ladder.attempts.size() == 1);
    CHECK(drawn.ladder.attempts[0].closings.size() == 1);
    CHECK(drawn.says("= branch: %CRYPTO-4-IKMP_BAD_MESSAGE"));
}

TEST_CASE("a device that prints no sending has its messages inferred from their arrival") {
    std::string pix;
    for (int i = 0; i < 2; ++i)
        pix += "crypto_isakmp_process_block:src:198.51.100.1, dest:203.0.113.7 spt:500 dpt:500\n";
    Pair both;
    both.hq.sends(0, "ID_PROT request 0 [ SA V ]").takes(0.01, "ID_PROT response 0 [ SA V ]");
    both.hq.sends(0.02, "ID_PROT request 0 [ KE No ]");
    const Drawn drawn(both.hq.text, pix);
    CHECK(drawn.says("inferred"));
    CHECK(drawn.ladder.attempts.at(0).rungs.size() == 3);
}

TEST_CASE("nothing about a negotiation is said, and an empty bundle crashes nothing") {
    CHECK(Drawn("", "").says("No line of either end tells of a negotiation."));
    CHECK(ladders_of({}).empty());
}

TEST_CASE("the readings of both clocks stand beside what the messages tell") {
    Drawn drawn(refused());
    drawn.evidence.ends[0].clock = MeasuredOffset{0, 0.05};
    drawn.evidence.ends[1].clock = MeasuredOffset{3600, 0.05};
    drawn.draw();
    CHECK(drawn.says("as both were read: +3599.9 to +3600.1 s"));
    CHECK(drawn.says("The two disagree"));
}

TEST_CASE("the picture leads every rung to its lines, and is bounded, closed and clean") {
    const Drawn drawn(refused());
    std::string page;
    for (const std::string& line : drawn.svg()) {
        CHECK(line.find('\n') == std::string::npos);
        page += line + "\n";
    }
    CHECK(page.find("<title id=\"ladder-1-title\">Ladder of hq and branch</title>") != std::string::npos);
    CHECK(page.find("<desc id=\"ladder-1-text\">") != std::string::npos);
    CHECK(page.find("role=\"img\"") != std::string::npos);
    for (const Rung& rung : drawn.ladder.attempts.at(0).rungs)
        for (const RungSide* side : {&rung.here, &rung.there})
            CHECK(page.find("href=\"#" + side->lines.at(0).file + "/" + std::to_string(side->lines.at(0).line) +
                            "\"") != std::string::npos);
    CHECK(page.find("class=\"refusal\"") != std::string::npos);
    const auto count = [&](const std::string& what) {
        std::size_t many = 0;
        for (std::size_t at = page.find(what); at != std::string::npos; at = page.find(what, at + 1)) ++many;
        return many;
    };
    for (const char* element : {"a", "text", "svg"})
        CHECK(count("<" + std::string(element) + " ") == count("</" + std::string(element) + ">"));
    for (const char* never : {"<script", "style=", "http:", "url(", "onload"})
        CHECK((page.find(never) == std::string::npos || std::string(never) == "http:"));
}

TEST_CASE("without end, the picture and the text stay bounded and say what they leave out") {
    Pair both;
    for (int i = 0; i < 100; ++i) {
        both.hq.number = std::to_string(i + 1);
        both.branch.number = std::to_string(1000 + i);
        both.phase1(30.0 * i).quick_mode(30.0 * i + 1, std::to_string(70000 + i));
    }
    for (int i = 0; i < 400; ++i)
        both.hq.sends(4000 + i, "INFORMATIONAL_V1 request " + std::to_string(90000 + i) + " [ HASH N(DPD) ]");
    const Drawn drawn(both);
    CHECK(drawn.ladder.attempts.size() == Ladder::most_attempts);
    CHECK(drawn.ladder.left_out == 100 - Ladder::most_attempts);
    std::size_t bytes = 0;
    for (const std::string& line : drawn.svg()) bytes += line.size() + 1;
    CHECK(bytes < most_picture_bytes + (std::size_t{64} << 10));
    CHECK(drawn.says("76 more attempts are not drawn"));
}

TEST_CASE("what a device printed goes to the terminal and to the page without its control characters") {
    Charon branch;
    branch.own = "203.0.113.7";
    branch.peer = "198.51.100.1";
    branch.takes(0, "ID_PROT request 0 [ SA \x1b[2J<script> ]")
        .say(0.01, "IKE", "no IKE config found for 203.0.113.7...198.51.100.1, \x1b]0;x\x07<b>\xff sending");
    const Drawn drawn("", branch.text);
    CHECK(drawn.text.find('\x1b') == std::string::npos);
    CHECK(drawn.text.find('\x07') == std::string::npos);
    for (const std::string& line : drawn.svg()) {
        CHECK(line.find('\x1b') == std::string::npos);
        CHECK(line.find("<script") == std::string::npos);
        CHECK(line.find("<b>") == std::string::npos);
    }
}
