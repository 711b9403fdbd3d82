#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "collector/commands/pack.hpp"
#include "collector/commands/report.hpp"
#include "collector/commands/show.hpp"
#include "formats/bundle/unpack.hpp"
#include "formats/bundle/verify.hpp"
#include "support/child_output.hpp"
#include "support/temporary_folder.hpp"

namespace {

using collector::PackRequest;

const std::string hq =
    "=~=~=~=~=~=~=~=~=~=~=~= PuTTY log 2026.11.18 11:20:15 =~=~=~=~=~=~=~=~=~=~=~=\n"
    "fw-hq# show version | include Version\nCisco Adaptive Security Appliance Software Version 9.1(7)\n"
    "fw-hq# deb cry ikev1 127\n"
    "fw-hq# Nov 18 11:21:33 [IKEv1 DEBUG]IP = 203.0.113.7, All SA proposals found unacceptable\n"
    "fw-hq# show blocks\nnothing that is known\n"
    "fw-hq# sh run crypto\n<--- More --->              crypto map OUT 5 set peer 203.0.113.7\ncrypto map OUT interface "
    "outside\ncrypto ikev1 policy 10\n"
    " authentication pre-share\n encryption aes-256\n hash sha\n group 5\nfw-hq# sh run tunnel-group\ntunnel-group "
    "203.0.113.7 type ipsec-l2l\n"
    "tunnel-group 203.0.113.7 ipsec-attributes\n ikev1 pre-shared-key CANARY-long-and-typed\nfw-hq#\n";
const std::string branch =
    "rt#show crypto isakmp policy\nGlobal IKE policy\nProtection suite of priority 10\n        encryption algorithm:   "
    "AES - Advanced Encryption Standard (256 bit keys).\n"
    "        hash algorithm:         Secure Hash Standard\n        authentication method:  Pre-Shared Key\n        "
    "Diffie-Hellman group:   #2 (1024 bit)\n"
    "rt#show running-config | section crypto\ncrypto isakmp key CANARY-long-and-typed address 198.51.100.1\n! the key "
    "was CANARY-long-and-typed once\nrt#\n";

/// A folder with the state of a user of its own.
struct Place {
    support::TemporaryFolder folder;
    Place() { ::setenv("XDG_STATE_HOME", folder.path().c_str(), 1); }
    ~Place() { ::unsetenv("XDG_STATE_HOME"); }

    struct Made {
        int exit = -1;
        std::string out, err, bundle;
    };
    Made pack(const PackRequest& request) const {
        support::ChildOutput child([&] { return collector::pack_command(request); });
        child.read();
        Made made{child.wait(), child.output, child.error_output, {}};
        made.bundle = made.out.substr(0, made.out.find('\n'));
        return made;
    }
    PackRequest request(const std::string& one, const std::string& other) const {
        PackRequest request;
        request.endpoints = {{"hq", {folder.write("hq.log", one)}}, {"branch", {folder.write("branch.log", other)}}};
        request.output = folder.path();
        return request;
    }
    /// Nothing is left of a spool or a journal.
    bool is_clean() const {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path()))
            if (entry.path().filename().string().starts_with("spool-") ||
                entry.path().filename().string().starts_with("journal-"))
                return false;
        return true;
    }
};

std::string with_carriage_returns(const std::string& text) {
    std::string out;
    for (const char c : text) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
    return out;
}

}  // namespace

TEST_CASE("pack: two terminal logs become a verified bundle with its findings, and no secret is in it") {
    for (const bool is_crlf : {false, true}) {
        const Place place;
        const auto made = place.pack(is_crlf ? place.request(with_carriage_returns(hq), with_carriage_returns(branch))
                                             : place.request(hq, branch));
        CAPTURE(made.err);
        CHECK(made.exit == 0);
        CHECK(place.is_clean());
        const auto redaction = formats::Redaction::make({});
        REQUIRE(redaction);
        const auto verdict = formats::verify_bundle(made.bundle, **redaction);
        REQUIRE(verdict);
        CHECK(verdict->problems.empty());
        auto spool = formats::Spool::create(place.folder.path() / "unpacked");
        REQUIRE(spool);
        const auto manifest = formats::unpack_bundle(made.bundle, *spool, **redaction);
        REQUIRE(manifest);
        REQUIRE(manifest->endpoints.size() == 2);
        CHECK(manifest->endpoints[0].platform == "asa");
        CHECK(manifest->endpoints[0].hostname == "fw-hq");
        CHECK(manifest->outcome == "complete");
        REQUIRE_FALSE(manifest->findings.empty());
        CHECK(manifest->findings[0].id == "ike-policy");
        CHECK(manifest->findings[0].confidence == "proved");
        CHECK(manifest->findings[0].endpoint == "hq");
        CHECK(manifest->findings[0].origin == "text");
        REQUIRE_FALSE(manifest->findings[0].evidence.empty());
        CHECK(manifest->findings[0].evidence[0].file == "endpoints/hq/debug/debug-crypto.txt");
        CHECK(manifest->findings[0].evidence[0].line == 1);
        CHECK(manifest->verdict.find("Diffie-Hellman group") != std::string::npos);
        CHECK(made.err.find("Diffie-Hellman group") != std::string::npos);
        std::ostringstream out, err;
        const std::string again = (place.folder.path() / "again.html").string();
        CHECK(collector::report_command({made.bundle, again, false}, out, err) == collector::ExitCode::complete);
        CHECK(out.str() == again + "\n");
        CHECK(err.str() == "tacbundle: " + manifest->verdict + "\n");
        CHECK(support::TemporaryFolder::read(again) == support::TemporaryFolder::read(spool->folder() / "report.html"));
        // What was not understood is named, and the text is whole.
        CHECK(made.err.find("`show blocks`") != std::string::npos);
        std::string all;
        const auto members = spool->members();
        REQUIRE(members);
        for (const std::string& member : *members) all += support::TemporaryFolder::read(spool->folder() / member);
        CHECK(all.find("CANARY") == std::string::npos);
        CHECK(all.find("nothing that is known") != std::string::npos);
        const std::string whole =
            support::TemporaryFolder::read(spool->folder() / "endpoints/hq/before/transcript.txt");
        CHECK(std::count(whole.begin(), whole.end(), '\n') == std::count(hq.begin(), hq.end(), '\n'));
    }
}

