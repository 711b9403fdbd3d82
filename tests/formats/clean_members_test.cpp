#include "formats/assembly/clean_members.hpp"

#include <doctest/doctest.h>

#include "formats/text/sha256.hpp"
#include "tests/support/temporary_folder.hpp"

using support::TemporaryFolder;

namespace {

const std::string summary = "SUMMARY.txt", timeline = "timeline.txt";

struct Fixture {
    TemporaryFolder folder;
    std::shared_ptr<formats::Redaction> redaction = *formats::Redaction::make({});
    formats::Spool spool = *formats::Spool::create(folder.path() / "spool");
    formats::CleanMembers clean{spool, *redaction};

    Fixture() {
        REQUIRE(spool.write(summary, formats::RedactedText::own("both ends agree\n")));
        REQUIRE(spool.write(timeline, formats::RedactedText::own("first line\nseen: CANARY-told-later\n")));
    }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "what is clean is listed with its size and hash, whether it was scanned before or not") {
    REQUIRE(clean.scan(summary)->empty());
    const auto files = clean.files({summary, timeline});
    REQUIRE(files);
    REQUIRE(files->size() == 2);
    CHECK((*files)[0].path == summary);
    CHECK((*files)[0].bytes == 16);
    CHECK((*files)[0].sha256 == formats::sha256_of("both ends agree\n"));
    CHECK((*files)[1].path == timeline);
}

TEST_CASE_FIXTURE(Fixture, "a member that is not clean is not listed, also when it was until a secret was learned") {
    REQUIRE(clean.scan(timeline)->empty());
    redaction->learn("CANARY-told-later", formats::SecretClass::psk);
    const auto leaks = clean.scan(timeline);
    REQUIRE(leaks);
    REQUIRE(leaks->size() == 1);
    CHECK(leaks->front().line == 2);
    const auto files = clean.files({summary, timeline});
    REQUIRE_FALSE(files);
    CHECK(files.error().kind == formats::ErrorKind::internal);
    CHECK(files.error().subject == timeline);
    CHECK(files.error().message().find("CANARY") == std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "a member that has changed is looked at again") {
    redaction->learn("CANARY-known-before", formats::SecretClass::psk);
    REQUIRE(clean.scan(summary)->empty());
    REQUIRE(spool.replace(summary, formats::RedactedText::own("CANARY-known-before\n")));
    clean.has_changed(summary);
    CHECK_FALSE(clean.files({summary}));
}
