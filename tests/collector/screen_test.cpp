#include "collector/progress/screen.hpp"

#include <doctest/doctest.h>

#include "collector/progress/screen_text.hpp"

using collector::cut_to_columns;
using collector::EventKind;
using collector::neutralised;
using collector::ProgressSettings;
using collector::Screen;
using formats::RedactedText;

namespace {

const RedactedText hq = RedactedText::own("hq");
const RedactedText branch = RedactedText::own("branch");

constexpr ProgressSettings plain{};
constexpr ProgressSettings live{.json = false, .verbosity = 0, .colour = false, .live = true};
constexpr Screen::Size size{40, 24};

}  // namespace

TEST_CASE("what could steer a terminal is shown instead") {
    struct Row {
        std::string text, shown;
    };
    const std::vector<Row> rows{
        {"plain text", "plain text"},
        {"\x1b[2J\x07", "\\x1b[2J\\x07"},
        {"a\r\nb", "a\\x0d\\nb"},
        {"a\tb", "a b"},
        {"\x7f", "\\x7f"},
        {"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x94\x92", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x94\x92"},
        {"\xc2\x9b"
         "31m",
         "\\u009b31m"},  // CSI as one C1 control
        {"\xe2\x80\xae"
         "abc",
         "\\u202e"
         "abc"},                              // right-to-left override
        {"\xff\xc3", "\\xff\\xc3"},           // no UTF-8
        {"\xc0\xaf", "\\xc0\\xaf"},           // overlong
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},  // a surrogate
        {std::string("\0", 1), "\\x00"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.shown);
        CHECK(neutralised(row.text) == row.shown);
    }
    CHECK(neutralised("a\nb", true) == "a\nb");
}

TEST_CASE("a text is cut to columns between letters") {
    struct Row {
        std::string text;
        std::size_t columns;
        std::string cut;
    };
    const std::vector<Row> rows{
        {"12345", 5, "12345"},
        {"123456", 5, "12..."},
        {"\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc", 5, "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc"},
        {"\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc", 5, "\xc3\xbc\xc3\xbc..."},
        {"\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2", 5, "\xe6\xbc\xa2..."},  // two columns each
        {"1234", 2, "12"},
        {"", 3, ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(cut_to_columns(row.text, row.columns) == row.cut);
    }
}

TEST_CASE("plain lines are aligned, and the whole run has a dash") {
    Screen screen(plain);
    screen.add(EventKind::phase, {}, RedactedText::own("connect"));
    screen.add(EventKind::debug, hq, RedactedText::own("armed: isakmp, ipsec"));
    screen.add(EventKind::capture, hq, RedactedText::own("show version: ok"));
    CHECK(screen.take(size, false) ==
          "-        phase    connect\n"
          "hq       debug    armed: isakmp, ipsec\n");
    CHECK(screen.take(size, false).empty());
}

TEST_CASE("further lines of a text stand below it, so that none can pass for a message") {
    Screen screen(live);
    screen.add(EventKind::warning, hq, RedactedText::own("missing:\n  show clock\nhq       debug    disarmed\n"));
    CHECK(screen.take(size, true) ==
          "hq       warning  missing:\n"
          "                    show clock\n"
          "                  hq       debug    disarmed\n"
          "hq       warning  missing:");
}

TEST_CASE("on a terminal all scrolls and stays but captures and what is of the moment only") {
    Screen screen(live);
    screen.add(EventKind::endpoint, hq, RedactedText::own("connecting"), true);
    CHECK(screen.take(size, true) == "hq       endpoint connecting");
    screen.add(EventKind::endpoint, hq, RedactedText::own("login refused: the password was not accepted (check it)"));
    screen.add(EventKind::capture, branch, RedactedText::own("show version: ok"));
    CHECK(screen.take(size, true) ==
          "\r\x1b[Jhq       endpoint login refused: the password was not accepted (check it)\n"
          "hq       endpoint login refused: the...\r\nbranch   capture  show version: ok");
    Screen piped(plain);
    piped.add(EventKind::endpoint, hq, RedactedText::own("connecting"), true);
    CHECK(piped.take(size, false) == "hq       endpoint connecting\n");
}

TEST_CASE("verbose shows captures, quiet shows nothing but what is always shown") {
    Screen verbose({.json = false, .verbosity = 1, .colour = false, .live = false});
    verbose.add(EventKind::capture, hq, RedactedText::own("show version: ok"));
    CHECK(verbose.take(size, false) == "hq       capture  show version: ok\n");
    Screen quiet({.json = false, .verbosity = -1, .colour = true, .live = true});
    quiet.add(EventKind::warning, hq, RedactedText::own("odd"));
    CHECK(quiet.take(size, true).empty());
    quiet.add_always(RedactedText::own("hq may still be debugging. Type:\n  no debug all\x1b"));
    CHECK(quiet.take(size, true) == "hq may still be debugging. Type:\n  no debug all\\x1b\n");
}

TEST_CASE("colour is written only when it is asked for") {
    Screen coloured({.json = false, .verbosity = 0, .colour = true, .live = false});
    coloured.add(EventKind::warning, hq, RedactedText::own("x"));
    CHECK(coloured.take(size, false) == "hq       \x1b[33mwarning \x1b[0m x\n");
}

TEST_CASE("live lines are redrawn in place below what scrolls, and leave nothing behind") {
    Screen screen(live);
    screen.add(EventKind::endpoint, hq, RedactedText::own("connecting"), true);
    CHECK(screen.take(size, true) == "hq       endpoint connecting");
    screen.add(EventKind::endpoint, branch, RedactedText::own("connecting"), true);
    CHECK(screen.take(size, true) == "\r\x1b[Jhq       endpoint connecting\r\nbranch   endpoint connecting");
    screen.add(EventKind::phase, {}, RedactedText::own("before"));
    screen.add(EventKind::capture, hq, RedactedText::own("a command with a long name that does not fit"));
    CHECK(screen.take(size, true) ==
          "\r\x1b[1A\x1b[J-        phase    before\n"
          "hq       capture  a command with a l...\r\nbranch   endpoint connecting");
    CHECK(screen.take(size, true).empty());
    CHECK(screen.take(size, false) == "\r\x1b[1A\x1b[J");
    CHECK(screen.take(size, false).empty());
    CHECK(screen.take(size, true) == "hq       capture  a command with a l...\r\nbranch   endpoint connecting");
}

TEST_CASE("more endpoints than rows are summed up") {
    Screen screen(live);
    for (const auto& name :
         {RedactedText::own("a"), RedactedText::own("b"), RedactedText::own("c"), RedactedText::own("d")})
        screen.add(EventKind::endpoint, name, RedactedText::own("up"), true);
    CHECK(screen.take({80, 4}, true) == "a        endpoint up\r\nb        endpoint up\r\n... and 2 more");
}

TEST_CASE("messages that nobody takes are counted, not kept") {
    Screen screen(plain);
    for (int n = 0; n < 100'000; ++n) screen.add(EventKind::warning, hq, RedactedText::own("the same again"));
    const auto bytes = screen.take(size, false);
    CHECK(bytes.size() < 300 * 1024);
    CHECK(bytes.find("lines left out") != std::string::npos);
}
