#include "formats/bundle/archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <doctest/doctest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <clocale>
#include <functional>
#include <map>
#include <thread>

#include "formats/text/sha256.hpp"
#include "sample_bundle.hpp"

using namespace formats;

namespace {

constexpr ArchiveFormat all_formats[] = {ArchiveFormat::tar_gz, ArchiveFormat::tar_zst, ArchiveFormat::zip};

Result<BundleFile> pack(const sample::Run& run, const std::filesystem::path& folder, ArchiveFormat format,
                        const std::shared_ptr<Redaction>& redaction) {
    return write_archive(run.spool, {folder, run.stem, {}, format, *run.manifest.started}, redaction);
}

std::string message(const Result<BundleFile>& file) { return file ? "" : file.error().message(); }

std::size_t entries_in(const std::filesystem::path& folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

/// For one scope: another zone, locale, umask and working folder.
class Elsewhere {
 public:
    Elsewhere(const char* zone, mode_t mask, const std::filesystem::path& folder)
        : mask_(::umask(mask)), folder_(std::filesystem::current_path()) {
        ::setenv("TZ", zone, 1);
        ::tzset();
        std::setlocale(LC_ALL, "C.UTF-8");
        std::filesystem::current_path(folder);
    }
    ~Elsewhere() {
        ::unsetenv("TZ");
        ::tzset();
        std::setlocale(LC_ALL, "C");
        ::umask(mask_);
        std::filesystem::current_path(folder_);
    }

 private:
    mode_t mask_;
    std::filesystem::path folder_;
};

/// An archive made by hand.
struct Piece {
    std::string path, text = "text", link = "";
    unsigned type = AE_IFREG;
    bool hardlink = false;
    std::int64_t hole = 0;  ///< bytes of nothing before the text
};
void make_archive(const std::filesystem::path& path, const std::vector<Piece>& pieces, bool zip = false,
                  unsigned gzips = 1) {
    archive* out = archive_write_new();
    for (unsigned i = 0; i < gzips && !zip; ++i) archive_write_add_filter_gzip(out);
    zip ? archive_write_set_format_zip(out) : archive_write_set_format_pax(out);
    REQUIRE(archive_write_open_filename(out, path.c_str()) == ARCHIVE_OK);
    for (const Piece& piece : pieces) {
        archive_entry* entry = archive_entry_new();
        archive_entry_set_pathname(entry, piece.path.c_str());
        archive_entry_set_filetype(entry, piece.type);
        archive_entry_set_perm(entry, 0644);
        const auto size = static_cast<la_int64_t>(piece.text.size());
        archive_entry_set_size(entry, piece.type == AE_IFREG && !piece.hardlink ? piece.hole + size : 0);
        if (piece.hole > 0) archive_entry_sparse_add_entry(entry, piece.hole, size);
        if (piece.hardlink)
            archive_entry_set_hardlink(entry, piece.link.c_str());
        else if (!piece.link.empty())
            archive_entry_set_symlink(entry, piece.link.c_str());
        REQUIRE(archive_write_header(out, entry) >= ARCHIVE_WARN);
        const std::string zeros(static_cast<std::size_t>(piece.hole), '\0');
        if (!zeros.empty()) archive_write_data(out, zeros.data(), zeros.size());
        if (piece.type == AE_IFREG && !piece.hardlink) archive_write_data(out, piece.text.data(), piece.text.size());
        archive_entry_free(entry);
    }
    REQUIRE(archive_write_close(out) == ARCHIVE_OK);
    archive_write_free(out);
}

Result<std::map<std::string, std::string>> unpack(const std::filesystem::path& path) {
    std::map<std::string, std::string> members;
    auto top = read_archive(path, [&](const std::string& name, const MemberBytes& read) -> Result<void> {
        for (;;) {
            auto bytes = read();
            if (!bytes) return bytes.error();
            if (bytes->empty()) return {};
            members[name] += *bytes;
        }
    });
    if (!top) return top.error();
    return members;
}

}  // namespace

TEST_CASE("an archive holds the spool below one folder and gives it back") {
    for (const ArchiveFormat format : all_formats) {
        CAPTURE(extension_of(format));
        const sample::TemporaryFolder folder;
        auto redaction = sample::redaction();
        const sample::Run run = sample::run(folder / "spool", *redaction);
        std::filesystem::create_directory(folder / "out");
        const auto file = pack(run, folder / "out", format, redaction);
        REQUIRE_MESSAGE(file, message(file));
        CHECK(file->path == folder / "out" / (run.stem + "." + std::string(extension_of(format))));
        const std::string bytes = sample::read_file(file->path);
        CHECK(file->bytes == bytes.size());
        CHECK(file->sha256 == sha256_of(bytes));
        CHECK(entries_in(folder / "out") == 1);

        std::vector<std::string> order;
        const auto top = read_archive(file->path, [&](const std::string& name, const MemberBytes&) -> Result<void> {
            order.push_back(name);
            return {};
        });
        REQUIRE(top);
        CHECK(*top == run.stem);
        REQUIRE(order.size() > 2);
        CHECK(order[0] == "manifest.xml");
        CHECK(order[1] == "manifest.xsd");
        CHECK(std::is_sorted(order.begin() + 2, order.end()));

        const auto members = unpack(file->path);
        REQUIRE(members);
        CHECK(members->size() == run.spool.members()->size());
        for (const auto& [name, text] : *members) CHECK(text == sample::read_file(run.spool.folder() / name));
    }
}

TEST_CASE("owners, modes and times in an archive are fixed") {
    for (const ArchiveFormat format : all_formats) {
        CAPTURE(extension_of(format));
        const sample::TemporaryFolder folder;
        auto redaction = sample::redaction();
        const sample::Run run = sample::run(folder / "spool", *redaction);
        const auto file = pack(run, folder.path(), format, redaction);
        REQUIRE_MESSAGE(file, message(file));
        struct stat status {};
        REQUIRE(::stat(file->path.c_str(), &status) == 0);
        CHECK((status.st_mode & 07777U) == 0600);

        archive* in = archive_read_new();
        archive_read_support_filter_all(in);
        archive_read_support_format_all(in);
        REQUIRE(archive_read_open_filename(in, file->path.c_str(), 10240) == ARCHIVE_OK);
        archive_entry* entry = nullptr;
        unsigned folders = 0;
        while (archive_read_next_header(in, &entry) == ARCHIVE_OK) {
            CAPTURE(archive_entry_pathname(entry));
            const bool is_folder = archive_entry_filetype(entry) == AE_IFDIR;
            if (is_folder) ++folders;
            CHECK(archive_entry_perm(entry) == (is_folder ? 0700 : 0600));
            CHECK(archive_entry_uid(entry) == 0);
            CHECK(archive_entry_gid(entry) == 0);
            const char* owner = archive_entry_uname(entry);
            CHECK((owner == nullptr || *owner == '\0'));
            CHECK(archive_entry_mtime(entry) ==
                  std::chrono::floor<std::chrono::seconds>(*run.manifest.started).time_since_epoch().count());
            CHECK(archive_entry_mtime_nsec(entry) == 0);
        }
        CHECK(folders == 9);  // top, probe, endpoints, two endpoints, before and debug of each
        archive_read_free(in);
    }
}

TEST_CASE("same spool, same bytes: in another zone, locale, folder, with another umask") {
    for (const ArchiveFormat format : all_formats) {
        CAPTURE(extension_of(format));
        const sample::TemporaryFolder folder;
        auto redaction = sample::redaction();
        const sample::Run run = sample::run(folder / "spool", *redaction);
        std::filesystem::create_directory(folder / "one");
        std::filesystem::create_directory(folder / "two");
        std::filesystem::create_directory(folder / "three");
        const auto one = pack(run, folder / "one", format, redaction);
        REQUIRE_MESSAGE(one, message(one));
        std::string two_sha, three_sha;
        {
            const Elsewhere elsewhere("LINT-14", 0777, folder / "two");
            const auto two = pack(run, ".", format, redaction);
            REQUIRE_MESSAGE(two, message(two));
            two_sha = two->sha256;
        }
        {
            const Elsewhere elsewhere("NST3:30", 0, folder / "three");
            sample::run(folder / "spool-2", *redaction);
            const auto three = pack(run, "", format, redaction);
            REQUIRE_MESSAGE(three, message(three));
            three_sha = three->sha256;
        }
        CHECK(two_sha == one->sha256);
        CHECK(three_sha == one->sha256);
        struct stat status {};
        REQUIRE(::stat((folder / "two" / one->path.filename().string()).c_str(), &status) == 0);
        CHECK((status.st_mode & 07777U) == 0600);
    }
}

TEST_CASE("a gzip header carries no time of writing and no name") {
    const sample::TemporaryFolder folder;
    auto redaction = sample::redaction();
    const sample::Run run = sample::run(folder / "spool", *redaction);
    const auto file = pack(run, folder.path(), ArchiveFormat::tar_gz, redaction);
    REQUIRE_MESSAGE(file, message(file));
    CHECK(sample::read_file(file->path).substr(0, 8) == std::string("\x1f\x8b\x08\0\0\0\0\0", 8));
}

TEST_CASE("zip times are the run's in UTC") {
    const sample::TemporaryFolder folder;
    auto redaction = sample::redaction();
    const sample::Run run = sample::run(folder / "spool", *redaction);
    ::setenv("TZ", "IST-5:30", 1);
    ::tzset();
    const auto file = pack(run, folder.path(), ArchiveFormat::zip, redaction);
    ::unsetenv("TZ");
    ::tzset();
    REQUIRE_MESSAGE(file, message(file));
    const std::string bytes = sample::read_file(file->path);
    const auto word = [&bytes](std::size_t at) {
        return static_cast<unsigned>(static_cast<unsigned char>(bytes[at])) |
               static_cast<unsigned>(static_cast<unsigned char>(bytes[at + 1])) << 8;
    };
    REQUIRE(bytes.starts_with("PK\3\4"));
    CHECK(word(10) == (19U << 11 | 24U << 5 | 51U / 2));
    CHECK(word(12) == (46U << 9 | 11U << 5 | 25U));
    const std::size_t central = bytes.find("PK\1\2");
    REQUIRE(central != std::string::npos);
    CHECK(word(central + 12) == word(10));
    CHECK(word(central + 14) == word(12));
}

TEST_CASE("an existing file is never overwritten: the name gets a number") {
    const sample::TemporaryFolder folder;
    auto redaction = sample::redaction();
    const sample::Run run = sample::run(folder / "spool", *redaction);
    std::filesystem::create_directory(folder / "out");
    const std::string name = run.stem + ".tar.gz";
    sample::write_file(folder / "out" / name, "theirs");
    std::filesystem::create_symlink("nowhere", folder / "out" / (run.stem + "-2.tar.gz"));
    const auto third = pack(run, folder / "out", ArchiveFormat::tar_gz, redaction);
    REQUIRE_MESSAGE(third, message(third));
    CHECK(third->path.filename() == run.stem + "-3.tar.gz");
    const auto fourth = pack(run, folder / "out", ArchiveFormat::tar_gz, redaction);
    REQUIRE(fourth);
    CHECK(fourth->path.filename() == run.stem + "-4.tar.gz");
    CHECK(sample::read_file(folder / "out" / name) == "theirs");
    CHECK(entries_in(folder / "out") == 4);
}

TEST_CASE("an exact path is taken as it is, and numbered before its extension") {
    const sample::TemporaryFolder folder;
    auto redaction = sample::redaction();
    const sample::Run run = sample::run(folder / "spool", *redaction);
    struct Row {
        std::string path, first, second;
    };
    for (const Row& row : {Row{"case.tar.gz", "case.tar.gz", "case-2.tar.gz"},
                           Row{"case.tgz", "case.tgz", "case-2.tgz"}, Row{"case", "case", "case-2"}}) {
        ArchiveOrder order{{}, run.stem, folder / row.path, ArchiveFormat::tar_gz, *run.manifest.started};
        const auto first = write_archive(run.spool, order, redaction);
        REQUIRE_MESSAGE(first, message(first));
        CHECK(first->path == folder / row.first);
        const auto second = write_archive(run.spool, order, redaction);
        REQUIRE(second);
        CHECK(second->path == folder / row.second);
    }
}

TEST_CASE("an output folder that is missing, a file, or not writable is an error, and nothing is left") {
    const sample::TemporaryFolder folder;
    auto redaction = sample::redaction();
    const sample::Run run = sample::run(folder / "spool", *redaction);
    const auto missing = pack(run, folder / "missing", ArchiveFormat::tar_gz, redaction);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().kind == ErrorKind::io);
    CHECK(missing.error().detail == "making a file in the output folder: No such file or directory");
    sample::write_file(folder / "file", "");
    CHECK_FALSE(pack(run, folder / "file", ArchiveFormat::tar_gz, redaction));

