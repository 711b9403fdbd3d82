#include "collector/session/shell.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "collector/plan.hpp"
#include "collector/session/configuration_mode.hpp"
#include "support/scripted_transport.hpp"

using collector::Patience;
using collector::EndpointPlan;
using collector::Shell;
using collector::TextLogin;
using formats::ErrorKind;
using support::ScriptedTransport;
using support::ScriptLog;
using support::Turn;

namespace {

const std::vector<formats::Profile>& profiles() {
    static const auto loaded = formats::load_profiles("");
    REQUIRE(loaded);
    return *loaded;
}

formats::Incident incident() {
    formats::Incident incident;
    formats::EndpointSpec endpoint;
    endpoint.name = "hq";
    endpoint.platform = "pix7";
    incident.endpoints.push_back(endpoint);
    return incident;
}

const collector::Plan& plan() {
    static const auto made = collector::Plan::make(incident(), profiles());
    REQUIRE(made);
    return *made;
}

collector::PlannedLine line(std::string_view id) {
    auto planned = plan().candidates(0).front().line(id);
    REQUIRE(planned);
    return *planned;
}

Patience soon() { return Patience::within(std::chrono::seconds{2}); }

/// Every dialogue is played whole and one byte a read.
const std::vector<std::size_t> read_sizes{1, 2, 3, 7, 4096};

struct Dialogue {
    std::shared_ptr<ScriptLog> log = std::make_shared<ScriptLog>();
    Shell shell;
    Dialogue(std::vector<Turn> turns, std::size_t read_size, bool ends = false)
        : shell(std::make_unique<ScriptedTransport>(std::move(turns), read_size, log, ends), "hq", std::vector{formats::find_profile(profiles(), "pix7")}) {}
};

const std::string banner = "\r\n#### authorised use only ####\r\nfw-a# is watched\r\nType help or '?' for a list of available commands.\r\n";
const std::string blanks14(14, ' ');

}  // namespace

TEST_CASE("the first prompt is learned behind a banner that holds look-alikes") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Dialogue d({{banner + "\rfw-a> ", ""}}, size);
        REQUIRE(d.shell.reach_prompt(soon()));
        CHECK(d.shell.prompt_name() == "fw-a");
        CHECK_FALSE(d.shell.is_enabled());
    }
}

TEST_CASE("enable sends the secret to the password prompt only, and stars may be echoed") {
    const collector::Secret secret(std::string("CANARY-enable"));
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Dialogue d({{banner + "\rfw-a> ", "enable\r"}, {"enable\r\nPassword: ", "CANARY-enable\r"}, {"*************\r\n\rfw-a# ", ""}}, size);
        REQUIRE(d.shell.reach_prompt(soon()));
        REQUIRE(d.shell.enable(line("enable"), secret, soon()));
        CHECK(d.shell.is_enabled());
        CHECK(d.log->surprises.empty());
    }
}

TEST_CASE("a refused enable password is an error and is sent once") {
    const collector::Secret secret(std::string("CANARY-enable"));
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Dialogue d({{"\rfw-a> ", "enable\r"}, {"enable\r\nPassword: ", "CANARY-enable\r"}, {"*************\r\nInvalid password\r\nPassword: ", ""}},
                   size);
        REQUIRE(d.shell.reach_prompt(soon()));
        const auto enabled = d.shell.enable(line("enable"), secret, soon());
        REQUIRE_FALSE(enabled);
        CHECK(enabled.error().kind == ErrorKind::login);
        CHECK(enabled.error().message().find("CANARY") == std::string::npos);
        CHECK(d.log->written == "enable\rCANARY-enable\r");
    }
}

TEST_CASE("a device that never had an enable password is not given one") {
    const collector::Secret secret(std::string("CANARY-enable"));
    Dialogue d({{"\rfw-a> ", "enable\r"}, {"enable\r\nThe enable password is not set.  Please set it now.\r\nEnter  Password: ", ""}}, 1);
    REQUIRE(d.shell.reach_prompt(soon()));
    const auto enabled = d.shell.enable(line("enable"), secret, soon());
    REQUIRE_FALSE(enabled);
    CHECK(d.log->written == "enable\r");
}

