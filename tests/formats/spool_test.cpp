#include "formats/bundle/spool.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "formats/text/sha256.hpp"
#include "sample_bundle.hpp"

using namespace formats;

namespace {

mode_t mode_of(const std::filesystem::path& path) {
    struct stat status {};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    return status.st_mode & 07777U;
}

std::string text_of(const Spool& spool, const std::string& member) {
    auto reader = spool.read(member);
    REQUIRE(reader);
    std::string text;
    for (;;) {
        auto bytes = reader->read();
        REQUIRE(bytes);
        if (bytes->empty()) return text;
        text += *bytes;
    }
}

/// For one scope: a mask that takes every permission away, or none.
struct Umask {
    explicit Umask(mode_t mask) : before(::umask(mask)) {}
    ~Umask() { ::umask(before); }
    mode_t before;
};

}  // namespace

TEST_CASE("what is appended is there at once, with its bytes and lines counted") {
    const sample::TemporaryFolder folder;
    auto spool = Spool::create(folder / "spool");
    REQUIRE(spool);
    auto file = spool->file("endpoints/hq/debug/debug-crypto.txt");
    REQUIRE(file);
    REQUIRE(file->append(RedactedText::own("one\ntwo\n")));
    CHECK(text_of(*spool, file->member()) == "one\ntwo\n");
    REQUIRE(file->append(RedactedText::own("three")));
    CHECK(file->sha256().empty());
    REQUIRE(file->close());
    CHECK(file->bytes() == 13);
    CHECK(file->lines() == 2);
    CHECK(file->sha256() == sha256_of("one\ntwo\nthree"));
    CHECK(text_of(*spool, file->member()) == "one\ntwo\nthree");
    const auto late = file->append(RedactedText::own("x"));
    REQUIRE_FALSE(late);
    CHECK(late.error().kind == ErrorKind::internal);
}

TEST_CASE("folders are 0700 and files 0600, whatever the umask") {
    for (const mode_t mask : {mode_t{0}, mode_t{0777}, mode_t{022}}) {
        CAPTURE(mask);
        const sample::TemporaryFolder folder;
        const Umask umask(mask);
        auto spool = Spool::create(folder / "state/tacbundle/spool-1");
        REQUIRE(spool);
        REQUIRE(spool->write("endpoints/hq/x.txt", RedactedText::own("x")));
        REQUIRE(spool->replace("endpoints/hq/x.txt", RedactedText::own("y")));
        CHECK(mode_of(folder / "state") == 0700);
        CHECK(mode_of(folder / "state/tacbundle") == 0700);
        CHECK(mode_of(spool->folder()) == 0700);
        CHECK(mode_of(spool->folder() / "endpoints/hq") == 0700);
        CHECK(mode_of(spool->folder() / "endpoints/hq/x.txt") == 0600);
    }
}

TEST_CASE("a spool is made once") {
    const sample::TemporaryFolder folder;
    REQUIRE(Spool::create(folder / "spool/"));
    const auto again = Spool::create(folder / "spool");
    REQUIRE_FALSE(again);
    CHECK(again.error().kind == ErrorKind::io);
    CHECK(Spool::open(folder / "spool"));
    CHECK_FALSE(Spool::open(folder / "other"));
}

TEST_CASE("a member is made once, and its path is one of a bundle") {
    const sample::TemporaryFolder folder;
    auto spool = Spool::create(folder / "spool");
    REQUIRE(spool);
    REQUIRE(spool->write("plan.txt", RedactedText::own("x")));
    for (const std::string path : {"plan.txt", "/plan.txt", "../plan.txt", "a/../b", "", "a/", ".lock", "plan.txt/a"}) {
        const auto refused = spool->write(path, RedactedText::own("y"));
        REQUIRE_FALSE_MESSAGE(refused, path);
        CHECK(refused.error().kind == ErrorKind::io);
    }
    CHECK(text_of(*spool, "plan.txt") == "x");
    CHECK_FALSE(std::filesystem::exists(folder / "plan.txt"));
}

TEST_CASE("links in a spool are not followed") {
    const sample::TemporaryFolder folder;
    auto spool = Spool::create(folder / "spool");
    REQUIRE(spool);
    std::filesystem::create_directory(folder / "elsewhere");
    sample::write_file(folder / "elsewhere/file", "theirs");
    std::filesystem::create_symlink(folder / "elsewhere", spool->folder() / "endpoints");
    std::filesystem::create_symlink(folder / "elsewhere/file", spool->folder() / "plan.txt");
    CHECK_FALSE(spool->write("endpoints/x", RedactedText::own("ours")));
    CHECK_FALSE(spool->write("plan.txt", RedactedText::own("ours")));
    CHECK_FALSE(spool->read("plan.txt"));
    CHECK_FALSE(spool->read("endpoints/file"));
    CHECK_FALSE(spool->members());
    CHECK_FALSE(std::filesystem::exists(folder / "elsewhere/x"));
    REQUIRE(spool->remove());
    CHECK(sample::read_file(folder / "elsewhere/file") == "theirs");
}

