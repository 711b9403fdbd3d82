// The echo of a line, on a terminal that may be too narrow for it.

#include "formats/transcript/echo.hpp"

#include <doctest/doctest.h>

#include <string>

using formats::is_echo;

namespace {
const std::string line = "packet-tracer input inside icmp 10.1.1.10 8 0 10.2.2.1";
constexpr std::size_t prompt = 25;
}  // namespace

TEST_CASE("an echo is known when it is whole, and when a part of it is out of sight") {
    for (const std::string& seen : {
             line,
             "hq# " + line,
             "hq# " + line + "  ",
             std::string("hq# $10.1.1.10 8 0 10.2.2.1"),
             std::string("$10.1.1.10 8 0 10.2.2.1   "),
             std::string("hq# packet-tracer input ins$"),
             std::string("packet-tracer input ins$"),
             std::string("hq# $input inside icmp 10.$"),
             // Drawn over a log line that was longer.
             std::string("hq# $10.1.1.10 8 0 10.2.2.1            for faddr 203.0.113.9"),
             std::string("hq# packet-tracer input ins$      from console by admin"),
             // As it came: drawn again at each edge, with blanks to the edge and the cursor back behind what is shown.
             std::string("hq# packet-tracer input ins\rhq# $acer input inside    \b\b\b\b icmp\rhq# $side icmp 10.1.1  "
                         "  \b\b\b\b.10 8\r"
                         "hq# $10.1.1.10 8 0     \b\b\b\b10.2.2.1"),
             std::string("hq# packet-tracer input ins\rhq# $10.1.1.10 8 0     \b\b\b\b10.2.2.1\rhq# packet-tracer "
                         "input ins$    \b\b\b\b"),
         }) {
        CAPTURE(seen);
        CHECK(is_echo(seen, line, prompt));
    }
}

TEST_CASE("what is no echo is none") {
    for (const std::string seen :
         {"", "$", "$$", "hq# ", "hq# $", "hq# $0.2.2.1", "hq# pack$", "hq# packet-tracer output$",
          "hq# $10.1.1.10 8 0 10.2.2.2", "hq# packet-tracer input ins", "hq# $input outside icmp 10.$",
          "10.1.1.10 8 0 10.2.2.1", "hq# $10.1.1.10 8 0 10.2.2.1 for faddr", "hq# $      10.1.1.10 8 0 10.2.2.1",
          "hq# $10.1.1.10 8 0 10.2.2.1\rhq# $10.1.1.10 8 0 10.2.2.2", "hq# $10.1.1.10 8 0 10.2.2.1\b2"}) {
        CAPTURE(seen);
        CHECK_FALSE(is_echo(seen, line, prompt));
    }
    // One that fits is never cut.
    CHECK_FALSE(is_echo("hq# $crypto isakmp sa", "show crypto isakmp sa", 4));
    CHECK(is_echo("fw-hq-primary/tunnels/act# $crypto isakmp sa", "show crypto isakmp sa", 26));
}
