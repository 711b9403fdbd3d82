// Verification of what ships, and what makes a Redaction refuse to start.

#include <doctest/doctest.h>

#include <string>

#include "redaction_text.hpp"

using redaction_test::device_text;
using redaction_test::make_redaction;

TEST_CASE(
    "a scan of redacted text finds nothing; one of raw text names rule, file and line and never "
    "the value") {
    const auto redaction = make_redaction();
    const std::string text = device_text("\n");
    auto clean = redaction->scanner("clean.txt");
    const std::string redacted = redaction->redact(text).str();
    for (const char c : redacted) clean.feed({&c, 1});
    CHECK(clean.finish().empty());

    auto raw = redaction->scanner("raw.txt");
    raw.feed("first line\nisakmp key CANARYleak address 192.0.2.1\n\nseen CANARYpsk-one again\n");
    const auto leaks = raw.finish();
    REQUIRE(leaks.size() == 2);
    CHECK(leaks[0].rule == "isakmp-key");
    CHECK(leaks[0].file == "raw.txt");
    CHECK(leaks[0].line == 2);
    CHECK(leaks[1].rule == "learned");
    CHECK(leaks[1].line == 4);
}

TEST_CASE("a scan learns nothing") {
    const auto redaction = make_redaction();
    auto scan = redaction->scanner("x");
    scan.feed(" pre-shared-key CANARYnever-learned\n");
    CHECK(scan.finish().size() == 1);
    CHECK(redaction->learned() == 0);
}

TEST_CASE("composed text becomes RedactedText only when nothing is found in it") {
    const auto redaction = make_redaction();
    redaction->learn("CANARYcredential", formats::SecretClass::password);
    CHECK(redaction->vouch("<finding>tunnel is down</finding>\n", "manifest.xml"));
    const auto refused = redaction->vouch("<a/>\n<b>CANARYcredential</b>\n", "manifest.xml");
    REQUIRE(!refused);
    CHECK(refused.error().kind == formats::ErrorKind::internal);
    CHECK(refused.error().subject == "manifest.xml");
    CHECK(refused.error().detail.find("line 2") != std::string::npos);
    CHECK(refused.error().message().find("CANARY") == std::string::npos);
}

TEST_CASE("placeholders and masks in a report are not leaks") {
    const auto redaction = make_redaction();
    CHECK(
        redaction->vouch("<td>isakmp key [REDACTED:psk:0123456789ab] address 192.0.2.1</td>\n"
                         "<td> pre-shared-key [REDACTED:psk:0123456789ab]</td>\n<td>pre-shared-key *****</td>\n"
                         "| username a password [REDACTED:hash:0123456789ab] encrypted |\n",
                         "report.html"));
}

TEST_CASE("a user's pattern redacts its group, or the whole match") {
    formats::RedactionSettings settings;
    settings.patterns = {{"case-key (\\S+)", "a.toml:1:1"}, {"FALCON-[0-9]+", "a.toml:2:1"}};
    const auto redaction = formats::Redaction::make(settings);
    REQUIRE(redaction);
    const std::string redacted = (*redaction)->redact("case-key CANARY1 and case-key CANARY2, FALCON-77\n").str();
    CHECK(redacted.find("CANARY") == std::string::npos);
    CHECK(redacted.find("FALCON") == std::string::npos);
    CHECK(redacted.find("case-key [REDACTED:custom:") == 0);
    CHECK((*redaction)->counts().at("pattern") == 3);
}

TEST_CASE("bad patterns, empty words and short keys are refused with their place") {
    struct Row {
        formats::RedactionSettings settings;
        std::string subject;
    };
    const Row rows[] = {
        {{{}, {{"case-key (", "incident.toml:40:13"}}, {}}, "incident.toml:40:13"},
        {{{}, {{"x*", "incident.toml:41:13"}}, {}}, "incident.toml:41:13"},
        {{{""}, {}, {}}, "redaction words"},
        {{{}, {}, std::string(31, 'k')}, "redaction key"},
    };
    for (const Row& row : rows) {
        const auto made = formats::Redaction::make(row.settings);
        REQUIRE(!made);
        CHECK(made.error().kind == formats::ErrorKind::usage);
        CHECK(made.error().subject == row.subject);
    }
}