    const auto disk = folder / "disk";
    std::filesystem::create_directory(disk);
    if (::mount("tmpfs", disk.c_str(), "tmpfs", MS_RDONLY, nullptr) == 0) {
        const auto read_only = pack(run, disk, ArchiveFormat::tar_gz, redaction);
        CHECK(::umount(disk.c_str()) == 0);
        REQUIRE_FALSE(read_only);
        CHECK(read_only.error().detail == "making a file in the output folder: Read-only file system");
    }
    CHECK(entries_in(folder.path()) == 3);
}

TEST_CASE("a full disk leaves no archive and no temporary file") {
    const sample::TemporaryFolder folder;
    auto redaction = sample::redaction();
    sample::Run run = sample::run(folder / "spool", *redaction);
    std::string noise;  // does not compress
    std::uint64_t state = 1;
    for (unsigned i = 0; i < 400'000; ++i) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        noise += static_cast<char>('a' + (state >> 60));
        if (i % 60 == 59) noise += '\n';
    }
    REQUIRE(run.spool.write("plan.txt", redaction->redact(noise)));
    const auto disk = folder / "disk";
    std::filesystem::create_directory(disk);
    if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=64k") != 0) {
        MESSAGE("NOT RUN: a full disk: no tmpfs can be mounted here");
        return;
    }
    for (const ArchiveFormat format : all_formats) {
        const auto full = pack(run, disk, format, redaction);
        REQUIRE_FALSE(full);
        CHECK(full.error().kind == ErrorKind::io);
        CHECK(full.error().detail == "writing: No space left on device");
        CHECK(entries_in(disk) == 0);
    }
    CHECK(::umount(disk.c_str()) == 0);
}

