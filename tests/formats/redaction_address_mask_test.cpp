// Addresses are replaced so that prefixes, masks and special addresses keep their meaning.

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <string>

#include "formats/redaction/address_mask.hpp"
#include "redaction_text.hpp"

namespace {

std::shared_ptr<formats::AddressMask> make_mask() {
    auto made = formats::AddressMask::make(std::string(32, 'm'));
    REQUIRE(made);
    return *made;
}

std::string masked_by(const std::shared_ptr<formats::AddressMask>& mask, std::string_view text) {
    const auto masked = mask->mask_text(text);
    REQUIRE(masked);
    return *masked;
}

unsigned long number(const std::string& address) {
    unsigned a = 0, b = 0, c = 0, d = 0;
    REQUIRE(std::sscanf(address.c_str(), "%u.%u.%u.%u", &a, &b, &c, &d) == 4);
    return static_cast<unsigned long>(a) << 24 | b << 16 | c << 8 | d;
}

int shared_bits(unsigned long a, unsigned long b) {
    int bits = 0;
    while (bits < 32 && (a >> (31 - bits) & 1) == (b >> (31 - bits) & 1)) ++bits;
    return bits;
}

std::string dotted(unsigned long value) {
    return std::to_string(value >> 24 & 255) + "." + std::to_string(value >> 16 & 255) + "." +
           std::to_string(value >> 8 & 255) + "." + std::to_string(value & 255);
}

}  // namespace

TEST_CASE("two addresses share exactly as many leading bits after masking as before") {
    const auto mask = make_mask();
    std::mt19937 random(11);
    for (int i = 0; i < 500; ++i) {
        const unsigned long one = random() % 0xdffffffful + 0x01000000ul;
        const unsigned long other = one ^ (1ul << (8 + random() % 24));
        if (one >= 0xe0000000ul || other >= 0xe0000000ul || other < 0x01000000ul) continue;
        CAPTURE(dotted(one));
        CAPTURE(dotted(other));
        const unsigned long a = number(masked_by(mask, dotted(one))), b = number(masked_by(mask, dotted(other)));
        // Kept addresses (127/8, 169.254/16) are their own image, which is prefix-preserving too.
        CHECK(shared_bits(a, b) == shared_bits(one, other));
    }
}

TEST_CASE(
    "masks, wildcards and special addresses stay, private ones stay private, public ones do not "
    "become so") {
    const auto mask = make_mask();
    for (const char* kept :
         {"255.255.255.0", "255.255.240.0", "0.0.0.255", "0.0.15.255", "0.0.0.0", "255.255.255.255", "127.0.0.1",
          "169.254.1.1", "224.0.0.5", "::", "::1", "fe80::1", "ff02::5", "1.3.6.1.4.1.9", "10:00:01",
          "00:11:22:33:44:55", "de:ad:be:ef:00:11:22:33", "[REDACTED:psk:0123456789ab]"})
        CHECK(masked_by(mask, kept) == kept);
    CHECK(masked_by(mask, "10.1.1.1").substr(0, 3) == "10.");
    CHECK(masked_by(mask, "192.168.7.1").substr(0, 8) == "192.168.");
    std::mt19937 random(12);
    for (int i = 0; i < 300; ++i) {
        const std::string masked =
            masked_by(mask, "203." + std::to_string(random() % 256) + ".113." + std::to_string(i % 256));
        CHECK(masked.substr(0, 3) != "10.");
        CHECK(masked.substr(0, 8) != "192.168.");
        CHECK(masked.substr(masked.rfind('.')) == "." + std::to_string(i % 256));
    }
}

