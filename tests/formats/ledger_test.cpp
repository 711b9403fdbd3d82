#include "formats/record/ledger.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "formats/bundle/manifest.hpp"
#include "formats/report/wording.hpp"

using namespace formats;

namespace {

CaptureRecord planned(const std::string& id, bool is_optional = false) {
    CaptureRecord capture;
    capture.id = id;
    capture.planned_file = "endpoints/hq/" + id + ".txt";
    capture.is_optional = is_optional;
    return capture;
}

Ledger three() {
    return Ledger({planned("before/show-version"), planned("before/show-route", true), planned("after/show-version")});
}

}  // namespace

TEST_CASE("what is whole, missing or beyond the platform is one table") {
    struct Row {
        Outcome outcome;
        bool is_optional, is_whole, is_missing;
    };
    for (const Row& row : std::vector<Row>{{Outcome::ok, false, true, false},
                                           {Outcome::empty, false, true, false},
                                           {Outcome::unsupported, false, false, true},
                                           {Outcome::unsupported, true, false, false},
                                           {Outcome::denied, true, false, true},
                                           {Outcome::truncated, false, false, true},
                                           {Outcome::timed_out, false, false, true},
                                           {Outcome::disconnected, false, false, true},
                                           {Outcome::not_attempted, false, false, true},
                                           {Outcome::canceled, false, false, true},
                                           {Outcome::quarantined, false, false, true}}) {
        CAPTURE(name_of(row.outcome));
        CAPTURE(row.is_optional);
        CaptureRecord capture = planned("before/show-version", row.is_optional);
        capture.outcome = row.outcome;
        CHECK(is_whole(capture) == row.is_whole);
        CHECK(is_missing(capture) == row.is_missing);
        CHECK(is_beyond_the_platform(capture) == (!row.is_whole && !row.is_missing));
    }
}

TEST_CASE("a ledger is complete when each item is whole or beyond the platform; what is missing is told by its cause") {
    Ledger ledger = three();
    CHECK_FALSE(ledger.is_complete());
    ledger.explain("before/show-version", Outcome::ok, "");
    ledger.explain("before/show-route", Outcome::unsupported, "% Invalid input");
    ledger.explain("after/show-version", Outcome::empty, "");
    CHECK(ledger.is_complete());
    CHECK(ledger.gaps().planned == 3);
    CHECK(ledger.gaps().beyond_the_platform == 1);

    ledger.explain("before/show-version", Outcome::timed_out, "no answer in 60 s");
    ledger.explain("after/show-version", Outcome::timed_out, "no answer in 60 s");
    const Gaps gaps = ledger.gaps();
    CHECK(gaps.missing() == 2);
    REQUIRE(gaps.causes.size() == 1);
    CHECK(gaps.causes[0].first == "timed-out (no answer in 60 s)");
    CHECK(gaps.causes[0].second == std::vector<std::string>{"before/show-version", "after/show-version"});
    CHECK_THROWS_AS(ledger.explain("before/never-planned", Outcome::ok, ""), std::out_of_range);
}

TEST_CASE("closing explains what is open and nothing else; a run that dies now had it canceled") {
    Ledger ledger = three();
    ledger.explain("before/show-version", Outcome::ok, "");
    const auto now = ledger.as_of_now("the run ended before it");
    CHECK(now[0].outcome == Outcome::ok);
    CHECK(now[1].outcome == Outcome::canceled);
    CHECK(now[1].planned_file == "endpoints/hq/before/show-route.txt");
    CHECK(now[2].reason == "the run ended before it");
    CHECK_FALSE(ledger.captures()[2].is_explained());

    ledger.close([](const CaptureRecord& capture) -> Ledger::Explanation {
        return {Outcome::not_attempted, "never reached: " + capture.id};
    });
    CHECK(ledger.captures()[0].reason == "");
    CHECK(ledger.captures()[2].outcome == Outcome::not_attempted);
    CHECK(ledger.captures()[2].reason == "never reached: after/show-version");
}

TEST_CASE("a member that did not reach the disk is cut short, or gone") {
    Ledger ledger = three();
    CaptureRecord& capture = ledger.at("before/show-version");
    capture.outcome = Outcome::ok;
    capture.file = "endpoints/hq/before/show-version.txt";
    capture.sha256 = std::string(64, 'a');
    capture.bytes = 12;
    ledger.note_unwritten("endpoints/branch/before/show-version.txt", "no space", false);
    CHECK(capture.outcome == Outcome::ok);
    ledger.note_unwritten(capture.file, "no space", true);
    CHECK(capture.outcome == Outcome::truncated);
    CHECK(capture.bytes == 12);
    ledger.note_unwritten("endpoints/hq/before/show-version.txt", "no space", false);
    CHECK(capture.file == "");
    CHECK(capture.bytes == 0);
}

TEST_CASE("items that the platform does not have are counted apart, and nothing is said to be missing") {
    Manifest manifest;
    manifest.outcome = "complete";
    EndpointRecord hq;
    Ledger ledger = three();
    ledger.explain("before/show-version", Outcome::ok, "");
    ledger.explain("before/show-route", Outcome::unsupported, "% Invalid input");
    ledger.explain("after/show-version", Outcome::ok, "");
    hq.captures = ledger.captures();
    manifest.endpoints = {hq};
    CHECK(result_of(manifest) == "complete; 1 item this platform does not have: all of 2 other items collected");
    CHECK(gaps_of(manifest).empty());
    manifest.outcome = "incomplete";
    manifest.endpoints[0].captures[0].outcome = Outcome::denied;
    CHECK(result_of(manifest) ==
          "INCOMPLETE; 1 item this platform does not have: 1 of 2 other items is missing or cut short");
}
