// Logging in: the first prompt, names and passwords in the text, enable, consoles.

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "collector/session/shell.hpp"
#include "formats/transcript/device_words.hpp"
#include "support/scripted_dialogue.hpp"

using collector::EndpointPlan;
using collector::Shell;
using collector::TextLogin;
using formats::ErrorKind;
using support::banner;
using support::Dialogue;
using support::incident_of_hq;
using support::line;
using support::profiles;
using support::read_sizes;
using support::ScriptedTransport;
using support::ScriptLog;
using support::soon;
using support::Turn;

namespace {

collector::EnableLogin with(const collector::Secret& secret) {
    return {nullptr, [&] { return formats::Result<const collector::Secret*>(&secret); }};
}

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
        Dialogue d({{banner + "\rfw-a> ", "enable\r"},
                    {"enable\r\nPassword: ", "CANARY-enable\r"},
                    {"*************\r\n\rfw-a# ", ""}},
                   size);
        REQUIRE(d.shell.reach_prompt(soon()));
        REQUIRE(d.shell.enable(line("enable"), with(secret), soon()));
        CHECK(d.shell.is_enabled());
        CHECK(d.log->surprises.empty());
    }
}

TEST_CASE("a refused enable password is an error and is sent once") {
    const collector::Secret secret(std::string("CANARY-enable"));
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Dialogue d({{"\rfw-a> ", "enable\r"},
                    {"enable\r\nPassword: ", "CANARY-enable\r"},
                    {"*************\r\nInvalid password\r\nPassword: ", ""}},
                   size);
        REQUIRE(d.shell.reach_prompt(soon()));
        const auto enabled = d.shell.enable(line("enable"), with(secret), soon());
        REQUIRE_FALSE(enabled);
        CHECK(enabled.error().kind == ErrorKind::login);
        CHECK(enabled.error().message().find("CANARY") == std::string::npos);
        CHECK(d.log->written == "enable\rCANARY-enable\r");
    }
}

