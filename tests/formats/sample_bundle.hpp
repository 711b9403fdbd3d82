#pragma once
// A small finished run, for the tests of everything that deals with bundles.

#include <doctest/doctest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "formats/bundle/archive.hpp"
#include "formats/bundle/inventory.hpp"
#include "formats/bundle/manifest.hpp"
#include "formats/bundle/spool.hpp"
#include "formats/redaction/redaction.hpp"
#include "formats/text/sha256.hpp"

namespace sample {

using namespace formats;

/// A folder that goes away with the test.
class TemporaryFolder {
 public:
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "tacbundle-test-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
    std::filesystem::path path_;
};

inline std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    REQUIRE_MESSAGE(in.is_open(), path.string());
    return {std::istreambuf_iterator<char>(in), {}};
}
inline void write_file(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream out(path, std::ios::binary);
    out << bytes;
    REQUIRE(out.good());
}

/// Compares with tests/golden/NAME; UPDATE_GOLDEN=1 rewrites it instead.
inline void check_golden(const std::string& name, const std::string& text) {
    const std::filesystem::path path = std::filesystem::path(TACBUNDLE_SOURCE_DIR) / "tests/golden" / name;
    if (std::getenv("UPDATE_GOLDEN") != nullptr) write_file(path, text);
    CHECK(read_file(path) == text);
}

inline std::shared_ptr<Redaction> redaction() {
    auto made = Redaction::make({});
    REQUIRE(made);
    return *made;
}

/// 2026-11-25T19:24:51.123456Z and later.
inline UtcTime at(std::chrono::milliseconds after) {
    using namespace std::chrono;
    return sys_days(year(2026) / 11 / 25) + 19h + 24min + 51s + 123456us + after;
}

inline CaptureRecord capture(const std::string& endpoint, Phase phase, const std::string& id,
                             const std::string& command, std::chrono::milliseconds after) {
    CaptureRecord record;
    record.id = std::string(name_of(phase)) + "/" + id;
    record.phase = phase;
    record.command = command;
    record.file = capture_member(endpoint, phase, id + ".txt");
    record.outcome = Outcome::ok;
    record.started = at(after);
    record.ended = at(after + std::chrono::milliseconds(210));
    record.lines = phase == Phase::debug ? 2 : 1;
    return record;
}

