#include "formats/report/summary.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "formats/report/wording.hpp"
#include "formats/text/plain_text.hpp"
#include "sample_bundle.hpp"

using namespace formats;

namespace {

std::string summary(const Manifest& manifest) {
    auto redaction = sample::redaction();
    const auto text = summary_text(manifest, *redaction);
    REQUIRE_MESSAGE(text, (text ? "" : text.error().message()));
    return text->str();
}

std::size_t widest_line(const std::string& text) {
    std::istringstream lines(text);
    std::size_t widest = 0;
    for (std::string line; std::getline(lines, line);) widest = std::max(widest, length_of(std::string_view(line)));
    return widest;
}

}  // namespace

TEST_CASE("the summary of a run is the golden one, 80 columns wide") {
    const std::string text = summary(sample::manifest());
    sample::check_golden("report/SUMMARY.txt", text);
    CHECK(widest_line(text) <= 80);
    CHECK(text.find(" \n") == std::string::npos);
}

TEST_CASE("a device that may still be debugging is named at the top") {
    Manifest manifest = sample::manifest();
    CHECK(summary(manifest).find("WARNING") == std::string::npos);
    manifest.endpoints[1].debug.proven = DebugRecord::Proven::no;
    const std::string text = summary(manifest);
    CHECK(text.find("WARNING") < text.find("Endpoint hq"));
    CHECK(text.find("The debugs on branch are not proven off.") != std::string::npos);
    CHECK(text.find("NOT PROVEN OFF") != std::string::npos);
}

TEST_CASE("whatever is missing is explained") {
    Manifest manifest = sample::manifest();
    manifest.endpoints[1].captures[2].reason.clear();
    const std::string text = summary(manifest);
    CHECK(text.find("branch debug/debug-crypto: truncated\n      CPU at 95 %, disarmed after 14 s") !=
          std::string::npos);
    CHECK(text.find("branch after/write-terminal: disconnected\n      no reason given") != std::string::npos);
    manifest.endpoints.pop_back();
    CHECK(summary(manifest).find("Missing") == std::string::npos);
    CHECK(summary(manifest).find("Single-sided") != std::string::npos);
}

TEST_CASE("long, hostile and secret texts keep the page in form") {
    Manifest manifest = sample::manifest();
    auto redaction = sample::redaction();
    redaction->learn("CANARY-psk-4711", SecretClass::psk);
    for (const std::string& bytes :
         {std::string(5'000, 'x'), std::string(3'000, ' '), std::string("\x1b[2J\n\r\xff\0", 8),
          std::string("CANARY-psk-4711"), std::string("\xf0\x9f\x94\xa5 \xe6\xbc\xa2")}) {
        manifest.problem.symptom = manifest.endpoints[0].hostname = manifest.endpoints[0].target = bytes;
        manifest.endpoints[1].captures[2].reason = manifest.findings[0].text = manifest.probes[0].outcome = bytes;
        const std::string text = summary_text(manifest, *redaction)->str();
        CHECK(widest_line(text) <= 80);
        CHECK(text.find('\x1b') == std::string::npos);
        CHECK(text.find('\0') == std::string::npos);
        CHECK(text.find("CANARY") == std::string::npos);
    }
}

TEST_CASE("many endpoints are counted instead of tabled") {
    Manifest manifest = sample::manifest();
    for (int i = 0; i < 3; ++i) {
        manifest.endpoints.push_back(manifest.endpoints[1]);
        manifest.endpoints.back().name = "spoke-" + std::to_string(i);
    }
    const std::string text = summary(manifest);
    CHECK(text.find("1 disconnected, 1 ok, 1 truncated") != std::string::npos);
    CHECK(widest_line(text) <= 80);
}

TEST_CASE("an empty manifest has a summary") { CHECK(widest_line(summary(Manifest{})) <= 80); }

TEST_CASE("times and sizes as people say them") {
    using namespace std::chrono_literals;
    CHECK(length_of(400ms) == "0.4 s");
    CHECK(length_of(14'900ms) == "14 s");
    CHECK(length_of(95'500ms) == "1 min 35 s");
    CHECK(size_of(1) == "1 byte");
    CHECK(size_of(1'500) == "1.5 KiB");
    CHECK(size_of(3 << 20) == "3.0 MiB");
}
