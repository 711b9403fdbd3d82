#include "formats/report/timeline.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "formats/report/debug_lines.hpp"
#include "sample_bundle.hpp"

using namespace formats;

namespace {

struct Fixture {
    sample::TemporaryFolder folder;
    std::shared_ptr<Redaction> redaction = sample::redaction();
    Result<Spool> spool = Spool::create(folder / "spool");
    Manifest manifest;

    void endpoint(const std::string& name, const std::string& debug) {
        EndpointRecord record;
        record.name = name;
        record.captures = {sample::capture(name, Phase::debug, "debug-crypto", "debug crypto isakmp", {})};
        REQUIRE(spool->write(record.captures[0].file, redaction->redact(debug)));
        manifest.endpoints.push_back(record);
    }
    std::vector<std::string> timeline() {
        std::string text;
        const auto written =
            write_timeline(manifest, *spool, *redaction, [&text](const RedactedText& more) -> Result<void> {
                text += more.str();
                return {};
            });
        REQUIRE_MESSAGE(written, (written ? "" : written.error().message()));
        std::vector<std::string> lines;
        std::istringstream in(text);
        for (std::string line; std::getline(in, line);)
            if (!line.starts_with("#")) lines.push_back(line);
        return lines;
    }
};

const std::string second = "2026-11-25T19:24:5";

}  // namespace

TEST_CASE_FIXTURE(Fixture, "the lines of all endpoints are merged by time of arrival") {
    endpoint("hq", second + "1.000000Z one\n" + second + "3.000000Z three\n" + second + "5.000000Z five\n");
    endpoint("branch", second + "2.000000Z two\n" + second + "3.000000Z three too\n" + second + "4.000000Z four\n");
    CHECK(timeline() == std::vector<std::string>{
                            second + "1.000000Z  hq      one",
                            second + "2.000000Z  branch  two",
                            second + "3.000000Z  hq      three",
                            second + "3.000000Z  branch  three too",
                            second + "4.000000Z  branch  four",
                            second + "5.000000Z  hq      five",
                        });
}

TEST_CASE_FIXTURE(Fixture, "a line without a stamp stays behind the one before it") {
    endpoint("a", "no stamp yet\r\n" + second + "2.000000Z two\n  continued\n" + second + "4.000000Znot a stamp\n");
    endpoint("b", second + "3.000000Z three\nno newline at the end");
    CHECK(timeline() == std::vector<std::string>{
                            std::string(27, ' ') + "  a  no stamp yet",
                            second + "2.000000Z  a  two",
                            second + "2.000000Z  a    continued",
                            second + "2.000000Z  a  " + second + "4.000000Znot a stamp",
                            second + "3.000000Z  b  three",
                            second + "3.000000Z  b  no newline at the end",
                        });
}

TEST_CASE_FIXTURE(Fixture, "lines of any length come through, in pieces when they are very long") {
    endpoint("a", second + "1.000000Z " + std::string(200'000, 'x') + "\n" + second + "2.000000Z end\n");
    const auto lines = timeline();
    REQUIRE(lines.size() > 2);
    CHECK(lines.back() == second + "2.000000Z  a  end");
    std::size_t x = 0;
    for (const std::string& line : lines) {
        CHECK(line.size() < 70'000);
        x += static_cast<std::size_t>(std::count(line.begin(), line.end(), 'x'));
    }
    CHECK(x == 200'000);
}

TEST_CASE_FIXTURE(Fixture, "many lines keep their number and order, whatever the reads cut") {
    std::string text;
    for (unsigned i = 0; i < 20'000; ++i) {
        std::string micros = std::to_string(1'000'000 + i * 10).substr(1);
        text += second + "1." + micros + "Z " + std::string(i % 97, '.') + std::to_string(i) + "\n";
    }
    endpoint("a", text);
    endpoint("b", text);
    const auto lines = timeline();
    CHECK(lines.size() == 40'000);
    CHECK(std::is_sorted(lines.begin(), lines.end(),
                         [](const std::string& x, const std::string& y) { return x.substr(0, 27) < y.substr(0, 27); }));
    CHECK(lines.back().ends_with("19999"));
}

TEST_CASE_FIXTURE(Fixture, "no debug lines: it says so") {
    manifest.endpoints.resize(1);
    CHECK(timeline().empty());
    std::string text;
    REQUIRE(write_timeline(manifest, *spool, *redaction, [&text](const RedactedText& more) -> Result<void> {
        text += more.str();
        return {};
    }));
    CHECK(text.find("No debug lines were captured.") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "an error of the file it goes to comes back") {
    endpoint("a", second + "1.000000Z one\n");
    const auto failed = write_timeline(manifest, *spool, *redaction, [](const RedactedText&) -> Result<void> {
        return Error{ErrorKind::io, "timeline.txt", "No space left on device", {}};
    });
    REQUIRE_FALSE(failed);
    CHECK(failed.error().kind == ErrorKind::io);
}
