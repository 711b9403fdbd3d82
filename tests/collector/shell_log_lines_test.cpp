// What the device prints by itself, wherever the cursor stands: behind prompts, in echoes, around a prompt.

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "support/scripted_dialogue.hpp"

using collector::Patience;
using formats::ErrorKind;
using support::banner;
using support::Dialogue;
using support::line;
using support::read_sizes;
using support::soon;

namespace {

collector::EnableLogin with_enable() {
    static const collector::Secret secret("CANARY-enable");
    return {nullptr, [] { return formats::Result<const collector::Secret*>(&secret); }};
}

}  // namespace

TEST_CASE("behind the device's own log lines a prompt still stands, the first one and that of a password too") {
    const std::string logs =
        "%PIX-6-302013: Built outbound TCP connection 7\r\nNov 26 2025 03:14:00: %PIX-6-302014: Teardown TCP "
        "connection 7\r\n";
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
        REQUIRE(d.shell.enable(line("enable"), with_enable(), soon()));
        CHECK(d.shell.is_enabled());
        const auto answer = d.shell.run(line("clock"), {}, {}, soon());
        REQUIRE(answer);
        // They are no part of the answer, but may be what the file is read for.
        CHECK(answer->text == "03:14:00.123 UTC\n");
        std::string seen;
        const auto debugs = d.shell.run(
            line("before/debug-state"), [&](std::string_view lines) { return seen += lines, true; }, {}, soon());
        REQUIRE(debugs);
        CHECK(debugs->text.empty());
        CHECK(seen.find("Teardown") != std::string::npos);
        CHECK(d.log->surprises.empty());
    }
}

