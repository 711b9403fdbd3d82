// The guardian as the run sees it: what it acknowledges, what becomes of one that does not answer, what it knows and
// what it forgets.

#include "collector/guardian/guardian.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <thread>

#include "collector/progress/terminal.hpp"
#include "formats/bundle/spool.hpp"
#include "support/sanitized.hpp"
#include "support/temporary_folder.hpp"

namespace {

using namespace collector;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

bool comes_true(std::chrono::milliseconds limit, const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(5ms);
    }
    return true;
}

std::vector<pid_t> children() {
    std::vector<pid_t> found;
    for (const auto& task : fs::directory_iterator("/proc/self/task")) {
        std::istringstream ids(text_of(task.path() / "children"));
        for (pid_t id = 0; ids >> id;) found.push_back(id);
    }
    return found;
}

/// All that a guardian is born with.
struct World {
    support::TemporaryFolder folder;
    std::vector<formats::Profile> profiles;
    std::shared_ptr<formats::Redaction> redaction;
    formats::Incident incident;
    std::optional<Plan> plan;
    std::optional<Journal> journal;
    std::optional<formats::Spool> spool;
    pid_t pid = -1;

    World() {
        auto loaded = formats::load_profiles("");
        auto made = formats::Redaction::make({});
        REQUIRE(loaded);
        REQUIRE(made);
        profiles = std::move(*loaded);
        redaction = std::move(*made);
        formats::EndpointSpec endpoint;
        endpoint.name = "hq";
        endpoint.platform = "ios";
        incident.endpoints.push_back(endpoint);
        auto planned = Plan::make(incident, profiles);
        REQUIRE(planned);
        plan.emplace(std::move(*planned));
        auto journalled = Journal::create((folder.path() / "state").string(), "R1");
        REQUIRE(journalled);
        journal.emplace(std::move(*journalled));
        auto spooled = formats::Spool::create(folder.path() / "state/spool-R1");
        REQUIRE(spooled);
        spool.emplace(std::move(*spooled));
    }

    std::unique_ptr<Guardian> start() {
        const auto before = children();
        auto guardian = Guardian::start(
            {&*plan, redaction, &*journal, spool->folder().string(), -1, (folder.path() / ".ssh").string()});
        REQUIRE(guardian);
        for (const pid_t child : children())
            if (std::find(before.begin(), before.end(), child) == before.end()) pid = child;
        REQUIRE(pid > 0);
        return std::move(*guardian);
    }

    JournalEndpoint facts() const { return {"hq", "telnet://pix@127.0.0.1:1", "ios", false, "3", "pix", "", ""}; }
    Credentials credentials(const std::string& password) {
        return Credentials::accepted("hq", terminal, *redaction, Secret(std::string(password)),
                                     Secret(std::string("CANARY-enable")));
    }
    static UndoEntry isakmp() {
        return {0,  "hq",  UndoEntry::Scope::device, "disarm/isakmp",
                "", "off", "debug crypto isakmp",    "no debug crypto isakmp"};
    }

    Terminal terminal{false};
};

bool has_ended(pid_t pid) {
    const std::string status = text_of("/proc/" + std::to_string(pid) + "/stat");
    return status.empty() || status.find(") Z ") != std::string::npos;
}

/// In memory that a process may write to, as root sees it.
bool memory_holds(pid_t pid, const std::string& text) {
    std::ifstream maps("/proc/" + std::to_string(pid) + "/maps"),
        memory("/proc/" + std::to_string(pid) + "/mem", std::ios::binary);
    for (std::string line; std::getline(maps, line);) {
        if (line.find(" rw") == std::string::npos || line.find("[v") != std::string::npos) continue;
        std::size_t begin = 0, end = 0;
        char dash = 0;
        std::istringstream(line) >> std::hex >> begin >> dash >> end;
        std::string bytes(end - begin, '\0');
        memory.clear();
        memory.seekg(static_cast<std::streamoff>(begin));
        memory.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        if (bytes.find(text) != std::string::npos) return true;
    }
    return false;
}

/// "it_value" of its only timer: when it acts by itself. "(0, 0)": never.
std::string time_set(pid_t pid) {
    for (const auto& file : fs::directory_iterator("/proc/" + std::to_string(pid) + "/fdinfo")) {
        const std::string text = text_of(file.path());
        const auto at = text.find("it_value: ");
        if (at != std::string::npos) return text.substr(at + 10, text.find('\n', at) - at - 10);
    }
    return "no timer";
}

}  // namespace

TEST_CASE("a guardian that does not answer is ended, nothing is owed without it, and the window is closed") {
    World world;
    const auto guardian = world.start();
    guardian->watch();
    ::kill(world.pid, SIGSTOP);
    SUBCASE("while an undo is owed to it") {
        const auto owed = guardian->owe(World::isakmp());
        REQUIRE_FALSE(owed);
        CHECK(owed.error().detail == "it does not answer");
        CHECK(world.journal->owed().empty());
    }
    SUBCASE("while it is told how to log in") {
        const auto entrusted = guardian->entrust(0, world.facts(), world.credentials("CANARY-password"), {});
        REQUIRE_FALSE(entrusted);
        CHECK(world.journal->endpoints().empty());
    }
    SUBCASE("while it is told its time") CHECK_FALSE(guardian->armed_for(10s));
    CHECK(comes_true(5s, [&] { return has_ended(world.pid); }));
    CHECK(guardian->alarm().stop_requested());
    CHECK(guardian->alarm_reason() == "the guardian process does not answer");
    // A late answer is never taken for one to the next message.
    const auto next = guardian->owe(World::isakmp());
    REQUIRE_FALSE(next);
    CHECK(next.error().detail == "it did not answer, and was ended");
    guardian->dismiss();
}

