// What a rule that fails does to a run: the captures stop, nothing raw is written, no bundle is made, no thread
// ends with an exception.

#include "formats/assembly/assembly.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <optional>

#include "collector/progress/progress.hpp"
#include "formats/bundle/capture.hpp"
#include "formats/record/layout.hpp"
#include "support/failing_libcrypto.hpp"
#include "support/temporary_folder.hpp"

using support::FailingLibcrypto;
using support::TemporaryFolder;

namespace {

constexpr const char* secret_line = "isakmp key CANARYfailing address 192.0.2.1\n";
constexpr const char* capture_member = "endpoints/hq/before/write-terminal.txt";

struct Fixture {
    TemporaryFolder folder;
    std::shared_ptr<formats::Redaction> redaction = *formats::Redaction::make({});
    formats::Spool spool = *formats::Spool::create(folder.path() / "spool");
    formats::PackageOrder order{(folder.path() / "bundle.tar.gz").string(), formats::ArchiveFormat::tar_gz, "true"};

    std::string text_of(const std::string& member) const { return TemporaryFolder::read(spool.folder() / member); }
    formats::Result<formats::BundleFile> package() {
        formats::Manifest manifest;
        manifest.tool_version = "0.1.0";
        manifest.started = manifest.ended = formats::utc_now();
        manifest.outcome = "complete";
        return formats::package(manifest, spool, redaction, order);
    }
    bool is_bundle_there() const { return std::filesystem::exists(order.output); }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a capture whose rule fails ends there and says so") {
    auto capture = formats::Capture::open(spool, *redaction, capture_member, 1 << 20);
    REQUIRE(capture);
    CHECK(capture->take("hostname hq\n"));
    {
        const FailingLibcrypto failing;
        CHECK_FALSE(capture->take(secret_line));
    }
    CHECK_FALSE(capture->take("and more\n"));
    CHECK(capture->has_failed());
    const auto finished = capture->finish();
    REQUIRE_FALSE(finished);
    CHECK(finished.error().kind == formats::ErrorKind::internal);
    CHECK(text_of(capture_member) == "hostname hq\n");
}

TEST_CASE_FIXTURE(Fixture, "what was captured is swept with every secret that was learned, however many there are") {
    std::string users;
    for (int i = 0; i < 5000; ++i)
        users += "username u" + std::to_string(i) + " password CANARY" + std::to_string(i * 7919) + "z\n";
    REQUIRE(spool.write("endpoints/branch/before/show-version.txt",
                        formats::RedactedText::own("seen: CANARY39587081z\n")));  // of user 4999
    REQUIRE(spool.write(capture_member, redaction->redact(users)));
    REQUIRE(formats::sweep(spool, *redaction));
    CHECK(text_of("endpoints/branch/before/show-version.txt").find("CANARY") == std::string::npos);
    CHECK(text_of("endpoints/branch/before/show-version.txt").starts_with("seen: [REDACTED:"));
}

TEST_CASE_FIXTURE(Fixture, "the sweep makes anew what holds a secret that was learned later, and nothing else") {
    const std::string clean = "endpoints/hq/before/show-version.txt", late = "endpoints/hq/before/show-failover.txt";
    REQUIRE(spool.write(clean, formats::RedactedText::own("Hardware:   PIX-515E\n")));
    REQUIRE(spool.write(late, formats::RedactedText::own("a key CANARY-learned-later\n")));
    const auto file_of = [&](const std::string& member) {
        struct stat status {};
        REQUIRE(::stat((spool.folder() / member).c_str(), &status) == 0);
        return status.st_ino;
    };
    const auto clean_file = file_of(clean), late_file = file_of(late);
    redaction->learn("CANARY-learned-later", formats::SecretClass::psk);
    REQUIRE(formats::sweep(spool, *redaction));
    CHECK(file_of(clean) == clean_file);
    CHECK(file_of(late) != late_file);
    CHECK(text_of(clean) == "Hardware:   PIX-515E\n");
    CHECK(text_of(late).starts_with("a key [REDACTED:psk:"));
}

TEST_CASE_FIXTURE(
    Fixture,
    "what a rule finds while it is packed is swept; what was clean until that was learned ships as the reason") {
    // Swept in the order of their names: when the key is learned from hq, branch has been looked at.
    const std::string seen_too = "endpoints/branch/before/show-version.txt";
    REQUIRE(spool.write(capture_member,
                        formats::RedactedText::own("hostname hq\nisakmp key CANARYunswept address 192.0.2.1\n")));
    REQUIRE(spool.write(seen_too, formats::RedactedText::own("Hardware:   PIX-515E\nseen: CANARYunswept\n")));
    formats::Manifest manifest;
    manifest.tool_version = "0.1.0";
    manifest.started = manifest.ended = formats::utc_now();
    manifest.outcome = "complete";
    for (const std::string& member : {std::string(capture_member), seen_too}) {
        formats::EndpointRecord endpoint;
        endpoint.name = member == seen_too ? "branch" : "hq";
        formats::CaptureRecord capture;
        capture.id = member == seen_too ? "before/show-version" : "before/write-terminal";
        capture.file = member;
        capture.outcome = formats::Outcome::ok;
        endpoint.captures.push_back(capture);
        manifest.endpoints.push_back(endpoint);
    }
    REQUIRE(formats::package(manifest, spool, redaction, order));
    CHECK(text_of(capture_member).starts_with("hostname hq\nisakmp key [REDACTED:psk:"));
    CHECK(manifest.endpoints[0].captures[0].outcome == formats::Outcome::ok);

    // The rule, the file and the line, never the value: in the member's place, in the manifest that ships, and to the caller.
    const std::string reason = "quarantined: the verification found learned in line 2";
    CHECK(text_of(seen_too) == reason + "\n");
    CHECK(manifest.endpoints[1].captures[0].outcome == formats::Outcome::quarantined);
    CHECK(manifest.endpoints[1].captures[0].reason == reason);
    const auto shipped = formats::parse_manifest(text_of(std::string(formats::member::manifest)));
    REQUIRE(shipped);
    CHECK(shipped->endpoints[1].captures[0].outcome == formats::Outcome::quarantined);
    CHECK(shipped->endpoints[1].captures[0].reason == reason);
    CHECK(shipped->outcome == "incomplete");
    // The pages are made of what ships, not of what was looked at.
    CHECK(text_of(std::string(formats::member::summary)).find("quarantined") != std::string::npos);
    CHECK(text_of(std::string(formats::member::manifest)).find("CANARY") == std::string::npos);
}

TEST_CASE_FIXTURE(Fixture,
                  "a secret that is learned while the pages are written is in none of them: they ship as the reason") {
    const std::string stream = "endpoints/hq/debug/debug-crypto.txt";
    REQUIRE(spool.write(stream, formats::RedactedText::own("2004-11-09T14:02:11.000000Z seen: CANARY-told-late\n")));
    formats::Manifest manifest;
    manifest.tool_version = "0.1.0";
    manifest.started = manifest.ended = formats::utc_now();
    manifest.outcome = "complete";
    formats::EndpointRecord endpoint;
    endpoint.name = "hq";
    formats::CaptureRecord capture;
    capture.id = "debug/debug-crypto";
    capture.phase = formats::Phase::debug;
    capture.file = stream;
    capture.outcome = formats::Outcome::ok;
    endpoint.captures.push_back(capture);
    manifest.endpoints.push_back(endpoint);
    const std::string timeline(formats::member::timeline), report(formats::member::report);
    bool is_told = false;
    {
        // The first digest behind the last page is that of the first member that is looked at again.
        const support::BeforeEachDigest another_thread([&] {
            if (is_told || !std::filesystem::exists(spool.folder() / report)) return;
            is_told = true;
            REQUIRE(text_of(timeline).find("CANARY-told-late") != std::string::npos);
            redaction->learn("CANARY-told-late", formats::SecretClass::psk);
        });
        REQUIRE(formats::package(manifest, spool, redaction, order));
    }
    CHECK(is_told);
    CHECK(text_of(timeline).starts_with("quarantined: the verification found learned in line "));
    CHECK(text_of(stream) == "quarantined: the verification found learned in line 1\n");
    CHECK(manifest.endpoints[0].captures[0].outcome == formats::Outcome::quarantined);
    for (const auto& file : std::filesystem::recursive_directory_iterator(spool.folder()))
        if (file.is_regular_file()) CHECK(TemporaryFolder::read(file.path()).find("CANARY") == std::string::npos);
    CHECK(manifest.outcome == "incomplete");
}

TEST_CASE_FIXTURE(
    Fixture, "until the whole manifest is there, its draft stays: what is killed while it is packed can be recovered") {
    REQUIRE(spool.write(capture_member, formats::RedactedText::own("hostname hq\n")));
    formats::Manifest draft;
    draft.tool_version = "0.1.0";
    draft.started = formats::utc_now();
    REQUIRE(formats::save_draft(draft, spool, *redaction));
    // In the draft as everywhere: what is learned later goes.
    formats::EndpointRecord endpoint;
    endpoint.name = "hq";
    endpoint.banner = "CANARY-learned-later";
    draft.endpoints.push_back(endpoint);
    REQUIRE(formats::save_draft(draft, spool, *redaction));
    REQUIRE(text_of("manifest.xml").find("CANARY") != std::string::npos);
    redaction->learn("CANARY-learned-later", formats::SecretClass::psk);
    // Swept in the order of the names: packing fails behind the draft.
    REQUIRE(spool.write("plan.txt", formats::RedactedText::own("seen: CANARY-learned-later\n")));
    const auto in_the_way = spool.folder() / ".new-plan.txt";
    std::filesystem::create_directory(in_the_way);
    CHECK_FALSE(package());
    CHECK(text_of("manifest.xml").find("interrupted") != std::string::npos);
    CHECK(text_of("manifest.xml").find("CANARY") == std::string::npos);
    std::filesystem::remove(in_the_way);

    const auto foreign = spool.folder() / "pipe";
    REQUIRE(::mkfifo(foreign.c_str(), 0600) == 0);
    CHECK_FALSE(package());
    CHECK(text_of("manifest.xml").find("interrupted") != std::string::npos);
    std::filesystem::remove(foreign);

    REQUIRE(package());
    const std::string whole = text_of("manifest.xml");
    CHECK(whole.find("interrupted") == std::string::npos);
    CHECK(whole.find(capture_member) != std::string::npos);
    CHECK(whole.find("path=\"manifest.xml\"") == std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "a run in which a line of the log could not be cleaned is not packed") {
    collector::Progress progress({.json = false, .verbosity = -1, .colour = false, .live = false}, redaction);
    progress.log_to(*spool.file(std::string(formats::member::log)));
    {
        const FailingLibcrypto failing;
        progress.event({collector::EventKind::endpoint, "hq", secret_line, {}});
        // Its hash cannot be made either.
        CHECK_FALSE(progress.close_log());
    }
    CHECK(text_of(std::string(formats::member::log)).find("CANARY") == std::string::npos);
    CHECK(text_of(std::string(formats::member::log)).find("withheld") != std::string::npos);
    const auto packed = package();
    REQUIRE_FALSE(packed);
    CHECK(packed.error().kind == formats::ErrorKind::internal);
    CHECK_FALSE(is_bundle_there());
}

TEST_CASE_FIXTURE(Fixture, "a run whose captures could not be swept is not packed") {
    REQUIRE(spool.write(capture_member, formats::RedactedText::own("a key CANARY-learned-later\n")));
    redaction->learn("CANARY-learned-later", formats::SecretClass::psk);
    {
        // The hash of the capture is made, the token of its key is not.
        std::optional<FailingLibcrypto> failing;
        unsigned digests = 0;
        const support::BeforeEachDigest fails([&] {
            if (++digests == 2) failing.emplace();
        });
        const auto packed = package();
        REQUIRE_FALSE(packed);
        CHECK(packed.error().subject == "redaction");
        CHECK(digests == 2);
        CHECK_FALSE(is_bundle_there());
    }
    // It is remembered: what was withheld meanwhile may be missing from any text.
    CHECK_FALSE(package());
    CHECK_FALSE(is_bundle_there());
}

TEST_CASE("the name of the output says the format, or is refused with the remedy") {
    using formats::ArchiveFormat;
    struct Row {
        std::string output;
        std::optional<ArchiveFormat> asked, format;  ///< format: nullopt when it is refused
        std::string remedy;
    };
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder.path() / "bundles.zip");
    const std::vector<Row> rows{
        {".", {}, ArchiveFormat::tar_gz, {}},
        {".", ArchiveFormat::zip, ArchiveFormat::zip, {}},
        {"x.zip", {}, ArchiveFormat::zip, {}},
        {"X.ZIP", {}, ArchiveFormat::zip, {}},
        {"x.tgz", {}, ArchiveFormat::tar_gz, {}},
        {"x.tar.zst", {}, ArchiveFormat::tar_zst, {}},
        {"x.zip", ArchiveFormat::zip, ArchiveFormat::zip, {}},
        {"for-tac", ArchiveFormat::tar_zst, ArchiveFormat::tar_zst, {}},
        {"case.612345678", {}, ArchiveFormat::tar_gz, {}},
        {(folder.path() / "bundles.zip").string(), {}, ArchiveFormat::tar_gz, {}},  // a folder
        {"x.zip", ArchiveFormat::tar_gz, {}, "leave --format out, or name the output *.tar.gz"},
        {"x.tar.gz", ArchiveFormat::zip, {}, "name the output *.zip"},
        {"x.rar", {}, {}, ".tar.gz, .tar.zst or .zip"},
        {"x.tar", {}, {}, ".tar.gz, .tar.zst or .zip"},
        {"x.tar.xz", ArchiveFormat::tar_gz, {}, ".tar.gz, .tar.zst or .zip"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.output);
        const auto order = formats::order_for(row.output, row.asked);
        REQUIRE(order.has_value() == row.format.has_value());
        if (order) {
            CHECK(order->format == *row.format);
            CHECK(order->output == row.output);
        } else {
            CHECK(order.error().kind == formats::ErrorKind::usage);
            CHECK(order.error().remedy.find(row.remedy) != std::string::npos);
        }
    }
}

TEST_CASE_FIXTURE(Fixture,
                  "an output that is there already, or has no folder, is refused before anything is contacted") {
    CHECK(formats::check_output(order));
    const auto into_folder = formats::order_for(folder.path().string(), {});
    REQUIRE(into_folder);
    CHECK(formats::check_output(*into_folder));
    folder.write("bundle.tar.gz", "somebody's", 0600);
    const auto taken = formats::check_output(order);
    REQUIRE_FALSE(taken);
    CHECK(taken.error().kind == formats::ErrorKind::usage);
    CHECK(taken.error().detail == "the file exists and is never overwritten");
    // A link that leads nowhere is something too.
    std::filesystem::create_symlink("nowhere", folder.path() / "link.tar.gz");
    CHECK_FALSE(formats::check_output({(folder.path() / "link.tar.gz").string(), order.format, "true"}));
    CHECK_FALSE(formats::check_output({(folder.path() / "missing/x.tar.gz").string(), order.format, "true"}));
}

TEST_CASE_FIXTURE(Fixture,
                  "an output folder that goes away is no name for the archive: no bundle, and the spool stays whole") {
    const auto output = folder.path() / "bundles";
    std::filesystem::create_directory(output);
    order = *formats::order_for(output.string(), {});
    REQUIRE(spool.write(capture_member, formats::RedactedText::own("hostname hq\n")));
    std::filesystem::remove(output);
    const auto packed = package();
    REQUIRE_FALSE(packed);
    CHECK(packed.error().kind == formats::ErrorKind::io);
    CHECK(packed.error().subject == output.string());
    CHECK_FALSE(std::filesystem::exists(output));
    CHECK(text_of(capture_member) == "hostname hq\n");
    // Once there is a folder again the same spool makes the bundle.
    std::filesystem::create_directory(output);
    const auto bundle = package();
    REQUIRE(bundle);
    CHECK(bundle->path.parent_path() == output);
}

TEST_CASE("the draft of a run with masked addresses holds none of a device") {
    const TemporaryFolder folder;
    formats::RedactionSettings settings;
    settings.mask_addresses = true;
    const auto redaction = *formats::Redaction::make(settings);
    auto spool = *formats::Spool::create(folder.path() / "spool");
    formats::Manifest draft;
    draft.tool_version = "0.1.0";
    draft.started = formats::utc_now();
    formats::EndpointRecord endpoint;
    endpoint.name = "hq";
    endpoint.target = "ssh://pix@203.0.113.7";
    endpoint.banner = "welcome to 198.51.100.9";
    draft.endpoints.push_back(endpoint);
    REQUIRE(formats::save_draft(draft, spool, *redaction));
    const std::string xml = TemporaryFolder::read(spool.folder() / "manifest.xml");
    CHECK(xml.find("ssh://pix@") != std::string::npos);
    CHECK(xml.find("203.0.113.7") == std::string::npos);
    CHECK(xml.find("198.51.100.9") == std::string::npos);
}

TEST_CASE_FIXTURE(Fixture,
                  "a bundle with a key that cannot be searched for says that the rules alone have verified it") {
    REQUIRE(spool.write(capture_member, redaction->redact("isakmp key short7x address 192.0.2.1\n")));
    REQUIRE(package());
    CHECK(text_of("manifest.xml").find("verified=\"rules-only\"") != std::string::npos);
}
