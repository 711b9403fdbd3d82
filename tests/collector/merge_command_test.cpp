#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "collector/commands/diff.hpp"
#include "collector/commands/merge.hpp"
#include "collector/commands/pack.hpp"
#include "collector/commands/report.hpp"
#include "formats/bundle/unpack.hpp"
#include "formats/bundle/verify.hpp"
#include "support/child_output.hpp"
#include "support/temporary_folder.hpp"

namespace {

using collector::ExitCode;

std::string log_of(const std::string& peer, const std::string& key, const std::string& group, bool refuses) {
    return "fw# show version | include Version\nCisco Adaptive Security Appliance Software Version 9.1(7)\n" +
           std::string(refuses ? "fw# debug crypto ikev1 127\nfw# Nov 18 11:21:33 [IKEv1 DEBUG]IP = " + peer +
                                     ", All SA proposals found unacceptable\n"
                               : "") +
           "fw# show run crypto\ncrypto map OUT 5 set peer " + peer +
           "\ncrypto map OUT interface outside\ncrypto ikev1 enable outside\ncrypto ikev1 policy 10\n authentication "
           "pre-share\n encryption "
           "aes-256\n "
           "hash sha\n group " +
           group + "\nfw# show run tunnel-group\ntunnel-group " + peer + " type ipsec-l2l\ntunnel-group " + peer +
           " ipsec-attributes\n ikev1 pre-shared-key " + key + "\nfw#\n";
}

struct Place {
    support::TemporaryFolder folder;
    Place() { ::setenv("XDG_STATE_HOME", folder.path().c_str(), 1); }
    ~Place() { ::unsetenv("XDG_STATE_HOME"); }

    template <class Command>
    std::string made_by(Command command, int code = 0) const {
        support::ChildOutput child(command);
        child.read();
        const int exit = child.wait();
        CAPTURE(child.error_output);
        CHECK(exit == code);
        return child.output.substr(0, child.output.find('\n'));
    }
    /// A bundle of one end, as one of two organisations makes it.
    std::string pack(const std::string& file, const std::string& name, const std::string& log,
                     const std::string& key_file = {}) const {
        collector::PackRequest request;
        request.endpoints = {{name, {folder.write(file + ".log", log)}}};
        request.output = (folder.path() / (file + ".tar.gz")).string();
        request.key_file = key_file;
        return made_by([&] { return collector::pack_command(request); });
    }
    std::string merge(const std::vector<std::string>& bundles, const std::string& file) const {
        const collector::MergeRequest request{bundles, (folder.path() / file).string(), {}, false};
        return made_by([&] { return collector::merge_command(request); });
    }
};

formats::Manifest manifest_of(const std::string& bundle) {
    auto manifest = formats::manifest_in(bundle);
    REQUIRE(manifest);
    return std::move(*manifest);
}

bool has(const formats::Manifest& manifest, const std::string& id) {
    return std::any_of(manifest.findings.begin(), manifest.findings.end(), [&](const auto& f) { return f.id == id; });
}

}  // namespace

TEST_CASE("merge: of two single-sided bundles the cause is told that neither could tell alone") {
    const Place place;
    const auto ours = place.pack("ours", "hq", log_of("203.0.113.7", "CANARY-key-of-both", "5", true));
    const auto theirs = place.pack("theirs", "branch", log_of("198.51.100.1", "CANARY-key-of-both", "2", false));
    const std::string merged = place.merge({ours, theirs}, "merged.tar.gz");
    const auto redaction = formats::Redaction::make({});
    const auto verdict = formats::verify_bundle(merged, **redaction);
    REQUIRE(verdict);
    CHECK(verdict->valid());
    const formats::Manifest manifest = manifest_of(merged);
    REQUIRE(manifest.endpoints.size() == 2);
    CHECK(manifest.endpoints[1].name == "branch");
    CHECK(manifest.findings[0].id == "ike-policy");
    CHECK(manifest.findings[0].confidence == "proved");
    CHECK(manifest.findings[0].endpoint == "hq");
    CHECK(has(manifest, "merged"));
    // The page of a merged bundle is told by its text as any other is.
    const std::string again = (place.folder.path() / "again.html").string();
    std::ostringstream out, err;
    CHECK(collector::report_command({merged, again, false}, out, err) == ExitCode::complete);
    auto spool = formats::Spool::create(place.folder.path() / "unpacked");
    REQUIRE(formats::unpack_bundle(merged, *spool, **redaction));
    CHECK(support::TemporaryFolder::read(again) == support::TemporaryFolder::read(spool->folder() / "report.html"));
}

