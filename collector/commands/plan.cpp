#include "collector/commands/plan.hpp"

#include <cstdio>
#include <string>

namespace collector {

int plan_command(const RunRequest& request) {
    const bool json = request.incident.json;
    const auto prepared = prepare(request);
    if (!prepared) return Progress::refuse(json, prepared.error());
    if (!json) {
        const std::string text = prepared->redaction->redact(prepared->plan->text()).str();
        const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
        return static_cast<int>(written ? ExitCode::complete : ExitCode::internal);
    }
    Progress progress(progress_settings(true, request.verbosity), prepared->redaction);
    for (std::size_t i = 0; i < prepared->plan->incident().endpoints.size(); ++i)
        for (const EndpointPlan& candidate : prepared->plan->candidates(i))
            for (const PlannedItem& item : candidate.items())
                progress.event({EventKind::run, candidate.endpoint(), item.line,
                                {{"platform", candidate.profile().name},
                                 {"step", std::string(name_of(item.step))},
                                 {"line", item.line},
                                 {"id", item.id}}});
    progress.result({EventKind::result, "", "plan",
                     {{"digest", prepared->plan->digest()}, {"outcome", "complete"}, {"exit", "=0"}}},
                    "", std::chrono::seconds{30});
    return static_cast<int>(ExitCode::complete);
}

}  // namespace collector