TEST_CASE("replacing keeps the old text until the new one is whole") {
    const sample::TemporaryFolder folder;
    auto spool = Spool::create(folder / "spool");
    REQUIRE(spool);
    CHECK_FALSE(spool->replace("plan.txt", RedactedText::own("new")));
    REQUIRE(spool->write("plan.txt", RedactedText::own("old")));
    auto reader = spool->read("plan.txt");
    sample::write_file(spool->folder() / ".new-plan.txt", "left behind by a crash");
    REQUIRE(spool->replace("plan.txt", RedactedText::own("new text")));
    CHECK(text_of(*spool, "plan.txt") == "new text");
    CHECK(*reader->read() == "old");
    CHECK(*spool->members() == std::vector<std::string>{"plan.txt"});
}

TEST_CASE("members are listed bytewise, without what has a dot in front") {
    const sample::TemporaryFolder folder;
    auto spool = Spool::create(folder / "spool");
    REQUIRE(spool);
    for (const std::string path : {"b.txt", "a/b.txt", "a.txt", "B.txt", "a/a.txt"})
        REQUIRE(spool->write(path, RedactedText::own("x")));
    sample::write_file(spool->folder() / ".lock", "");
    CHECK(*spool->members() == std::vector<std::string>{"B.txt", "a.txt", "a/a.txt", "a/b.txt", "b.txt"});
    REQUIRE(spool->remove());
    CHECK_FALSE(std::filesystem::exists(spool->folder()));
}

TEST_CASE("what no run makes in a spool is named, not listed") {
    const sample::TemporaryFolder folder;
    auto spool = Spool::create(folder / "spool");
    REQUIRE(spool);
    REQUIRE(spool->write("endpoints/hq/before/x.txt", RedactedText::own("x")));
    const auto refused = [&](const std::string& path) {
        const auto members = spool->members();
        CHECK_FALSE(members);
        std::filesystem::remove_all(spool->folder() / path.substr(0, path.find('/')));
        return members ? "listed" : members.error().subject;
    };
    REQUIRE(::mkfifo((spool->folder() / "pipe").c_str(), 0600) == 0);
    CHECK(refused("pipe") == "pipe");
    sample::write_file(spool->folder() / "a\nb", "a name that no bundle has");
    CHECK(refused("a\nb") == "a\nb");
    // Without an end, as far as a walk through it goes.
    std::string deep = "deep";
    for (int i = 0; i < 40; ++i) deep += "/d";
    std::filesystem::create_directories(spool->folder() / deep);
    CHECK(refused(deep).starts_with("deep/d/d"));
    CHECK(*spool->members() == std::vector<std::string>{"endpoints/hq/before/x.txt"});
    REQUIRE(spool->remove());
    CHECK_FALSE(std::filesystem::exists(spool->folder()));
    const auto gone = spool->members();
    REQUIRE_FALSE(gone);
    CHECK(gone.error().kind == ErrorKind::io);
}

TEST_CASE("a spool that is half removed is no spool any more") {
    const sample::TemporaryFolder folder;
    auto spool = Spool::create(folder / "spool");
    REQUIRE(spool);
    REQUIRE(spool->write("endpoints/hq/before/x.txt", RedactedText::own("x")));
    std::string deep = "deep";
    for (int i = 0; i < 40; ++i) deep += "/d";
    std::filesystem::create_directories(spool->folder() / deep);
    CHECK_FALSE(spool->remove());
    CHECK_FALSE(std::filesystem::exists(folder / "spool"));
    REQUIRE(std::filesystem::exists(folder / ".removed-spool"));

    std::filesystem::remove_all(folder / ".removed-spool/deep");
    auto rest = Spool::open(folder / ".removed-spool");
    REQUIRE(rest);
    REQUIRE(rest->remove());
    CHECK_FALSE(std::filesystem::exists(folder / ".removed-spool"));
}

