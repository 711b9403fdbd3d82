#include "collector/plan/plan.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <map>
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
        {formats::ResetConsent::all,
         true,
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
        CHECK(hq.line("reset/ipsec-peer", {{"peer-address", "203.0.113.1"}}).has_value() ==
              (row.reset != formats::ResetConsent::none));
        CHECK_FALSE(hq.line("reset/ipsec-peer", {{"peer-address", "203.0.113.1 entry"}}));
        CHECK_FALSE(hq.line("reset/ipsec-peer"));
        digests.push_back(plan->digest());
    }
    CHECK(std::set<std::string>(digests.begin(), digests.end()).size() == rows.size());
}

TEST_CASE(
    "configuration mode stands in the plan of a PIX 6 alone, and only where it is allowed; debug and clear lines alone "
    "stand in it") {
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
        const std::set<std::string> expected{"debug crypto isakmp",
                                             "debug crypto ipsec",
                                             "no debug crypto isakmp",
                                             "no debug crypto ipsec",
                                             "clear crypto ipsec sa peer {peer-address}",
                                             "clear crypto ipsec sa",
                                             "clear crypto isakmp sa",
                                             "exit"};
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

TEST_CASE("the digest changes with what the plan allows, and with every value of the incident that fills a slot") {
    const auto known = profiles();
    using Change = std::function<void(formats::Incident&)>;
    const auto probe = [](const char* written) {
        return [written](formats::Incident& incident) { incident.probe = *formats::parse_probe(written); };
    };
    const auto password = [](const char* written) {
        return [written](formats::Incident& incident) {
            incident.endpoints[0].password_from = *formats::parse_secret_source(written);
        };
    };
    const std::vector<std::pair<std::string, Change>> rows{
        {"nothing", [](formats::Incident&) {}},
        {"start", [](formats::Incident& i) { i.start_at = formats::UtcTime(std::chrono::hours{1}); }},
        {"debug window", [](formats::Incident& i) { i.debug_window += std::chrono::seconds{1}; }},
        {"peer of the first end", [](formats::Incident& i) { i.endpoints[0].peer_address = "198.51.100.9"; }},
        {"peer of the second end", [](formats::Incident& i) { i.endpoints[1].peer_address = "198.51.100.9"; }},
        {"context", [](formats::Incident& i) { i.endpoints[0].context = "customer"; }},
        {"probe", probe("local,to=10.2.2.10")},
        {"port", probe("local,to=10.2.2.10,kind=tcp:22")},
        {"another port", probe("local,to=10.2.2.10,kind=tcp:23")},
        {"protocol", probe("local,to=10.2.2.10,kind=udp:22")},
        {"probe of an endpoint", probe("hq,to=10.2.2.10,kind=tcp:22")},
        {"workstation", probe("ssh://ops@10.1.1.10,to=10.2.2.10")},
        {"its user", probe("ssh://root@10.1.1.10,to=10.2.2.10")},
        {"its password", probe("ssh://ops@10.1.1.10?password-from=command:pass%20show%20ops,to=10.2.2.10")},
        {"consent to resets", [](formats::Incident& i) { i.reset_drops_all_tunnels = {"hq"}; }},
        {"at both",
         [](formats::Incident& i) {
             i.reset_drops_all_tunnels = {"hq", "branch"};
         }},
        {"consent to clearing", [](formats::Incident& i) { i.clear_xlate_drops_connections = {"hq"}; }},
        {"password", password("env:HQ")},
        {"password of a program", password("command:pass show hq")},
        {"argument of that program", password("command:pass show branch")},
        {"enable password",
         [](formats::Incident& i) {
             i.endpoints[0].enable_from = *formats::parse_secret_source("command:pass show hq");
         }},
        {"host keys", [](formats::Incident& i) { i.host_key = formats::HostKeyPolicy::accept_new; }},
    };
    std::map<std::string, std::string> of_digest;
    for (const auto& row : rows) {
        CAPTURE(row.first);
        formats::Incident incident = two_ends();
        row.second(incident);
        // The platform that has contexts; the others have none, and an endpoint there is refused.
        if (!incident.endpoints[0].context.empty()) incident.endpoints[0].platform = "asa";
        const auto plan = Plan::make(incident, known);
        const auto again = Plan::make(incident, known);
        REQUIRE(plan);
        REQUIRE(again);
        CHECK(plan->digest() == again->digest());
        const auto entered = of_digest.emplace(plan->digest(), row.first);
        INFO("as with " << entered.first->second);
        CHECK(entered.second);
    }
}

TEST_CASE("of a command that gives a password the plan shows the program alone") {
    const auto known = profiles();
    formats::Incident incident = two_ends();
    incident.endpoints[0].password_from = *formats::parse_secret_source("command:pass show CANARYentry");
    incident.probe = *formats::parse_probe("ssh://ops@10.1.1.10?password-from=command:pass%20CANARYentry,to=10.2.2.10");
    const auto plan = Plan::make(incident, known);
    REQUIRE(plan);
    CHECK(plan->text().find("  logs in with command:pass...") != std::string::npos);
    CHECK(plan->text().find("CANARY") == std::string::npos);
    // No rule takes what it says for a secret.
    const auto redaction = formats::Redaction::make({});
    REQUIRE(redaction);
    CHECK((*redaction)->redact(plan->text()).str() == plan->text());
}

TEST_CASE("keys in clear are asked for over SSH only") {
    const auto known = profiles();
    formats::Incident incident = two_ends();
    incident.compare_keys = true;
    struct Row {
        formats::Transport transport;
        bool asks;
    };
    for (const Row& row : {Row{formats::Transport::ssh, true}, Row{formats::Transport::telnet, false},
                           Row{formats::Transport::exec, false}}) {
        incident.endpoints[0].target.transport = row.transport;
        const auto plan = Plan::make(incident, known);
        REQUIRE(plan);
        CHECK(plan->candidates(0).front().line("keys").has_value() == row.asks);
        CHECK(plan->candidates(1).front().line("keys").has_value());
    }
    incident.compare_keys = false;
    const auto plan = Plan::make(incident, known);
    REQUIRE(plan);
    CHECK_FALSE(plan->candidates(1).front().line("keys"));
}

TEST_CASE("a line of more than 100 characters cannot be composed") {
    const auto known = profiles();
    formats::Incident incident = two_ends();
    incident.extended = true;
    const auto plan = Plan::make(incident, known);
    REQUIRE(plan);
    const auto& hq = plan->candidates(0).front();
    const auto trace = [&](std::size_t interface) {
        return hq.line("probe/trace", {{"inside-interface", std::string(interface, 'i')},
                                       {"probe-source", "255.255.255.255"},
                                       {"probe-destination", "255.255.255.255"}});
    };
    const auto shortest = trace(1);
    REQUIRE(shortest);
    const std::size_t room = 100 - shortest->text().size() + 1;
    REQUIRE(room < 48);  // else the type of the slot refuses it
    const auto longest = trace(room);
    REQUIRE(longest);
    CHECK(longest->text().size() == 100);
    const auto longer = trace(room + 1);
    REQUIRE_FALSE(longer);
    CHECK(longer.error().kind == ErrorKind::plan);
}

TEST_CASE("a line that is harmless by the word of a user's profile alone is marked") {
    auto known = profiles();
    for (auto& profile : known)
        if (profile.name == "pix7") {
            profile.further_verbs = {"display"};
            profile.shows[0].line = "display configuration";
        }
    const auto plan = Plan::make(two_ends(), known);
    REQUIRE(plan);
    const std::string text = plan->text();
    std::size_t marked = 0;
    for (std::size_t at = text.find("HARMLESS BY THE PROFILE'S WORD"); at != std::string::npos;
         at = text.find("HARMLESS BY THE PROFILE'S WORD", at + 1)) {
        const auto begin = text.rfind('\n', at);
        CHECK(text.substr(begin, at - begin).find("display configuration") != std::string::npos);
        ++marked;
    }
    CHECK(marked >= 2);
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
