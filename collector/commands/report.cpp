#include "collector/commands/report.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>
#include <utility>

#include "collector/commands/bundle_facts.hpp"
#include "formats/analysis/conclusion.hpp"
#include "formats/report/report.hpp"
#include "formats/text/descriptor.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

namespace fs = std::filesystem;

constexpr std::string_view begin_of_page = "<!DOCTYPE html>";

/// "tacbundle-hq-branch-20261130T223827Z" of a path to an archive of that stem.
std::string stem_of(const std::string& bundle) {
    std::string name = fs::path(bundle).filename().string();
    for (const std::string_view suffix : {".tar.gz", ".tgz", ".tar.zst", ".zip"})
        if (name.size() > suffix.size() && name.ends_with(suffix)) return name.substr(0, name.size() - suffix.size());
    return name;
}

/// Where the page goes. A report is written anew; any other file is somebody's and stays.
Result<fs::path> page_path(const ReportRequest& request) {
    std::error_code code;
    fs::path path = request.output;
    if (fs::is_directory(path, code)) path /= stem_of(request.bundle) + ".html";
    const auto refuse = [&](std::string detail, std::string remedy) {
        return Error{ErrorKind::usage, path.string(), std::move(detail), std::move(remedy)};
    };
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    if (!fs::is_directory(folder, code))
        return refuse("the output folder is not there", "create it, or name another with --output");
    const formats::Descriptor old(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (old.get() < 0) {
        if (errno == ENOENT) return path;
        return refuse(formats::system_error("", "looking at it", errno).detail, "name another with --output");
    }
    std::array<char, begin_of_page.size()> begin{};
    const auto got = ::read(old.get(), begin.data(), begin.size());
    if (got == 0 || (got > 0 && std::string_view(begin.data(), static_cast<std::size_t>(got)) == begin_of_page))
        return path;
    return refuse("the file exists and is no report: it is never overwritten", "name another with --output");
}

/// Under another name until it is whole.
Result<void> write_page(const formats::ConcludedBundle& bundle, const fs::path& path) {
    std::string temporary = path.string() + ".XXXXXX";
    const formats::Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (file.get() < 0) return formats::system_error(path.string(), "writing", errno);
    const auto fail = [&](Error error) -> Result<void> {
        ::unlink(temporary.c_str());
        return error;
    };
    auto written = formats::write_report(bundle.manifest, bundle.conclusion, bundle.spool(), bundle.opened.redaction(),
                                         [&](const formats::RedactedText& text) -> Result<void> {
                                             const int failed = formats::write_all(file.get(), text.str());
                                             if (failed == 0) return {};
                                             return formats::system_error(path.string(), "writing", failed);
                                         });
    if (!written) return fail(written.error());
    if (::fsync(file.get()) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0)
        return fail(formats::system_error(path.string(), "writing", errno));
    return {};
}

}  // namespace

ExitCode report_command(const ReportRequest& request, std::ostream& out, std::ostream& err) {
    const auto refuse = [&](const Error& error, ExitCode code) {
        return say_refusal(error, code, request.json, out, err);
    };
    const auto path = page_path(request);
    if (!path) return refuse(path.error(), ExitCode::usage);
    const auto bundle = formats::ConcludedBundle::open(request.bundle);
    if (!bundle) return refuse(bundle.error(), exit_of_unreadable(bundle.error()));
    if (auto written = write_page(*bundle, *path); !written) return refuse(written.error(), ExitCode::not_written);

    const formats::Manifest& manifest = bundle->manifest;
    if (!manifest.verdict.empty()) err << "tacbundle: " << shown(manifest.verdict) << "\n";
    if (request.json) {
        auto result = begin_result(ExitCode::complete);
        result["bundle"] = shown(request.bundle);
        result["report"] = path->string();
        result["outcome"] = "written";
        result["verdict"] = manifest.verdict;
        result["findings"] = findings_json(manifest);
        write_line(result, out);
    } else {
        out << path->string() << "\n";
    }
    return out.flush() ? ExitCode::complete : ExitCode::internal;
}

}  // namespace collector
