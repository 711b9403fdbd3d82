#include "collector/commands/show.hpp"

#include <nlohmann/json.hpp>
#include <ostream>
#include <utility>

#include "formats/bundle/plain_text.hpp"
#include "formats/bundle/unpack.hpp"
#include "formats/report/summary.hpp"

namespace collector {

namespace {

constexpr std::size_t longest_shown = 4096;

nlohmann::ordered_json essentials_of(const formats::Manifest& manifest) {
    using nlohmann::ordered_json;
    ordered_json shown;
    shown["v"] = 1;
    shown["sr"] = manifest.sr;
    shown["outcome"] = manifest.outcome;
    if (manifest.started) shown["started"] = formats::to_iso(*manifest.started);
    shown["endpoints"] = ordered_json::array();
    for (const auto& endpoint : manifest.endpoints) {
        ordered_json one{{"name", endpoint.name},
                         {"platform", endpoint.platform},
                         {"hostname", endpoint.hostname}};
        one["captures"] = ordered_json::array();
        for (const auto& capture : endpoint.captures)
            one["captures"].push_back({{"id", capture.id},
                                       {"outcome", name_of(capture.outcome)},
                                       {"file", capture.file},
                                       {"reason", capture.reason}});
        shown["endpoints"].push_back(std::move(one));
    }
    shown["findings"] = ordered_json::array();
    for (const auto& finding : manifest.findings)
        shown["findings"].push_back({{"id", finding.id},
                                     {"severity", finding.severity},
                                     {"confidence", finding.confidence},
                                     {"text", finding.text}});
    return shown;
}

}  // namespace

ExitCode show_command(const std::string& path, bool json, std::ostream& out, std::ostream& err) {
    const auto manifest = formats::manifest_in(path);
    if (!manifest) {
        err << "tacbundle: "
            << formats::plain_label(path + ": " + manifest.error().detail, longest_shown) << "\n";
        return manifest.error().kind == formats::ErrorKind::invalid ? ExitCode::not_written
                                                                    : ExitCode::usage;
    }
    if (json)
        out << essentials_of(*manifest).dump(-1, ' ', false,
                                             nlohmann::json::error_handler_t::replace)
            << "\n";
    else
        out << formats::summary_of_bundle(*manifest);
    return out.flush() ? ExitCode::complete : ExitCode::internal;
}

}  // namespace collector