TEST_CASE("an answer is what stands between echo and prompt, page by page") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Dialogue d({{"\rfw-a# ", "show crypto isakmp sa\r"},
                    {"show crypto isakmp sa\r\n\r\n   Active SA: 1\r\n<--- More --->", " "},
                    {"\r" + blanks14 + "\rTotal IKE SA: 1\r\nfw-a# is not the prompt here\r\n\rfw-a# ", ""}},
                   size);
        REQUIRE(d.shell.reach_prompt(soon()));
        std::string text;
        const auto answer = d.shell.run(line("before/show-crypto-isakmp-sa"),
                                        [&](std::string_view lines) { return text += lines, true; }, {}, soon());
        REQUIRE(answer);
        CHECK(text == "\n   Active SA: 1\nTotal IKE SA: 1\nfw-a# is not the prompt here\n");
        CHECK(answer->text == text);
        CHECK(answer->lines == 4);
        CHECK_FALSE(answer->refused);
        CHECK(d.log->surprises.empty());
    }
}

TEST_CASE("behind the device's own log lines a prompt still stands, the first one and that of a password too") {
    const std::string logs = "%PIX-6-302013: Built outbound TCP connection 7\r\nNov 26 2025 03:14:00: %PIX-6-302014: Teardown TCP connection 7\r\n";
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Dialogue d({{banner + "\rfw-a> " + logs, "enable\r"},
                    {"enable\r\nPassword: " + logs, "CANARY-enable\r"},
                    {"*************\r\n\rfw-a# " + logs, "show clock\r"},
                    {"show clock\r\n03:14:00.123 UTC\r\n\rfw-a# " + logs, "show debug\r"},
                    {"show debug\r\n" + logs + "\rfw-a# ", ""}},
                   size);
        REQUIRE(d.shell.reach_prompt(soon()));
        CHECK(d.shell.prompt_name() == "fw-a");
        REQUIRE(d.shell.enable(line("enable"), collector::Secret("CANARY-enable"), soon()));
        CHECK(d.shell.is_enabled());
        const auto answer = d.shell.run(line("clock"), {}, {}, soon());
        REQUIRE(answer);
        // They are no part of the answer, but may be what the file is read for.
        CHECK(answer->text == "03:14:00.123 UTC\n");
        std::string seen;
        const auto debugs = d.shell.run(line("before/debug-state"), [&](std::string_view lines) { return seen += lines, true; }, {}, soon());
        REQUIRE(debugs);
        CHECK(debugs->text.empty());
        CHECK(seen.find("Teardown") != std::string::npos);
        CHECK(d.log->surprises.empty());
    }
}

TEST_CASE("behind a log line a page still waits") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Dialogue d({{"\rfw-a# ", "show clock\r"},
                    {"show clock\r\none\r\n<--- More --->%PIX-6-302013: Built 7\r\n", " "},
                    {"two\r\n\rfw-a# ", ""}},
                   size);
        REQUIRE(d.shell.reach_prompt(soon()));
        const auto answer = d.shell.run(line("clock"), {}, {}, soon());
        REQUIRE(answer);
        CHECK(answer->text == "one\ntwo\n");
        CHECK(d.log->surprises.empty());
    }
}

TEST_CASE("an echo that falls into a log line does not end with the prompt before it") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        // A second prompt, late, and log lines behind it: the echo comes in the middle of one.
        Dialogue d({{"\rfw-a# ", "show clock\r"},
                    {"\r\n\rfw-a# %PIX-6-302013: Built 7\r\n%PIX-6-302013: Buishow clock\r\n", ""}},
                   size);
        REQUIRE(d.shell.reach_prompt(soon()));
        const auto answer = d.shell.run(line("clock"), {}, {}, Patience::within(std::chrono::milliseconds{100}));
        REQUIRE_FALSE(answer);
        CHECK(answer.error().kind == ErrorKind::timeout);
    }
}

TEST_CASE("text before a log line that is neither prompt nor question does not stand") {
    Dialogue d({{"\rfw-a# ", "show clock\r"},
                {"show clock\r\nfw-b# %PIX-6-302013: Built\r\nfw-a# said %PIX-6-302013: Built\r\n03:14:00.123 UTC\r\n\rfw-a# ", ""}},
               1);
    REQUIRE(d.shell.reach_prompt(soon()));
    const auto answer = d.shell.run(line("clock"), {}, {}, soon());
    REQUIRE(answer);
    CHECK(answer->text.ends_with("03:14:00.123 UTC\n"));
}