/// Two endpoints, one of them complete; sizes and hashes are those of no file yet.
inline Manifest manifest() {
    using std::chrono::milliseconds;
    Manifest made;
    made.tool_version = "0.1.0";
    made.sr = "612345678";
    made.started = at(milliseconds(0));
    made.ended = at(milliseconds(95'500));
    made.window_ms = 90'000;
    made.outcome = "incomplete";
    made.problem = {"2026-11-23 02:10 CET", "no traffic between 10.1.1.0/24 and 10.2.2.0/24",
                    "ISP router replaced at branch"};

    EndpointRecord hq;
    hq.name = "hq";
    hq.target = "ssh://admin@192.0.2.1";
    hq.platform = "pix7";
    hq.model = "PIX-515E";
    hq.version = "7.2(4)";
    hq.hostname = "fw-hq";
    hq.host_key = "SHA256:2Jp0mJq6H0nXyU3bJXyTq0cFjG0m1b9tT3m2yQvQ0aE";
    hq.clock_offset_ms = -1203.5;
    hq.clock_uncertainty_ms = 12.25;
    hq.legacy = true;
    hq.sessions = "2";
    hq.captures = {
        capture("hq", Phase::before, "write-terminal", "write terminal", milliseconds(1'000)),
        capture("hq", Phase::before, "show-crypto-isakmp-sa", "show crypto isakmp sa", milliseconds(1'300)),
        capture("hq", Phase::debug, "debug-crypto", "debug crypto isakmp 127; debug crypto ipsec 127",
                milliseconds(2'000)),
    };
    hq.captures[0].role = Tells::configuration;
    hq.captures[0].redactions = 3;
    hq.debug = {at(milliseconds(2'000)), at(milliseconds(62'000)), DebugRecord::Proven::yes, true};

    EndpointRecord branch;
    branch.name = "branch";
    branch.target = "telnet://203.0.113.7";
    branch.platform = "pix6";
    branch.hostname = "fw-branch";
    branch.sessions = "1: the second was refused";
    branch.captures = {
        capture("branch", Phase::before, "write-terminal", "write terminal", milliseconds(1'100)),
        capture("branch", Phase::debug, "debug-crypto", "debug crypto isakmp; debug crypto ipsec", milliseconds(2'100)),
    };
    branch.captures[1].outcome = Outcome::truncated;
    branch.captures[1].reason = "CPU at 95 %, disarmed after 14 s";
    CaptureRecord missing;
    missing.id = "after/write-terminal";
    missing.phase = Phase::after;
    missing.command = "write terminal";
    missing.role = Tells::configuration;
    missing.planned_file = capture_member("branch", Phase::after, "write-terminal.txt");
    missing.outcome = Outcome::disconnected;
    missing.reason = "the session ended before the line was sent";
    branch.captures.push_back(missing);
    branch.debug = {at(milliseconds(2'100)), at(milliseconds(16'000)), DebugRecord::Proven::yes, true};
    made.endpoints = {hq, branch};

    ProbeRecord probe;
    probe.from = "ssh://ops@10.1.1.10";
    probe.source = "10.1.1.10";
    probe.to = "10.2.2.10";
    probe.kind = "icmp";
    probe.outcome = "no reply to 5 of 5";
    probe.file = "probe/probe.txt";
    probe.started = at(milliseconds(3'000));
    probe.ended = at(milliseconds(8'000));
    made.probes = {probe};
    made.actions = {{"clear crypto ipsec sa peer 203.0.113.7", "hq", "--allow-reset peer", "still down",
                     at(milliseconds(20'000)), at(milliseconds(20'400))}};
    made.redaction_verified = "true";
    made.rules = {{"isakmp-key", 2}, {"username-password", 1}};
    made.findings = {{"psk-mismatch",
                      "fault",
                      "likely",
                      "The pre-shared keys of the two ends differ: branch could not decrypt message 5.",
                      {{"endpoints/branch/debug/debug-crypto.txt", 2}}}};
    return made;
}

/// The members of manifest(), in a fresh spool below `folder`, and the manifest that lists them.
struct Run {
    Spool spool;
    Manifest manifest;
    std::string stem;
};

inline Run run(const std::filesystem::path& folder, Redaction& redaction) {
    auto spool = Spool::create(folder);
    REQUIRE(spool);
    Manifest made = manifest();
    const auto put = [&](const std::string& member, const std::string& text) {
        const auto written = spool->write(member, redaction.redact(text));
        REQUIRE_MESSAGE(written, (written ? "" : written.error().message()));
    };
    for (const EndpointRecord& endpoint : made.endpoints)
        for (const CaptureRecord& capture : endpoint.captures) {
            if (capture.file.empty()) continue;
            if (capture.phase == Phase::debug)
                put(capture.file, to_iso(at(std::chrono::milliseconds(2'500))) +
                                      " ISAKMP (0): beginning Main Mode exchange\n" +
                                      to_iso(at(std::chrono::milliseconds(endpoint.name == "hq" ? 2'700 : 2'600))) +
                                      " ISAKMP (0): processing <SA> payload & more\n");
            else
                put(capture.file, "what " + endpoint.name + " said to \"" + capture.command + "\"\n");
        }
    put("probe/probe.txt", "5 packets sent, 0 received\n");
    auto schema = redaction.vouch(std::string(manifest_schema()), member::schema);
    REQUIRE(schema);
    REQUIRE(spool->write(std::string(member::schema), *schema));
    const auto members = spool->members();
    REQUIRE(members);
    std::vector<FileRecord> files;
    for (const std::string& member : *members) {
        const std::string text = read_file(spool->folder() / member);
        files.push_back({member, text.size(), sha256_of(text)});
    }
    list_files(made, std::move(files));
    auto xml = to_xml(made, redaction);
    REQUIRE_MESSAGE(xml, (xml ? "" : xml.error().message()));
    REQUIRE(spool->write(std::string(member::manifest), *xml));
    const std::vector<std::string> names{"hq", "branch"};
    return {std::move(*spool), made, bundle_stem(made.sr, names, *made.started)};
}

}  // namespace sample