TEST_CASE("an archive that would not verify is not given its name") {
    const sample::TemporaryFolder folder;
    auto redaction = sample::redaction();
    std::filesystem::create_directory(folder / "out");
    SUBCASE("a member that is not listed") {
        sample::Run run = sample::run(folder / "spool", *redaction);
        REQUIRE(run.spool.write("plan.txt", RedactedText::own("late")));
        const auto refused = pack(run, folder / "out", ArchiveFormat::tar_gz, redaction);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::invalid);
        CHECK(refused.error().detail == "the archive as written is not valid: plan.txt is not listed");
    }
    SUBCASE("no manifest") {
        auto spool = Spool::create(folder / "spool");
        REQUIRE(spool->write("plan.txt", RedactedText::own("x")));
        CHECK_FALSE(write_archive(*spool, {folder / "out", "tacbundle-x", {}, ArchiveFormat::zip, {}}, redaction));
    }
    SUBCASE("a secret that was learned too late") {
        const sample::Run run = sample::run(folder / "spool", *redaction);
        const std::string leak = "CANARY-late-4711";
        sample::write_file(run.spool.folder() / "probe/probe.txt", "said " + leak + "\n");
        redaction->learn(leak, SecretClass::password);
        const auto refused = pack(run, folder / "out", ArchiveFormat::tar_gz, redaction);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message().find(leak) == std::string::npos);
    }
    SUBCASE("such a secret, where nothing else is wrong") {
        sample::Run run = sample::run(folder / "spool", *redaction);
        const std::string leak = "CANARY-late-4712";
        sample::write_file(run.spool.folder() / "probe/probe.txt", "said " + leak + "\n");
        Manifest manifest = sample::manifest();
        std::vector<FileRecord> files;
        const auto members = run.spool.members();
        REQUIRE(members);
        for (const std::string& member : *members) {
            if (member == member::manifest) continue;
            const std::string text = sample::read_file(run.spool.folder() / member);
            files.push_back({member, text.size(), sha256_of(text)});
        }
        list_files(manifest, std::move(files));
        const auto xml = to_xml(manifest, *redaction);
        REQUIRE(xml);
        REQUIRE(run.spool.replace(std::string(member::manifest), *xml));
        redaction->learn(leak, SecretClass::password);
        const auto refused = pack(run, folder / "out", ArchiveFormat::tar_gz, redaction);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().detail ==
              "the archive as written is not valid: probe/probe.txt:1: a secret (rule learned)");
    }
    CHECK(entries_in(folder / "out") == 0);
}