TEST_CASE("what is held stays off the disk until it is released, and is searched then for what was learned meanwhile") {
    const sample::TemporaryFolder folder;
    auto spool = Spool::create(folder / "spool");
    REQUIRE(spool);
    auto redaction = sample::redaction();
    const auto on_disk = [&](const std::string& text) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(spool->folder()))
            if (entry.is_regular_file() && sample::read_file(entry.path()).find(text) != std::string::npos) return true;
        return false;
    };
    spool->hold(1 << 20, *redaction);
    auto closed = spool->file("endpoints/hq/before/write-terminal.txt");
    auto open = spool->file("collector.log");
    REQUIRE(closed);
    REQUIRE(open);
    const std::string remark = "access-list 101 remark was CANARYkey-of-the-other-end\n";
    REQUIRE(closed->append(redaction->redact(remark)));
    REQUIRE(closed->close());
    REQUIRE(open->append(redaction->redact("first " + remark)));
    REQUIRE(spool->write("plan.txt", RedactedText::own("at once\n")));
    CHECK(text_of(*spool, "plan.txt") == "at once\n");
    CHECK(closed->bytes() == remark.size());
    CHECK(closed->sha256() == sha256_of(remark));
    CHECK_FALSE(on_disk("remark"));

    redaction->learn("CANARYkey-of-the-other-end", SecretClass::psk);
    CHECK(spool->release().empty());
    CHECK_FALSE(on_disk("CANARY"));
    const std::string clean = text_of(*spool, closed->member());
    CHECK(clean.starts_with("access-list 101 remark was [REDACTED:psk:"));
    CHECK(closed->bytes() == clean.size());
    CHECK(closed->lines() == 1);
    CHECK(closed->sha256() == sha256_of(clean));
    CHECK(text_of(*spool, "collector.log") == "first " + clean);
    // What comes later goes there at once.
    REQUIRE(open->append(RedactedText::own("second\n")));
    CHECK(text_of(*spool, "collector.log") == "first " + clean + "second\n");
    REQUIRE(open->close());
    CHECK(open->sha256() == sha256_of("first " + clean + "second\n"));
    auto later = spool->file("SUMMARY.txt");
    REQUIRE(later);
    REQUIRE(later->append(RedactedText::own("x")));
    CHECK(text_of(*spool, "SUMMARY.txt") == "x");
}

TEST_CASE("what was held and has its addresses masked is not masked once more") {
    const sample::TemporaryFolder folder;
    auto spool = Spool::create(folder / "spool");
    REQUIRE(spool);
    RedactionSettings settings;
    settings.mask_addresses = true;
    const auto redaction = Redaction::make(settings);
    REQUIRE(redaction);
    spool->hold(1 << 20, **redaction);
    const RedactedText masked = (*redaction)->for_bundle("peer 203.0.113.7\n");
    REQUIRE(masked.str().find("203.0.113.7") == std::string::npos);
    auto file = spool->file("collector.log");
    REQUIRE(file);
    REQUIRE(file->append(masked));
    CHECK(spool->release().empty());
    CHECK(text_of(*spool, "collector.log") == masked.str());
}

TEST_CASE("beyond the limit the longest of what is held goes to the disk, and what comes to it later") {
    const sample::TemporaryFolder folder;
    auto spool = Spool::create(folder / "spool");
    REQUIRE(spool);
    auto redaction = sample::redaction();
    spool->hold(100, *redaction);
    auto shorter = spool->file("shorter.txt");
    auto longer = spool->file("longer.txt");
    REQUIRE(shorter);
    REQUIRE(longer);
    REQUIRE(longer->append(redaction->redact(std::string(60, 'l'))));
    REQUIRE(shorter->append(redaction->redact(std::string(40, 's'))));
    CHECK(spool->members()->empty());
    REQUIRE(shorter->append(redaction->redact("s")));
    CHECK(*spool->members() == std::vector<std::string>{"longer.txt"});
    CHECK(text_of(*spool, "longer.txt") == std::string(60, 'l'));
    REQUIRE(longer->append(redaction->redact("m")));
    CHECK(text_of(*spool, "longer.txt") == std::string(60, 'l') + "m");
    REQUIRE(shorter->append(redaction->redact(std::string(59, 's'))));  // there is room again
    CHECK(spool->members()->size() == 1);
    CHECK(spool->release().empty());
    CHECK(text_of(*spool, "shorter.txt") == std::string(100, 's'));
}