TEST_CASE("while anything is armed a guardian that is stopped is noticed without being told anything") {
    World world;
    const auto guardian = world.start();
    guardian->watch();
    REQUIRE(guardian->armed_for(60s));
    CHECK_FALSE(guardian->alarm().stop_requested());
    ::kill(world.pid, SIGSTOP);
    CHECK(comes_true(10s, [&] { return guardian->alarm().stop_requested(); }));
    CHECK(comes_true(5s, [&] { return has_ended(world.pid); }));
    guardian->dismiss();
}

TEST_CASE("a guardian that dies raises the alarm, with its reason") {
    World world;
    const auto guardian = world.start();
    guardian->watch();
    REQUIRE(guardian->armed_for(60s));
    ::kill(world.pid, SIGKILL);
    CHECK(comes_true(5s, [&] { return guardian->alarm().stop_requested(); }));
    CHECK(guardian->alarm_reason() == "the guardian process has died");
    guardian->dismiss();
}

TEST_CASE("the armed-until time that has passed raises the alarm in the run itself") {
    World world;
    const auto guardian = world.start();
    guardian->watch();
    REQUIRE(guardian->armed_for(50ms));
    CHECK(comes_true(4s, [&] { return guardian->alarm().stop_requested(); }));
    guardian->stand_down();  // before the guardian's own time is over too: it would end this process
    CHECK(guardian->alarm_reason().find("its time was over") != std::string::npos);
    guardian->dismiss();
}

TEST_CASE("told to stand down, the guardian has no time any more and holds no credential") {
    World world;
    const auto guardian = world.start();
    // Made up here, so that the guardian was not born with it.
    const std::string password = "CANARY-" + std::to_string(::getpid()) + "-password";
    REQUIRE(guardian->entrust(0, world.facts(), world.credentials(password), {}));
    REQUIRE(guardian->owe(World::isakmp()));
    REQUIRE(guardian->armed_for(60s));
    CHECK(time_set(world.pid) != "(0, 0)");
    if (is_sanitized)
        std::puts("NOT RUN: that the guardian's memory holds no credential: a sanitizer keeps what is freed");
    CHECK((is_sanitized || memory_holds(world.pid, password)));
    guardian->prove(1, "seen");
    guardian->stand_down();
    CHECK(time_set(world.pid) == "(0, 0)");
    CHECK((is_sanitized || !memory_holds(world.pid, password)));
    guardian->dismiss();
}

TEST_CASE("a secret that is learned after it was spooled is gone from the spool of a run that dies") {
    World world;
    const std::string member = formats::capture_member("hq", formats::Phase::before, "show-version.txt");
    REQUIRE(world.spool->write(member, world.redaction->redact("remark CANARYlate9Xq7 of the other end\n")));
    const pid_t run = ::fork();
    REQUIRE(run >= 0);
    if (run == 0) {
        const auto guardian =
            Guardian::start({&*world.plan, world.redaction, &*world.journal, world.spool->folder().string(), -1, ""});
        if (!guardian) ::_exit(1);
        world.redaction->learn("CANARYlate9Xq7", formats::SecretClass::psk);
        (*guardian)->share_learned();
        ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    REQUIRE(::waitpid(run, &status, 0) == run);
    REQUIRE(WIFSIGNALED(status));
    CHECK(comes_true(10s, [&] { return world.spool->has(formats::spool_mark::swept); }));
    const std::string text = text_of(world.spool->folder() / member);
    CHECK(text.find("CANARY") == std::string::npos);
    CHECK(text.find("of the other end") != std::string::npos);
}

TEST_CASE("a guardian that cannot have the memory for an undo is none, before anything is armed") {
    if (is_sanitized) {
        std::puts("NOT RUN: a guardian that cannot have the memory for an undo: a sanitizer ends the process there");
        return;
    }
    World world;
    const pid_t run = ::fork();
    REQUIRE(run >= 0);
    if (run == 0) {
        // As much as there is now, and a little for what comes before.
        std::size_t pages = 0;
        std::istringstream(text_of("/proc/self/statm")) >> pages;
        const rlim_t now = pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + (rlim_t{1} << 20);
        const rlimit little{now, now};
        ::setrlimit(RLIMIT_AS, &little);
        while (std::malloc(std::size_t{1} << 20) != nullptr) continue;
        auto guardian =
            Guardian::start({&*world.plan, world.redaction, &*world.journal, world.spool->folder().string(), -1, ""});
        const bool refused = guardian && !(*guardian)->owe(World::isakmp());
        ::_exit(refused ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(run, &status, 0) == run);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a run that is unwound leaves what is owed to the guardian, and knows how that ended") {
    World world;
    auto guardian = world.start();
    SUBCASE("nothing is owed: it goes") {
        CHECK(guardian->take_over());
        CHECK_FALSE(fs::exists(world.journal->path()));
    }
    SUBCASE("an undo that cannot be done: the journal stays") {
        // It was told of no login.
        REQUIRE(guardian->owe(World::isakmp()));
        CHECK_FALSE(guardian->take_over());
        CHECK(fs::exists(world.journal->path()));
        CHECK(text_of(world.journal->path()).find("MAY STILL BE DEBUGGING") != std::string::npos);
    }
    SUBCASE("without a word, by its destructor") {
        REQUIRE(guardian->owe(World::isakmp()));
        guardian.reset();
        CHECK(text_of(world.journal->path()).find("the run cannot go on") != std::string::npos);
    }
    guardian.reset();
    CHECK(has_ended(world.pid));
}
