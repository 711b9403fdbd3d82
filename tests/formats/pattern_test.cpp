#include "formats/text/pattern.hpp"

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

using namespace formats;

TEST_CASE("a pattern finds its first match: whether, where, and its first group") {
    const auto version = Pattern::compile("Version ([0-9.]+)");
    REQUIRE(version);
    CHECK(version->groups() == 1);
    CHECK(version->is_in("Software Version 7.2"));
    CHECK(version->place_in("Software Version 7.2, Version 8") == 9);
    CHECK(version->find_in("Software Version 7.2, Version 8") == "7.2");
    CHECK_FALSE(version->is_in("nothing"));
    CHECK_FALSE(version->place_in("nothing"));
    CHECK_FALSE(version->find_in("nothing"));

    const auto whole = Pattern::compile("%[A-Z]+-[0-9]");
    REQUIRE(whole);
    CHECK(whole->groups() == 0);
    CHECK(whole->find_in("x %PIX-6: y") == "%PIX-6");
    // Device text need not be UTF-8.
    CHECK(whole->place_in("\xff\xc3%PIX-6") == 2);
}

TEST_CASE("what is no pattern is an error with RE2's words, each time") {
    for (int i = 0; i < 2; ++i) {
        const auto refused = Pattern::compile("(");
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::usage);
        CHECK(refused.error().detail == "\"(\": missing ): (");
    }
    CHECK_FALSE(find_pattern("(", "("));
    CHECK_FALSE(find_pattern("", "anything"));
}

TEST_CASE("patterns are compiled from many threads, more of them than are kept") {
    std::vector<std::jthread> threads;
    std::vector<int> right(4);
    for (int& count : right)
        threads.emplace_back([&count] {
            for (int i = 0; i < 400; ++i)
                count +=
                    find_pattern("x(" + std::to_string(i) + ")y", "x" + std::to_string(i) + "y") == std::to_string(i)
                        ? 1
                        : 0;
        });
    threads.clear();
    for (const int count : right) CHECK(count == 400);
}
