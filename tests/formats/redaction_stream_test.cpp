// Properties of a stream: nothing planted survives, however the bytes come.

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "formats/redaction/rules/catalogue.hpp"
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

// Lines woven of the catalogue's words, values, placeholders whole and cut, and what stands between.
class WovenText {
 public:
    WovenText() {
        const auto catalogue = formats::Catalogue::built_in();
        REQUIRE(catalogue);
        for (const auto& form : catalogue->forms)
            for (const auto& element : form.elements)
                for (const auto& word : element.words) words_.push_back(word.text);
    }

    std::string make(std::mt19937& random) const {
        using namespace std::string_literals;
        static const std::vector<std::string> shapes = {"ftp://u:pw1x@h/",
                                                        "<password>",
                                                        "</password>",
                                                        "password=Abc1",
                                                        "pass",
                                                        "passwd:#",
                                                        "-----BEGIN RSA PRIVATE KEY-----",
                                                        "-----END RSA PRIVATE KEY-----",
                                                        "pkcs12 follows",
                                                        "MIIEabcdefgh",
                                                        "0x1234abcd",
                                                        "5",
                                                        "7",
                                                        "13061E010803",
                                                        "192.0.2.1",
                                                        "secretWord9",
                                                        "hq-pix(config)#",
                                                        "Password:",
                                                        "05[IKE] SKEYID => 16 bytes @ 0x1",
                                                        "6A C9 3C 74",
                                                        "radius: Type = 2",
                                                        "After Decryption",
                                                        "*****",
                                                        "<removed>",
                                                        "command:",
                                                        "[REDACTED:psk:0123456789ab]",
                                                        "[REDACTED:psk:",
                                                        "ab]"};
        static const std::vector<std::string> between = {
            " ",  " ",    " ",      " ",    " ",   "",     "",     "  ", "\t", "\n", "\n", "\r\n", "\r",
            "\b", "\b\b", "\x1b[K", "\x1b", "\0"s, "\xff", "\xe9", "\"", "'",  "|",  ",",  ":",    "="};
        std::string text;
        for (std::size_t parts = 2 + random() % 24; parts > 0; --parts) {
            const auto& from = random() % 3 > 0 ? words_ : shapes;
            text += from[random() % from.size()];
            text += between[random() % between.size()];
            if (random() % 20 > 0) continue;
            const std::size_t column = text.size() - (text.rfind('\n') + 1);
            if (column < 80) text += std::string(80 - column, 'x') + "\r\n";
        }
        return text;
    }

 private:
    std::vector<std::string> words_;
};

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
              "Cryptochecksum:3f1d0c9b8a7e6f5d4c3b2a1908f7e6d5", "(inside) host 192.0.2.6 ", ", ask Ann"})
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
                           random_bytes(random, random() % 12, "abc123!#%&") + " address 192.0.2.1\n" +
                           random_bytes(random, random() % 120, alphabet) + "\nusername u password CANARYuser\n" +
                           random_bytes(random, random() % 60, alphabet);
        const std::string once = redact(text);
        CAPTURE(text);
        REQUIRE(once.find("CANARY") == std::string::npos);
        REQUIRE(redact_in_pieces(text, random, 1 + random() % 40) == once);
        REQUIRE(redact(once) == once);
    }
}

TEST_CASE("what a second pass read otherwise stays as the first one wrote it") {
    struct Row {
        const char *name, *text;
    };
    for (const Row& row : {Row{"a word before the placeholder", "pass passwd:# n\n"},
                           Row{"the start of a key", "<password>-----BEGIN \n[\n"},
                           Row{"the end of a key", "-----BEGIN PRIVATE KEY-----\npass -----END\nK\n"},
                           Row{"a hash in a key",
                               "-----BEGIN PRIVATE KEY-----\n"
                               "d\xe9$1$kGh0aaaaaa2=\n"},
                           Row{"the start of another block", "<password>pkcs12 follows\nC 7\n"},
                           Row{"a backspace behind an escape", "password:2\x1b\b\n"},
                           Row{"a backspace behind a blank", "<password>s \b\b\n"}}) {
        CAPTURE(row.name);
        const std::string once = redact(row.text);
        CHECK(redact(once) == once);
    }
}

TEST_CASE("any lines of the catalogue's words and placeholders: twice is once") {
    std::mt19937 random(20261126);
    const WovenText woven;
    for (int round = 0; round < 1200; ++round) {
        CAPTURE(round);
        const std::string text = woven.make(random);
        const std::string once = redact(text);
        CAPTURE(text);
        REQUIRE(redact(once) == once);
        REQUIRE(lines_of(once) == lines_of(text));
        REQUIRE(redact_in_pieces(text, random, 1 + random() % 40) == once);
        REQUIRE(redact_in_pieces(once, random, 1 + random() % 40) == once);
    }
}

