#include "formats/analysis/clocks.hpp"

#include <doctest/doctest.h>

using namespace formats;

TEST_CASE("messages both ways bound the offset from both sides, one way from one") {
    OffsetInterval offset;
    take_message(offset, {100.000, 0.001}, {137.402, 0.001}, true);
    CHECK_FALSE(offset.at_least);
    CHECK(*offset.at_most == doctest::Approx(37.403));
    CHECK(to_text(offset) == "at most +37.403 s");
    take_message(offset, {137.410, 0.001}, {100.013, 0.001}, false);
    CHECK(*offset.at_least == doctest::Approx(37.396));
    CHECK_FALSE(offset.is_empty());
    CHECK(offset.holds(37.4));
    CHECK_FALSE(offset.holds(37.5));
    CHECK(to_text(offset) == "+37.396 to +37.403 s");
}

TEST_CASE("whole seconds give an interval that is as wide as they allow") {
    OffsetInterval offset;
    take_message(offset, {100, 1}, {137, 1}, true);
    take_message(offset, {137, 1}, {100, 1}, false);
    CHECK(*offset.at_least == doctest::Approx(36));
    CHECK(*offset.at_most == doctest::Approx(38));
}

TEST_CASE("bounds that contradict each other are said, not drawn together") {
    Clocks clocks;
    take_message(clocks.by_messages, {100, 0.001}, {110, 0.001}, true);
    take_message(clocks.by_messages, {200, 0.001}, {100, 0.001}, false);
    CHECK(clocks.by_messages.is_empty());
    CHECK(clocks.sentences("hq", "branch").front().find("contradict") != std::string::npos);
    CHECK_FALSE(clocks.together().is_known());
}

TEST_CASE("where readings and messages disagree both are shown; half hours point to a zone") {
    Clocks clocks = clocks_of_readings(MeasuredOffset{0.2, 0.1}, MeasuredOffset{0.3, 0.1});
    CHECK(clocks.by_readings.holds(0.1));
    CHECK_FALSE(clocks_of_readings(MeasuredOffset{}, std::nullopt).by_readings.is_known());
    take_message(clocks.by_messages, {0, 0.001}, {3600.01, 0.001}, true);
    take_message(clocks.by_messages, {3600.02, 0.001}, {0.03, 0.001}, false);
    clocks.messages = 2;
    CHECK(clocks.disagree());
    const auto said = clocks.sentences("hq", "branch");
    REQUIRE(said.size() == 4);
    CHECK(said[0].find("by 2 messages: +3599.989 to +3600.011 s") != std::string::npos);
    CHECK(said[1].find("as both were read") != std::string::npos);
    CHECK(said[2].find("disagree") != std::string::npos);
    CHECK(said[3].find("time zone") != std::string::npos);
    CHECK(clocks.together().holds(3600));
}

TEST_CASE("stamps name no year: the first day of one is a day behind the last of the year before") {
    CHECK(difference({2 * 86400.0, 1}, {366 * 86400.0 - 1, 1}) == doctest::Approx(86401));
    CHECK(difference({10, 1}, {5, 1}) == doctest::Approx(5));
}

TEST_CASE("the time of arrival is taken off a line, and nothing else is taken for one") {
    CHECK(arrival_of("2026-11-25T19:24:51.123456Z *Nov 18 11:21:31.912: ISAKMP"));
    for (const char* line : {"2026-11-25T19:24:51.123Z x", "2026-11-25T19:24:51.123456 06[NET] x",
                             "2026-11-25T19:24:51.123456Z", "", "Nov 18 11:21:31: x"})
        CHECK_FALSE(arrival_of(line));
}
