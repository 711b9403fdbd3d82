// Lines in configuration mode: typed, compared, and only then obeyed.

#include "collector/session/configuration_mode.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "support/scripted_dialogue.hpp"

using collector::EndpointPlan;
using collector::Patience;
using collector::Shell;
using formats::ErrorKind;
using support::incident_of_hq;
using support::line;
using support::profiles;
using support::read_sizes;
using support::ScriptedTransport;
using support::ScriptLog;
using support::soon;
using support::Turn;

namespace {

/// A PIX 6 whose plan may enter configuration mode.
const EndpointPlan& configuring_plan() {
    static const auto made = [] {
        auto wishes = incident_of_hq();
        wishes.endpoints.front().platform = "pix6";
        wishes.endpoints.front().target.transport = formats::Transport::telnet;
        wishes.allow_config_mode = true;
        return collector::Plan::make(wishes, profiles());
    }();
    REQUIRE(made);
    return made->candidates(0).front();
}

struct Configuring {
    std::shared_ptr<ScriptLog> log = std::make_shared<ScriptLog>();
    Shell shell;
    Configuring(std::vector<Turn> turns, std::size_t read_size)
        : shell(std::make_unique<ScriptedTransport>(std::move(turns), read_size, log, false), "hq",
                std::vector{&configuring_plan().profile()}) {
        REQUIRE(shell.reach_prompt(soon()));
    }
    formats::Result<collector::Answer> run(std::string_view id) {
        return shell.run(*configuring_plan().line(id), {}, {}, soon());
    }
};

const std::vector<Turn> into_configuration{{"\rfw-a# ", "configure terminal\r"},
                                           {"configure terminal\r\n\rfw-a(config)# ", "\r"}};

std::vector<Turn> then(std::vector<Turn> more) {
    std::vector<Turn> turns = into_configuration;
    turns.insert(turns.end(), more.begin(), more.end());
    return turns;
}

}  // namespace

TEST_CASE("in configuration mode a line is typed, its echo compared, and only then obeyed") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Configuring d(then({{"\r\n\rfw-a(config)# ", "no debug crypto isakmp"},
                            {"no debug crypto isakmp", "\r"},
                            {"\r\n\rfw-a(config)# ", "\r"},
                            {"\r\n\rfw-a(config)# ", "exit"},
                            {"exit", "\r"},
                            {"\r\n\rfw-a# ", ""}}),
                      size);
        REQUIRE(d.run("configure"));
        CHECK(d.shell.is_in_configuration());
        const auto answer = d.run("disarm/isakmp");
        if (!answer) FAIL(answer.error().message());
        CHECK_FALSE(answer->refused);
        REQUIRE(d.run("configure/leave"));
        CHECK(d.shell.is_enabled());
        CHECK(d.log->surprises.empty());
    }
}

TEST_CASE("in configuration mode a line that came back with a letter missing is never obeyed, and the session goes") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Configuring d(then({{"\r\n\rfw-a(config)# ", "clear crypto ipsec sa peer 203.0.113.1"},
                            {"clear crypto ipsec sa per 203.0.113.1", ""}}),
                      size);
        REQUIRE(d.run("configure"));
        const auto line = configuring_plan().line("reset/ipsec-peer", {{"peer-address", "203.0.113.1"}});
        REQUIRE_FALSE(line);  // no reset without its own consent
        auto wishes = incident_of_hq();
        wishes.endpoints.front().platform = "pix6";
        wishes.allow_config_mode = true;
        wishes.allow_reset = formats::ResetConsent::peer;
        const auto resetting = collector::Plan::make(wishes, profiles());
        REQUIRE(resetting);
        const auto clear = resetting->candidates(0).front().line("reset/ipsec-peer", {{"peer-address", "203.0.113.1"}});
        REQUIRE(clear);
        const auto answer = d.shell.run(*clear, {}, {}, Patience::within(std::chrono::milliseconds{600}));
        REQUIRE_FALSE(answer);
        CHECK(answer.error().message().find("came back as") != std::string::npos);
        CHECK(d.log->written == "configure terminal\r\rclear crypto ipsec sa peer 203.0.113.1");
        CHECK(d.log->closed);
    }
}

TEST_CASE(
    "in configuration mode an interrupt between a line and its echo costs the session: no CR may follow what stands "
    "there") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Configuring d(then({{"\r\n\rfw-a(config)# ", "no debug crypto isakmp"}, {"no debug cryp", ""}}), size);
        REQUIRE(d.run("configure"));
        std::stop_source interrupt;
        d.log->on_write = [&](std::string_view bytes) {
            if (bytes == "no debug crypto isakmp") interrupt.request_stop();
        };
        const auto answer = d.shell.run(*configuring_plan().line("disarm/isakmp"), {}, {},
                                        Patience::within(std::chrono::seconds{1}, interrupt.get_token()));
        REQUIRE_FALSE(answer);
        CHECK(d.log->closed);
        CHECK(d.log->written == "configure terminal\r\rno debug crypto isakmp");
    }
}

