#include "collector/run/deadlines.hpp"

#include <doctest/doctest.h>

using namespace collector;
using namespace std::chrono_literals;

TEST_CASE("all windows of a run together last ten minutes at most, and never longer than the run") {
    const ArmedTime long_run(Patience::within(24h));
    CHECK(long_run.window(1min) == 1min);
    CHECK(long_run.window(24h) <= 10min);
    CHECK(long_run.window(24h) > 9min);
    CHECK(long_run.patience().remaining() <= 10min);
    const ArmedTime short_run(Patience::within(5s));
    CHECK(short_run.window(1min) <= 5s);
    CHECK(ArmedTime(Patience::within(0ms)).window(1min) == 0ms);
}

TEST_CASE("what the guardian is told leaves the way in and out of configuration mode its time, where that is allowed") {
    formats::Incident incident;
    const auto arming = arming_time(incident), disarming = disarming_time(incident);
    CHECK(arming > 60s);
    CHECK(disarming > 40s);
    incident.allow_config_mode = true;
    CHECK(arming_time(incident) == arming + 2 * configuration_change_limit);
    CHECK(disarming_time(incident) == disarming + 2 * configuration_change_limit);
    CHECK(window_time(90s) > 90s);
}
