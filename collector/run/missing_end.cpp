#include "collector/run/missing_end.hpp"

#include "formats/text/counted.hpp"

namespace collector {

namespace {

constexpr std::chrono::seconds answer_limit{60};

bool is_yes(std::string_view answer) {
    return answer == "y" || answer == "Y" || answer == "yes" || answer == "Yes" || answer == "YES";
}

}  // namespace

std::optional<std::string> declined_without_missing_end(const std::vector<Endpoint>& endpoints, Terminal& terminal,
                                                        bool yes, const Patience& patience) {
    std::string missing, last;
    std::size_t there = 0;
    for (const Endpoint& endpoint : endpoints) {
        if (endpoint.is_up()) {
            ++there;
            last = endpoint.name();
        } else {
            const auto& why = endpoint.failure();
            missing += (missing.empty() ? "" : "; ") + endpoint.name() + " could not be used" +
                       (why ? ": " + why->detail : "");
        }
    }
    if (missing.empty() || there == 0 || yes || !terminal.is_there()) return std::nullopt;
    const std::string others = there == 1 ? last + " alone" : "the other " + formats::counted(there, "endpoint");
    const auto answer =
        terminal.ask(missing + ".\nGo on with " + others + "? [y/N] ", false, patience.at_most(answer_limit));
    if (answer && is_yes(*answer)) return std::nullopt;
    return "not gone on with " + others + ": " + (answer ? "declined on the terminal" : answer.error().detail);
}

}  // namespace collector
