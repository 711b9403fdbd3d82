#include "collector/commands/show.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <utility>

#include "formats/analysis/ladder.hpp"
#include "formats/bundle/opened_bundle.hpp"
#include "formats/bundle/unpack.hpp"
#include "formats/redaction/address_mask.hpp"
#include "formats/report/ladder_text.hpp"
#include "formats/report/summary.hpp"
#include "formats/text/plain_text.hpp"

namespace collector {

namespace {

constexpr std::size_t longest_shown = 4096;

nlohmann::ordered_json essentials_of(const formats::Manifest& manifest) {
    using nlohmann::ordered_json;
    ordered_json shown;
    shown["v"] = 1;
    shown["sr"] = manifest.sr;
    shown["outcome"] = manifest.outcome;
    shown["verdict"] = manifest.verdict;
    if (manifest.started) shown["started"] = formats::to_iso(*manifest.started);
    shown["endpoints"] = ordered_json::array();
    for (const auto& endpoint : manifest.endpoints) {
        ordered_json one{{"name", endpoint.name}, {"platform", endpoint.platform}, {"hostname", endpoint.hostname}};
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
                                     {"endpoint", finding.endpoint},
                                     {"origin", finding.origin},
                                     {"text", finding.text}});
    return shown;
}

formats::Result<std::string> ladders_in(const std::string& bundle) {
    const auto opened = formats::OpenedBundle::open(bundle);
    if (!opened) return opened.error();
    const auto evidence = formats::Evidence::read(opened->manifest(), opened->spool());
    if (!evidence) return evidence.error();
    std::string text;
    for (const formats::Ladder& ladder : formats::ladders_of(*evidence)) {
        if (!text.empty()) text += "\n";
        text += formats::ladder_text(ladder);
    }
    return text.empty() ? "The bundle has no endpoint.\n" : text;
}

}  // namespace

ExitCode show_command(const ShowRequest& request, std::ostream& out, std::ostream& err) {
    const auto refuse = [&](const formats::Error& error, ExitCode code) {
        err << "tacbundle: " << formats::plain_label(error.message(), longest_shown) << "\n";
        return code;
    };
    std::optional<formats::AddressMap> map;
    if (!request.unmask.empty()) {
        auto read = formats::AddressMap::read(request.unmask);
        if (!read) return refuse(read.error(), ExitCode::usage);
        map = std::move(*read);
    }
    const auto manifest = formats::manifest_in(request.bundle);
    if (!manifest)
        return refuse({manifest.error().kind, request.bundle, manifest.error().detail, {}},
                      manifest.error().kind == formats::ErrorKind::invalid ? ExitCode::not_written : ExitCode::usage);
    std::string text;
    if (request.ladder) {
        auto drawn = ladders_in(request.bundle);
        if (!drawn) return refuse(drawn.error(), ExitCode::not_written);
        text = std::move(*drawn);
    } else {
        text = request.json
                   ? essentials_of(*manifest).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"
                   : formats::summary_of_bundle(*manifest);
    }
    out << (map ? map->unmask(text) : text);
    return out.flush() ? ExitCode::complete : ExitCode::internal;
}

}  // namespace collector
