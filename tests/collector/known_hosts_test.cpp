#include "collector/session/ssh/known_hosts.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <vector>

#include "tests/support/temporary_folder.hpp"

using collector::add_known_host;
using collector::HostKey;
using collector::HostKeyStanding;
using collector::judge_host_key;
using collector::known_hosts_line;
using collector::KnownHostsText;
using collector::read_known_hosts;
using support::TemporaryFolder;

namespace {

// Keys made for this test; nobody holds their private halves.
const std::string ours = "AAAAC3NzaC1lZDI1NTE5AAAAILLoN/eMxL5KvwaAyBUiZHlx+rBGGMNHyp6X/7l0X79L";
const std::string other = "AAAAC3NzaC1lZDI1NTE5AAAAIJizf5R8VAZdURoj2xVOv7Ib7Zsw/kiks/W7DiknYJWn";
const std::string rsa = "AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7";
const HostKey key{"ssh-ed25519", ours};

struct Row {
    std::string name, text, host;
    unsigned port;
    HostKeyStanding standing;
    std::size_t line;  // 0: none
};

std::string text_of(HostKeyStanding standing) {
    switch (standing) {
        case HostKeyStanding::unknown: return "unknown";
        case HostKeyStanding::known: return "known";
        case HostKeyStanding::changed: return "changed";
        case HostKeyStanding::other_type: return "other type";
        case HostKeyStanding::revoked: return "revoked";
    }
    return "?";
}

void check(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const std::vector<KnownHostsText> files{{"known_hosts", row.text}};
        const auto verdict = judge_host_key(files, row.host, row.port, key);
        CHECK(text_of(verdict.standing) == text_of(row.standing));
        CHECK((verdict.row ? verdict.row->line : 0) == row.line);
    }
}

const std::string k = " ssh-ed25519 " + ours, o = " ssh-ed25519 " + other, r = " ssh-rsa " + rsa;

// HMAC-SHA1 of "192.0.2.1" and of "[192.0.2.1]:2222", as `ssh-keygen -H` writes them.
const std::string hashed = "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|t7EsDf70rk3HGYYxRYH9Ms0vDmY=";
const std::string hashed_2222 = "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|6kWHzAMbwu1Vgj/ybQz8Yancgx4=";

}  // namespace

TEST_CASE("a host key is known by a row with its host, port and key") {
    check({
        {"plain", "192.0.2.1" + k, "192.0.2.1", 22, HostKeyStanding::known, 1},
        {"second of two names", "fw.example,192.0.2.1" + k + " comment", "192.0.2.1", 22, HostKeyStanding::known, 1},
        {"case of names", "FW.Example" + k, "fw.EXAMPLE", 22, HostKeyStanding::known, 1},
        {"port", "[192.0.2.1]:2222" + k, "192.0.2.1", 2222, HostKeyStanding::known, 1},
        {"port 22 in brackets", "[192.0.2.1]:22" + k, "192.0.2.1", 22, HostKeyStanding::known, 1},
        {"wildcard", "192.0.2.*" + k, "192.0.2.1", 22, HostKeyStanding::known, 1},
        {"question mark", "192.0.2.?" + k, "192.0.2.1", 22, HostKeyStanding::known, 1},
        {"wildcard with port", "[192.0.2.*]:2222" + k, "192.0.2.1", 2222, HostKeyStanding::known, 1},
        {"hashed", hashed + k, "192.0.2.1", 22, HostKeyStanding::known, 1},
        {"hashed with port", hashed_2222 + k, "192.0.2.1", 2222, HostKeyStanding::known, 1},
        {"IPv6", "2001:db8::1" + k, "2001:db8::1", 22, HostKeyStanding::known, 1},
        {"after garbage, CR and tabs", "x\n\n# c\n@ \n  192.0.2.1\tssh-ed25519\t" + ours + "\r\n", "192.0.2.1", 22,
         HostKeyStanding::known, 5},
        {"beside a changed one", "192.0.2.1" + o + "\n192.0.2.1" + k, "192.0.2.1", 22, HostKeyStanding::known, 2},
        {"beside one of another type", "192.0.2.1" + r + "\n192.0.2.1" + k, "192.0.2.1", 22, HostKeyStanding::known, 2},
    });
}

