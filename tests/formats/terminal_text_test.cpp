#include "formats/text/terminal_text.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "formats/redaction/redaction.hpp"

using formats::TerminalText;

namespace {

struct Row {
    std::string name, bytes, lines, tail;
};

const std::string blanks14(14, ' ');

const std::vector<Row> rows{
    {"line ends of every kind are one", "a\r\nb\r\r\nc\nd\n\re\r\r\r\nf", "a\nb\nc\nd\ne\n", "f"},
    {"a prompt is the tail", "out\r\n\rfw-a# ", "out\n", "fw-a# "},
    {"the echo joins its prompt", "\rfw-a# show clock\r\n14:02\r\n\rfw-a# ", "fw-a# show clock\n14:02\n", "fw-a# "},
    {"a pager mark and its erasure leave nothing", "one\r\n<--- More --->\r" + blanks14 + "\rtwo\r\n", "one\ntwo\n",
     ""},
    {"a short line after an erased pager mark has no blanks behind it", "<--- More --->\r" + blanks14 + "\rab\r\n",
     "ab\n", ""},
    {"a longer line after an erased pager mark is whole",
     "<--- More --->\r" + blanks14 + "\rcrypto map VPN 10 set peer\r\n", "crypto map VPN 10 set peer\n", ""},
    {"blanks of the device at the end of a line stay", "access-list any \r\n", "access-list any \n", ""},
    {"blanks inside a line written over a pager mark stay", "<--- More --->\r" + blanks14 + "\ra b\r\n", "a b\n", ""},
    {"an IOS pager mark is erased by backspaces",
     " --More-- \b\b\b\b\b\b\b\b\b\b          \b\b\b\b\b\b\b\b\b\bnext\r\n", "next\n", ""},
    {"a redraw of the same adds", "abc\rabcdef\r\n", "abcdef\n", ""},
    {"a redraw of something else hides nothing", "abcdef\rABC\r\n", "abcdef\rABC\n", ""},
    {"nor does an edit by backspaces", "sjow\b\b\bhow\r\n", "sjow\b\b\bhow\n", ""},
    {"nor do blanks that erase the beginning of a line", "key CANARYcr\r    \r\n", "key CANARYcr\r    \n", ""},
    {"nor do backspaces and blanks inside it", "key CANARY\b\b\b\b\b\b\b\b   \r\n", "key CANARY\b\b\b\b\b\b\b\b   \n",
     ""},
    {"the line behind such a one is read as any", "ab\rcd\r\nx\ry\r\nabc\b\b\r\n", "ab\rcd\nx\ry\nabc\n", ""},
    {"an unfinished line is what a screen shows", "abcdef\rABC", "", "ABCdef"},
    {"escape sequences vanish",
     "\x1b[?2004ha\x1b[1;31mb\x1b]0;title\ac\x1b"
     "7d\n",
     "abcd\n", ""},
    {"an escape sequence does not swallow a line end", "a\x1b[12\nb\n", "a\nb\n", ""},
    {"text beyond an erased end keeps its column", "abc\b\b  x\n", "a  x\n", ""},
    {"a prompt over an erased pager mark is whole", "<--- More --->\r" + blanks14 + "\r\rfw# ", "", "fw# "},
    {"NUL vanishes", std::string("a\0b\r\0\n", 6), "ab\n", ""},
};

}  // namespace

TEST_CASE("device bytes become the lines a terminal would show, at every chunking") {
    for (const Row& row : rows) {
        CAPTURE(row.name);
        for (const std::size_t step : {row.bytes.size(), std::size_t{1}, std::size_t{3}, std::size_t{7}}) {
            TerminalText text;
            std::string lines;
            for (std::size_t at = 0; at < row.bytes.size(); at += step)
                text.feed(std::string_view(row.bytes).substr(at, step), lines);
            CHECK(lines == row.lines);
            CHECK(text.take_tail() == row.tail);
        }
    }
}

TEST_CASE("a prompt after newline and CR is told from a line of output that looks like it") {
    TerminalText text;
    std::string lines;
    text.feed("x\r\n\rfw# ", lines);
    CHECK(text.tail_follows_cr());
    text.feed("\r\nfw# ", lines);
    CHECK_FALSE(text.tail_follows_cr());
}

TEST_CASE("an endless line is given out in pieces of bounded size") {
    TerminalText text;
    std::string lines;
    std::size_t total = 0;
    const std::string block(10'000, 'x');
    for (int i = 0; i < 100; ++i) {
        text.feed(block, lines);
        CHECK(text.tail().size() < TerminalText::longest_line);
        total += lines.size();
        lines.clear();
    }
    CHECK(text.tail_is_continued());
    CHECK(total + text.tail().size() == 1'000'000);
    text.feed("\n", lines);
    CHECK_FALSE(text.tail_is_continued());
}

TEST_CASE("a CR, a backspace or blanks in a line with a key hide nothing from the rules") {
    const auto redaction = formats::Redaction::make({});
    REQUIRE(redaction);
    for (const std::string written :
         {"CANARYcr\rCANARYtail", "CANARYcr\r    \rCANARYtail", "CANARYcr\b\b\bCANARYtail", "CANARYcr\r   "}) {
        CAPTURE(written);
        TerminalText text;
        std::string lines;
        text.feed(" pre-shared-key " + written + "\r\n isakmp keepalive threshold 10\r\n", lines);
        const std::string redacted = (*redaction)->redact(lines).str();
        CHECK(redacted.find("CANARY") == std::string::npos);
        CHECK(redacted.find("[REDACTED:psk:") != std::string::npos);
        CHECK(redacted.ends_with("\n isakmp keepalive threshold 10\n"));
    }
}
