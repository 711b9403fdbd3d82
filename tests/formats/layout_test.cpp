#include "formats/record/layout.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace formats;

namespace {
const UtcTime started = std::chrono::sys_days(std::chrono::year(2026) / 11 / 25) + std::chrono::hours(19) +
                        std::chrono::minutes(24) + std::chrono::microseconds(51'999'999);
}

TEST_CASE("a bundle is named by service request, endpoints and time") {
    struct Row {
        std::string sr;
        std::vector<std::string> endpoints;
        std::string stem;
    };
    const Row rows[] = {
        {"", {"hq"}, "tacbundle-hq-20261125T192451Z"},
        {"612345678", {"hq", "branch"}, "tacbundle-612345678-hq-branch-20261125T192451Z"},
        {"", {"a", "b", "c", "d"}, "tacbundle-a-b-c-d-20261125T192451Z"},
        {"", {"a", "b", "c", "d", "e"}, "tacbundle-a-b-and-3-more-20261125T192451Z"},
        {"", {}, "tacbundle-20261125T192451Z"},
    };
    for (const Row& row : rows) CHECK(bundle_stem(row.sr, row.endpoints, started) == row.stem);
}

TEST_CASE("the longest name a bundle can have fits a file system") {
    const std::vector<std::string> names(4, std::string(32, 'n'));
    CHECK(bundle_stem(std::string(32, '1'), names, started).size() + std::string(".tar.zst").size() < 240);
}

TEST_CASE("captures lie by endpoint and phase") {
    CHECK(capture_member("hq", Phase::before, "show-crypto-isakmp-sa.txt") ==
          "endpoints/hq/before/show-crypto-isakmp-sa.txt");
    for (const Phase phase : {Phase::before, Phase::debug, Phase::during, Phase::after, Phase::probe})
        CHECK(phase_of(name_of(phase)) == phase);
    CHECK_FALSE(phase_of("").has_value());
}

TEST_CASE("only plain relative paths may stand in a bundle") {
    for (const std::string path : {"manifest.xml", "endpoints/hq/before/write-terminal.txt", "a", "0/a_b-c.d"})
        CHECK_MESSAGE(is_member_path(path), path);
    const std::string bad[] = {"",
                               "/",
                               "/etc/passwd",
                               "..",
                               "../x",
                               "a/../b",
                               "a//b",
                               "a/",
                               "./a",
                               "a/./b",
                               ".hidden",
                               "a/.b",
                               "-rf",
                               "a b",
                               "a\\b",
                               "C:a",
                               "a\nb",
                               std::string("a\0b", 3),
                               "\xC3\xA4",
                               std::string(256, 'a')};
    for (const std::string& path : bad) CHECK_FALSE_MESSAGE(is_member_path(path), path);
}
