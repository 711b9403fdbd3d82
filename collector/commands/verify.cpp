#include "collector/commands/verify.hpp"

#include <nlohmann/json.hpp>
#include <ostream>

#include "formats/bundle/verify.hpp"
#include "formats/text/counted.hpp"
#include "formats/text/plain_text.hpp"
#include "formats/text/utc_time.hpp"

namespace collector {

namespace {

using nlohmann::ordered_json;

std::string sentence_of(const formats::Leak& leak) {
    return leak.file + ":" + std::to_string(leak.line) + ": a secret that was not removed (rule " + leak.rule + ")";
}

/// Planned items that are missing or cut short.
ordered_json missing_in(const formats::Manifest& manifest) {
    ordered_json missing = ordered_json::array();
    for (const auto& endpoint : manifest.endpoints)
        for (const auto& capture : endpoint.captures)
            if (formats::is_missing(capture))
                missing.push_back(endpoint.name + " " + capture.id + ": " + std::string(name_of(capture.outcome)));
    return missing;
}

ExitCode finish(std::ostream& out, ExitCode code) {
    // A result that nobody got is no success: stdout may be a full disk.
    return out.flush() ? code : ExitCode::internal;
}

}  // namespace

ExitCode verify_command(const std::string& path, bool json, const formats::Redaction& redaction, std::ostream& out,
                        std::ostream& err) {
    constexpr std::size_t longest_path = 4096;
    const std::string shown = formats::plain_label(path, longest_path);
    const auto verdict = formats::verify_bundle(path, redaction);

    std::vector<std::string> problems;
    ExitCode code = ExitCode::complete;
    if (!verdict) {
        const bool is_bundle = verdict.error().kind == formats::ErrorKind::invalid;
        code = is_bundle ? ExitCode::not_written : ExitCode::usage;
        problems.push_back(verdict.error().detail);
    } else if (!verdict->valid()) {
        code = ExitCode::not_written;
        problems = verdict->problems;
        for (const formats::Leak& leak : verdict->leaks) problems.push_back(sentence_of(leak));
    }
    for (const std::string& problem : problems)
        err << "tacbundle: " << shown << ": " << formats::plain_label(problem, longest_path) << "\n";

    const bool valid = code == ExitCode::complete;
    if (json) {
        ordered_json result;
        result["v"] = 1;
        result["time"] = formats::to_iso(formats::utc_now());
        result["event"] = "result";
        result["bundle"] = shown;
        result["outcome"] = valid ? "valid" : verdict || code == ExitCode::not_written ? "not-valid" : "not-readable";
        result["exit"] = static_cast<int>(code);
        result["members"] = verdict ? verdict->members : 0;
        result["bytes"] = verdict ? verdict->bytes : 0;
        result["missing"] = verdict ? missing_in(verdict->manifest) : ordered_json::array();
        result["problems"] = problems;
        out << result.dump(-1, ' ', false, ordered_json::error_handler_t::replace) << "\n";
    } else if (verdict) {
        out << shown << ": " << formats::counted(verdict->members, "member") << ", "
            << (valid ? "valid" : "NOT VALID: " + formats::counted(problems.size(), "problem")) << "\n";
    }
    return finish(out, code);
}

}  // namespace collector
