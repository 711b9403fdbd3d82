#include "collector/commands/plan.hpp"

#include <iostream>
#include <string>

namespace collector {

int plan_command(const RunRequest& request) {
    const bool json = request.incident.json;
    const auto prepared = prepare(request);
    if (!prepared) return Progress::refuse(json, prepared.error());
    if (!json) {
        std::cout << prepared->redaction->redact(prepared->plan->text()).str();
        return static_cast<int>(ExitCode::complete);
    }
    Progress progress(progress_settings(true, request.verbosity), prepared->redaction);
    for (std::size_t i = 0; i < prepared->plan->incident().endpoints.size(); ++i)
        for (const EndpointPlan& candidate : prepared->plan->candidates(i))
            for (const PlannedItem& item : candidate.items())
                progress.event({EventKind::run,
                                candidate.endpoint(),
                                item.line,
                                {{"platform", candidate.profile().name},
                                 {"step", std::string(name_of(item.step))},
                                 {"line", item.line},
                                 {"id", item.id}}});
    const bool told = progress.result({EventKind::result,
                                       "",
                                       "plan",
                                       {{"digest", prepared->plan->digest()}, {"outcome", "complete"}, {"exit", "=0"}}},
                                      "", std::chrono::seconds{30});
    return static_cast<int>(told ? ExitCode::complete : ExitCode::internal);
}

}  // namespace collector
