#include "collector/state/journal.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "collector/state/run_place.hpp"
#include "support/temporary_folder.hpp"

namespace {

using namespace collector;
using Scope = UndoEntry::Scope;

UndoEntry isakmp(const std::string& endpoint) {
    return {
        0, endpoint, Scope::session, "disarm/isakmp", "", "off", "debug crypto isakmp 127", "no debug crypto isakmp"};
}

std::string text_of(const std::string& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// A journal as a dead process leaves it: closed without being removed.
std::string left_by_a_dead_run(const std::string& folder, const std::string& run, bool proven) {
    auto journal = Journal::create(folder, run);
    REQUIRE(journal);
    REQUIRE(journal->name_endpoint({"hq", "ssh://pix@192.0.2.1", "pix7", true, "3", "pix", "env:HQ_PASSWORD", ""}));
    const auto number = journal->owe(isakmp("hq"));
    REQUIRE(number);
    if (proven) journal->prove(*number, "seen");
    return journal->path();
}

}  // namespace

TEST_CASE("a journal is read back with what is owed, and what was proven is struck off") {
    const support::TemporaryFolder folder;
    std::string path;
    {
        auto journal = Journal::create(folder.path().string(), "R1");
        REQUIRE(journal);
        path = journal->path();
        REQUIRE(journal->name_endpoint(
            {"hq", "ssh://pix@192.0.2.1", "pix7", true, "3", "pix", "env:HQ_PASSWORD", "", "vpn"}));
        const auto first = journal->owe(isakmp("hq"));
        auto ipsec = isakmp("hq");
        ipsec.undo_id = "disarm/ipsec";
        const auto second = journal->owe(ipsec);
        REQUIRE(first);
        REQUIRE(second);
        CHECK(*first != *second);
        journal->prove(*first, "listed no more");
    }
    auto again = Journal::take_over(path);
    REQUIRE(again);
    REQUIRE(again->owed().size() == 1);
    CHECK(again->owed()[0].undo_id == "disarm/ipsec");
    CHECK(again->owed()[0].undo == "no debug crypto isakmp");
    REQUIRE(again->endpoints().size() == 1);
    CHECK(again->endpoints()[0].target == "ssh://pix@192.0.2.1");
    CHECK(again->endpoints()[0].session == "3");
    CHECK(again->endpoints()[0].legacy);
    CHECK(again->endpoints()[0].password_from == "env:HQ_PASSWORD");
    // A number stands for one entry, also for what was proven by a process that is gone.
    const auto third = again->owe(isakmp("hq"));
    REQUIRE(third);
    CHECK(*third == 3);
}

TEST_CASE("a journal is for its owner only, and locked while its run lives") {
    const support::TemporaryFolder folder;
    auto journal = Journal::create(folder.path().string(), "R1");
    REQUIRE(journal);
    struct stat status {};
    REQUIRE(::stat(journal->path().c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    CHECK_FALSE(Journal::take_over(journal->path()));
}

TEST_CASE("a journal that owes nothing goes when it is closed; one that owes stays") {
    const support::TemporaryFolder folder;
    auto journal = Journal::create(folder.path().string(), "R1");
    REQUIRE(journal);
    const auto number = journal->owe(isakmp("hq"));
    REQUIRE(number);
    SUBCASE("owing") {
        CHECK(journal->close());
        CHECK(::access(journal->path().c_str(), F_OK) == 0);
    }
    SUBCASE("proven") {
        journal->prove(*number, "seen");
        CHECK(journal->close());
        CHECK(::access(journal->path().c_str(), F_OK) != 0);
    }
}

TEST_CASE("a record that a crash cut short is not read") {
    const support::TemporaryFolder folder;
    const std::string path = left_by_a_dead_run(folder.path().string(), "R1", false);
    std::ofstream(path, std::ios::app) << "owed\t2\thq\tsess";
    auto journal = Journal::take_over(path);
    REQUIRE(journal);
    CHECK(journal->owed().size() == 1);
}

TEST_CASE("a file that is no journal is refused with its line") {
    const support::TemporaryFolder folder;
    const std::string path = folder.path().string() + "/journal-x";
    for (const std::string text : {"", "hello\n", "tacbundle-journal\t2\tR\n", "tacbundle-journal\t1\tR\nowed\tx\n",
                                   "tacbundle-journal\t1\tR\nproven\t0\tseen\n"}) {
        CAPTURE(text);
        std::ofstream(path, std::ios::trunc) << text;
        const auto journal = Journal::take_over(path);
        REQUIRE_FALSE(journal);
        CHECK(journal.error().kind == formats::ErrorKind::usage);
    }
    CHECK_FALSE(Journal::take_over(folder.path().string() + "/missing"));
}

TEST_CASE("a journal is believed when it is ours alone, and no link") {
    const support::TemporaryFolder folder;
    const std::string path = left_by_a_dead_run(folder.path().string(), "R1", false),
                      link = folder.path().string() + "/journal-link";
    std::filesystem::create_symlink(path, link);
    CHECK_FALSE(Journal::take_over(link));
    REQUIRE(Journal::take_over(path));
    REQUIRE(::chmod(path.c_str(), 0622) == 0);
    CHECK_FALSE(Journal::take_over(path));
    REQUIRE(::chmod(path.c_str(), 0600) == 0);
    if (::geteuid() == 0) {
        REQUIRE(::chown(path.c_str(), 54321, 54321) == 0);
        CHECK_FALSE(Journal::take_over(path));
    }
}

TEST_CASE("a state folder that others may write to, or another user owns, is refused and left as it is") {
    const support::TemporaryFolder folder;
    const std::string state = folder.path().string() + "/state";
    REQUIRE(Journal::create(state, "R1"));
    const std::string abandoned = left_by_a_dead_run(state, "R2", true);
    REQUIRE(::chmod(state.c_str(), 0770) == 0);
    CHECK_FALSE(Journal::create(state, "R3"));
    const auto said = leftovers(state);
    REQUIRE(said.size() == 1);
    CHECK(said[0].text.find("others may write to it") != std::string::npos);
    CHECK(::access(abandoned.c_str(), F_OK) == 0);
    struct stat status {};
    REQUIRE(::stat(state.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0770);
    if (::geteuid() == 0) {
        REQUIRE(::chmod(state.c_str(), 0700) == 0);
        REQUIRE(::chown(state.c_str(), 54321, 54321) == 0);
        CHECK_FALSE(Journal::create(state, "R3"));
        REQUIRE(::chown(state.c_str(), 0, 0) == 0);
    }
    REQUIRE(::chmod(state.c_str(), 0700) == 0);
    CHECK(Journal::create(state, "R3"));
}

TEST_CASE("nothing is owed in a journal whose name is gone, or another file's") {
    const support::TemporaryFolder folder;
    auto journal = Journal::create(folder.path().string(), "R1");
    REQUIRE(journal);
    REQUIRE(journal->owe(isakmp("hq")));
    SUBCASE("removed") REQUIRE(::unlink(journal->path().c_str()) == 0);
    SUBCASE("replaced") {
        std::ofstream(journal->path() + ".new") << text_of(journal->path());
        REQUIRE(::rename((journal->path() + ".new").c_str(), journal->path().c_str()) == 0);
    }
    CHECK_FALSE(journal->owe(isakmp("branch")));
    CHECK_FALSE(journal->name_endpoint({"branch", "ssh://pix@192.0.2.1", "pix7", true, "3", "pix", "", ""}));
    CHECK(journal->owed().size() == 1);
}

TEST_CASE("a journal that cannot be read is said, and listed with its age") {
    const support::TemporaryFolder folder;
    const std::string owing = left_by_a_dead_run(folder.path().string(), "R1", false);
    const std::string spoilt = folder.write("journal-R2", "tacbundle-journal\t1\tR2\nowed\t1\x1b[2J\n");
    const auto old = std::filesystem::file_time_type::clock::now() - std::chrono::minutes{26 * 60 + 1};
    std::filesystem::last_write_time(owing, old);
    const auto said = leftovers(folder.path().string());
    REQUIRE(said.size() == 2);
    CHECK(said[0].path == spoilt);
    CHECK(said[0].text.find("MAY STILL BE DEBUGGING") != std::string::npos);
    const std::string list = list_of(said, Leftover::Kind::journal);
    CHECK(list.starts_with("1 day 2 h ago: an earlier run may have left debugs on at hq: run `tacbundle cleanup " +
                           owing + "`\n0 min ago: "));
    CHECK(list_of(said, Leftover::Kind::spool) == "no earlier run left anything to recover\n");
}

TEST_CASE("no field can break out of its record") {
    const support::TemporaryFolder folder;
    auto journal = Journal::create(folder.path().string(), "R1");
    REQUIRE(journal);
    auto entry = isakmp("hq");
    entry.baseline = "off\nproven\t1\tforged\x1b";
    REQUIRE(journal->owe(entry));
    const std::string text = text_of(journal->path());
    CHECK(text.find("\nproven") == std::string::npos);
    CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("what cannot be written is not owed, and leaves no half record") {
    // A limit on file sizes stands for a disk that fills up between two records.
    const support::TemporaryFolder folder;
    auto journal = Journal::create(folder.path().string(), "R1");
    REQUIRE(journal);
    const std::string before = text_of(journal->path());
    rlimit limit{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit) == 0);
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{before.size() + 20, limit.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    CHECK_FALSE(journal->owe(isakmp("hq")));
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
    CHECK(journal->owed().empty());
    CHECK(text_of(journal->path()) == before);
}

TEST_CASE("the next start says what a dead run left on, and what it had captured, with the commands") {
    const support::TemporaryFolder folder;
    const std::string owing = left_by_a_dead_run(folder.path().string(), "R1", false);
    const std::string proven = left_by_a_dead_run(folder.path().string(), "R2", true);
    auto living = Journal::create(folder.path().string(), "R3");
    REQUIRE(living);
    REQUIRE(living->owe(isakmp("branch")));
    REQUIRE(formats::Spool::create(folder.path().string() + "/spool-R1"));
    auto place = RunPlace::make(folder.path().string());
    REQUIRE(place);

    const auto said = leftovers(folder.path().string());
    REQUIRE(said.size() == 2);
    CHECK(said[0].text.find("hq: run `tacbundle cleanup " + owing + "`") != std::string::npos);
    CHECK(said[1].text.find("`tacbundle recover " + folder.path().string() + "/spool-R1`") != std::string::npos);
    CHECK_MESSAGE(::access(proven.c_str(), F_OK) != 0, "a journal that owes nothing is removed");
    CHECK(leftovers(folder.path().string() + "/missing").empty());
    CHECK(place->discard());
    CHECK_FALSE(formats::Spool::open(place->spool.folder()));
}