TEST_CASE("pack: equal tokens over two calls with one key file, and several files of an endpoint") {
    const Place place;
    PackRequest request = place.request(hq, branch);
    request.endpoints[0].files.push_back(
        place.folder.write("more.log", "fw-hq# show clock\n11:22:00.000 UTC Wed Nov 18 2026\nfw-hq#\n"));
    request.key_file = place.folder.write("key", std::string(32, 'k'));
    request.sr = "612345678";
    std::string token;
    for (int call = 0; call < 2; ++call) {
        const auto made = place.pack(request);
        CAPTURE(made.err);
        REQUIRE(made.exit == 0);
        CHECK(made.bundle.find("tacbundle-612345678-hq-branch-") != std::string::npos);
        const auto redaction = formats::Redaction::make({});
        auto spool = formats::Spool::create(place.folder.path() / ("unpacked" + std::to_string(call)));
        REQUIRE(formats::unpack_bundle(made.bundle, *spool, **redaction));
        const std::string config =
            support::TemporaryFolder::read(spool->folder() / "endpoints/branch/before/show-running-config.txt");
        const std::string found = config.substr(config.find("[REDACTED:"), 27);
        CHECK(found.starts_with("[REDACTED:psk:"));
        CHECK((token.empty() || token == found));
        token = found;
        CHECK(std::filesystem::exists(spool->folder() / "endpoints/hq/before/transcript-2.txt"));
    }
}

TEST_CASE(
    "pack: a file that is not there is bad usage and leaves nothing, one that holds nothing known is incomplete") {
    const Place place;
    PackRequest request = place.request(hq, branch);
    request.endpoints[1].files = {(place.folder.path() / "nowhere.log").string()};
    const auto missing = place.pack(request);
    CHECK(missing.exit == 2);
    CHECK(missing.err.find("nowhere.log") != std::string::npos);
    CHECK(missing.out.empty());
    CHECK(place.is_clean());
    const auto nothing = place.pack(place.request(hq, "a letter\nto nobody\n"));
    CHECK(nothing.exit == 3);
    CHECK(nothing.err.find("nothing in its text") != std::string::npos);
    const auto manifest = formats::manifest_in(nothing.bundle);
    REQUIRE(manifest);
    CHECK(manifest->outcome == "incomplete");
}

TEST_CASE("show --ladder draws the messages of a bundle from its text, and leaves no folder behind") {
    const Place place;
    ::setenv("TMPDIR", place.folder.path().c_str(), 1);
    const std::string sent =
        "*Nov 18 11:21:31.912: ISAKMP:(0): beginning Main Mode exchange\n*Nov 18 11:21:31.912: ISAKMP:(0): sending "
        "packet "
        "to 198.51.100.1 my_port 500 peer_port 500 (I) MM_NO_STATE\n";
    const auto made = place.pack(place.request(hq, "rt#debug crypto isakmp\nCrypto ISAKMP debugging is on\n" + sent));
    REQUIRE_FALSE(made.bundle.empty());
    std::ostringstream out, err;
    CHECK(collector::show_command({made.bundle, "", false, true}, out, err) == collector::ExitCode::complete);
    CHECK(out.str().find("Ladder of hq") != std::string::npos);
    CHECK(out.str().find("MM1") != std::string::npos);
    CHECK(out.str().find("All SA proposals found unacceptable") != std::string::npos);
    CHECK(out.str().find("CANARY") == std::string::npos);
    std::ostringstream none, words;
    CHECK(collector::show_command({(place.folder.path() / "hq.log").string(), "", false, true}, none, words) ==
          collector::ExitCode::not_written);
    for (const auto& entry : std::filesystem::directory_iterator(place.folder.path()))
        CHECK_FALSE((entry.is_directory() && entry.path().filename().string().starts_with("tacbundle-")));
    ::unsetenv("TMPDIR");
}
