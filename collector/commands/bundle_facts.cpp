#include "collector/commands/bundle_facts.hpp"

#include <nlohmann/json.hpp>
#include <ostream>

#include "formats/text/plain_text.hpp"
#include "formats/text/utc_time.hpp"

namespace collector {

using nlohmann::ordered_json;

std::string shown(std::string_view text) {
    constexpr std::size_t longest_shown = 4096;
    return formats::plain_label(text, longest_shown);
}

ordered_json begin_result(ExitCode code) {
    return {
        {"v", 1}, {"time", formats::to_iso(formats::utc_now())}, {"event", "result"}, {"exit", static_cast<int>(code)}};
}

ordered_json findings_json(const formats::Manifest& manifest) {
    ordered_json findings = ordered_json::array();
    for (const formats::FindingRecord& finding : manifest.findings) {
        ordered_json evidence = ordered_json::array();
        for (const auto& place : finding.evidence)
            evidence.push_back(ordered_json{{"file", place.file}, {"line", place.line}});
        findings.push_back(ordered_json{{"id", finding.id},
                                        {"severity", finding.severity},
                                        {"confidence", finding.confidence},
                                        {"endpoint", finding.endpoint},
                                        {"origin", finding.origin},
                                        {"text", finding.text},
                                        {"evidence", std::move(evidence)}});
    }
    return findings;
}

void write_line(const ordered_json& object, std::ostream& out) {
    out << object.dump(-1, ' ', false, ordered_json::error_handler_t::replace) << "\n";
}

ExitCode exit_of_unreadable(const formats::Error& error) {
    return error.kind == formats::ErrorKind::invalid    ? ExitCode::not_written
           : error.kind == formats::ErrorKind::internal ? ExitCode::internal
                                                        : ExitCode::usage;
}

ExitCode say_refusal(const formats::Error& error, ExitCode code, bool json, std::ostream& out, std::ostream& err) {
    err << "tacbundle: " << shown(error.message()) << "\n";
    if (!json) return code;
    ordered_json result = begin_result(code);
    result["outcome"] = name_of(error.kind);
    result["problem"] = shown(error.message());
    write_line(result, out);
    return out.flush() ? code : ExitCode::internal;
}

}  // namespace collector