TEST_CASE("a prompt that a line of a debug took away is asked for again") {
    const std::string debug = "ISAKMP (0): beginning Main Mode exchange\r\n";
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Dialogue d({{banner + "\rfw-a# ", "show clock\r"},
                    {"show clock\r\n03:14:00.123 UTC\r\n\rfw-a# " + debug, "\r"},
                    {"\r\n\rfw-a# ", ""}},
                   size);
        REQUIRE(d.shell.reach_prompt(soon()));
        const auto answer = d.shell.run(line("clock"), {}, {}, soon());
        REQUIRE(answer);
        CHECK(answer->text.starts_with("03:14:00.123 UTC\n"));
        CHECK(d.log->surprises.empty());
    }
}

TEST_CASE("a prompt that falls into the middle of a log line is asked for again, and nothing is while a question stands") {
    for (const std::size_t size : {std::size_t{1}, std::size_t{4096}})
        for (const std::string spoilt : {"%PIX-6-30fw-a# 2013: Built 7", "%PIX-6-302013: Bufw-a# ilt 7", "%PIX-6-302013: Built 7fw-a#"}) {
            CAPTURE(size);
            CAPTURE(spoilt);
            Dialogue d({{"\rfw-a# ", "show clock\r"},
                        {"show clock\r\n03:14:00.123 UTC\r\n" + spoilt + "\r\n%PIX-6-302013: Built 8\r\n", "\r"},
                        {"\r\n\rfw-a# ", ""}},
                       size);
            REQUIRE(d.shell.reach_prompt(soon()));
            const auto answer = d.shell.run(line("clock"), {}, {}, soon());
            REQUIRE(answer);
            CHECK(answer->text == "03:14:00.123 UTC\n\n");
            CHECK(d.log->surprises.empty());

            Dialogue asks({{"\rfw-a# ", "show clock\r"}, {"show clock\r\n" + spoilt + "\r\nProceed? [confirm]", ""}}, size);
            REQUIRE(asks.shell.reach_prompt(soon()));
            const auto none = asks.shell.run(line("clock"), {}, {}, Patience::within(std::chrono::milliseconds{1'000}));
            REQUIRE_FALSE(none);
            CHECK(none.error().kind == ErrorKind::timeout);
            CHECK(asks.log->surprises.empty());
        }
}

TEST_CASE("a line that only looks like a prompt with a line of a debug costs an empty line and nothing else") {
    Dialogue d({{"\rfw-a# ", "show clock\r"},
                {"show clock\r\nfw-a# is the clock's name\r\n", "\r"},
                {"03:14:00.123 UTC\r\n\rfw-a# ", "show debug\r"},
                {"show debug\r\ndebug crypto isakmp enabled at level 127\r\n\rfw-a# ", ""}},
               1);
    REQUIRE(d.shell.reach_prompt(soon()));
    const auto clock = d.shell.run(line("clock"), {}, {}, soon());
    REQUIRE(clock);
    CHECK(clock->text == "fw-a# is the clock's name\n03:14:00.123 UTC\n");
    const auto debugs = d.shell.run(line("before/debug-state"), {}, {}, soon());
    REQUIRE(debugs);
    CHECK(debugs->text == "debug crypto isakmp enabled at level 127\n");
    CHECK(d.log->surprises.empty());
}

TEST_CASE("refusals are told from output") {
    struct Row {
        std::string says;
        formats::Outcome outcome;
    };
    const std::vector<Row> rows{
        {"                      ^\r\nERROR: % Invalid input detected at '^' marker.\r\n", formats::Outcome::unsupported},
        {"Command authorization failed\r\n", formats::Outcome::denied},
        {"ERROR: % Incomplete command\r\n", formats::Outcome::unsupported},
    };
    for (const Row& row : rows)
        for (const std::size_t size : read_sizes) {
            CAPTURE(row.says);
            Dialogue d({{"\rfw-a# ", "show failover\r"}, {"show failover\r\n" + row.says + "\rfw-a# ", ""}}, size);
            REQUIRE(d.shell.reach_prompt(soon()));
            const auto answer = d.shell.run(line("before/show-failover"), {}, {}, soon());
            REQUIRE(answer);
            REQUIRE(answer->refused);
            CHECK(*answer->refused == row.outcome);
        }
}

TEST_CASE("an empty answer is told from none") {
    for (const std::size_t size : read_sizes) {
        Dialogue d({{"\rfw-a# ", "show debug\r"}, {"show debug\r\n\rfw-a# ", ""}}, size);
        REQUIRE(d.shell.reach_prompt(soon()));
        const auto answer = d.shell.run(line("before/debug-state"), {}, {}, soon());
        REQUIRE(answer);
        CHECK(answer->bytes == 0);
    }
}

TEST_CASE("an echo that log lines cut is an echo") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Dialogue d({{"\rfw-a# ", "show clock\r"},
                    {"sho%PIX-6-302013: Built outbound\r\nw cl%PIX-6-302014: Teardown\r\nock\r\n14:02:11.345 UTC Tue Mar 9 2004\r\n\rfw-a# ", ""}},
                   size);
        REQUIRE(d.shell.reach_prompt(soon()));
        const auto answer = d.shell.run(line("clock"), {}, {}, soon());
        if (!answer) FAIL(answer.error().message());
        CHECK(answer->text == "14:02:11.345 UTC Tue Mar 9 2004\n");
    }
}

TEST_CASE("a prompt that was believed before the echo of the line counts as text of the line before") {
    Dialogue d({{"\rfw-a# ", "show clock\r"}, {"late line\r\n\rfw-a# show clock\r\n14:02:11.345 UTC Tue Mar 9 2004\r\n\rfw-a# ", ""}}, 1);
    REQUIRE(d.shell.reach_prompt(soon()));
    const auto answer = d.shell.run(line("clock"), {}, {}, soon());
    REQUIRE(answer);
    CHECK(answer->lines == 1);
    CHECK(answer->text == "14:02:11.345 UTC Tue Mar 9 2004\n");
}

TEST_CASE("a foreign prompt is reported as not a known platform") {
    for (const std::size_t size : read_sizes) {
        Dialogue d({{"Linux gw 6.1.0\r\nLast login: today\r\nroot@gw:~$ ", ""}}, size);
        const auto reached = d.shell.reach_prompt(soon());
        REQUIRE_FALSE(reached);
        CHECK(reached.error().kind == ErrorKind::prompt);
        CHECK(reached.error().detail.find("not a known platform") != std::string::npos);
        CHECK(reached.error().detail.find("root@gw:~$") != std::string::npos);
    }
}

TEST_CASE("silence after the login is a timeout that names the last line") {
    Dialogue d({{banner, ""}}, 3);
    const auto reached = d.shell.reach_prompt(soon());
    REQUIRE_FALSE(reached);
    CHECK(reached.error().kind == ErrorKind::timeout);
    CHECK(reached.error().detail.find("Type help") != std::string::npos);
}

TEST_CASE("what came before a lost session reached the sink") {
    Dialogue d({{"\rfw-a# ", "show version\r"}, {"show version\r\nCisco PIX Security Appliance\r\nhalf", ""}}, 1, true);
    REQUIRE(d.shell.reach_prompt(soon()));
    std::string text;
    const auto answer = d.shell.run(line("before/show-version"), [&](std::string_view lines) { return text += lines, true; }, {}, soon());
    REQUIRE_FALSE(answer);
    CHECK(answer.error().kind == ErrorKind::disconnected);
    CHECK(text == "Cisco PIX Security Appliance\n");
}

TEST_CASE("a line of another endpoint's plan is not written") {
    Dialogue d({{"\rfw-a# ", ""}}, 1);
    REQUIRE(d.shell.reach_prompt(soon()));
    formats::Incident other = incident();
    other.endpoints.front().name = "branch";
    const auto other_plan = collector::Plan::make(other, profiles());
    REQUIRE(other_plan);
    const auto foreign = other_plan->candidates(0).front().line("clock");
    REQUIRE(foreign);
    const auto answer = d.shell.run(*foreign, {}, {}, soon());
    REQUIRE_FALSE(answer);
    CHECK(answer.error().kind == ErrorKind::plan);
    CHECK(d.log->written.empty());
}

namespace {

/// A console of hq, with a user name in its plan.
const EndpointPlan& console_plan() {
    static const auto made = [] {
        formats::Incident console = incident();
        console.endpoints.front().target.transport = formats::Transport::exec;
        console.endpoints.front().target.user = "admin";
        auto plan = collector::Plan::make(console, profiles());
        REQUIRE(plan);
        return std::move(*plan);
    }();
    return made.candidates(0).front();
}

/// A person, or a source, that gives a password; counts what was asked and refused.
struct Answering {
    collector::Secret secret{std::string("CANARY-login")};
    collector::PlannedLine user = *console_plan().line("user");
    int asked = 0, refused = 0;
    TextLogin login(bool wakes, int most = 1) {
        return {&user,
                [this, most]() -> formats::Result<const collector::Secret*> {
                    if (asked++ == most) return formats::Error{ErrorKind::login, "hq", "refused before", {}};
                    return &secret;
                },
                [this] { ++refused; }, wakes};
    }
};

}  // namespace

TEST_CASE("a login in the text: the name and the password, each to its own prompt") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Answering person;
        const TextLogin login = person.login(false);
        Dialogue d({{"\r\n\r\nUser Access Verification\r\n\r\nUsername: ", "admin\r"},
                    {"admin\r\nPassword: ", "CANARY-login\r"},
                    {"\r\nType help or '?' for a list of available commands.\r\n\rfw-a> ", ""}},
                   size);
        const auto reached = d.shell.reach_prompt(soon(), &login);
        if (!reached) FAIL(reached.error().message());
        CHECK(d.shell.prompt_name() == "fw-a");
        CHECK(person.asked == 1);
        CHECK(person.refused == 0);
        CHECK(d.log->surprises.empty());
    }
}