TEST_CASE("a first prompt that fell into a log line is asked for, where the login was no part of the text") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        const std::string spoilt = banner + "%PIX-6-30\rfw-a> 2013: Built 7\r\n";
        Dialogue d({{spoilt, "\r"}, {"\r\n\rfw-a> ", ""}}, size);
        REQUIRE(d.shell.reach_prompt(soon()));
        CHECK(d.shell.prompt_name() == "fw-a");
        CHECK(d.log->surprises.empty());

        // Nowhere else: an empty line could be an empty password. Nor where a question stands, nor without end.
        Dialogue text({{spoilt, ""}}, size);
        const collector::TextLogin login;
        REQUIRE_FALSE(text.shell.reach_prompt(soon(), &login));
        CHECK(text.log->written.empty());
        Dialogue asks({{banner + "New password? ", ""}}, size);
        REQUIRE_FALSE(asks.shell.reach_prompt(soon()));
        CHECK(asks.log->written.empty());
        Dialogue mute({{banner, ""}}, size);
        REQUIRE_FALSE(mute.shell.reach_prompt(soon()));
        CHECK(mute.log->written == "\r\r");
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
    Dialogue d(
        {{"\rfw-a# ", "show clock\r"},
         {"show clock\r\nfw-b# %PIX-6-302013: Built\r\nfw-a# said %PIX-6-302013: Built\r\n03:14:00.123 UTC\r\n\rfw-a# ",
          ""}},
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

TEST_CASE(
    "a prompt that falls into the middle of a log line is asked for again, and nothing is while a question stands") {
    for (const std::size_t size : {std::size_t{1}, std::size_t{4096}})
        for (const std::string spoilt : {"%PIX-6-30fw-a# 2013: Built 7", "%PIX-6-302013: Bufw-a# ilt 7",
                                         "%PIX-6-302013: Built 7fw-a#", "%PIX-6-302013: of fw-a: Bufw-a# ilt 7"}) {
            CAPTURE(size);
            CAPTURE(spoilt);
            // A log line without its end is no question.
            for (const std::string behind : {"%PIX-6-302013: Built 8\r\n", "%PIX-6-302013: Bui"}) {
                Dialogue d({{"\rfw-a# ", "show clock\r"},
                            {"show clock\r\n03:14:00.123 UTC\r\n" + spoilt + "\r\n" + behind, "\r"},
                            {"\r\n\rfw-a# ", ""}},
                           size);
                REQUIRE(d.shell.reach_prompt(soon()));
                const auto answer = d.shell.run(line("clock"), {}, {}, soon());
                REQUIRE(answer);
                // The answer to the empty line: its own end, where the log line had one.
                CHECK(answer->text == (behind.ends_with('\n') ? "03:14:00.123 UTC\n\n" : "03:14:00.123 UTC\n"));
                CHECK(d.log->surprises.empty());
            }

            Dialogue asks({{"\rfw-a# ", "show clock\r"}, {"show clock\r\n" + spoilt + "\r\nProceed? [confirm]", ""}},
                          size);
            REQUIRE(asks.shell.reach_prompt(soon()));
            const auto none = asks.shell.run(line("clock"), {}, {}, Patience::within(std::chrono::milliseconds{1'000}));
            REQUIRE_FALSE(none);
            CHECK(none.error().kind == ErrorKind::timeout);
            CHECK(asks.log->surprises.empty());
        }
}

TEST_CASE("a prompt that falls into the middle of a debug's line is asked for again when the stream has ended") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        const std::string stream =
            "Nov 30 21:13:40 [IKEv1 DEBUG]: Groufw-a# p = 203.0.113.1, IP = 203.0.113.1, constructing quick mode\r\n";
        Dialogue d(
            {{"\rfw-a# ", "show clock\r"}, {"show clock\r\n03:14:00.123 UTC\r\n" + stream, "\r"}, {"\r\n\rfw-a# ", ""}},
            size);
        REQUIRE(d.shell.reach_prompt(soon()));
        const auto answer = d.shell.run(line("clock"), {}, {}, soon());
        REQUIRE(answer);
        CHECK(answer->text.starts_with("03:14:00.123 UTC\n"));
        CHECK(d.log->surprises.empty());
    }
}

TEST_CASE("where log lines come without a pause, the prompt is asked for until it is sure that nothing runs") {
    const auto clock = line("clock"), debugs = line("before/debug-state");
    const std::string log = "%PIX-6-302013: Built outbound TCP connection 7 for outside:192.0.2.80/80\r\n";
    struct Ending {
        std::size_t size, cut;
        std::string clock, debugs, surprises;
    };
    std::vector<Ending> endings;
    for (const std::size_t size : {std::size_t{1}, std::size_t{64}})
        for (const auto cut : {0U, 4U, 14U, 40U}) endings.push_back({size, cut, {}, {}, {}});
    {
        std::vector<std::jthread> dialogues;
        for (Ending& ending : endings)
            dialogues.emplace_back([&] {
                // Three in the log: the first of all counts only where it does not stand before the rest of a log line,
                // whose beginning stands before the echo.
                const auto asked = [&](std::vector<support::Turn>& turns, const std::string& then) {
                    for (int n = ending.cut == 0 ? 2 : 3; n > 0; --n) {
                        turns.back().expects = "\r";
                        turns.push_back({"\r\n\rfw-a# ", then});
                    }
                };
                std::vector<support::Turn> turns{{"\rfw-a# ", "show clock\r"},
                                                 {"show clock\r\n03:14:00.123 UTC\r\n\rfw-a# ", ""}};
                asked(turns, "show debug\r");
                turns.push_back({"show debug\r\ndebug crypto isakmp enabled at level 127\r\n\rfw-a# ", ""});
                asked(turns, "");
                Dialogue d(std::move(turns), ending.size);
                if (!d.shell.reach_prompt(soon())) return;
                d.log->endless = log;
                d.log->cut = ending.cut;
                const auto run = [&](const collector::PlannedLine& one) {
                    const auto answer = d.shell.run(one, {}, {}, Patience::within(std::chrono::seconds{30}));
                    return answer ? answer->text : answer.error().message();
                };
                ending.clock = run(clock);
                ending.debugs = run(debugs);
                for (const std::string& one : d.log->surprises) ending.surprises += one;
            });
    }
    for (const Ending& ending : endings) {
        CAPTURE(ending.size);
        CAPTURE(ending.cut);
        CHECK(ending.clock.starts_with("03:14:00.123 UTC\n"));
        CHECK(ending.debugs.starts_with("debug crypto isakmp enabled at level 127\n"));
        CHECK(ending.surprises == "");
    }
}

TEST_CASE("where log lines come without a pause, a session is logged in to, enabled, and broken off") {
    const auto enable = line("enable"), clock = line("clock"), debugs = line("before/debug-state");
    std::vector<std::string> failures(2);
    {
        std::vector<std::jthread> dialogues;
        for (std::size_t n = 0; n < failures.size(); ++n)
            dialogues.emplace_back([&, n] {
                const std::string user = "\r\n\rfw-a> ", enabled = "\r\n\rfw-a# ";
                Dialogue d({{"\rfw-a> ", "\r"},
                            {user, "\r"},
                            {user, "enable\r"},
                            {"enable\r\nPassword: ", "CANARY-enable\r"},
                            {"*************" + enabled, "\r"},
                            {enabled, "\r"},
                            {enabled, "show clock\r"},
                            {"show clock\r\n", "\x03"},
                            {enabled, "\x03"},
                            {enabled, "\x03"},
                            {enabled, "show debug\r"},
                            {"show debug\r\ndebug crypto isakmp enabled at level 127" + enabled, "\r"},
                            {enabled, "\r"},
                            {enabled, ""}},
                           n == 0 ? 1 : 64);
                d.log->endless = "%PIX-6-302013: Built outbound TCP connection 7 for outside:192.0.2.80/80\r\n";
                std::string& failure = failures[n];
                const Patience patience = Patience::within(std::chrono::seconds{30});
                if (const auto reached = d.shell.reach_prompt(patience); !reached) failure += reached.error().message();
                if (const auto is = d.shell.enable(enable, with_enable(), patience); !is)
                    failure += is.error().message();
                const auto endless = d.shell.run(clock, {}, {}, Patience::within(std::chrono::milliseconds{300}));
                if (endless || endless.error().kind != ErrorKind::timeout) failure += "show clock ended";
                const auto answer = d.shell.run(debugs, {}, {}, patience);
                failure += !answer                                           ? answer.error().message()
                           : answer->text.starts_with("debug crypto isakmp") ? ""
                                                                             : answer->text;
                for (const std::string& one : d.log->surprises) failure += "surprised by " + one;
            });
    }
    CHECK(failures[0] == "");
    CHECK(failures[1] == "");
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

TEST_CASE("an echo that log lines cut is an echo") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Dialogue d({{"\rfw-a# ", "show clock\r"},
                    {"sho%PIX-6-302013: Built outbound\r\nw cl%PIX-6-302014: Teardown\r\nock\r\n14:02:11.345 UTC Tue "
                     "Mar 9 2004\r\n\rfw-a# ",
                     ""}},
                   size);
        REQUIRE(d.shell.reach_prompt(soon()));
        const auto answer = d.shell.run(line("clock"), {}, {}, soon());
        if (!answer) FAIL(answer.error().message());
        CHECK(answer->text == "14:02:11.345 UTC Tue Mar 9 2004\n");
    }
}

TEST_CASE("a stream's line glued to a pager's mark does not leave the page waiting") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Dialogue d({{"\rfw-a# ", "show debug\r"},
                    {"show debug\r\none\r\n<--- More --->ISAKMP (0): processing\r\n", " "},
                    {"two\r\n", ""}},
                   size);
        REQUIRE(d.shell.reach_prompt(soon()));
        REQUIRE(d.shell.send(line("arm/state"), {}, soon()));
        std::string text;
        while (d.shell.listen([&](std::string_view lines) { return text += lines, true; }, soon())) {
        }
        CHECK(text.ends_with("two\n"));
        CHECK(d.log->surprises.empty());
    }
}