TEST_CASE("a device that never had an enable password is not given one") {
    const collector::Secret secret(std::string("CANARY-enable"));
    Dialogue d({{"\rfw-a> ", "enable\r"},
                {"enable\r\nThe enable password is not set.  Please set it now.\r\nEnter  Password: ", ""}},
               1);
    REQUIRE(d.shell.reach_prompt(soon()));
    const auto enabled = d.shell.enable(line("enable"), with(secret), soon());
    REQUIRE_FALSE(enabled);
    CHECK(d.log->written == "enable\r");
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

TEST_CASE("with several dialects the first that has such a prompt is spoken") {
    std::vector<const formats::Profile*> all;
    for (const auto& profile : profiles()) all.push_back(&profile);
    struct Row {
        std::string prompt, name, dialect;
    };
    for (const auto& row :
         std::vector<Row>{{"\r\n\rfw/ctx1/pri/act# ", "fw/ctx1/pri/act", "asa"}, {"\r\nrouter#", "router", "asa"}}) {
        CAPTURE(row.prompt);
        const auto log = std::make_shared<ScriptLog>();
        Shell shell(std::make_unique<ScriptedTransport>(std::vector<Turn>{{row.prompt, ""}}, 1, log, false), "hq", all);
        REQUIRE(shell.reach_prompt(soon()));
        CHECK(shell.prompt_name() == row.name);
        CHECK(shell.dialect().name == row.dialect);
    }
}

namespace {

/// A console of hq, with a user name in its plan.
const EndpointPlan& console_plan() {
    static const auto made = [] {
        formats::Incident console = incident_of_hq();
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
    const TextLogin login{nullptr, [] { return formats::Result<const collector::Secret*>(formats::Error{}); }, [] {},
                          false};
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
        Dialogue d({{"", "\x03"},
                    {"", "\r"},
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

TEST_CASE("a console that does not answer the logout was not seen to be left") {
    Dialogue d({{"\rfw-a# ", "exit\r"}, {"exit\r\n", ""}}, 1);
    REQUIRE(d.shell.reach_prompt(soon()));
    CHECK_FALSE(d.shell.leave(*console_plan().line("leave"), soon()));
}

TEST_CASE("while a question of somebody's stands nothing is typed, and it is shown") {
    for (const std::string question : {"Proceed with reload? [confirm]", "Save? [yes/no]: ",
                                       "Destination filename [startup-config]? ", "Building index 12 of"})
        for (const std::size_t size : read_sizes) {
            CAPTURE(question);
            CAPTURE(size);
            Answering person;
            const TextLogin login = person.login(true);
            Dialogue d({{"\r\n" + question, ""}}, size);
            const auto reached = d.shell.reach_prompt(soon(), &login);
            REQUIRE_FALSE(reached);
            CHECK(reached.error().kind == ErrorKind::prompt);
            CHECK(reached.error().detail.find(formats::without_end_blanks(question)) != std::string::npos);
            CHECK(d.log->written == "");
        }
}

TEST_CASE("a question for a person in place of the first prompt stops the login") {
    for (const std::size_t size : read_sizes) {
        Dialogue d({{banner + "Would you like to enable anonymous error reporting to help improve the product? [Y]es, "
                              "[N]o, [A]sk later:",
                     ""}},
                   size);
        const auto reached = d.shell.reach_prompt(soon());
        REQUIRE_FALSE(reached);
        CHECK(reached.error().kind == ErrorKind::prompt);
        CHECK(reached.error().detail.find("Would you like to enable anonymous error reporting") != std::string::npos);
        CHECK(reached.error().detail.find("only a person may answer") != std::string::npos);
        CHECK(d.log->written == "");

        // It wants a new password, and no login's.
        Answering person;
        const TextLogin login = person.login(false);
        Dialogue sets({{banner + "The enable password is not set.  Please set it now.\r\nEnter  Password: ", ""}},
                      size);
        const auto unset = sets.shell.reach_prompt(soon(), &login);
        REQUIRE_FALSE(unset);
        CHECK(unset.error().kind == ErrorKind::prompt);
        CHECK(sets.log->written == "");
    }
}

TEST_CASE("what somebody left typed on a console is broken off and never sent") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Answering person;
        const TextLogin login = person.login(true);
        // In sight, and out of it: then the line is silent, and the first key is Ctrl-C.
        for (const std::string& shown : {std::string("\r\n\rfw-a# reload"), std::string()}) {
            Dialogue d({{shown, "\x03"}, {"^C\r\n\rfw-a# ", ""}}, size);
            const auto reached = d.shell.reach_prompt(soon(), &login);
            if (!reached) FAIL(reached.error().message());
            CHECK(d.log->written == "\x03");
        }
    }
}

TEST_CASE(
    "a line that is silent until Enter is woken once, whatever leads to it, and no slow one is logged in to by that") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Answering person;
        for (const bool wakes : {true, false}) {
            const TextLogin login = person.login(wakes);
            Dialogue text({{"", "\x03"}, {"", "\r"}, {"\r\n\rfw-a> ", ""}}, size);
            CHECK(text.shell.reach_prompt(soon(), &login));
            CHECK(text.log->surprises.empty());
        }
        Dialogue ssh({{"", "\x03"}, {"", "\r"}, {"\r\n\rfw-a> ", ""}}, size);
        CHECK(ssh.shell.reach_prompt(soon()));
        Dialogue mute({{"", "\x03"}, {"", ""}}, size);
        CHECK_FALSE(mute.shell.reach_prompt(soon()));
        CHECK(mute.log->written == "\x03\r");

        // Behind the greeting of what leads to a console, and not behind that of a device.
        const TextLogin console = person.login(true), telnet = person.login(false);
        Dialogue greeted({{"Trying 192.0.2.9...\r\nConnected.\r\n", "\x03"}, {"", "\r"}, {"\r\n\rfw-a> ", ""}}, size);
        CHECK(greeted.shell.reach_prompt(soon(), &console));
        Dialogue slow({{"\r\nUser Access Verification\r\n\r\n", ""}}, size);
        CHECK_FALSE(slow.shell.reach_prompt(soon(), &telnet));
        CHECK(slow.log->written == "");
        // Behind the password, when no AAA server would take longer.
        Dialogue behind({{"Password: ", "CANARY-login\r"}, {"\r\n", "\r"}, {"\r\n\rfw-a> ", ""}}, size);
        CHECK(behind.shell.reach_prompt(soon(), &telnet));
        CHECK(behind.log->surprises.empty());
    }
}

TEST_CASE("an AAA server may take its time: nothing is typed behind a name or a password") {
    using std::chrono::milliseconds;
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Answering person;
        const TextLogin login = person.login(true);
        Dialogue d({{"Username: ", "admin\r"},
                    {"admin\r\nPassword: ", "CANARY-login\r", milliseconds{9'000}},
                    {"\r\n\rfw-a> ", "enable\r", milliseconds{25'000}},
                    {"enable\r\nPassword: ", "CANARY-enable\r"},
                    {"\r\n\rfw-a# ", "", milliseconds{25'000}}},
                   size);
        REQUIRE(d.shell.reach_prompt(soon(), &login));
        const collector::Secret secret(std::string("CANARY-enable"));
        REQUIRE(d.shell.enable(line("enable"), with(secret), soon()));
        CHECK(d.log->surprises.empty());
    }
}

TEST_CASE("a banner's line that stays unfinished is shown, with the option that waits longer") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Dialogue motd({{"\r\nfw-a - authorised use only", ""}}, size);
        const auto reached = motd.shell.reach_prompt(soon());
        REQUIRE_FALSE(reached);
        CHECK(reached.error().detail.find("authorised use only") != std::string::npos);
        CHECK(reached.error().remedy.find("--connect-timeout") != std::string::npos);
        CHECK(motd.log->written == "");
    }
}

TEST_CASE(
    "enable is answered in the words of an AAA server, and is asked for no secret that the device does not want") {
    const collector::Secret secret(std::string("CANARY-enable"));
    const collector::PlannedLine user = *console_plan().line("user");
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        for (const std::string asks : {"Password: ", "password:", "Enter PASSCODE: ", "AD Password: "}) {
            CAPTURE(asks);
            Dialogue d({{"\rfw-a> ", "enable\r"}, {"enable\r\n" + asks, "CANARY-enable\r"}, {"\r\n\rfw-a# ", ""}},
                       size);
            REQUIRE(d.shell.reach_prompt(soon()));
            CHECK(d.shell.enable(line("enable"), with(secret), soon()));
        }
        Dialogue named({{"\rfw-a> ", "enable\r"},
                        {"enable\r\nUsername: ", "admin\r"},
                        {"admin\r\nPassword: ", "CANARY-enable\r"},
                        {"\r\n\rfw-a# ", ""}},
                       size);
        REQUIRE(named.shell.reach_prompt(soon()));
        auto login = with(secret);
        login.user = &user;
        CHECK(named.shell.enable(line("enable"), login, soon()));
        CHECK(named.log->surprises.empty());

        int asked = 0;
        const collector::EnableLogin counting{
            nullptr, [&] { return ++asked, formats::Result<const collector::Secret*>(&secret); }};
        Dialogue open({{"\rfw-a> ", "enable\r"}, {"enable\r\n\rfw-a# ", ""}}, size);
        REQUIRE(open.shell.reach_prompt(soon()));
        CHECK(open.shell.enable(line("enable"), counting, soon()));
        CHECK(asked == 0);

        const collector::Secret blank{std::string()};
        Dialogue empty({{"\rfw-a> ", "enable\r"}, {"enable\r\nPassword: ", "\r"}, {"\r\n\rfw-a# ", ""}}, size);
        REQUIRE(empty.shell.reach_prompt(soon()));
        CHECK(empty.shell.enable(line("enable"), with(blank), soon()));
    }
}

TEST_CASE("enable that asks again, or shows the user prompt, has refused, with or without words") {
    const collector::Secret secret(std::string("CANARY-enable"));
    for (const std::size_t size : read_sizes)
        for (const std::string after : {"\r\nPassword: ", "\r\n\rfw-a> ", "\r\n% Somebody said no\r\n\rfw-a> "}) {
            CAPTURE(size);
            CAPTURE(after);
            Dialogue d({{"\rfw-a> ", "enable\r"}, {"enable\r\nPassword: ", "CANARY-enable\r"}, {after, ""}}, size);
            REQUIRE(d.shell.reach_prompt(soon()));
            const auto enabled = d.shell.enable(line("enable"), with(secret), soon());
            REQUIRE_FALSE(enabled);
            CHECK(enabled.error().kind == ErrorKind::login);
            CHECK(d.log->written == "enable\rCANARY-enable\r");
            if (after.find("said no") != std::string::npos)
                CHECK(enabled.error().detail.find("Somebody said no") != std::string::npos);
        }
}

TEST_CASE("a password that has expired is said, and neither old nor new one is typed") {
    for (const std::size_t size : read_sizes) {
        Answering person;
        const TextLogin login = person.login(false);
        Dialogue d({{"Username: ", "admin\r"},
                    {"admin\r\nPassword: ", "CANARY-login\r"},
                    {"\r\nYour password has expired.\r\nNew Password: ", ""}},
                   size);
        const auto reached = d.shell.reach_prompt(soon(), &login);
        REQUIRE_FALSE(reached);
        CHECK(reached.error().kind == ErrorKind::login);
        CHECK(reached.error().detail.find("expired") != std::string::npos);
        CHECK(d.log->written == "admin\rCANARY-login\r");
    }
}

TEST_CASE("what a device says last before it closes is quoted, with what helps, and is no refused password") {
    struct Row {
        std::string said, remedy;
        int refused;
    };
    for (const Row& row : std::vector<Row>{{"% Authorization failed.", "AAA", 0},
                                           {"Line has invalid autocommand \"length 0\"", "autocommand", 0},
                                           {"Too many sessions", "taken", 0},
                                           {"You are not permitted to connect from this host.", "access list", 0},
                                           {"Invalid password", "password", 1},
                                           {"Bye.", "password", 1}})
        for (const std::size_t size : read_sizes) {
            CAPTURE(row.said);
            Answering person;
            const TextLogin login = person.login(false);
            Dialogue d({{"Password: ", "CANARY-login\r"}, {"\r\n" + row.said + "\r\n", ""}}, size, true);
            const auto reached = d.shell.reach_prompt(soon(), &login);
            REQUIRE_FALSE(reached);
            CHECK(reached.error().kind == ErrorKind::login);
            CHECK(reached.error().detail.find(row.said) != std::string::npos);
            CHECK(reached.error().remedy.find(row.remedy) != std::string::npos);
            CHECK(person.refused == row.refused);
        }
}