TEST_CASE("a login in the text: a refused password is not sent again by itself") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Answering source;
        const TextLogin login = source.login(false);
        Dialogue d({{"Password: ", "CANARY-login\r"}, {"\r\nInvalid password\r\nPassword: ", ""}}, size);
        const auto reached = d.shell.reach_prompt(soon(), &login);
        REQUIRE_FALSE(reached);
        CHECK(reached.error().kind == ErrorKind::login);
        CHECK(source.refused == 1);
        CHECK(d.log->written == "CANARY-login\r");
    }
    // A session that ends after the password is a refusal too.
    Answering source;
    const TextLogin login = source.login(false);
    Dialogue d({{"Password: ", "CANARY-login\r"}, {"\r\n% Bad passwords\r\n", ""}}, 1, true);
    const auto reached = d.shell.reach_prompt(soon(), &login);
    REQUIRE_FALSE(reached);
    CHECK(reached.error().kind == ErrorKind::login);
    CHECK(source.refused == 1);
}

TEST_CASE("no name, no guess: a user prompt without a user is an error with a remedy") {
    const TextLogin login{nullptr, [] { return formats::Result<const collector::Secret*>(formats::Error{}); }, [] {}, false};
    Dialogue d({{"Username: ", ""}}, 1);
    const auto reached = d.shell.reach_prompt(soon(), &login);
    REQUIRE_FALSE(reached);
    CHECK(reached.error().kind == ErrorKind::login);
    CHECK(reached.error().remedy.find("user = ") != std::string::npos);
    CHECK(d.log->written.empty());
}