TEST_CASE("a row for something else does not make a host key known") {
    check({
        {"empty", "", "192.0.2.1", 22, HostKeyStanding::unknown, 0},
        {"another host", "192.0.2.10" + k, "192.0.2.1", 22, HostKeyStanding::unknown, 0},
        {"without the port", "192.0.2.1" + k, "192.0.2.1", 2222, HostKeyStanding::unknown, 0},
        {"another port", "[192.0.2.1]:2223" + k, "192.0.2.1", 2222, HostKeyStanding::unknown, 0},
        {"negated", "*,!192.0.2.1" + k, "192.0.2.1", 22, HostKeyStanding::unknown, 0},
        {"negated first", "!192.0.2.1,*" + k, "192.0.2.1", 22, HostKeyStanding::unknown, 0},
        {"hash of another host", hashed_2222 + k, "192.0.2.1", 22, HostKeyStanding::unknown, 0},
        {"broken hash", "|1|zz|zz" + k, "192.0.2.1", 22, HostKeyStanding::unknown, 0},
        {"comment", "#192.0.2.1" + k, "192.0.2.1", 22, HostKeyStanding::unknown, 0},
        {"no key", "192.0.2.1 ssh-ed25519", "192.0.2.1", 22, HostKeyStanding::unknown, 0},
        {"key that is no base64", "192.0.2.1 ssh-ed25519 !!!!", "192.0.2.1", 22, HostKeyStanding::unknown, 0},
        {"unknown marker", "@trusted 192.0.2.1" + k, "192.0.2.1", 22, HostKeyStanding::unknown, 0},
        {"authority", "@cert-authority 192.0.2.1" + k, "192.0.2.1", 22, HostKeyStanding::unknown, 0},
    });
}

TEST_CASE("another key for the host is told from another type of key") {
    check({
        {"changed", "\n192.0.2.1" + o, "192.0.2.1", 22, HostKeyStanding::changed, 2},
        {"other type", "192.0.2.1" + r, "192.0.2.1", 22, HostKeyStanding::other_type, 1},
        {"changed outweighs other type", "192.0.2.1" + r + "\n192.0.2.1" + o, "192.0.2.1", 22, HostKeyStanding::changed,
         2},
    });
}

TEST_CASE("a revoked key is refused whatever else is written, in doubt too") {
    check({
        {"plain", "192.0.2.1" + k + "\n@revoked 192.0.2.1" + k, "192.0.2.1", 22, HostKeyStanding::revoked, 2},
        {"before the known row", "@revoked *" + k + "\n192.0.2.1" + k, "192.0.2.1", 22, HostKeyStanding::revoked, 1},
        {"wildcard", "@revoked *" + k, "192.0.2.1", 2222, HostKeyStanding::revoked, 1},
        {"hashed", "@revoked " + hashed + k, "192.0.2.1", 22, HostKeyStanding::revoked, 1},
        {"hashed, any port", "@revoked " + hashed + k, "192.0.2.1", 2222, HostKeyStanding::revoked, 1},
        {"row without the port", "@revoked 192.0.2.1" + k, "192.0.2.1", 2222, HostKeyStanding::revoked, 1},
        {"hash that cannot be read", "@revoked |1|zz|zz" + k, "192.0.2.1", 22, HostKeyStanding::revoked, 1},
        {"hash of a version to come", "@revoked |2|aaaa|aaaa" + k, "192.0.2.1", 22, HostKeyStanding::revoked, 1},
        {"key that cannot be read", "@revoked * ssh-ed25519 %%%", "192.0.2.1", 22, HostKeyStanding::revoked, 1},
        {"key that is missing", "@revoked *", "192.0.2.1", 22, HostKeyStanding::revoked, 1},
        {"padded and indented", "  @revoked\t*\tssh-ed25519 " + ours + "=", "192.0.2.1", 22, HostKeyStanding::revoked,
         1},
        {"marker in capitals", "@REVOKED *" + k, "192.0.2.1", 22, HostKeyStanding::revoked, 1},
        {"another key", "@revoked *" + o + "\n192.0.2.1" + k, "192.0.2.1", 22, HostKeyStanding::known, 2},
        {"for another host", "@revoked 192.0.2.10" + k + "\n192.0.2.1" + k, "192.0.2.1", 22, HostKeyStanding::known, 2},
    });
}

