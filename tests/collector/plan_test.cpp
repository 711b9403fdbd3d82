#include "collector/plan.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

using collector::Plan;
using formats::ErrorKind;

namespace {

std::vector<formats::Profile> profiles() {
    auto loaded = formats::load_profiles("");
    REQUIRE(loaded);
    return *loaded;
}

formats::Incident two_ends() {
    formats::Incident incident;
    for (const char* name : {"hq", "branch"}) {
        formats::EndpointSpec endpoint;
        endpoint.name = name;
        endpoint.platform = "pix7";
        incident.endpoints.push_back(endpoint);
    }
    return incident;
}

}  // namespace

TEST_CASE("every line that can be made is printed by the plan") {
    const auto known = profiles();
    const auto plan = Plan::make(two_ends(), known);
    REQUIRE(plan);
    const std::string text = plan->text();
    for (std::size_t i = 0; i < 2; ++i)
        for (const auto& candidate : plan->candidates(i))
            for (const auto& item : candidate.items()) {
                CAPTURE(item.id);
                CHECK(text.find(item.line) != std::string::npos);
            }
}

TEST_CASE("slots take values of their type only") {
    const auto known = profiles();
    const auto plan = Plan::make(two_ends(), known);
    REQUIRE(plan);
    const auto& hq = plan->candidates(0).front();
    struct Row {
        std::string id;
        collector::Slots slots;
        bool good;
    };
    const std::vector<Row> rows{
        {"probe/ping", {{"inside-interface", "inside"}, {"probe-destination", "10.2.2.1"}}, true},
        {"probe/ping", {{"inside-interface", "inside"}, {"probe-destination", "10.2.2.1 repeat 5"}}, false},
        {"probe/ping", {{"inside-interface", "inside\rreload"}, {"probe-destination", "10.2.2.1"}}, false},
        {"probe/ping", {{"inside-interface", ""}, {"probe-destination", "10.2.2.1"}}, false},
        {"probe/ping", {{"inside-interface", "inside"}}, false},
        {"end-session", {{"session-id", "3"}}, true},
        {"end-session", {{"session-id", "all"}}, false},
        {"no such line", {}, false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.id);
        const auto line = hq.line(row.id, row.slots);
        CHECK(line.has_value() == row.good);
        if (!line) CHECK(line.error().kind == ErrorKind::plan);
    }
}

TEST_CASE("what resets stands in the plan only where it is allowed, the narrowest first") {
    const auto known = profiles();
    struct Row {
        formats::ResetConsent reset;
        bool xlate;
        std::vector<std::string> lines;
    };
    const std::string peer = "clear crypto ipsec sa peer {peer-address}";
    const std::vector<Row> rows{
        {formats::ResetConsent::none, false, {}},
        {formats::ResetConsent::peer, false, {peer}},
        {formats::ResetConsent::all, false, {peer, "clear crypto ipsec sa", "clear crypto isakmp sa"}},
        {formats::ResetConsent::none, true, {"clear xlate local {probe-source}", "clear xlate"}},
        {formats::ResetConsent::all, true,
         {peer, "clear crypto ipsec sa", "clear crypto isakmp sa", "clear xlate local {probe-source}", "clear xlate"}},
    };
    std::vector<std::string> digests;
    for (const Row& row : rows) {
        formats::Incident incident = two_ends();
        incident.allow_reset = row.reset;
        incident.allow_clear_xlate = row.xlate;
        const auto plan = Plan::make(incident, known);
        REQUIRE(plan);
        const auto& hq = plan->candidates(0).front();
        std::vector<std::string> lines;
        for (const auto* item : hq.items_of(collector::Step::reset)) lines.push_back(item->line);
        CHECK(lines == row.lines);
        CHECK(hq.line("reset/ipsec-peer", {{"peer-address", "203.0.113.1"}}).has_value() == (row.reset != formats::ResetConsent::none));
        CHECK_FALSE(hq.line("reset/ipsec-peer", {{"peer-address", "203.0.113.1 entry"}}));
        CHECK_FALSE(hq.line("reset/ipsec-peer"));
        digests.push_back(plan->digest());
    }
    CHECK(std::set<std::string>(digests.begin(), digests.end()).size() == rows.size());
}