TEST_CASE("a console that says nothing is woken, and left out of whatever mode it was found in") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Answering person;
        const TextLogin login = person.login(true);
        Dialogue d({{"", "\r"},
                    {"\r\n\rfw-a(config-if)# ", "exit\r"},
                    {"exit\r\n\rfw-a(config)# ", "exit\r"},
                    {"exit\r\n\rfw-a# ", "exit\r"},
                    {"exit\r\n\r\nLogoff\r\n\r\n\rfw-a> ", ""}},
                   size);
        const auto reached = d.shell.reach_prompt(soon(), &login);
        if (!reached) FAIL(reached.error().message());
        CHECK(d.shell.is_in_configuration());
        CHECK(person.asked == 0);
        const auto left = d.shell.leave_configuration(*console_plan().line("leave-configuration"), soon());
        if (!left) FAIL(left.error().message());
        CHECK(d.shell.is_enabled());
        CHECK(d.shell.leave(*console_plan().line("leave"), soon()));
        CHECK(d.log->surprises.empty());
    }
}

namespace {

/// A PIX 6 whose plan may enter configuration mode.
const EndpointPlan& configuring_plan() {
    static const auto made = [] {
        auto wishes = incident();
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
        : shell(std::make_unique<ScriptedTransport>(std::move(turns), read_size, log, false), "hq", std::vector{&configuring_plan().profile()}) {
        REQUIRE(shell.reach_prompt(soon()));
    }
    formats::Result<collector::Answer> run(std::string_view id) { return shell.run(*configuring_plan().line(id), {}, {}, soon()); }
};

const std::vector<Turn> into_configuration{{"\rfw-a# ", "configure terminal\r"}, {"configure terminal\r\n\rfw-a(config)# ", "\r"}};

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
        Configuring d(then({{"\r\n\rfw-a(config)# ", "clear crypto ipsec sa peer 203.0.113.1"}, {"clear crypto ipsec sa per 203.0.113.1", ""}}), size);
        REQUIRE(d.run("configure"));
        const auto line = configuring_plan().line("reset/ipsec-peer", {{"peer-address", "203.0.113.1"}});
        REQUIRE_FALSE(line);  // no reset without its own consent
        auto wishes = incident();
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

TEST_CASE("in configuration mode an interrupt between a line and its echo costs the session: no CR may follow what stands there") {
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
        const auto answer = d.shell.run(*configuring_plan().line("disarm/isakmp"), {}, {}, Patience::within(std::chrono::seconds{8}));
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

TEST_CASE("a console that does not answer the logout was not seen to be left") {
    Dialogue d({{"\rfw-a# ", "exit\r"}, {"exit\r\n", ""}}, 1);
    REQUIRE(d.shell.reach_prompt(soon()));
    CHECK_FALSE(d.shell.leave(*console_plan().line("leave"), soon()));
}

TEST_CASE("a stream's line glued to a pager's mark does not leave the page waiting") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Dialogue d({{"\rfw-a# ", "show debug\r"}, {"show debug\r\none\r\n<--- More --->ISAKMP (0): processing\r\n", " "}, {"two\r\n", ""}}, size);
        REQUIRE(d.shell.reach_prompt(soon()));
        REQUIRE(d.shell.send(line("arm/state"), {}, soon()));
        std::string text;
        while (d.shell.listen([&](std::string_view lines) { return text += lines, true; }, soon())) {
        }
        CHECK(text.ends_with("two\n"));
        CHECK(d.log->surprises.empty());
    }
}

TEST_CASE("with several dialects the first that has such a prompt is spoken") {
    std::vector<const formats::Profile*> all;
    for (const auto& profile : profiles()) all.push_back(&profile);
    struct Row {
        std::string prompt, name, dialect;
    };
    for (const auto& row : std::vector<Row>{{"\r\n\rfw/ctx1/pri/act# ", "fw/ctx1/pri/act", "asa"}, {"\r\nrouter#", "router", "asa"}}) {
        CAPTURE(row.prompt);
        const auto log = std::make_shared<ScriptLog>();
        Shell shell(std::make_unique<ScriptedTransport>(std::vector<Turn>{{row.prompt, ""}}, 1, log, false), "hq", all);
        REQUIRE(shell.reach_prompt(soon()));
        CHECK(shell.prompt_name() == row.name);
        CHECK(shell.dialect().name == row.dialect);
    }
}

namespace {

/// Sends lines without a pause, for ever.
class EndlessTransport : public collector::Transport {
 public:
    formats::Result<std::size_t> read_some(std::span<char> into, const Patience&) override {
        const std::string_view line = echoed_ ? "one more line\r\n" : first_;
        echoed_ = typed_;
        const std::size_t n = std::min(into.size(), line.size());
        std::copy_n(line.begin(), n, into.begin());
        if (!typed_ && std::exchange(shown_, true)) return formats::Error{ErrorKind::timeout, "endless", "nothing", {}};
        return n;
    }
    formats::Result<void> write(std::string_view bytes, const Patience&) override {
        typed_ = typed_ || bytes.ends_with('\r');
        first_ = "show clock\r\n";
        return {};
    }
    void close() noexcept override {}

 private:
    std::string_view first_ = "\rfw-a# ";
    bool typed_ = false, echoed_ = false, shown_ = false;
};

}  // namespace

TEST_CASE("a device that never pauses does not hold up the end of our patience") {
    Shell shell(std::make_unique<EndlessTransport>(), "hq", std::vector{formats::find_profile(profiles(), "pix7")});
    REQUIRE(shell.reach_prompt(soon()));
    const auto before = std::chrono::steady_clock::now();
    const auto answer = shell.run(line("clock"), {}, {}, Patience::within(std::chrono::milliseconds{200}));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().kind == ErrorKind::timeout);
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds{20});
}
