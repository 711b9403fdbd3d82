// Every platform has words for every scenario, and answers all its own lines.

#include <doctest/doctest.h>

#include <filesystem>
#include <set>

#include "tests/lab/lab_client.hpp"

using lab_test::LabProcess;
using namespace std::chrono_literals;

namespace {

std::set<std::string> names_in(const std::string& folder, bool folders) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(TACBUNDLE_LAB_FOLDER "/" + folder))
        if (entry.is_directory() == folders) names.insert(entry.path().stem().string());
    return names;
}

}  // namespace

TEST_CASE("every pair of platforms plays every scenario with its own words") {
    const auto scenarios = names_in("scenarios", false), platforms = names_in("devices", true);
    CHECK(scenarios.size() >= 11);
    CHECK(platforms.size() >= 5);
    for (const auto& platform : platforms) {
        // Each as left and as right, next to another one.
        auto other = platforms.upper_bound(platform);
        if (other == platforms.end()) other = platforms.begin();
        LabProcess lab({"--left", platform, "--right", *other, "--time-scale", "0.001"});
        for (const auto& scenario : scenarios) {
            CAPTURE(platform);
            CAPTURE(scenario);
            CHECK(lab.control("scenario " + scenario)["ok"] == true);
            for (const auto* packet : {"packet left 10.1.1.10 10.2.2.10", "packet right 10.2.2.10 10.1.1.10"}) {
                lab.control(packet);
                for (int i = 0; i < 500 && lab.control("state")["building"] == true; ++i) lab.pause(5ms);
                CHECK(lab.control("state")["building"] == false);
            }
        }
        for (const auto& defect : lab.events("defect")) FAIL_CHECK(defect.dump());
    }
}