TEST_CASE("a certificate authority for the host is told") {
    const std::vector<KnownHostsText> files{{"known_hosts", "\n@cert-authority *.example,192.0.2.*" + o}};
    const auto verdict = judge_host_key(files, "192.0.2.1", 22, key);
    CHECK(verdict.standing == HostKeyStanding::unknown);
    REQUIRE(verdict.authority);
    CHECK(verdict.authority->place() == "known_hosts:2");
    CHECK_FALSE(judge_host_key(files, "198.51.100.1", 22, key).authority);
}

TEST_CASE("the second file counts as much as the first") {
    const std::vector<KnownHostsText> files{{"user", "192.0.2.1" + k}, {"global", "@revoked *" + k}};
    const auto verdict = judge_host_key(files, "192.0.2.1", 22, key);
    CHECK(verdict.standing == HostKeyStanding::revoked);
    REQUIRE(verdict.row);
    CHECK(verdict.row->place() == "global:1");
}

TEST_CASE("the types of the keys that are known for a host, to ask for those") {
    const std::vector<KnownHostsText> files{
        {"one", "hq" + r + "\nbranch" + k + "\n@revoked hq ecdsa-sha2-nistp256 AAAA\n# hq" + k + "\n"},
        {"two", "h?" + k + "\nhq" + o + "\n"}};
    CHECK(collector::known_key_types(files, "HQ", 22) == std::vector<std::string>{"ssh-rsa", "ssh-ed25519"});
    CHECK(collector::known_key_types(files, "hq", 2222).empty());
}

TEST_CASE("a fingerprint is what ssh-keygen -l prints") {
    CHECK(key.fingerprint() == "SHA256:WtuQ1AfeKZLGfnwA7cE13VO5aYkYszd7UUUFeG77nxA");
    CHECK(HostKey{"ssh-ed25519", "not base64!"}.fingerprint().empty());
}

TEST_CASE("a pattern full of stars costs no more than its product with the name") {
    std::string stars;
    for (int i = 0; i < 20'000; ++i) stars += "*a";
    const std::vector<KnownHostsText> files{{"known_hosts", stars + "b" + k}};
    CHECK(judge_host_key(files, std::string(200, 'a'), 22, key).standing == HostKeyStanding::unknown);
}

TEST_CASE("a key that was added is known afterwards") {
    const TemporaryFolder folder;
    const std::string path = (folder.path() / "made" / "known_hosts").string();
    REQUIRE(add_known_host(path, known_hosts_line("192.0.2.1", 2222, key)));
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);

    SUBCASE("a last line without newline stays a line of its own") {
        folder.write("made/known_hosts", "198.51.100.1" + o);
        REQUIRE(add_known_host(path, known_hosts_line("192.0.2.1", 2222, key)));
    }
    const auto text = read_known_hosts("branch", path);
    REQUIRE(text);
    CHECK(judge_host_key({&*text, 1}, "192.0.2.1", 2222, key).standing == HostKeyStanding::known);
    CHECK(judge_host_key({&*text, 1}, "192.0.2.1", 22, key).standing == HostKeyStanding::unknown);
}

TEST_CASE("a file that is not there is empty, one that cannot be read is an error") {
    const TemporaryFolder folder;
    const auto none = read_known_hosts("branch", (folder.path() / "known_hosts").string());
    REQUIRE(none);
    CHECK(none->text.empty());
    const auto unreadable = read_known_hosts("branch", folder.path().string());
    REQUIRE_FALSE(unreadable);
    CHECK(unreadable.error().kind == formats::ErrorKind::host_key);
    CHECK(unreadable.error().subject == "branch");
    const auto refused = add_known_host(folder.path().string(), "row");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == formats::ErrorKind::io);
}
