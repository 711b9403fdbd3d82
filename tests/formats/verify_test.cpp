#include "formats/bundle/verify.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <embedded/earlier_schemas.hpp>
#include <functional>
#include <map>

#include "sample_bundle.hpp"

using namespace formats;

namespace {

/// A bundle as a map, to be changed and packed again by another hand than ours.
struct Loose {
    std::string top;
    std::map<std::string, std::string> members;
    std::vector<std::string> links;
};

Loose unpack(const std::filesystem::path& path) {
    Loose loose;
    auto top = read_archive(path, [&](const std::string& name, const MemberBytes& read) -> Result<void> {
        std::string& text = loose.members[name];
        for (;;) {
            auto bytes = read();
            if (!bytes) return bytes.error();
            if (bytes->empty()) return {};
            text += *bytes;
        }
    });
    REQUIRE(top);
    loose.top = *top;
    return loose;
}

void repack(const Loose& loose, const std::filesystem::path& path) {
    archive* out = archive_write_new();
    archive_write_add_filter_gzip(out);
    archive_write_set_format_pax_restricted(out);
    REQUIRE(archive_write_open_filename(out, path.c_str()) == ARCHIVE_OK);
    const auto add = [&](const std::string& name, const std::string& text, bool link) {
        archive_entry* entry = archive_entry_new();
        archive_entry_set_pathname(entry, (loose.top + "/" + name).c_str());
        archive_entry_set_perm(entry, 0600);
        archive_entry_set_filetype(entry, link ? AE_IFLNK : AE_IFREG);
        if (link) archive_entry_set_symlink(entry, "/etc/passwd");
        if (!link) archive_entry_set_size(entry, static_cast<la_int64_t>(text.size()));
        REQUIRE(archive_write_header(out, entry) == ARCHIVE_OK);
        if (!link) archive_write_data(out, text.data(), text.size());
        archive_entry_free(entry);
    };
    for (const auto& [name, text] : loose.members) add(name, text, false);
    for (const std::string& name : loose.links) add(name, "", true);
    REQUIRE(archive_write_close(out) == ARCHIVE_OK);
    archive_write_free(out);
}

struct Fixture {
    sample::TemporaryFolder folder;
    std::shared_ptr<Redaction> redaction = sample::redaction();
    sample::Run run = sample::run(folder / "spool", *redaction);
    std::filesystem::path path, changed = folder / "changed.tar.gz";
    Loose good;

    Fixture() {
        const auto file = write_archive(
            run.spool, {folder.path(), run.stem, {}, ArchiveFormat::tar_gz, *run.manifest.started}, redaction);
        REQUIRE_MESSAGE(file, (file ? "" : file.error().message()));
        path = file->path;
        good = unpack(path);
    }

