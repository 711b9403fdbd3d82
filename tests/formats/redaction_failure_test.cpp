// A rule that fails ends the text: it never lets any through, and the failure is a value.

#include <doctest/doctest.h>

#include <optional>
#include <string>

#include "redaction_text.hpp"
#include "tests/support/failing_libcrypto.hpp"

using support::FailingLibcrypto;

namespace {

constexpr const char* secret_line = "isakmp key CANARYfailing address 192.0.2.1\n";

}  // namespace

TEST_CASE("a stream whose token cannot be made ends with an error and hands on nothing more") {
    const auto redaction = redaction_test::make_redaction();
    auto stream = redaction->stream();
    REQUIRE(stream.feed("hostname hq\n"));
    CHECK_FALSE(redaction->failure());
    {
        const FailingLibcrypto failing;
        const auto text = stream.feed(std::string("before\n") + secret_line + "after\n");
        REQUIRE_FALSE(text);
        CHECK(text.error().kind == formats::ErrorKind::internal);
        CHECK(text.error().message().find("CANARY") == std::string::npos);
    }
    // What came in between is missing for good, so the rest is not shown either.
    CHECK_FALSE(stream.feed("harmless\n"));
    CHECK_FALSE(stream.finish());
    REQUIRE(redaction->failure());
    CHECK(redaction->failure()->kind == formats::ErrorKind::internal);
}

TEST_CASE("a text that cannot be cleaned is withheld, and the redaction remembers it") {
    const auto redaction = redaction_test::make_redaction();
    {
        const FailingLibcrypto failing;
        CHECK(redaction->redact("no secret here").str() == "no secret here");
        CHECK_FALSE(redaction->failure());
        CHECK(redaction->redact(secret_line).str() == "[withheld: it could not be redacted]");
        CHECK(redaction->for_bundle(secret_line).str() == "[withheld: it could not be redacted]");
    }
    CHECK(redaction->failure());
}

TEST_CASE("an address that cannot be masked is not shown") {
    formats::RedactionSettings settings;
    settings.mask_addresses = true;
    const auto redaction = formats::Redaction::make(settings);
    REQUIRE(redaction);
    {
        const FailingLibcrypto failing;
        auto stream = (*redaction)->stream();
        const auto text = stream.feed("peer 203.0.113.7 is up\n");
        CHECK_FALSE(text);
        CHECK((*redaction)->for_bundle("peer 203.0.113.7").str() == "[withheld: it could not be redacted]");
    }
    CHECK((*redaction)->failure());
}
