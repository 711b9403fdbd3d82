#include "collector/commands/diff.hpp"

#include <nlohmann/json.hpp>
#include <ostream>
#include <utility>

#include "collector/commands/bundle_facts.hpp"
#include "formats/analysis/bundle_diff.hpp"
#include "formats/text/counted.hpp"

namespace collector {

namespace {

/// "hq
///   version: 7.2(2) -> 7.2(4)
///   configuration - access-list VPN ..."
void write_text(const std::vector<formats::Difference>& differences, std::ostream& out) {
    const std::string* endpoint = nullptr;
    for (const formats::Difference& difference : differences) {
        if (endpoint == nullptr || *endpoint != difference.endpoint)
            out << (difference.endpoint.empty() ? "both ends" : shown(difference.endpoint)) << "\n";
        endpoint = &difference.endpoint;
        out << "  " << shown(difference.subject);
        if (!difference.good.empty() && !difference.bad.empty())
            out << ": " << shown(difference.good) << " -> " << shown(difference.bad) << "\n";
        else
            out << (difference.bad.empty() ? " - " : " + ")
                << shown(difference.bad.empty() ? difference.good : difference.bad) << "\n";
    }
    out << (differences.empty() ? "no difference" : formats::counted(differences.size(), "difference")) << "\n";
}

}  // namespace

ExitCode diff_command(const DiffRequest& request, std::ostream& out, std::ostream& err) {
    const auto refuse = [&](const formats::Error& error, ExitCode code) {
        return say_refusal(error, code, request.json, out, err);
    };
    const auto good = formats::ConcludedBundle::open(request.good);
    if (!good) return refuse(good.error(), exit_of_unreadable(good.error()));
    const auto bad = formats::ConcludedBundle::open(request.bad);
    if (!bad) return refuse(bad.error(), exit_of_unreadable(bad.error()));
    const auto differences = formats::compare_bundles(*good, *bad);
    if (!differences) return refuse(differences.error(), ExitCode::internal);

    const ExitCode code = differences->empty() ? ExitCode::complete : ExitCode::incomplete;
    if (request.json) {
        auto result = begin_result(code);
        result["good"] = shown(request.good);
        result["bad"] = shown(request.bad);
        result["outcome"] = differences->empty() ? "equal" : "different";
        result["differences"] = nlohmann::ordered_json::array();
        for (const formats::Difference& difference : *differences)
            result["differences"].push_back({{"endpoint", difference.endpoint},
                                             {"subject", difference.subject},
                                             {"good", difference.good},
                                             {"bad", difference.bad}});
        write_line(result, out);
    } else {
        write_text(*differences, out);
    }
    return out.flush() ? code : ExitCode::internal;
}

}  // namespace collector