TEST_CASE("a member that shrinks while it is packed ends the archive") {
    const sample::TemporaryFolder folder;
    auto redaction = sample::redaction();
    std::filesystem::create_directory(folder / "out");
    const sample::Run run = sample::run(folder / "spool", *redaction);
    const auto large = run.spool.folder() / "probe/zzz.txt";
    sample::write_file(large, "x");
    std::filesystem::resize_file(large, std::uintmax_t{512} << 20);  // zeros that lie nowhere
    std::atomic<bool> over{false};
    std::jthread shrinking([&] {
        // The archive has begun to grow beyond all else: the last member is being read.
        while (!over) {
            for (const auto& entry : std::filesystem::directory_iterator(folder / "out")) {
                std::error_code gone;
                if (std::filesystem::file_size(entry.path(), gone) > (64 << 10) && !gone)
                    return std::filesystem::resize_file(large, 1);
            }
        }
    });
    const auto packed = pack(run, folder / "out", ArchiveFormat::tar_gz, redaction);
    over = true;
    REQUIRE_FALSE(packed);
    CHECK(packed.error().subject == "probe/zzz.txt");
    CHECK(packed.error().detail == "changed while it was packed");
    shrinking.join();
    CHECK(entries_in(folder / "out") == 0);
}

TEST_CASE("an archive of more names or more text than a bundle of its size can have is not read through") {
    const sample::TemporaryFolder folder;
    const auto path = folder / "x.tar.gz";
    std::string deep = "top";
    while (deep.size() < 2000) deep += "/" + std::string(200, 'd');
    make_archive(path, {{"top/x"}, {deep + "/x"}});
    CHECK(unpack(path).error().detail == "a name that is longer than any of a bundle");
    std::vector<Piece> many;
    for (int i = 0; i < 6000; ++i)
        many.push_back({"top/" + std::string(200, 'd') + "/" + std::string(200, 'e') + "/" + std::string(200, 'f') +
                        "/" + std::string(200, 'g') + std::to_string(i)});
    make_archive(path, many);
    CHECK(unpack(path).error().detail == "too many members");

    archive* out = archive_write_new();
    archive_write_add_filter_gzip(out);
    archive_write_set_format_pax_restricted(out);
    REQUIRE(archive_write_open_filename(out, path.c_str()) == ARCHIVE_OK);
    constexpr std::size_t size = 400 << 20, block = 1 << 20;
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, "top/probe/probe.txt");
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, size);
    REQUIRE(archive_write_header(out, entry) == ARCHIVE_OK);
    const std::string zeros(block, '\0');
    for (std::size_t i = 0; i < size / block; ++i) archive_write_data(out, zeros.data(), block);
    archive_entry_free(entry);
    archive_write_free(out);
    bool was_read = false;
    // Also for whoever skips the member.
    const auto top = read_archive(path, [&](const std::string&, const MemberBytes&) -> Result<void> {
        was_read = true;
        return {};
    });
    REQUIRE_FALSE(top);
    CHECK(top.error().detail == "unpacked it is more than 200 times as long");
    CHECK_FALSE(was_read);
}

