#include "formats/bundle/container.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <doctest/doctest.h>
#include <zlib.h>

#include "formats/bundle/verify.hpp"
#include "sample_bundle.hpp"

using namespace formats;

namespace {

using Bytes = std::string;

const Bytes canary = "enable password CANARY-beside-the-members";

Bytes number(std::uint64_t value, std::size_t size) {
    Bytes bytes;
    for (std::size_t i = 0; i < size; ++i, value >>= 8U) bytes += static_cast<char>(value & 255U);
    return bytes;
}

std::uint64_t number_at(const Bytes& bytes, std::size_t at, std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t i = size; i > 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
    return value;
}

Bytes inflated(const Bytes& gzip) {
    z_stream stream{};
    REQUIRE(::inflateInit2(&stream, 31) == Z_OK);
    Bytes plain(std::size_t{1} << 20, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
    stream.avail_in = static_cast<uInt>(gzip.size());
    stream.next_out = reinterpret_cast<Bytef*>(plain.data());
    stream.avail_out = static_cast<uInt>(plain.size());
    REQUIRE(::inflate(&stream, Z_FINISH) == Z_STREAM_END);
    plain.resize(stream.total_out);
    ::inflateEnd(&stream);
    return plain;
}

struct Words {
    Bytes name, comment, extra;
};

Bytes gzipped(const Bytes& plain, Words words = {}) {
    z_stream stream{};
    REQUIRE(::deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    gz_header header{};
    if (!words.name.empty()) header.name = reinterpret_cast<Bytef*>(words.name.data());
    if (!words.comment.empty()) header.comment = reinterpret_cast<Bytef*>(words.comment.data());
    if (!words.extra.empty()) header.extra = reinterpret_cast<Bytef*>(words.extra.data());
    header.extra_len = static_cast<uInt>(words.extra.size());
    REQUIRE(::deflateSetHeader(&stream, &header) == Z_OK);
    Bytes bytes(plain.size() + 4096, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
    stream.avail_out = static_cast<uInt>(bytes.size());
    REQUIRE(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
    bytes.resize(stream.total_out);
    ::deflateEnd(&stream);
    return bytes;
}

Bytes with(Bytes bytes, std::size_t at, const Bytes& other) { return bytes.replace(at, other.size(), other); }

/// The header at `at` with other bytes in it and the checksum that belongs to them.
Bytes with_field(const Bytes& tar, std::size_t at, std::size_t field, const Bytes& text) {
    Bytes header = with(with(tar.substr(at, 512), field, text), 148, Bytes(8, ' '));
    unsigned sum = 0;
    for (const char byte : header) sum += static_cast<unsigned char>(byte);
    char digits[8] = {};
    std::snprintf(digits, sizeof digits, "%06o", sum);
    return with(tar, at, with(header, 148, Bytes(digits, 7)));
}

Bytes entry(const Bytes& like, char type, const Bytes& name, const Bytes& content) {
    char size[13] = {};
    std::snprintf(size, sizeof size, "%011o", static_cast<unsigned>(content.size()));
    Bytes header = with_field(like.substr(0, 512), 0, 0, name + Bytes(100 - name.size(), '\0'));
    header = with_field(with_field(header, 0, 156, Bytes(1, type)), 0, 124, Bytes(size, 11));
    return header + content + Bytes((512 - content.size() % 512) % 512, '\0');
}

Bytes pax(const Bytes& key, const Bytes& value) {
    const Bytes rest = " " + key + "=" + value + "\n";
    std::size_t size = rest.size() + 2;
    if (size > 99) size = rest.size() + 3;
    return std::to_string(size) + rest;
}

/// A bundle of our own writer, to be tampered with.
struct Written {
    sample::TemporaryFolder folder;
    std::shared_ptr<Redaction> redaction = sample::redaction();
    sample::Run run = sample::run(folder / "spool", *redaction);

    Bytes bytes_of(ArchiveFormat format) const {
        const auto file =
            write_archive(run.spool, {folder.path(), run.stem, {}, format, *run.manifest.started}, redaction);
        REQUIRE_MESSAGE(file, (file ? "" : file.error().message()));
        return sample::read_file(file->path);
    }
    /// What verify_bundle() says first; empty: the bundle is valid.
    std::string problem_of(const Bytes& bytes, const std::string& name = "changed.tar.gz") const {
        sample::write_file(folder / name, bytes);
        const auto verdict = verify_bundle(folder / name, *redaction);
        if (!verdict) return verdict.error().message();
        return verdict->problems.empty() ? "" : verdict->problems.front();
    }
};

struct Row {
    std::string place;
    Bytes bytes;
    std::string problem;
};

void check(const Written& written, const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        CAPTURE(row.place);
        const std::string problem = written.problem_of(row.bytes);
        CAPTURE(problem);
        CHECK(problem.find(row.problem) != std::string::npos);
        CHECK(problem.find("CANARY") == std::string::npos);
    }
}

}  // namespace

TEST_CASE_FIXTURE(Written, "the archives of our own writer hold nothing beside their members") {
    for (const ArchiveFormat format : {ArchiveFormat::tar_gz, ArchiveFormat::tar_zst, ArchiveFormat::zip}) {
        CAPTURE(extension_of(format));
        CHECK(problem_of(bytes_of(format)) == "");
    }
    const Bytes tar = inflated(bytes_of(ArchiveFormat::tar_gz));
    CHECK(problem_of(gzipped(tar)) == "");
    CHECK(problem_of(gzipped(tar + Bytes(9'216, '\0'))) == "");
    CHECK(problem_of(gzipped(tar, {"changed.tar", "", ""})) == "");
}

TEST_CASE("a path that is too long for a tar's header is part of its member") {
    const sample::TemporaryFolder folder;
    auto redaction = sample::redaction();
    for (const ArchiveFormat format : {ArchiveFormat::tar_gz, ArchiveFormat::tar_zst, ArchiveFormat::zip}) {
        sample::Run run = sample::run(folder / ("spool-" + std::string(extension_of(format))), *redaction);
        const std::string long_name = "endpoints/" + std::string(120, 'h') + "/" + std::string(200, 'q') + ".txt";
        REQUIRE(run.spool.write(long_name, redaction->redact("what hq said\n")));
        const ArchiveOrder order{folder.path(), run.stem, {}, format, *run.manifest.started};
        const auto file = write_archive(run.spool, order, redaction);
        REQUIRE_FALSE(file);
        // The manifest does not list it; that is all there is to say.
        CHECK(file.error().detail.find(long_name + " is not listed") != std::string::npos);
    }
}

TEST_CASE_FIXTURE(Written, "a gzip holds one member and no words of its own") {
    const Bytes good = bytes_of(ArchiveFormat::tar_gz), tar = inflated(good);
    check(*this, {
                     {"behind", good + canary, "bytes behind the gzip member"},
                     {"zeros behind", good + Bytes(512, '\0'), "bytes behind the gzip member"},
                     {"a second member", good + gzipped(canary), "bytes behind the gzip member"},
                     {"an empty second member with a name", good + gzipped("", {canary, "", ""}),
                      "bytes behind the gzip member"},
                     {"name", gzipped(tar, {canary, "", ""}), "another file's name in the gzip header"},
                     {"comment", gzipped(tar, {"", canary, ""}), "a comment or an extra field in the gzip header"},
                     {"extra", gzipped(tar, {"", "", canary}), "a comment or an extra field in the gzip header"},
                     {"in front", canary + good, "not a readable archive"},
                 });
}

TEST_CASE_FIXTURE(Written, "a zstd holds one frame") {
    const Bytes good = bytes_of(ArchiveFormat::tar_zst);
    const Bytes skippable = "\x50\x2a\x4d\x18" + number(canary.size(), 4) + canary;
    check(*this, {
                     {"a skippable frame behind", good + skippable, "bytes behind the zstd frame"},
                     {"a second frame", good + good, "bytes behind the zstd frame"},
                 });
    CHECK(problem_of(good + canary) != "");
    CHECK(problem_of(skippable + good) != "");
}

TEST_CASE_FIXTURE(Written, "a tar holds headers, members and zeros") {
    const Bytes tar = inflated(bytes_of(ArchiveFormat::tar_gz));
    const std::size_t manifest = 512, size = std::stoul(tar.substr(manifest + 124, 11), nullptr, 8);
    const std::size_t second = manifest + 512 + (size + 511) / 512 * 512;
    const Bytes long_path = run.stem + "/manifest.xml";
    const auto in_front = [&](const Bytes& header) {
        return gzipped(tar.substr(0, manifest) + header + tar.substr(manifest));
    };
    check(*this,
          {
              {"behind the end", gzipped(tar + with(Bytes(512, '\0'), 7, canary)), "bytes behind the end"},
              {"behind the end, no whole block", gzipped(tar + canary), "bytes behind the end"},
              {"zeros without end", gzipped(tar + Bytes(std::size_t{3} << 20, '\0')), "padding without end"},
              {"padding", gzipped(with(tar, manifest + 512 + size, canary)), "bytes in the padding"},
              {"link", gzipped(with_field(tar, manifest, 157, canary)), "a link"},
              {"owner", gzipped(with_field(tar, manifest, 265, canary.substr(16))), "an owner's name"},
              {"group", gzipped(with_field(tar, second, 297, canary.substr(16))), "an owner's name"},
              {"behind the name", gzipped(with_field(tar, manifest, tar.find('\0', manifest) - manifest + 1, "CANARY")),
               "bytes behind a name"},
              {"behind the fields", gzipped(with_field(tar, manifest, 500, "CANARY")), "bytes behind the fields"},
              {"in a number", gzipped(with_field(tar, manifest, 330, "CANARY")), "text in a number"},
              {"pax comment", in_front(entry(tar, 'x', "x", pax("comment", canary))), "no long path"},
              {"pax owner", in_front(entry(tar, 'x', "x", pax("uname", canary))), "no long path"},
              {"pax path and more", in_front(entry(tar, 'x', "x", pax("path", long_path) + pax("gname", canary))),
               "no long path"},
              {"pax for all", in_front(entry(tar, 'g', "x", pax("comment", canary))), "neither a file nor a folder"},
              {"pax header's name", in_front(entry(tar, 'x', "CANARY", pax("path", long_path))), "a second name"},
          });
}

TEST_CASE_FIXTURE(Written, "what GNU tar and root write anew is the same archive; whatever else differs is refused") {
    const Bytes tar = inflated(bytes_of(ArchiveFormat::tar_gz));
    const std::size_t size = std::stoul(tar.substr(512 + 124, 11), nullptr, 8);
    const std::vector<std::size_t> headers{0, 512, 512 + 512 + (size + 511) / 512 * 512};
    const auto in_each = [&](std::size_t field, const Bytes& text) {
        Bytes changed = tar;
        for (const std::size_t at : headers) changed = with_field(changed, at, field, text);
        return changed;
    };
    const Bytes gnu("ustar  \0", 8), root("root\0", 5);
    CHECK(problem_of(gzipped(in_each(257, gnu))) == "");
    CHECK(problem_of(gzipped(in_each(265, root))) == "");
    CHECK(problem_of(gzipped(in_each(297, root))) == "");
    const auto in_one = [&](std::size_t field, const Bytes& text) {
        return gzipped(with_field(in_each(257, gnu), headers[1], field, text));
    };
    check(*this, {
                     {"a third magic", in_one(257, Bytes("ustar \0\0", 8)), "neither POSIX tar's nor GNU tar's"},
                     {"a version of POSIX tar", in_one(257, Bytes("ustar\00001", 8)), "neither POSIX tar's nor GNU"},
                     {"GNU's access time", in_one(345, "00000000000"), "bytes in a header of GNU tar"},
                     {"text in its place", in_one(345, "CANARY"), "bytes in a header of GNU tar"},
                     {"another owner", in_one(265, "rooted"), "an owner's name"},
                     {"another group", in_one(297, "wheel"), "an owner's name"},
                     {"behind the owner", in_one(265, Bytes("root\0CANARY", 11)), "an owner's name"},
                 });
    // Long names in an entry of their own are GNU tar's too: a member's name that no header has.
    const Bytes long_name = entry(tar, 'L', "././@LongLink", run.stem + "/manifest.xml" + Bytes(1, '\0'));
    CHECK(problem_of(gzipped(tar.substr(0, 512) + long_name + tar.substr(512))).find("neither a file nor a folder") !=
          std::string::npos);
}

TEST_CASE_FIXTURE(Written, "a zip holds what its directory names and no words beside it") {
    const Bytes good = bytes_of(ArchiveFormat::zip);
    const std::size_t end = good.size() - 22, directory = number_at(good, end + 16, 4);
    REQUIRE(good.substr(end, 4) == "PK\5\6");
    const std::size_t name = number_at(good, directory + 28, 2), extra = number_at(good, directory + 30, 2);
    const std::size_t local_name = number_at(good, 26, 2), local_extra = number_at(good, 28, 2);
    const std::size_t size = number_at(good, end + 12, 4);
    const auto ended = [&](const Bytes& bytes, std::size_t more_local, std::size_t more_directory) {
        const std::size_t at = bytes.size() - 22;
        return with(with(bytes, at + 16, number(directory + more_local, 4)), at + 12, number(size + more_directory, 4));
    };
    const auto put = [](Bytes bytes, std::size_t at, const Bytes& more) { return bytes.insert(at, more); };
    const Bytes hidden = "PK\3\4" + number(20, 2) + number(0, 12) + number(canary.size(), 4) +
                         number(canary.size(), 4) + number(6, 2) + number(0, 2) + "hidden" + canary;
    const Bytes field = "ZZ" + number(canary.size(), 2) + canary;
    check(*this,
          {
              {"comment", with(good, end + 20, number(canary.size(), 2)) + canary, "a comment or bytes behind the zip"},
              {"hidden entry", ended(put(good, directory, hidden), hidden.size(), 0), "an entry that the directory"},
              {"entry's comment",
               ended(put(with(good, directory + 32, number(canary.size(), 2)), directory + 46 + name + extra, canary),
                     0, canary.size()),
               "a comment of a zip entry"},
              {"extra in the directory",
               ended(put(with(good, directory + 30, number(extra + field.size(), 2)), directory + 46 + name + extra,
                         field),
                     0, field.size()),
               "an extra field"},
          });
    CHECK(problem_of(good + canary) != "");
    CHECK(problem_of(canary + good).find("bytes in front of the archive") != std::string::npos);
    CHECK(problem_of(ended(put(good, end, canary), 0, canary.size())) != "");
    CHECK(problem_of(put(good, end, canary)) != "");
    CHECK(problem_of(with(good, 30, "X")) != "");
    CHECK(problem_of(with(good, 30 + local_name + local_extra - 4, "CANA")) != "");
}
