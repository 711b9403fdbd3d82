#include "formats/bundle/unpack.hpp"

#include <doctest/doctest.h>

#include "sample_bundle.hpp"

using namespace formats;

TEST_CASE("a bundle unpacks to the spool it was made of") {
    const sample::TemporaryFolder folder;
    auto redaction = sample::redaction();
    const sample::Run run = sample::run(folder / "spool", *redaction);
    const auto file =
        write_archive(run.spool, {folder.path(), run.stem, {}, ArchiveFormat::zip, *run.manifest.started}, redaction);
    REQUIRE(file);
    auto again = Spool::create(folder / "again");
    const auto manifest = unpack_bundle(file->path, *again, *redaction);
    REQUIRE_MESSAGE(manifest, (manifest ? "" : manifest.error().message()));
    CHECK(manifest->endpoints.size() == 2);
    auto members = *run.spool.members();
    members.erase(std::find(members.begin(), members.end(), "manifest.xml"));
    CHECK(*again->members() == members);
    for (const std::string& member : members)
        CHECK(sample::read_file(again->folder() / member) == sample::read_file(run.spool.folder() / member));
    CHECK(manifest_in(file->path)->sr == run.manifest.sr);
}

TEST_CASE("unpacking redacts what another hand put into a bundle") {
    const sample::TemporaryFolder folder;
    auto redaction = sample::redaction();
    const sample::Run run = sample::run(folder / "spool", *redaction);
    const auto file = write_archive(
        run.spool, {folder.path(), run.stem, {}, ArchiveFormat::tar_gz, *run.manifest.started}, redaction);
    REQUIRE(file);
    redaction->learn("5 packets sent", SecretClass::password);
    auto again = Spool::create(folder / "again");
    REQUIRE(unpack_bundle(file->path, *again, *redaction));
    CHECK(sample::read_file(again->folder() / "probe/probe.txt").find("packets") == std::string::npos);
}

TEST_CASE("what is no bundle does not unpack") {
    const sample::TemporaryFolder folder;
    auto redaction = sample::redaction();
    auto spool = Spool::create(folder / "spool");
    sample::write_file(folder / "text", "plain\n");
    CHECK(unpack_bundle(folder / "text", *spool, *redaction).error().kind == ErrorKind::invalid);
    CHECK(manifest_in(folder / "missing").error().kind == ErrorKind::io);
}
