#include "collector/progress/terminal.hpp"

#include <doctest/doctest.h>

#include <future>
#include <thread>

#include "collector/system/interrupts.hpp"
#include "tests/support/pty.hpp"

using collector::Interrupts;
using collector::Patience;
using collector::Terminal;
using formats::ErrorKind;
using std::chrono::milliseconds;
using std::chrono::seconds;
using support::Pty;

namespace {

/// What the child says of an answer, as an exit status.
int status_of(const formats::Result<std::string>& answer, std::string_view expected) {
    if (answer) return *answer == expected ? 0 : 1;
    switch (answer.error().kind) {
        case ErrorKind::usage: return 10;
        case ErrorKind::timeout: return 11;
        case ErrorKind::interrupted: return 12;
        default: return 13;
    }
}

}  // namespace

TEST_CASE("without a terminal a question is a usage error") {
    Terminal terminal(false);
    CHECK_FALSE(terminal.is_there());
    const auto answer = terminal.ask("name: ", false, Patience::within(seconds(1)));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().kind == ErrorKind::usage);
}

TEST_CASE("a process without a controlling terminal has none") {
    const pid_t child = ::fork();
    if (child == 0) {
        ::setsid();
        ::_exit(Terminal().is_there() ? 1 : 0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
}

TEST_CASE("an open answer is echoed and returned without its newline") {
    Pty person([] {
        Terminal terminal;
        return status_of(terminal.ask("host name: ", false, Patience::within(seconds(9))), "pix-hq");
    });
    REQUIRE(person.read_until("host name: "));
    CHECK(person.echoes());
    person.type("pix-hq\r");
    CHECK(person.end() == 0);
    CHECK(person.seen().find("pix-hq") != std::string::npos);
}

TEST_CASE("a hidden answer is never echoed and the echo is back afterwards") {
    Pty person([] {
        Terminal terminal;
        const int first = status_of(terminal.ask("hq: password: ", true, Patience::within(seconds(9))), "CANARY-typed");
        if (first != 0) return first;
        return status_of(terminal.ask("open: ", false, Patience::within(seconds(9))), "x");
    });
    REQUIRE(person.read_until("hq: password: "));
    CHECK_FALSE(person.echoes());
    person.type("CANARY-typed\r");
    REQUIRE(person.read_until("open: "));
    CHECK(person.echoes());
    person.type("x\r");
    CHECK(person.end() == 0);
    CHECK(person.seen().find("CANARY") == std::string::npos);
    CHECK(person.seen().find("password: \r\n") != std::string::npos);
}

TEST_CASE("what was typed before the question does not answer it") {
    Pty person([] {
        char go = 0;
        (void)!::read(STDIN_FILENO, &go, 1);  // the first line wakes us; "yes" is in the buffer already
        Terminal terminal;
        return status_of(terminal.ask("drop all tunnels? ", false, Patience::within(seconds(9))), "no");
    });
    person.type("go\ryes\r");
    REQUIRE(person.read_until("drop all tunnels? "));
    person.type("no\r");
    CHECK(person.end() == 0);
}

TEST_CASE("no answer in time is a timeout and the echo is restored") {
    Pty person([] {
        Terminal terminal;
        const int first = status_of(terminal.ask("hidden: ", true, Patience::within(milliseconds(30))), "");
        termios settings{};
        ::tcgetattr(STDIN_FILENO, &settings);
        return (settings.c_lflag & ECHO) != 0 ? first : 99;
    });
    CHECK(person.end() == 11);
}

TEST_CASE("Ctrl-C at a question ends it as interrupted, with the signals blocked, and restores the echo") {
    Pty person([] {
        Interrupts interrupts;
        Terminal terminal(true, interrupts.orderly());
        const int first = status_of(terminal.ask("hidden: ", true, Patience::within(seconds(9))), "");
        termios settings{};
        ::tcgetattr(STDIN_FILENO, &settings);
        return (settings.c_lflag & ECHO) != 0 ? first : 99;
    });
    REQUIRE(person.read_until("hidden: "));
    person.type("half\x03");
    CHECK(person.end() == 12);
}

TEST_CASE("a stop of the patience ends a question") {
    Pty person([] {
        std::stop_source stop;
        Terminal terminal;
        stop.request_stop();
        return status_of(terminal.ask("name: ", false, Patience::within(seconds(9), stop.get_token())), "");
    });
    CHECK(person.end() == 12);
}

TEST_CASE("Ctrl-D and a terminal that goes away are no answer") {
    Pty person([] {
        Terminal terminal;
        return status_of(terminal.ask("name: ", false, Patience::within(seconds(9))), "");
    });
    REQUIRE(person.read_until("name: "));
    person.type("\x04");
    CHECK(person.end() == 10);
}

TEST_CASE("two threads ask one after the other and each gets its own answer") {
    Pty person([] {
        Terminal terminal;
        int shown = 0;
        terminal.around_questions([&] { ++shown; }, [&] { --shown; });
        int first = 99;
        int second = 99;
        {
            std::jthread one(
                [&] { first = status_of(terminal.ask("one? ", false, Patience::within(seconds(9))), "1"); });
            std::jthread two(
                [&] { second = status_of(terminal.ask("two? ", false, Patience::within(seconds(9))), "2"); });
        }
        return first + second + shown;
    });
    REQUIRE(person.read_until("? "));
    const bool one_first = person.seen().find("one? ") != std::string::npos;
    CHECK(person.seen().find(one_first ? "two? " : "one? ") == std::string::npos);
    person.type(one_first ? "1\r" : "2\r");
    REQUIRE(person.read_until(one_first ? "two? " : "one? "));
    person.type(one_first ? "2\r" : "1\r");
    CHECK(person.end() == 0);
}

TEST_CASE("an interrupt reaches a thread that waits for its turn") {
    Pty person([] {
        std::stop_source stop;
        Terminal terminal;
        std::promise<void> shown;
        terminal.around_questions([&] { shown.set_value(); }, nullptr);
        int asked = 99;
        int waiting = 99;
        std::jthread one([&] { asked = status_of(terminal.ask("one? ", false, Patience::within(seconds(9))), "1"); });
        shown.get_future().wait();
        std::jthread two([&] {
            waiting = status_of(terminal.ask("two? ", false, Patience::within(seconds(9), stop.get_token())), "");
        });
        stop.request_stop();
        two.join();
        (void)!::write(STDOUT_FILENO, "gave up\n", 8);
        one.join();
        return asked == 0 && waiting == 12 ? 0 : 1;
    });
    REQUIRE(person.read_until("gave up"));
    REQUIRE(person.read_until("one? "));  // what is typed before a question is not meant for it
    person.type("1\r");
    CHECK(person.end() == 0);
    CHECK(person.seen().find("two? ") == std::string::npos);
}