TEST_CASE("configuration mode stands in the plan of a PIX 6 alone, and only where it is allowed; debug and clear lines alone stand in it") {
    const auto known = profiles();
    formats::Incident incident = two_ends();
    incident.endpoints.front().platform = "pix6";
    incident.allow_reset = formats::ResetConsent::all;
    incident.allow_clear_xlate = true;
    for (const bool allowed : {false, true}) {
        incident.allow_config_mode = allowed;
        const auto plan = Plan::make(incident, known);
        REQUIRE(plan);
        std::set<std::string> inside;
        for (const auto& item : plan->candidates(0).front().items())
            if (item.in_configuration == collector::InConfiguration::echoed) inside.insert(item.line);
        const std::set<std::string> expected{"debug crypto isakmp", "debug crypto ipsec", "no debug crypto isakmp", "no debug crypto ipsec",
                                             "clear crypto ipsec sa peer {peer-address}", "clear crypto ipsec sa", "clear crypto isakmp sa", "exit"};
        CHECK(inside == (allowed ? expected : std::set<std::string>{}));
        CHECK((plan->text().find("configure terminal") != std::string::npos) == allowed);
        CHECK(plan->candidates(0).front().line("configure").has_value() == allowed);
        CHECK_FALSE(plan->candidates(1).front().line("configure"));
        CHECK(plan->candidates(0).front().line("leave")->in_configuration() == collector::InConfiguration::never);
    }
}

TEST_CASE("a console is never taken to configuration mode: it would stay there when its session is closed") {
    const auto known = profiles();
    formats::Incident incident = two_ends();
    incident.endpoints.front().platform = "pix6";
    incident.endpoints.front().target.transport = formats::Transport::exec;
    incident.allow_console_debug = incident.allow_config_mode = true;
    const auto plan = Plan::make(incident, known);
    REQUIRE(plan);
    CHECK(plan->text().find("configure terminal") == std::string::npos);
}

TEST_CASE("the digest changes with what the plan allows") {
    const auto known = profiles();
    formats::Incident incident = two_ends();
    const auto first = Plan::make(incident, known);
    const auto again = Plan::make(incident, known);
    incident.debug_window += std::chrono::seconds{1};
    const auto longer = Plan::make(incident, known);
    REQUIRE(first);
    REQUIRE(again);
    REQUIRE(longer);
    CHECK(first->digest() == again->digest());
    CHECK(first->digest() != longer->digest());
}

TEST_CASE("without debugs no line that arms or resets can be made") {
    const auto known = profiles();
    formats::Incident incident = two_ends();
    incident.no_debug = true;
    const auto plan = Plan::make(incident, known);
    REQUIRE(plan);
    for (const auto& item : plan->candidates(0).front().items()) {
        CAPTURE(item.line);
        CHECK(item.impact != formats::Impact::debug);
        CHECK(item.impact != formats::Impact::traffic);
    }
}

TEST_CASE("an unknown platform is an error that lists what is known") {
    const auto known = profiles();
    formats::Incident incident = two_ends();
    incident.endpoints[1].platform = "pix9";
    const auto plan = Plan::make(incident, known);
    REQUIRE_FALSE(plan);
    CHECK(plan.error().kind == ErrorKind::usage);
    CHECK(plan.error().remedy.find("pix7") != std::string::npos);
}

TEST_CASE("endpoints that differ in no line share one list of them, under their own names") {
    const auto known = profiles();
    formats::Incident incident = two_ends();
    incident.endpoints.push_back(incident.endpoints[0]);
    incident.endpoints[2].name = "spoke";
    incident.endpoints[2].target.transport = formats::Transport::telnet;
    incident.endpoints[2].target.user = "ops";
    incident.endpoints.push_back(incident.endpoints[2]);
    incident.endpoints[3].name = "other";
    incident.endpoints[3].target.user = "eve";
    const auto plan = Plan::make(incident, known);
    REQUIRE(plan);
    const auto list = [&](std::size_t i) { return &plan->candidates(i).front().items(); };
    CHECK(list(0) == list(1));
    CHECK(list(0) != list(2));
    CHECK(list(2) != list(3));
    for (std::size_t i = 0; i < incident.endpoints.size(); ++i) {
        const auto line = plan->candidates(i).front().line("clock");
        REQUIRE(line);
        CHECK(line->endpoint() == incident.endpoints[i].name);
    }
    CHECK(plan->candidates(2).front().line("user")->text() == "ops");
    CHECK(plan->candidates(3).front().line("user")->text() == "eve");
}