TEST_CASE("no byte outside ASCII hides a secret") {
    using namespace std::string_view_literals;
    struct Row {
        const char *name, *text, *redacted;
    };
    for (const Row& row :
         {Row{"a byte order mark", "\xef\xbb\xbfisakmp key CANARY1 address 192.0.2.1\n",
              "\xef\xbb\xbfisakmp key # address 192.0.2.1\n"},
          Row{"blanks of a page",
              "isakmp\xc2\xa0key\xc2\xa0"
              "CANARY1\xc3\xa9x\xc2\xa0"
              "address\xe2\x80\xaf"
              "192.0.2.1\n",
              "isakmp\xc2\xa0key\xc2\xa0#\xc2\xa0"
              "address\xe2\x80\xaf"
              "192.0.2.1\n"},
          Row{"blanks of ISO 8859-1",
              "enable\xa0password\xa0"
              "CANARY1\xa0"
              "encrypted\n",
              "enable\xa0password\xa0#\xa0"
              "encrypted\n"},
          Row{"noise before a keyword", "\xffisakmp key CANARY1\xe9x address 192.0.2.1\n",
              "\xffisakmp key # address 192.0.2.1\n"},
          Row{"noise in a keyword",
              "isa\xffkmp k\xfe\x80"
              "ey CANARY1 address 192.0.2.1\n",
              "isa\xffkmp k\xfe\x80"
              "ey # address 192.0.2.1\n"},
          Row{"noise for a blank", "username\xffu password\xffx\xe9 privilege 15\n",
              "username\xffu password# privilege 15\n"},
          Row{"noise beside a control",
              "us\0\xff"
              "ername u password CANARY1\n",
              nullptr},
          Row{"noise before a block", "\xff-----BEGIN PRIVATE KEY-----\nCANARY1\xe9==\n-----END PRIVATE KEY-----\n",
              nullptr}}) {
        CAPTURE(row.name);
        const std::string_view text = std::string_view(row.name) == "noise beside a control"
                                          ? "us\0\xff"
                                            "ername u password CANARY1\n"sv
                                          : row.text;
        const std::string once = redact(text);
        CAPTURE(once);
        CHECK(once.find("CANARY") == std::string::npos);
        CHECK(once.find("[REDACTED:") != std::string::npos);
        CHECK(redact(once) == once);
        if (row.redacted == nullptr) continue;
        std::string shape = once;
        for (std::size_t at; (at = shape.find("[REDACTED:")) != std::string::npos;)
            shape.replace(at, shape.find(']', at) + 1 - at, "#");
        CHECK(shape == row.redacted);
    }
    for (const char* kept : {" description M\xc3\xbcller's key to the caf\xe9\n",
                             "! cl\xe9 de la session pr\xc3\xaat\xe9"
                             "e, pass\xc3\xa9\n",
                             " crypto map VPN 10 set peer 198.51.100.7 \xe2\x80\x93 ok\n"}) {
        CHECK(redact(kept) == kept);
    }
}

