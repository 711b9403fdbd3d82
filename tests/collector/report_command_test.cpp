#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "../formats/sample_bundle.hpp"
#include "collector/commands/report.hpp"

using namespace collector;
using namespace formats;

namespace {

/// A bundle whose findings name no origin, as those of the first schema; its text tells more.
struct Fixture {
    sample::TemporaryFolder folder;
    std::shared_ptr<Redaction> redaction = sample::redaction();
    sample::Run run = sample::run(folder / "spool", *redaction);
    std::string path, page = (folder / "page.html").string();
    std::ostringstream out, err;

    Fixture() {
        const auto file = write_archive(
            run.spool, {folder.path(), run.stem, {}, ArchiveFormat::tar_gz, *run.manifest.started}, redaction);
        REQUIRE(file);
        path = file->path.string();
    }
};

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE_FIXTURE(Fixture, "report: what an older version found is kept behind what the text tells now") {
    CHECK(report_command({path, page, false}, out, err) == ExitCode::complete);
    CHECK(out.str() == page + "\n");
    const std::string html = sample::read_file(page);
    const auto text = html.find("cannot be told from what was collected"),
               old = html.find("could not decrypt message 5");
    CHECK(text < old);
    CHECK(old != std::string::npos);
    CHECK(holds(err.str(), "tacbundle: "));
    // Nothing is left of what was unpacked, and the page is for its owner.
    CHECK((std::filesystem::status(page).permissions() & std::filesystem::perms::others_read) ==
          std::filesystem::perms::none);
}

TEST_CASE_FIXTURE(Fixture, "report: into a folder under the bundle's name, and as JSON") {
    std::filesystem::create_directory(folder / "pages");
    CHECK(report_command({path, (folder / "pages").string(), true}, out, err) == ExitCode::complete);
    const auto result = nlohmann::json::parse(out.str());
    CHECK(result["event"] == "result");
    CHECK(result["exit"] == 0);
    CHECK(result["report"] == (folder / "pages").string() + "/" + run.stem + ".html");
    CHECK(result["findings"][0]["origin"] == "text");
    CHECK_FALSE(result["verdict"].get<std::string>().empty());
}

TEST_CASE_FIXTURE(Fixture, "report: a page is written anew, any other file stays") {
    sample::write_file(page, "");
    CHECK(report_command({path, page, false}, out, err) == ExitCode::complete);
    const std::string first = sample::read_file(page);
    CHECK(report_command({path, page, false}, out, err) == ExitCode::complete);
    CHECK(sample::read_file(page) == first);
    CHECK(report_command({path, path, false}, out, err) == ExitCode::usage);
    CHECK(holds(err.str(), "is no report"));
    CHECK(report_command({path, (folder / "no" / "page.html").string(), false}, out, err) == ExitCode::usage);
}

TEST_CASE_FIXTURE(Fixture, "report: of what is no bundle exit 5, of nothing exit 2, and the JSON says so") {
    sample::write_file(folder / "half.tar.gz", sample::read_file(path).substr(0, 700));
    sample::write_file(folder / "text", "plain text\n");
    struct Row {
        std::string name;
        ExitCode code;
    };
    for (const Row& row : {Row{"half.tar.gz", ExitCode::not_written},
                           {"text", ExitCode::not_written},
                           {"missing.tar.gz", ExitCode::usage}}) {
        CAPTURE(row.name);
        std::ostringstream json;
        CHECK(report_command({(folder / row.name).string(), page, true}, json, err) == row.code);
        CHECK(nlohmann::json::parse(json.str())["exit"] == static_cast<int>(row.code));
        CHECK_FALSE(std::filesystem::exists(page));
    }
    std::ofstream full("/dev/full");
    CHECK(report_command({path, page, false}, full, err) == ExitCode::internal);
}
