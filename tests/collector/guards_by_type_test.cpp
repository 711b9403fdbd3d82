// Two promises that the compiler keeps: nothing unredacted can be written, nothing unplanned can be sent.

#include <doctest/doctest.h>

#include <string>
#include <type_traits>

#include "collector/plan/plan.hpp"
#include "collector/session/shell.hpp"
#include "formats/bundle/spool.hpp"
#include "formats/redaction/redacted_text.hpp"

using formats::RedactedText;

static_assert(!std::is_constructible_v<RedactedText, std::string>);
static_assert(!std::is_constructible_v<RedactedText, const char*>);
static_assert(!std::is_convertible_v<std::string, RedactedText>);
static_assert(!std::is_invocable_v<decltype(&formats::SpoolFile::append), formats::SpoolFile&, std::string>);
static_assert(!std::is_invocable_v<decltype(&formats::Spool::write), formats::Spool&, std::string, std::string>);
static_assert(std::is_invocable_v<decltype(&formats::SpoolFile::append), formats::SpoolFile&, RedactedText>);

static_assert(!std::is_constructible_v<collector::PlannedLine, std::string>);
static_assert(!std::is_default_constructible_v<collector::PlannedLine>);
static_assert(!std::is_invocable_v<decltype(&collector::Shell::send), collector::Shell&, std::string,
                                   collector::TextSink, collector::Patience>);
static_assert(std::is_invocable_v<decltype(&collector::Shell::send), collector::Shell&, const collector::PlannedLine&,
                                  collector::TextSink, collector::Patience>);

TEST_CASE("text of the program itself is redacted text, and joins with more of it") {
    RedactedText text = RedactedText::own("armed");
    text += RedactedText::own(", proven");
    CHECK(text.str() == "armed, proven");
}