TEST_CASE("what was held and cannot be written is named, with what there is of it") {
    const sample::TemporaryFolder folder;
    const auto disk = folder / "disk";
    std::filesystem::create_directory(disk);
    if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=16k") != 0) {
        MESSAGE("not allowed to mount a tmpfs: skipped");
        return;
    }
    {
        auto spool = Spool::create(disk / "spool");
        REQUIRE(spool);
        auto redaction = sample::redaction();
        spool->hold(1 << 20, *redaction);
        auto file = spool->file("debug.txt"), log = spool->file("collector.log"), twice = spool->file("debug.txt");
        REQUIRE(file);
        REQUIRE(log);
        REQUIRE(twice);
        REQUIRE(file->append(redaction->redact(std::string(40'000, 'x'))));
        REQUIRE(file->close());
        REQUIRE(log->append(redaction->redact("some words\n")));
        const auto unwritten = spool->release();
        REQUIRE(unwritten.size() == 3);
        CHECK(unwritten[0].member == "debug.txt");
        CHECK(unwritten[0].error.detail == "writing: No space left on device");
        CHECK(unwritten[0].is_there);
        CHECK(unwritten[1].member == "collector.log");
        CHECK(unwritten[2].error.detail == "creating: File exists");
        CHECK_FALSE(unwritten[2].is_there);
        // The first failure stays: a text with a hole in it is none.
        CHECK_FALSE(log->append(RedactedText::own("more\n")));
        CHECK_FALSE(log->close());
    }
    CHECK(::umount(disk.c_str()) == 0);
}

TEST_CASE("a full disk is reported by the write that met it, and what was written stays") {
    const sample::TemporaryFolder folder;
    const auto disk = folder / "disk";
    std::filesystem::create_directory(disk);
    if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=64k,nr_inodes=8") != 0) {
        MESSAGE("NOT RUN: a full disk: no tmpfs can be mounted here");
        return;
    }
    {
        auto spool = Spool::create(disk / "spool");
        REQUIRE(spool);
        auto file = spool->file("debug.txt");
        REQUIRE(file);
        auto redaction = sample::redaction();
        const RedactedText block = redaction->redact(std::string(16'384, 'x'));
        Result<void> written;
        unsigned blocks = 0;
        while ((written = file->append(block)) && blocks < 100) ++blocks;
        REQUIRE_FALSE(written);
        CHECK(written.error().kind == ErrorKind::io);
        CHECK(written.error().message() == "debug.txt: writing: No space left on device");
        CHECK(blocks >= 2);
        CHECK(text_of(*spool, "debug.txt").size() >= blocks * block.size());
        CHECK_FALSE(spool->replace("debug.txt", block));
        CHECK(spool->members()->size() == 1);
        Result<void> made;  // inodes are the other thing a disk runs out of
        for (unsigned i = 0; i < 20 && made; ++i) {
            auto empty = spool->file("member-" + std::to_string(i));
            if (!empty) made = empty.error();
        }
        REQUIRE_FALSE(made);
        CHECK(made.error().detail == "creating: No space left on device");
    }
    CHECK(::umount(disk.c_str()) == 0);
}

TEST_CASE("a limit on file sizes is an error like any other") {
    const sample::TemporaryFolder folder;
    auto spool = Spool::create(folder / "spool");
    REQUIRE(spool);
    const auto before = ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit) == 0);
    const rlimit small{4096, limit.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    auto redaction = sample::redaction();
    const auto written = spool->write("x", redaction->redact(std::string(10'000, 'x')));
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
    ::signal(SIGXFSZ, before);
    REQUIRE_FALSE(written);
    CHECK(written.error().detail == "writing: File too large");
}

TEST_CASE("a rewrite that fails leaves nothing of itself") {
    const sample::TemporaryFolder folder;
    auto spool = Spool::create(folder / "spool");
    REQUIRE(spool);
    REQUIRE(spool->write("probe/probe.txt", RedactedText::own("as it was\n")));
    const auto failed = spool->rewrite("probe/probe.txt", [](SpoolFile& file) -> Result<void> {
        REQUIRE(file.append(RedactedText::own("half of it")));
        return Error{ErrorKind::io, "x", "failed", {}};
    });
    CHECK_FALSE(failed);
    CHECK(text_of(*spool, "probe/probe.txt") == "as it was\n");
    CHECK(std::distance(std::filesystem::directory_iterator(spool->folder() / "probe"), {}) == 1);
}

TEST_CASE("the lock goes last: whoever sees a spool that is half removed sees that somebody is at it") {
    const sample::TemporaryFolder folder;
    auto spool = Spool::create(folder / "spool");
    REQUIRE(spool);
    REQUIRE(spool->mark(spool_mark::lock));
    REQUIRE(spool->write("plan.txt", RedactedText::own("x")));
    std::string deep = "deep";
    for (int i = 0; i < 40; ++i) deep += "/d";
    std::filesystem::create_directories(spool->folder() / deep);
    CHECK_FALSE(spool->remove());
    CHECK(std::filesystem::exists(folder / ".removed-spool/.lock"));
    std::filesystem::remove_all(folder / ".removed-spool/deep");
    REQUIRE(spool->remove());
    CHECK_FALSE(std::filesystem::exists(folder / ".removed-spool"));
}