    Verdict verdict_of(const std::filesystem::path& bundle) const {
        auto verdict = verify_bundle(bundle, *redaction);
        REQUIRE_MESSAGE(verdict, (verdict ? "" : verdict.error().message()));
        return *verdict;
    }
    Verdict verdict_of(const Loose& loose) const {
        repack(loose, changed);
        return verdict_of(changed);
    }
    /// The bundle of another manifest, with all hashes right.
    Verdict verdict_of(const std::function<void(Manifest&)>& change) const {
        Manifest manifest = run.manifest;
        change(manifest);
        auto xml = to_xml(manifest, *redaction);
        REQUIRE_MESSAGE(xml, (xml ? "" : xml.error().message()));
        Loose loose = good;
        loose.members["manifest.xml"] = xml->str();
        return verdict_of(loose);
    }
};

bool mentions(const Verdict& verdict, const std::string& text) {
    return std::any_of(verdict.problems.begin(), verdict.problems.end(),
                       [&text](const std::string& problem) { return problem.find(text) != std::string::npos; });
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "an untouched bundle is valid, packed by us or by another hand") {
    const Verdict ours = verdict_of(path);
    CHECK(ours.problems == std::vector<std::string>{});
    CHECK(ours.leaks.empty());
    CHECK(ours.members == good.members.size());
    CHECK(ours.manifest.endpoints.size() == 2);
    CHECK(verdict_of(good).valid());
}

TEST_CASE_FIXTURE(Fixture, "a changed byte in any member is noticed") {
    for (const auto& member : good.members)
        for (const std::size_t at : {std::size_t{0}, member.second.size() / 2, member.second.size() - 1}) {
            const std::string& name = member.first;
            CAPTURE(name);
            CAPTURE(at);
            // Nothing hashes the manifest; it must only make sense.
            if (name == "manifest.xml" && at == member.second.size() / 2) continue;
            Loose loose = good;
            loose.members[name][at] = static_cast<char>(member.second[at] ^ 1);
            const Verdict verdict = verdict_of(loose);
            CHECK_FALSE(verdict.valid());
            CHECK(mentions(verdict, name));
        }
}

TEST_CASE_FIXTURE(Fixture, "a changed byte anywhere in the archive is noticed or means nothing") {
    const std::string whole = sample::read_file(path);
    unsigned noticed = 0;
    for (std::size_t at = 0; at < whole.size(); at += 7) {
        CAPTURE(at);
        std::string bad = whole;
        bad[at] = static_cast<char>(bad[at] ^ 0x20);
        sample::write_file(changed, bad);
        const auto verdict = verify_bundle(changed, *redaction);
        if (!verdict || !verdict->valid()) ++noticed;
        if (!verdict || !verdict->valid()) continue;
        // Otherwise it was in what nobody reads (a time stamp, an owner, padding), or in a text of
        // the manifest, which nothing hashes.
        Loose loose = unpack(changed);
        loose.members["manifest.xml"] = good.members.at("manifest.xml");
        CHECK(loose.members == good.members);
    }
    CHECK(noticed > whole.size() / 7 / 2);
}

TEST_CASE_FIXTURE(Fixture, "a missing member is noticed") {
    for (const auto& member : good.members) {
        const std::string& name = member.first;
        CAPTURE(name);
        Loose loose = good;
        loose.members.erase(name);
        const Verdict verdict = verdict_of(loose);
        CHECK_FALSE(verdict.valid());
        CHECK(mentions(verdict, name));
        CHECK(mentions(verdict, "missing"));
    }
}

TEST_CASE_FIXTURE(Fixture, "an extra, a renamed and an emptied member are noticed") {
    Loose loose = good;
    loose.members["endpoints/hq/before/extra.txt"] = "x";
    CHECK(mentions(verdict_of(loose), "endpoints/hq/before/extra.txt is not listed"));

    loose = good;
    loose.members["probe/other.txt"] = loose.members["probe/probe.txt"];
    loose.members.erase("probe/probe.txt");
    CHECK(mentions(verdict_of(loose), "probe/probe.txt is missing"));
    CHECK(mentions(verdict_of(loose), "probe/other.txt is not listed"));

    loose = good;
    loose.members["probe/probe.txt"].clear();
    CHECK(mentions(verdict_of(loose), "probe/probe.txt has 0 bytes, listed are 27"));

    loose = good;
    loose.links.push_back("zz-link");
    CHECK(mentions(verdict_of(loose), "a link"));
}

TEST_CASE_FIXTURE(Fixture, "another top folder is noticed") {
    Loose loose = good;
    loose.top = "tacbundle-hq-branch-20261125T192451Z";
    CHECK(mentions(verdict_of(loose), "the top folder is tacbundle-hq-branch-20261125T192451Z"));
}

TEST_CASE_FIXTURE(Fixture,
                  "the schema must be one that this program writes or wrote, also when the manifest lists another") {
    Loose loose = good;
    loose.members["manifest.xsd"] = "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"/>\n";
    CHECK(mentions(verdict_of(loose), "manifest.xsd is no schema of this version or an earlier one"));
    loose.members["manifest.xsd"] = std::string(manifest_schema()) + "\n";
    CHECK(mentions(verdict_of(loose), "manifest.xsd is no schema of this version or an earlier one"));
    // Those of earlier releases stay valid.
    const auto earlier = embedded::earlier_schemas();
    CHECK(earlier.size() >= 2);
    for (const EmbeddedFile& schema : earlier) {
        CHECK(schema.bytes != manifest_schema());
        loose.members["manifest.xsd"] = std::string(schema.bytes);
        CHECK_FALSE(mentions(verdict_of(loose), "manifest.xsd is no schema"));
    }
}

TEST_CASE_FIXTURE(Fixture, "planned is collected plus explained") {
    struct Row {
        std::string problem;
        std::function<void(Manifest&)> change;
    };
    const Row rows[] = {
        {"hq before/write-terminal is \"ok\" without a file",
         [](Manifest& m) { m.endpoints[0].captures[0].file.clear(); }},
        {"branch after/write-terminal is \"disconnected\" without a reason",
         [](Manifest& m) { m.endpoints[1].captures[2].reason.clear(); }},
        {"branch debug/debug-crypto is \"unsupported\" without a reason",
         [](Manifest& m) {
             m.endpoints[1].captures[1].reason.clear();
             m.endpoints[1].captures[1].outcome = Outcome::unsupported;
         }},
        {"its SHA-256 is not that of", [](Manifest& m) { m.endpoints[0].captures[0].sha256 = std::string(64, '0'); }},
        {"its SHA-256 is not that of", [](Manifest& m) { m.endpoints[0].captures[0].sha256.clear(); }},
        {"has a SHA-256 without a file", [](Manifest& m) { m.endpoints[1].captures[2].sha256 = std::string(64, '0'); }},
        {"is not listed", [](Manifest& m) { m.files.pop_back(), m.probes[0].file.clear(); }},
        {"the top folder is", [](Manifest& m) { m.sr = "1"; }},
        {"the top folder is", [](Manifest& m) { m.started = *m.started + std::chrono::seconds(1); }},
        {"manifest.xml lists itself",
         [](Manifest& m) {
             m.files.push_back({"manifest.xml", 1, std::string(64, '0')});
         }},
    };
    for (const Row& row : rows) {
        CAPTURE(row.problem);
        CHECK(mentions(verdict_of(row.change), row.problem));
    }
    // "empty" needs neither a file nor a reason.
    CHECK(verdict_of([](Manifest& m) {
              m.endpoints[1].captures[2].outcome = Outcome::empty;
              m.endpoints[1].captures[2].reason.clear();
          }).valid());
}

TEST_CASE_FIXTURE(Fixture, "a secret in a member or in a name is found, with its line and not its value") {
    redaction->learn("CANARY-psk-4711", SecretClass::psk);
    Loose loose = good;
    loose.members["probe/probe.txt"] += "line two\nCANARY-psk-4711\n";
    Verdict verdict = verdict_of(loose);
    REQUIRE(verdict.leaks.size() == 1);
    CHECK(verdict.leaks[0].file == "probe/probe.txt");
    CHECK(verdict.leaks[0].line == 3);

    loose = good;
    loose.members["CANARY-psk-4711"] = "x";
    verdict = verdict_of(loose);
    REQUIRE_FALSE(verdict.leaks.empty());
    CHECK(verdict.leaks[0].file == "member names");
}

TEST_CASE_FIXTURE(Fixture, "half an archive is not valid, and no archive is an error") {
    const std::string whole = sample::read_file(path);
    sample::write_file(changed, whole.substr(0, whole.size() * 3 / 4));
    const auto verdict = verify_bundle(changed, *redaction);
    CHECK((!verdict || !verdict->valid()));
    sample::write_file(changed, "no archive");
    CHECK(verify_bundle(changed, *redaction).error().kind == ErrorKind::invalid);
    CHECK(verify_bundle(folder / "missing", *redaction).error().kind == ErrorKind::io);
}

TEST_CASE_FIXTURE(Fixture, "problems are fit for a terminal") {
    Loose loose = good;
    loose.members["manifest.xml"].replace(loose.members["manifest.xml"].find("<tool"), 5, "<tool \x1b[2J=\"\"");
    for (const std::string& problem : verdict_of(loose).problems) CHECK(problem.find('\x1b') == std::string::npos);
}