TEST_CASE("hostile archives are refused") {
    const sample::TemporaryFolder folder;
    const auto path = folder / "x.tar.gz";
    struct Row {
        std::string name;
        std::vector<Piece> pieces;
        std::string detail;
    };
    const std::vector<Row> rows = {
        {"absolute", {{"/etc/passwd"}}, "a name that no bundle has"},
        {"up", {{"top/../../x"}}, "a name that no bundle has"},
        {"up at the end", {{"top/.."}}, "a name that no bundle has"},
        {"dot", {{"./top/x"}}, "a name that no bundle has"},
        {"backslash", {{"top\\..\\x"}}, "a name that no bundle has"},
        {"control", {{"top/\x1b[2J"}}, "a name that no bundle has"},
        {"not ASCII", {{"top/\xC3\xA4"}}, ""},
        {"symlink", {{"top/x", "", "/etc/passwd", AE_IFLNK}}, "a link: top/x"},
        {"hard link", {{"top/a"}, {"top/b", "", "top/a", AE_IFREG, true}}, "a link: top/b"},
        {"device", {{"top/x", "", "", AE_IFCHR}}, "neither a file nor a folder: top/x"},
        {"fifo", {{"top/x", "", "", AE_IFIFO}}, "neither a file nor a folder: top/x"},
        {"sparse", {{"top/x", "text", "", AE_IFREG, false, 1 << 16}}, "a sparse member"},
        {"twice", {{"top/x"}, {"top/x"}}, "stands there twice: x"},
        {"two tops", {{"top/x"}, {"other/x"}}, "more than one top folder"},
        {"beside the top", {{"top/x"}, {"top"}}, "a file beside the top folder: top"},
        {"empty folder", {{"top/x"}, {"top/y/", "", "", AE_IFDIR}}, "folder without members: y"},
        {"nothing", {}, "no archive, or an empty one"},
        {"only folders", {{"top/", "", "", AE_IFDIR}}, "no archive, or an empty one"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        make_archive(path, row.pieces);
        const auto refused = unpack(path);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::invalid);
        if (!row.detail.empty()) CHECK(refused.error().detail == row.detail);
    }
    make_archive(path, {{"top/x"}, {"top/x"}}, true);
    CHECK_FALSE(unpack(path));
    make_archive(path, {{"../x"}}, true);
    CHECK_FALSE(unpack(path));
    make_archive(path, {{"top/x"}}, false, 2);
    CHECK(unpack(path).error().detail == "compressed more than once");
    make_archive(path, {{"top/x", "yes"}});
    CHECK(unpack(path)->at("x") == "yes");
}

