#include "collector/debug/guards.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace collector;
using namespace std::chrono_literals;

namespace {

/// Feeds one reading a second; the second in which the guard fires, 0 when it does not.
unsigned fires_after(const std::vector<std::uint64_t>& lines_each_second) {
    StreamGuard guard(1000);
    const auto start = StreamGuard::Time{} + 1h;
    std::uint64_t lines = 0;
    if (guard.heard(0, false, start)) return 1;
    for (unsigned second = 1; second <= lines_each_second.size(); ++second) {
        lines += lines_each_second[second - 1];
        if (guard.heard(lines, false, start + second * 1s)) return second;
    }
    return 0;
}

}  // namespace

TEST_CASE("a flood of debug lines fires the guard in its third second, a burst does not") {
    CHECK(fires_after({2000, 2000, 2000, 2000}) == 3);
    CHECK(fires_after({2000, 2000, 10, 2000, 2000, 0}) == 0);
    CHECK(fires_after({400, 400, 400, 400, 400}) == 0);
}

TEST_CASE("a late reading stands for all the seconds it covers") {
    StreamGuard guard(1000);
    const auto start = StreamGuard::Time{} + 1h;
    CHECK_FALSE(guard.heard(0, false, start));
    CHECK(guard.heard(10'000, false, start + 4s));
}

TEST_CASE("a full capture fires the guard at once, and its limit is named") {
    StreamGuard guard(1000);
    const auto why = guard.heard(1, true, StreamGuard::Time{} + 1h);
    REQUIRE(why);
    CHECK(why->find("1000") != std::string::npos);
}

TEST_CASE("the CPU fires at two readings at or above the limit on end, or at one of 95") {
    struct Row {
        std::string name;
        std::vector<unsigned> readings;
        unsigned fires_at;  // from 1; 0: never
    };
    for (const Row& row : {Row{"two on end", {10, 80, 80}, 3}, Row{"interrupted", {80, 79, 80, 79}, 0},
                           Row{"95", {10, 95}, 2}, Row{"94 twice", {94, 94}, 2}, Row{"calm", {79, 79, 79}, 0}}) {
        CAPTURE(row.name);
        LoadGuard guard(80);
        unsigned fired = 0;
        for (unsigned i = 0; i < row.readings.size() && fired == 0; ++i)
            if (guard.read_cpu(row.readings[i])) fired = i + 1;
        CHECK(fired == row.fires_at);
    }
}

TEST_CASE("two slow answers on end fire the guard, one does not") {
    LoadGuard guard(80);
    CHECK_FALSE(guard.waited(3100ms));
    CHECK_FALSE(guard.waited(100ms));
    CHECK_FALSE(guard.waited(3100ms));
    CHECK(guard.waited(3100ms));
}
