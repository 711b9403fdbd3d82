// One run per device: by what the device says it is.

#include "collector/state/device_lock.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "collector/state/journal.hpp"
#include "collector/state/run_place.hpp"
#include "support/temporary_folder.hpp"

using collector::DeviceLock;
using collector::Journal;

namespace {

formats::Result<DeviceLock> take(const std::string& state, const std::string& identity, const std::string& endpoint,
                                 const std::string& journal = {}) {
    return DeviceLock::take(state, DeviceLock::name_of(identity), endpoint, journal);
}

}  // namespace

TEST_CASE("a device that is named twice is said to be the same; it is free when the run has ended") {
    const support::TemporaryFolder folder;
    const std::string state = folder.path().string();
    {
        const auto hq = take(state, "fw-a\n888123011", "hq");
        REQUIRE(hq);
        CHECK(take(state, "fw-b\n888123021", "branch"));
        const auto alias = take(state, "fw-a\n888123011", "alias");
        REQUIRE_FALSE(alias);
        CHECK(alias.error().kind == formats::ErrorKind::rejected);
        CHECK(alias.error().detail == "it is the same device as hq");
    }
    CHECK(std::filesystem::is_empty(folder.path()));
    CHECK(take(state, "fw-a\n888123011", "alias"));
}

TEST_CASE("a second run is told of the first, and takes over from one that was killed") {
    const support::TemporaryFolder folder;
    const std::string state = folder.path().string();
    int ready[2], end[2];
    REQUIRE(::pipe(ready) == 0);
    REQUIRE(::pipe(end) == 0);
    const pid_t first = ::fork();
    REQUIRE(first >= 0);
    char byte = 'k';
    if (first == 0) {
        const auto lock = take(state, "fw-a", "hq");
        if (!lock || ::write(ready[1], &byte, 1) != 1) ::_exit(1);
        ::close(end[1]);
        (void)!::read(end[0], &byte, 1);
        ::_exit(0);  // without its destructors, as one that is killed
    }
    REQUIRE(::read(ready[0], &byte, 1) == 1);
    const auto second = take(state, "fw-a", "hq");
    REQUIRE_FALSE(second);
    CHECK(second.error().detail == "another run works on this device (process " + std::to_string(first) + ")");
    CHECK(collector::leftovers(state).empty());
    CHECK_FALSE(std::filesystem::is_empty(folder.path()));
    ::close(end[1]);
    int status = 0;
    REQUIRE(::waitpid(first, &status, 0) == first);
    CHECK(WEXITSTATUS(status) == 0);
    SUBCASE("locked again") CHECK(take(state, "fw-a", "hq"));
    SUBCASE("tidied up") {
        CHECK(collector::leftovers(state).empty());
        CHECK(std::filesystem::is_empty(folder.path()));
    }
    for (const int fd : {ready[0], ready[1], end[0]}) ::close(fd);
}

TEST_CASE("a device is taken while the guardian of a run that died has the journal; its own cleanup may have it") {
    const support::TemporaryFolder folder;
    const std::string state = folder.path().string();
    const std::string path = state + "/journal-run1", name = DeviceLock::name_of("fw-a");
    {
        auto journal = Journal::create(state, "run1");
        REQUIRE(journal);
        // What a run that was killed leaves: its file, and no lock on it.
        folder.write(name, "process 1 hq\n" + path);
        const auto second = take(state, "fw-a", "hq", state + "/journal-run2");
        REQUIRE_FALSE(second);
        CHECK(second.error().kind == formats::ErrorKind::rejected);
        CHECK(second.error().detail.find("its guardian is turning its debugs off") != std::string::npos);
        CHECK(collector::leftovers(state).empty());
        CHECK(std::filesystem::exists(state + "/" + name));
        CHECK(take(state, "fw-a", "hq", path));
        folder.write(name, "process 1 hq\n" + path);
    }
    CHECK(take(state, "fw-a", "hq", state + "/journal-run2"));
}
