#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "../formats/sample_bundle.hpp"
#include "collector/commands/show.hpp"
#include "collector/commands/verify.hpp"

using namespace collector;
using namespace formats;

namespace {

struct Fixture {
    sample::TemporaryFolder folder;
    std::shared_ptr<Redaction> redaction = sample::redaction();
    sample::Run run = sample::run(folder / "spool", *redaction);
    std::string path;
    std::ostringstream out, err;

    Fixture() {
        const auto file = write_archive(
            run.spool, {folder.path(), run.stem, {}, ArchiveFormat::tar_zst, *run.manifest.started}, redaction);
        REQUIRE(file);
        path = file->path.string();
    }
    std::string break_bundle() {
        std::string bytes = sample::read_file(path);
        bytes.resize(bytes.size() / 2);
        sample::write_file(path, bytes);
        return path;
    }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "verify says valid in one line, exit 0") {
    CHECK(verify_command(path, false, *redaction, out, err) == ExitCode::complete);
    CHECK(out.str() == path + ": 8 members, valid\n");
    CHECK(err.str().empty());
}

TEST_CASE_FIXTURE(Fixture, "verify of half a bundle is exit 5, of none exit 2") {
    CHECK(verify_command(break_bundle(), false, *redaction, out, err) == ExitCode::not_written);
    CHECK(out.str().find(", valid") == std::string::npos);
    CHECK_FALSE(err.str().empty());
    CHECK(verify_command((folder / "missing.tar.gz").string(), false, *redaction, out, err) == ExitCode::usage);
    CHECK(verify_command(folder.path().string(), false, *redaction, out, err) == ExitCode::usage);
    sample::write_file(folder / "text", "plain text\n");
    CHECK(verify_command((folder / "text").string(), false, *redaction, out, err) == ExitCode::not_written);
}

TEST_CASE_FIXTURE(Fixture, "verify names a secret's place, never its value") {
    redaction->learn("5 packets sent", SecretClass::password);
    CHECK(verify_command(path, false, *redaction, out, err) == ExitCode::not_written);
    CHECK(out.str() == path + ": 8 members, NOT VALID: 1 problem\n");
    CHECK(err.str().find("probe/probe.txt:1: a secret that was not removed") != std::string::npos);
    CHECK(err.str().find("packets") == std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "verify as JSON is one result object, on every way out") {
    CHECK(verify_command(path, true, *redaction, out, err) == ExitCode::complete);
    const std::string line = out.str();
    auto result = nlohmann::json::parse(line);
    CHECK(result["event"] == "result");
    CHECK(result["outcome"] == "valid");
    CHECK(result["exit"] == 0);
    CHECK(result["members"] == 8);
    CHECK(result["missing"].size() == 2);
    CHECK(std::count(line.begin(), line.end(), '\n') == 1);
    for (const std::string& bad : {break_bundle(), std::string("\x1b/missing\xff")}) {
        std::ostringstream json;
        const ExitCode code = verify_command(bad, true, *redaction, json, err);
        result = nlohmann::json::parse(json.str());
        CHECK(result["exit"] == static_cast<int>(code));
        CHECK(result["outcome"] != "valid");
        CHECK_FALSE(result["problems"].empty());
    }
    CHECK(err.str().find('\x1b') == std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "a result that cannot be written is no success") {
    std::ofstream full("/dev/full");
    CHECK(verify_command(path, false, *redaction, full, err) == ExitCode::internal);
    std::ofstream full_too("/dev/full");
    CHECK(show_command({path, {}, false}, full_too, err) == ExitCode::internal);
}

TEST_CASE_FIXTURE(Fixture, "show tells endpoints, items and outcomes") {
    CHECK(show_command({path, {}, false}, out, err) == ExitCode::complete);
    const std::string text = out.str();
    CHECK(text.find("Endpoint branch") != std::string::npos);
    CHECK(text.find("debug/debug-crypto                ok             truncated") != std::string::npos);
    CHECK(err.str().empty());
    std::ostringstream json;
    CHECK(show_command({path, {}, true}, json, err) == ExitCode::complete);
    const auto shown = nlohmann::json::parse(json.str());
    CHECK(shown["endpoints"][1]["captures"][2]["outcome"] == "disconnected");
    CHECK(shown["findings"][0]["id"] == "psk-mismatch");
}

TEST_CASE_FIXTURE(Fixture, "show of what is no bundle is exit 5, of nothing exit 2") {
    CHECK(show_command({break_bundle(), {}, false}, out, err) == ExitCode::not_written);
    CHECK(show_command({(folder / "missing").string(), {}, false}, out, err) == ExitCode::usage);
    CHECK(out.str().empty());
}