TEST_CASE("what is no archive, cut short, or not there is told apart") {
    const sample::TemporaryFolder folder;
    CHECK(unpack(folder / "missing").error().kind == ErrorKind::io);
    CHECK(unpack(folder.path()).error().kind == ErrorKind::io);
    CHECK(unpack("/dev/zero").error().kind == ErrorKind::io);
    for (const std::string& text : {std::string(), std::string("plain text\n"), std::string(100'000, '\0'),
                                    std::string("PK\3\4"), std::string("\x1f\x8b\x08")}) {
        sample::write_file(folder / "x", text);
        CHECK(unpack(folder / "x").error().kind == ErrorKind::invalid);
    }
    auto redaction = sample::redaction();
    const sample::Run run = sample::run(folder / "spool", *redaction);
    for (const ArchiveFormat format : all_formats) {
        CAPTURE(extension_of(format));
        const auto file = pack(run, folder.path(), format, redaction);
        REQUIRE(file);
        const std::string whole = sample::read_file(file->path);
        for (const std::size_t size : {whole.size() / 4, whole.size() / 2, whole.size() * 3 / 4}) {
            sample::write_file(folder / "x", whole.substr(0, size));
            const auto cut = unpack(folder / "x");
            REQUIRE_FALSE(cut);
            CHECK(cut.error().kind == ErrorKind::invalid);
        }
    }
}

TEST_CASE("a bomb of 256 MiB is read in a few megabytes of memory") {
    const sample::TemporaryFolder folder;
    const auto path = folder / "bomb.tar.gz";
    archive* out = archive_write_new();
    archive_write_add_filter_gzip(out);
    archive_write_set_format_pax_restricted(out);
    REQUIRE(archive_write_open_filename(out, path.c_str()) == ARCHIVE_OK);
    constexpr std::size_t size = 256 << 20, block = 1 << 20;
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, "top/manifest.xml");
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, size);
    REQUIRE(archive_write_header(out, entry) == ARCHIVE_OK);
    const std::string zeros(block, '\0');
    for (std::size_t i = 0; i < size / block; ++i) archive_write_data(out, zeros.data(), block);
    archive_entry_free(entry);
    archive_write_free(out);
    rusage before{}, after{};
    ::getrusage(RUSAGE_SELF, &before);
    std::uint64_t read_bytes = 0;
    const auto top = read_archive(path, [&](const std::string&, const MemberBytes& read) -> Result<void> {
        for (;;) {
            auto bytes = read();
            if (!bytes) return bytes.error();
            if (bytes->empty()) return {};
            read_bytes += bytes->size();
        }
    });
    ::getrusage(RUSAGE_SELF, &after);
    REQUIRE(top);
    CHECK(read_bytes == size);
    CHECK(after.ru_maxrss - before.ru_maxrss < 8 << 10);  // KiB
}
