#include "collector/run_place.hpp"

#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "formats/text/utc_time.hpp"

namespace collector {

using formats::Descriptor;
using formats::Error;
using formats::Result;
using formats::Spool;

namespace {

/// The start of the run, and its process, so that two of one second differ.
std::string run_name() { return formats::to_compact(formats::utc_now()) + "-" + std::to_string(::getpid()); }

bool lock(const Descriptor& file) { return ::flock(file.get(), LOCK_EX | LOCK_NB) == 0; }

bool is_abandoned(const std::filesystem::path& folder) {
    auto spool = Spool::open(folder);
    if (!spool || !spool->has(formats::spool_mark::lock)) return spool.has_value();
    const auto mark = spool->mark(formats::spool_mark::lock);
    return mark && lock(*mark);
}

std::string left_on(const Journal& journal) {
    std::set<std::string> endpoints;
    for (const UndoEntry& entry : journal.owed()) endpoints.insert(entry.endpoint);
    std::string names;
    for (const std::string& endpoint : endpoints) names += (names.empty() ? "" : ", ") + endpoint;
    return "an earlier run may have left debugs on at " + names + ": run `tacbundle cleanup " + journal.path() + "`";
}

}  // namespace

Result<RunPlace> RunPlace::make(const std::string& state_folder) {
    const std::string run = run_name();
    auto journal = Journal::create(state_folder, run);
    if (!journal) return journal.error();
    const auto fail = [&](const Error& error) -> Result<RunPlace> {
        if (auto closed = journal->close(); !closed) return closed.error();
        return error;
    };
    auto spool = Spool::create(state_folder + "/spool-" + run);
    if (!spool) return fail(spool.error());
    auto mark = spool->mark(formats::spool_mark::lock);
    if (mark && !lock(*mark)) mark = formats::system_error(spool->folder().string(), "locking the spool", errno);
    if (!mark) {
        const Error error = mark.error();
        if (auto removed = spool->remove(); !removed) return fail(removed.error());
        return fail(error);
    }
    return RunPlace{std::move(*journal), std::move(*spool), std::move(*mark)};
}

Result<void> RunPlace::discard() {
    auto removed = spool.remove();
    auto closed = journal.close();
    return removed ? closed : removed;
}

std::vector<std::string> leftovers(const std::string& state_folder) {
    std::vector<std::string> on, kept;
    std::error_code failed;  // no folder: no earlier run
    for (const auto& entry : std::filesystem::directory_iterator(state_folder, failed)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("journal-")) {
            auto journal = Journal::take_over(entry.path().string());
            if (!journal) continue;  // its run lives, or it is none of ours
            if (!journal->owed().empty()) on.push_back(left_on(*journal));
            else if (auto closed = journal->close(); !closed) on.push_back(closed.error().message());
        } else if (name.starts_with("spool-") && is_abandoned(entry.path())) {
            kept.push_back("what an earlier run had captured is kept: run `tacbundle recover " + entry.path().string() + "`");
        } else if (name.starts_with(formats::removed_prefix) && is_abandoned(entry.path())) {
            auto rest = Spool::open(entry.path());
            const auto removed = rest ? rest->remove() : Result<void>(rest.error());
            if (!removed && std::filesystem::exists(entry.path(), failed)) on.push_back(removed.error().message());
        }
    }
    std::sort(on.begin(), on.end());
    std::sort(kept.begin(), kept.end());
    on.insert(on.end(), kept.begin(), kept.end());
    return on;
}

}  // namespace collector
