#include "collector/run/ending.hpp"

#include <algorithm>

#include "formats/text/counted.hpp"

namespace collector {

namespace {

constexpr std::size_t most_named = 4;

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
    std::string text;
    for (const std::string& part : parts) text.append(text.empty() ? "" : between).append(part);
    return text;
}

/// "branch (all 12)", "hq (debug/debug-crypto, after/show-version and 3 more)"
std::string in_short(const EndpointGaps& gaps) {
    std::string text = gaps.endpoint + " (";
    if (gaps.items.missing() == gaps.items.planned && gaps.items.planned > 1)
        return text + "all " + std::to_string(gaps.items.planned) + ")";
    std::vector<std::string> items;
    for (const auto& [cause, ids] : gaps.items.causes) items.insert(items.end(), ids.begin(), ids.end());
    const std::size_t more = items.size() > most_named ? items.size() - most_named : 0;
    items.resize(items.size() - more);
    return text + joined(items, ", ") + (more > 0 ? " and " + std::to_string(more) + " more)" : ")");
}

/// What of the planned items there is; all of them, or which not. Begins behind the word for the outcome.
std::string balance(const RunResult& run) {
    std::size_t planned = 0, missing = 0, beyond = 0;
    std::vector<std::string> which, beside;
    for (const EndpointGaps& gaps : run.gaps) {
        planned += gaps.items.planned - gaps.items.beyond_the_platform;
        beyond += gaps.items.beyond_the_platform;
        missing += gaps.items.missing();
        if (gaps.items.missing() > 0) which.push_back(in_short(gaps));
        if (!gaps.configuration.empty()) beside.push_back(gaps.endpoint + ": " + gaps.configuration);
    }
    if (!run.not_kept.empty()) beside.push_back(run.not_kept);
    const std::string all = formats::counted(planned, beyond > 0 ? "other item" : "item");
    std::string text = beyond > 0 ? "; " + formats::counted(beyond, "item") + " this platform does not have" : "";
    text += missing == 0 ? ": all " + all + " of the plan are there"
                         : ": " + std::to_string(missing) + " of " + all +
                               std::string(formats::by_number(missing, " is", " are")) +
                               " missing or cut short: " + joined(which, ", ");
    if (!beside.empty()) text += "; " + joined(beside, "; ");
    return text;
}

std::string what_is_kept(const RunResult& run) {
    if (run.spool.empty()) return run.bundle ? "" : "; nothing is kept: the run's own folder has gone away";
    return "; what was captured is kept, redacted, in " + run.spool + " (`tacbundle recover " + run.spool +
           "` packs it)";
}

}  // namespace

ExitCode exit_of(const Ending& ending) {
    return ending.still_debugging ? ExitCode::still_debugging
           : ending.not_written   ? ExitCode::not_written
           : ending.interrupted   ? ExitCode::interrupted
           : ending.nobody        ? ExitCode::no_endpoint
           : ending.incomplete    ? ExitCode::incomplete
                                  : ExitCode::complete;
}

std::vector<std::string> EndpointGaps::sentences() const {
    std::vector<std::string> all;
    for (const auto& [cause, ids] : items.causes) all.push_back(endpoint + ": " + cause + ": " + joined(ids, ", "));
    if (!configuration.empty()) all.push_back(endpoint + ": " + configuration);
    return all;
}

std::vector<std::string> RunResult::missing() const {
    std::vector<std::string> all;
    for (const EndpointGaps& endpoint : gaps)
        for (std::string& sentence : endpoint.sentences()) all.push_back(std::move(sentence));
    if (!not_kept.empty()) all.push_back(not_kept);
    return all;
}

std::string last_words(const RunResult& run, const std::string& journal) {
    switch (run.exit()) {
        case ExitCode::complete: return "COMPLETE" + balance(run) + "; the bundle is verified";
        case ExitCode::incomplete: return "INCOMPLETE" + balance(run) + "; the bundle is verified";
        case ExitCode::interrupted:
            return "INTERRUPTED: no debug of this run is on; " + (run.bundle
                                                                      ? "the bundle holds what there was" + balance(run)
                                                                      : "there is no bundle" + what_is_kept(run));
        case ExitCode::still_debugging: {
            std::vector<std::string> names;
            for (const auto& [endpoint, lines] : run.to_type) names.push_back(endpoint);
            return "STILL DEBUGGING: " + joined(names, ", ") +
                   (run.bundle ? "; the bundle is written" + balance(run) : "; there is no bundle") +
                   what_is_kept(run) + "; log in there and type the lines above, or run: tacbundle cleanup " + journal;
        }
        case ExitCode::not_written:
            return "NO BUNDLE: " +
                   (run.error ? run.error->subject + ": " + run.error->detail : "it could not be written") +
                   what_is_kept(run);
        case ExitCode::no_endpoint: return "NO BUNDLE: no endpoint could be used: " + joined(run.unusable, "; ");
        case ExitCode::internal:
        case ExitCode::usage: break;
    }
    return "NO BUNDLE";
}

}  // namespace collector