TEST_CASE("in configuration mode an echo that log lines cut is compared without them") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Configuring d(then({{"\r\n\rfw-a(config)# ", "no debug crypto isakmp"},
                            {"no deb302013: Built outbound\r\nug crypto isakmp", "\r"},
                            {"\r\n\rfw-a(config)# ", ""}}),
                      size);
        REQUIRE(d.run("configure"));
        const auto answer = d.run("disarm/isakmp");
        if (!answer) FAIL(answer.error().message());
        CHECK(d.log->surprises.empty());
    }
}

TEST_CASE("a prompt that stood before `configure terminal` is not taken for its answer") {
    // Silence: where the next line would be obeyed is not known, so the session goes.
    Configuring d({{"\rfw-a# ", "configure terminal\r"}, {"", ""}}, 1);
    const auto entered = collector::enter_configuration(d.shell, configuring_plan(), {}, soon());
    REQUIRE_FALSE(entered);
    CHECK(entered.error().kind == ErrorKind::prompt);
    CHECK(d.log->closed);
}

TEST_CASE("what leaves configuration mode is not sent where it would log out") {
    Configuring d({{"\rfw-a# ", ""}}, 1);
    CHECK(collector::leave_configuration(d.shell, configuring_plan(), {}));
    CHECK(d.log->written.empty());
}

TEST_CASE("a log line behind the prompt of configuration mode costs nothing: the prompt is asked for again") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Configuring d(then({{"\r\n\rfw-a(config)# 302013: Built outbound TCP connection\r\n", "\r"},
                            {"\r\n\rfw-a(config)# ", "no debug crypto isakmp"},
                            {"no debug crypto isakmp", "\r"},
                            {"\r\n\rfw-a(config)# ", ""}}),
                      size);
        REQUIRE(d.run("configure"));
        const auto answer =
            d.shell.run(*configuring_plan().line("disarm/isakmp"), {}, {}, Patience::within(std::chrono::seconds{8}));
        if (!answer) FAIL(answer.error().message());
        CHECK(d.log->surprises.empty());
    }
}

TEST_CASE("while a stream goes on its prompt is asked for again until one stands") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        std::vector<Turn> turns = into_configuration;
        for (int line = 0; line < 8; ++line)
            turns.push_back({"\r\n\rfw-a(config)# 302013: Built outbound TCP connection\r\n", "\r"});
        turns.push_back({"\r\n\rfw-a(config)# ", "no debug crypto isakmp"});
        turns.push_back({"no debug crypto isakmp", "\r"});
        turns.push_back({"\r\n\rfw-a(config)# ", ""});
        Configuring d(turns, size);
        REQUIRE(d.run("configure"));
        const auto answer =
            d.shell.run(*configuring_plan().line("disarm/isakmp"), {}, {}, Patience::within(std::chrono::seconds{8}));
        if (!answer) FAIL(answer.error().message());
        CHECK(d.log->surprises.empty());
    }
}

TEST_CASE("in configuration mode nothing else is sent") {
    for (const std::string_view id : {"before/write-terminal", "configure", "enable", "leave"}) {
        CAPTURE(id);
        Configuring d(then({{"\r\n\rfw-a(config)# ", ""}}), 4096);
        REQUIRE(d.run("configure"));
        const auto answer = d.run(id);
        REQUIRE_FALSE(answer);
        CHECK(answer.error().kind == ErrorKind::plan);
        CHECK(d.log->written == "configure terminal\r");
    }
}

TEST_CASE("a session that has fallen out of configuration mode is noticed before anything is typed there") {
    Configuring d(then({{"\r\n\rfw-a# ", ""}}), 1);
    REQUIRE(d.run("configure"));
    const auto answer = d.run("configure/leave");
    REQUIRE_FALSE(answer);
    CHECK(answer.error().message().find("no longer in configuration mode") != std::string::npos);
    CHECK(d.log->written == "configure terminal\r\r");
}

TEST_CASE("an echo behind a prompt that is not that of configuration mode is not obeyed") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Configuring d(
            then({{"\r\n\rfw-a(config)# ", "no debug crypto isakmp"}, {"\r\n\rfw-a# no debug crypto isakmp", ""}}),
            size);
        REQUIRE(d.run("configure"));
        const auto answer = d.run("disarm/isakmp");
        REQUIRE_FALSE(answer);
        CHECK(d.log->written == "configure terminal\r\rno debug crypto isakmp");
        CHECK(d.log->closed);
    }
}

TEST_CASE("an interrupt while a line is typed does not cut it: its echo is compared, and it is obeyed") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Configuring d(then({{"\r\n\rfw-a(config)# ", "no debug crypto isakmp"},
                            {"no debug crypto isakmp", "\r"},
                            {"\r\n\rfw-a(config)# ", ""}}),
                      size);
        REQUIRE(d.run("configure"));
        std::stop_source interrupt;
        d.log->on_write = [&](std::string_view bytes) {
            if (bytes == "no debug crypto isakmp") interrupt.request_stop();
        };
        (void)d.shell.run(*configuring_plan().line("disarm/isakmp"), {}, {},
                          Patience::within(std::chrono::seconds{30}, interrupt.get_token()));
        CHECK(d.log->written == "configure terminal\r\rno debug crypto isakmp\r");
        CHECK_FALSE(d.log->closed);
    }
}
