#include "collector/state/run_place.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <iterator>
#include <set>
#include <tuple>

#include "collector/state/device_lock.hpp"
#include "collector/state/state_folder.hpp"
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

std::chrono::minutes age_of(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return {};
    return std::chrono::minutes{std::max<std::time_t>(0, std::time(nullptr) - status.st_mtime) / 60};
}

/// "3 min", "2 h 5 min", "4 days 7 h"
std::string in_words(std::chrono::minutes age) {
    const auto minutes = age.count(), hours = minutes / 60, days = hours / 24;
    if (days > 0) return std::to_string(days) + (days == 1 ? " day " : " days ") + std::to_string(hours % 24) + " h";
    if (hours > 0) return std::to_string(hours) + " h " + std::to_string(minutes % 60) + " min";
    return std::to_string(minutes) + " min";
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

std::string kept_in(const Spool& spool) {
    std::error_code code;
    const bool is_there = std::filesystem::exists(spool.folder() / formats::member::manifest, code);
    return is_there ? spool.folder().string() : std::string();
}

std::vector<OwedByDeadRun> owed_by_dead_runs(const std::string& state_folder) {
    std::vector<OwedByDeadRun> all;
    std::error_code failed;                             // no folder: no earlier run
    if (!check_state_folder(state_folder)) return all;  // leftovers() says what is wrong with it
    for (const auto& entry : std::filesystem::directory_iterator(state_folder, failed)) {
        if (!entry.path().filename().string().starts_with("journal-")) continue;
        const auto journal = Journal::take_over(entry.path().string());
        if (!journal) continue;  // its run lives, or leftovers() says what is wrong with it
        for (const UndoEntry& owed : journal->owed())
            for (const JournalEndpoint& endpoint : journal->endpoints())
                if (endpoint.name == owed.endpoint) all.push_back({endpoint.target, owed.undo_id, journal->path()});
    }
    return all;
}

std::vector<Leftover> leftovers(const std::string& state_folder) {
    using Kind = Leftover::Kind;
    std::vector<Leftover> all;
    std::error_code failed;
    if (auto ours = check_state_folder(state_folder); !ours) {
        // No folder: no earlier run.
        if (std::filesystem::symlink_status(state_folder, failed).type() != std::filesystem::file_type::not_found)
            all.push_back({Kind::journal, state_folder,
                           "what earlier runs left is not looked at: " + ours.error().message(), age_of(state_folder)});
        return all;
    }
    for (const auto& entry : std::filesystem::directory_iterator(state_folder, failed)) {
        const std::string name = entry.path().filename().string(), path = entry.path().string();
        const auto add = [&](Kind kind, std::string text) {
            all.push_back({kind, path, std::move(text), age_of(path)});
        };
        if (name.starts_with("journal-")) {
            auto journal = Journal::take_over(path);
            if (!journal && journal.error().kind == formats::ErrorKind::rejected) continue;  // its run lives
            if (!journal)
                add(Kind::journal, "a journal cannot be read, and devices MAY STILL BE DEBUGGING on its account: " +
                                       journal.error().message());
            else if (!journal->owed().empty())
                add(Kind::journal, left_on(*journal));
            else if (auto closed = journal->close(); !closed)
                add(Kind::trouble, closed.error().message());
        } else if (name.starts_with("spool-") && is_abandoned(entry.path())) {
            add(Kind::spool, "what an earlier run had captured is kept: run `tacbundle recover " + path + "`");
        } else if (name.starts_with(device_lock_prefix)) {
            // Of a run that was killed; whoever holds one has it locked, and a guardian its journal.
            const Descriptor left(::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
            if (left && lock(left) && !DeviceLock::is_with_a_guardian(left.get())) ::unlink(path.c_str());
        } else if (name.starts_with(formats::removed_prefix) && is_abandoned(entry.path())) {
            auto rest = Spool::open(entry.path());
            const auto removed = rest ? rest->remove() : Result<void>(rest.error());
            if (!removed && std::filesystem::exists(entry.path(), failed))
                add(Kind::trouble, removed.error().message());
        }
    }
    std::sort(all.begin(), all.end(),
              [](const Leftover& a, const Leftover& b) { return std::tie(a.kind, a.text) < std::tie(b.kind, b.text); });
    return all;
}

std::string list_of(const std::vector<Leftover>& all, Leftover::Kind kind) {
    std::vector<Leftover> some;
    std::copy_if(all.begin(), all.end(), std::back_inserter(some),
                 [&](const Leftover& left) { return left.kind == kind; });
    std::stable_sort(some.begin(), some.end(), [](const Leftover& a, const Leftover& b) { return a.age > b.age; });
    std::string text;
    for (const Leftover& left : some) text += in_words(left.age) + " ago: " + left.text + "\n";
    return !text.empty()                     ? text
           : kind == Leftover::Kind::journal ? "no earlier run left anything on\n"
                                             : "no earlier run left anything to recover\n";
}

}  // namespace collector