TEST_CASE("merge: tokens of two keys say nothing, those of one key file prove") {
    for (const bool one_key : {false, true}) {
        CAPTURE(one_key);
        const Place place;
        const std::string key_file = one_key ? place.folder.write("key", std::string(32, 'k')) : "";
        // A user's name and password stand at both ends: an equal token is what shows that the key is one.
        const std::string user = "fw# show run username\nusername ops password CANARY-of-the-ops-team\nfw#\n";
        const auto ours =
            place.pack("ours", "fw", log_of("203.0.113.7", "CANARY-key-of-one", "5", false) + user, key_file);
        const auto theirs =
            place.pack("theirs", "FW", log_of("198.51.100.1", "CANARY-key-of-the-other", "5", false) + user, key_file);
        const formats::Manifest manifest = manifest_of(place.merge({ours, theirs}, "merged.tar.gz"));
        // Two organisations may call their ends alike.
        REQUIRE(manifest.endpoints.size() == 2);
        CHECK(manifest.endpoints[1].name == "FW-2");
        CHECK(manifest.endpoints[1].captures[0].file.starts_with("endpoints/FW-2/"));
        CHECK(has(manifest, "tokens-of-several-keys") == !one_key);
        CHECK(has(manifest, "key-differs") == one_key);
    }
}

TEST_CASE("merge: what is no bundle is refused, and nothing is left behind") {
    const Place place;
    const auto ours = place.pack("ours", "hq", log_of("203.0.113.7", "CANARY-key-of-both", "5", true));
    const std::pair<std::string, int> others[] = {{place.folder.write("text", "plain\n"), 5},
                                                  {(place.folder.path() / "missing.tar.gz").string(), 2}};
    for (const auto& refused : others) {
        const std::string other = refused.first;
        const int code = refused.second;
        CAPTURE(other);
        const collector::MergeRequest request{
            {ours, other}, (place.folder.path() / "merged.tar.gz").string(), {}, false};
        CHECK(place.made_by([&] { return collector::merge_command(request); }, code).empty());
        CHECK_FALSE(std::filesystem::exists(request.output));
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(place.folder.path()))
        CHECK_FALSE(entry.path().filename().string().starts_with("spool-"));
}

TEST_CASE("diff: a bundle and itself are equal; what changed since the good day is told, and no secret or counter") {
    const Place place;
    const auto good = place.pack("good", "hq", log_of("203.0.113.7", "CANARY-key-of-both", "2", false));
    const auto same = place.pack("same", "hq", log_of("203.0.113.7", "CANARY-key-of-both", "2", false));
    const auto bad = place.pack("bad", "hq", log_of("203.0.113.7", "CANARY-key-of-both", "5", true));
    std::ostringstream out, err;
    CHECK(collector::diff_command({good, same, false}, out, err) == ExitCode::complete);
    CHECK(out.str() == "no difference\n");
    std::ostringstream text;
    CHECK(collector::diff_command({good, bad, false}, text, err) == ExitCode::incomplete);
    CAPTURE(text.str());
    CHECK(text.str().find("IKE policy: AES-256, SHA-1, group 2") != std::string::npos);
    CHECK(text.str().find("-> AES-256, SHA-1, group 5") != std::string::npos);
    CHECK(text.str().find("event + policy-refused") != std::string::npos);
    CHECK(text.str().find("finding + ike-policy (problem, likely)") != std::string::npos);
    CHECK(text.str().find("REDACTED:psk:") == std::string::npos);
    std::ostringstream json;
    CHECK(collector::diff_command({good, bad, true}, json, err) == ExitCode::incomplete);
    const auto result = nlohmann::json::parse(json.str());
    CHECK(result["outcome"] == "different");
    CHECK(result["exit"] == 3);
    CHECK(std::any_of(result["differences"].begin(), result["differences"].end(),
                      [](const auto& d) { return d["subject"] == "IKE policy" && d["endpoint"] == "hq"; }));
    CHECK(collector::diff_command({good, (place.folder.path() / "none").string(), false}, out, err) == ExitCode::usage);
    CHECK(collector::diff_command({place.folder.write("text", "plain\n"), bad, false}, out, err) ==
          ExitCode::not_written);
}
