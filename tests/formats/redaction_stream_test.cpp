// Properties of a stream: nothing planted survives, however the bytes come.

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "redaction_text.hpp"

using redaction_test::device_text;
using redaction_test::make_redaction;
using redaction_test::redact;
using redaction_test::redact_in_pieces;

namespace {

const char* const line_ends[] = {"\n", "\r\n", "\r\r\n"};

std::string random_bytes(std::mt19937& random, std::size_t size, std::string_view alphabet) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text.push_back(alphabet[random() % alphabet.size()]);
    return text;
}

std::size_t lines_of(std::string_view text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("no planted secret survives, and every line keeps its place") {
    for (const char* end : line_ends) {
        const std::string text = device_text(end);
        const std::string redacted = redact(text);
        CAPTURE(redacted);
        CHECK(redacted.find("CANARY") == std::string::npos);
        CHECK(lines_of(redacted) == lines_of(text));
        for (const char* kept :
             {"set peer 198.51.100.77", "keepalive threshold 15 retry 5", "encrypted privilege 15",
              "Cryptochecksum:3f1d0c9b8a7e6f5d4c3b2a1908f7e6d5", "(inside) host 192.0.2.6 ",
              ", ask Ann"})
            CHECK(redacted.find(kept) != std::string::npos);
    }
}

TEST_CASE("the output is the same for every chunking") {
    std::mt19937 random(20261125);
    for (const char* end : line_ends) {
        const std::string text = device_text(end);
        const std::string whole = redact(text);
        CHECK(redact_in_pieces(text, random, 1) == whole);
        for (int i = 0; i < 200; ++i) {
            CAPTURE(i);
            REQUIRE(redact_in_pieces(text, random, 2 + static_cast<std::size_t>(i)) == whole);
        }
    }
}

TEST_CASE("redacting twice equals redacting once") {
    for (const char* end : line_ends) {
        const std::string once = redact(device_text(end));
        CHECK(redact(once) == once);
    }
}

TEST_CASE("random text with forms in it is redacted, at any chunking, twice as once") {
    std::mt19937 random(7);
    using namespace std::string_literals;
    const std::string alphabet = "ab01 \t\r\b\n\n'\"|:@/$#>*-=<.\x1b[\0\xff\xe9 kc"s;
    for (int round = 0; round < 400; ++round) {
        CAPTURE(round);
        std::string text = random_bytes(random, random() % 120, alphabet) + "\nisakmp key CANARY" +
                           random_bytes(random, random() % 12, "abc123!#%&") +
                           " address 192.0.2.1\n" + random_bytes(random, random() % 120, alphabet) +
                           "\nusername u password CANARYuser\n" +
                           random_bytes(random, random() % 60, alphabet);
        const std::string once = redact(text);
        CAPTURE(text);
        REQUIRE(once.find("CANARY") == std::string::npos);
        REQUIRE(redact_in_pieces(text, random, 1 + random() % 40) == once);
    }
}

TEST_CASE("a secret cut by the terminal at column 80 goes, also when its keyword is cut") {
    const std::string line =
        "crypto map outside_map 15 set session-key inbound esp 400 cipher "
        "4C1FD2AF9D6AB123BEBA054C600B7027 "
        "authenticator 9A3316362CA697807EBA988A68788C72BEA822F1";
    for (std::size_t shift = 0; shift < 70; ++shift) {
        const std::string whole = std::string(shift, 'x') + (shift > 0 ? " " : "") + line;
        std::string wrapped;
        for (std::size_t at = 0; at < whole.size(); at += 80)
            wrapped += whole.substr(at, 80) + "\r\n";
        const std::string redacted =
            redact("show run\r\n" + wrapped + "crypto map outside_map interface outside\r\n");
        CAPTURE(redacted);
        std::string joined;
        for (const char c : redacted)
            if (c != '\r' && c != '\n') joined.push_back(c);
        CHECK(joined.find("4C1FD2AF") == std::string::npos);
        CHECK(joined.find("054C600B7027") == std::string::npos);
        CHECK(joined.find("9A331636") == std::string::npos);
        CHECK(joined.find("BEA822F1") == std::string::npos);
        CHECK(redacted.find("crypto map outside_map interface outside\r\n") != std::string::npos);
    }
}

TEST_CASE("a full line of 80 columns does not swallow the next command") {
    std::string line = " ikev1 pre-shared-key CANARY";
    line.resize(80, 'k');
    const std::string redacted = redact(line + "\n ikev2 remote-authentication certificate\n");
    CHECK(redacted.find("CANARY") == std::string::npos);
    CHECK(redacted.find("\n ikev2 remote-authentication certificate\n") != std::string::npos);
}

TEST_CASE("our own stamp before a debug line changes nothing") {
    const std::string stamp = "2026-11-25T19:24:51.123456Z ";
    const std::string redacted =
        redact(stamp + " key CANARYkey\n" + stamp + "Password: CANARYpw\n" + stamp +
               "isakmp key CANARYpsk address 192.0.2.1\n");
    CHECK(redacted.find("CANARY") == std::string::npos);
    CHECK(redacted.find(stamp + "isakmp key [REDACTED:psk:") != std::string::npos);
}

TEST_CASE("output comes before the end of input") {
    const auto redaction = make_redaction();
    auto stream = redaction->stream();
    CHECK(stream.feed("hostname x\nisakmp key CANARYa address 192.0.2.1\npartial")
              ->str()
              .find("address 192.0.2.1\n") != std::string::npos);
    CHECK(stream.finish()->str() == "partial");
}

TEST_CASE(
    "an overlong line is handed on in parts; a secret that is open at a part's end is blanked to "
    "the newline") {
    const std::string filler(200'000, 'x');
    SUBCASE("plain text of any length passes") {
        const std::string text = filler + " and " + filler + "\nnext line\n";
        CHECK(redact(text) == text);
    }
    SUBCASE("a secret inside goes") {
        std::string words;
        for (int i = 0; i < 40'000; ++i) words += "word" + std::to_string(i) + " ";
        for (const std::size_t at :
             {std::size_t{10}, std::size_t{65'000}, std::size_t{65'530}, std::size_t{131'000}}) {
            std::string text = words;
            text.insert(text.find(' ', at) + 1, "isakmp key CANARYlong address 192.0.2.1 ");
            const std::string redacted = redact(text + "\nnext line\n");
            CHECK(redacted.find("CANARY") == std::string::npos);
            CHECK(redacted.substr(redacted.size() - 11) == "\nnext line\n");
        }
    }
    SUBCASE("a secret longer than a part goes to the newline") {
        const std::string redacted =
            redact(" pre-shared-key CANARY" + filler + "CANARY" + filler + "\nnext line\n");
        CHECK(redacted.find("CANARY") == std::string::npos);
        CHECK(redacted.find("xxx") == std::string::npos);
        CHECK(redacted.find("\nnext line\n") != std::string::npos);
        CHECK(redacted.size() < 200);
    }
    SUBCASE("blanks between keyword and secret do not save it") {
        const std::string redacted =
            redact("enable password" + std::string(100'000, ' ') + "CANARYfar\nnext line\n");
        CHECK(redacted.find("CANARY") == std::string::npos);
        CHECK(redacted.find("\nnext line\n") != std::string::npos);
    }
}

TEST_CASE("equal secrets have equal tokens, in type 7 too, and unequal ones differ") {
    const std::string redacted = redact(
        "isakmp key CANARY7 address 192.0.2.1\n password 7 022525752A343676\n key CANARY8\n");
    const auto token = [&](std::size_t nth) {
        std::size_t at = 0;
        for (std::size_t i = 0; i <= nth; ++i) at = redacted.find("[REDACTED:", at + 1);
        return redacted.substr(redacted.find(']', at) - 12, 12);
    };
    CAPTURE(redacted);
    CHECK(token(0) == token(1));
    CHECK(token(0) != token(2));
    const auto other = formats::Redaction::make({});
    REQUIRE(other);
    CHECK((*other)->redact("isakmp key CANARY7 address 192.0.2.1\n").str().find(token(0)) ==
          std::string::npos);
}

TEST_CASE("counts name the rules, and what could not be delimited") {
    const auto redaction = make_redaction();
    auto stream = redaction->stream();
    REQUIRE(stream.feed(
        "isakmp key CANARYa address 192.0.2.1\nisakmp key CANARYb adress 192.0.2.1\nsnmp-server "
        "community CANARYc\n"));
    REQUIRE(stream.finish());
    const formats::RuleCounts counts = stream.counts();
    CHECK(counts.at("isakmp-key") == 1);
    CHECK(counts.at("isakmp-key/undelimited") == 1);
    CHECK(counts.at("snmp-community") == 1);
    CHECK(redaction->counts() == counts);
}