TEST_CASE("text is masked in place, alike in every text, and translated back by the map") {
    const auto mask = make_mask();
    const std::string text =
        "crypto map m 10 set peer 203.0.113.7\naccess-list a permit ip 10.1.1.0 255.255.255.0 host "
        "198.51.100.9\n"
        "src 203.0.113.7:500, dest=198.51.100.9/500 (10.98.0.1-10.98.0.200) [2001:db8:1::1]/128 "
        "peer 203.0.113.7.\n";
    const std::string masked = masked_by(mask, text);
    CAPTURE(masked);
    for (const char* gone : {"203.0.113.7", "198.51.100.9", "10.1.1.0", "2001:db8:1::1"})
        CHECK(masked.find(gone) == std::string::npos);
    CHECK(masked.find("255.255.255.0") != std::string::npos);
    CHECK(masked_by(mask, text) == masked);

    const auto file = std::filesystem::temp_directory_path() / ("address-map-test-" + std::to_string(getpid()));
    std::filesystem::remove(file);
    REQUIRE(mask->write_map(file));
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    CHECK(!mask->write_map(file));  // never overwritten
    const auto map = formats::AddressMap::read(file);
    REQUIRE(map);
    CHECK(map->unmask(masked) == text);
    // A neighbour in a known /24, as an answer may name it.
    const std::string peer = masked_by(mask, "203.0.113.7");
    CHECK(map->unmask(peer.substr(0, peer.rfind('.')) + ".250") == "203.0.113.250");
    std::filesystem::remove(file);
}

TEST_CASE("a damaged map is refused with its place") {
    CHECK(!formats::AddressMap::parse("", "m"));
    CHECK(!formats::AddressMap::parse("something else\n", "m"));
    const auto bad =
        formats::AddressMap::parse("# tacbundle address map 1\n192.0.2.1\t203.0.113.1\n192.0.2.1 x\n", "m");
    REQUIRE(!bad);
    CHECK(bad.error().subject == "m:3");
}

TEST_CASE("an address that a chunk cuts is masked whole") {
    const auto mask = make_mask();
    const std::string text = "peer 203.0.113.77 and 2001:db8::9, done";
    std::string out;
    formats::AddressTail tail;
    for (const char c : text) out += masked_by(mask, tail.take({&c, 1}));
    out += masked_by(mask, tail.rest());
    CHECK(out == masked_by(mask, text));
}

TEST_CASE("an address is found behind labels, in names and in IPv6 spelling") {
    const auto mask = make_mask();
    for (const char* text :
         {"object network obj_10.20.30.40", "VPN-10.20.30.40_out", "(1:10.20.30.40:500:7)", "::ffff:10.20.30.40"}) {
        const std::string masked = masked_by(mask, text);
        CAPTURE(masked);
        CHECK(masked.find("10.20.30.40") == std::string::npos);
        CHECK(masked.find(masked_by(mask, "10.20.30.40")) != std::string::npos);
    }
}

TEST_CASE("an address that was masked and stands in clear elsewhere is found, with its line") {
    formats::RedactionSettings settings;
    settings.key = std::string(32, 'k');
    settings.mask_addresses = true;
    const auto made = formats::Redaction::make(settings);
    REQUIRE(made);
    formats::Redaction& redaction = **made;
    const auto leaks_in = [&](std::string_view text) {
        auto scanner = redaction.scanner("file");
        for (const char c : text) scanner.feed({&c, 1});
        return scanner.finish();
    };
    CHECK(leaks_in("peer\n203.0.113.7\n").empty());  // nothing is known of it
    const std::string masked = redaction.for_bundle("set peer 203.0.113.7\n").str();
    CHECK(masked.find("203.0.113.7") == std::string::npos);
    CHECK(leaks_in(masked).empty());
    const auto leaks = leaks_in("one\npeer 203.0.113.7:500 and\n\n203.0.113.7");
    REQUIRE(leaks.size() == 2);
    CHECK(leaks[0].rule == "address");
    CHECK(leaks[0].file == "file");
    CHECK(leaks[0].line == 2);
    CHECK(leaks[1].line == 4);
    CHECK_FALSE(redaction.vouch("peer 203.0.113.7", "report"));
    // What has been masked is not masked again, and a person at this machine sees what is.
    auto again = redaction.second_pass();
    CHECK(again.feed(masked)->str() + again.finish()->str() == masked);
    CHECK(redaction.redact("203.0.113.7").str() == "203.0.113.7");
}