TEST_CASE("noise anywhere in the words of a form hides nothing of it") {
    std::mt19937 random(20261127);
    using namespace std::string_literals;
    static const std::vector<std::string> noise = {"\xff", "\xef\xbb\xbf", "\xc3", "\xe2\x82", "\xfe\xff\x80"};
    static const std::vector<std::string> blanks = {"\xc2\xa0", "\xe2\x80\x82", "\xe3\x80\x80", "\xc2\xa0 ",
                                                    "\t\xc2\xa0"};
    for (int round = 0; round < 500; ++round) {
        CAPTURE(round);
        const std::string line = round % 2 == 0 ? "isakmp key " : "username u password ";
        std::string text;
        for (const char c : line) {
            if (random() % 8 == 0) text += noise[random() % noise.size()];
            if (c == ' ' && random() % 3 == 0)
                text += blanks[random() % blanks.size()];
            else
                text += c;
        }
        text +=
            "CANARY" + random_bytes(random, random() % 6, "ab\xe9\xff") + (random() % 2 == 0 ? "CANARY" : "x") + "\n";
        CAPTURE(text);
        const std::string once = redact(text);
        REQUIRE(once.find("CANARY") == std::string::npos);
        REQUIRE(redact(once) == once);
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
        for (std::size_t at = 0; at < whole.size(); at += 80) wrapped += whole.substr(at, 80) + "\r\n";
        const std::string redacted = redact("show run\r\n" + wrapped + "crypto map outside_map interface outside\r\n");
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

TEST_CASE("words that a form skips may be another form") {
    const std::string redacted =
        redact("username u privilege 15 isakmp key CANARYmid address 192.0.2.1 password CANARYend\n");
    CHECK(redacted.find("CANARY") == std::string::npos);
    CHECK(redacted.find(" address 192.0.2.1 password [REDACTED:") != std::string::npos);
}

TEST_CASE("our own stamp before a debug line changes nothing") {
    const std::string stamp = "2026-11-25T19:24:51.123456Z ";
    const std::string redacted = redact(stamp + " key CANARYkey\n" + stamp + "Password: CANARYpw\n" + stamp +
                                        "isakmp key CANARYpsk address 192.0.2.1\n");
    CHECK(redacted.find("CANARY") == std::string::npos);
    CHECK(redacted.find(stamp + "isakmp key [REDACTED:psk:") != std::string::npos);
}

TEST_CASE("output comes before the end of input") {
    const auto redaction = make_redaction();
    auto stream = redaction->stream();
    CHECK(stream.feed("hostname x\nisakmp key CANARYa address 192.0.2.1\npartial")->str().find("address 192.0.2.1\n") !=
          std::string::npos);
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
        for (const std::size_t at : {std::size_t{10}, std::size_t{65'000}, std::size_t{65'530}, std::size_t{131'000}}) {
            std::string text = words;
            text.insert(text.find(' ', at) + 1, "isakmp key CANARYlong address 192.0.2.1 ");
            const std::string redacted = redact(text + "\nnext line\n");
            CHECK(redacted.find("CANARY") == std::string::npos);
            CHECK(redacted.substr(redacted.size() - 11) == "\nnext line\n");
        }
    }
    SUBCASE("a secret longer than a part goes to the newline") {
        const std::string redacted = redact(" pre-shared-key CANARY" + filler + "CANARY" + filler + "\nnext line\n");
        CHECK(redacted.find("CANARY") == std::string::npos);
        CHECK(redacted.find("xxx") == std::string::npos);
        CHECK(redacted.find("\nnext line\n") != std::string::npos);
        CHECK(redacted.size() < 200);
    }
    SUBCASE("what stands before a secret that is open at a part's end goes too") {
        std::string words;
        while (words.size() < 65'100) words += "word ";
        const std::string redacted = redact(words + "isakmp key CANARYlate address 192.0.2.1 pre-shared-key CANARY" +
                                            std::string(2'000, 'y') + "CANARY and more\nnext line\n");
        CHECK(redacted.find("CANARY") == std::string::npos);
        CHECK(redacted.find("] address 192.0.2.1 ") != std::string::npos);
        CHECK(redacted.find("\nnext line\n") != std::string::npos);
    }
    SUBCASE("a second pass finds nothing in it") {
        for (const char* first : {"pass passwd:# n ", "<password>-----BEGIN ", "a password:2\x1b\b "}) {
            std::string text = first;
            while (text.size() < 80'000) text += "word ";
            const std::string once = redact(text + "\nnext line\n");
            CAPTURE(once.substr(0, 100));
            CHECK(redact(once) == once);
        }
    }
    SUBCASE("of any words") {
        const std::vector<std::string> parts = {"crypto",
                                                "map",
                                                "peer",
                                                "permit",
                                                "ip",
                                                "any",
                                                "192.0.2.1",
                                                "address",
                                                "psk=abc1",
                                                "ftp://u:pw@h/",
                                                "the",
                                                "secret",
                                                "username",
                                                "password",
                                                "enable",
                                                "<password>x1</password>",
                                                "isakmp",
                                                "key",
                                                "isakmp key CANARYany address 192.0.2.1"};
        std::mt19937 random(20261126);
        for (int round = 0; round < 12; ++round) {
            CAPTURE(round);
            std::string text;
            while (text.size() < 200'000) text += parts[random() % parts.size()] + " ";
            text += "\nnext line\n";
            const std::string once = redact(text);
            CHECK(once.find("CANARY") == std::string::npos);
            CHECK(once.find("\nnext line\n") != std::string::npos);
            CHECK(redact_in_pieces(text, random, 1 + random() % 9000) == once);
            CHECK(redact(once) == once);
        }
    }
    SUBCASE("blanks between keyword and secret do not save it") {
        const std::string redacted = redact("enable password" + std::string(100'000, ' ') + "CANARYfar\nnext line\n");
        CHECK(redacted.find("CANARY") == std::string::npos);
        CHECK(redacted.find("\nnext line\n") != std::string::npos);
    }
}

TEST_CASE("equal secrets have equal tokens, in type 7 too, and unequal ones differ") {
    const std::string redacted =
        redact("isakmp key CANARY7 address 192.0.2.1\n password 7 022525752A343676\n key CANARY8\n");
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
    CHECK((*other)->redact("isakmp key CANARY7 address 192.0.2.1\n").str().find(token(0)) == std::string::npos);
}

TEST_CASE("counts name the rules, and what could not be delimited") {
    const auto redaction = make_redaction();
    auto stream = redaction->stream();
    REQUIRE(
        stream.feed("isakmp key CANARYa address 192.0.2.1\nisakmp key CANARYb adress 192.0.2.1\nsnmp-server "
                    "community CANARYc\n"));
    REQUIRE(stream.finish());
    const formats::RuleCounts counts = stream.counts();
    CHECK(counts.at("isakmp-key") == 1);
    CHECK(counts.at("isakmp-key/undelimited") == 1);
    CHECK(counts.at("snmp-community") == 1);
    CHECK(redaction->counts() == counts);
}
