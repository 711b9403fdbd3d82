#include "formats/transcript/device_words.hpp"

#include <doctest/doctest.h>

#include "formats/redaction/redaction.hpp"

using formats::quoted;

namespace {

const std::string psk = "CANARYpsk-Zk3v9Q-long-enough-tail-8841";

std::shared_ptr<formats::Redaction> redaction() {
    auto made = formats::Redaction::make({});
    REQUIRE(made);
    return *made;
}

}  // namespace

TEST_CASE("what a device says is redacted before it is cut") {
    const auto rules = redaction();
    rules->learn(psk, formats::SecretClass::psk);
    for (std::size_t before = 0; before < 120; ++before) {
        CAPTURE(before);
        const std::string said = quoted(std::string(before, 'x') + " " + psk + " and more behind it", rules.get());
        CHECK(said.find("CANARY") == std::string::npos);
        CHECK(said.find("8841") == std::string::npos);
    }
}

TEST_CASE("and by the rules, as the line that it is") {
    const auto rules = redaction();
    const std::string said = quoted("crypto isakmp key " + psk + " address 203.0.113.7", rules.get());
    CHECK(said.starts_with("crypto isakmp key [REDACTED:psk:"));
    CHECK(said.ends_with("] address 203.0.113.7"));
}

TEST_CASE("a secret that is learned later stands in it whole or not at all") {
    for (const std::string& secret : {psk, std::string("CANARYp\xC3\xA4ssw\xC3\xB6rt-tail-8841"),
                                      std::string("CANARYp\xE4ssw\xF6rt-tail-8841"), std::string(256, 'k')}) {
        for (std::size_t before = 0; before < 120; ++before) {
            CAPTURE(before);
            const std::string said = quoted(std::string(before, 'x') + " " + secret + " and more behind it", nullptr);
            if (said.find(secret.substr(0, 7)) == std::string::npos) continue;
            REQUIRE(said.find(secret) != std::string::npos);
            const auto rules = redaction();
            rules->learn(secret, formats::SecretClass::psk);
            CHECK(rules->redact(said).str().find(secret.substr(0, 7)) == std::string::npos);
        }
    }
}

TEST_CASE("it is one line of the first words, without controls") {
    struct Row {
        std::string text, shown;
    };
    const std::vector<Row> rows{
        {"", ""},
        {"% Invalid input", "% Invalid input"},
        {"  % Invalid\r\n\tinput  \n", "% Invalid input"},
        {"a\x1b[31mb\x07", "a?[31mb?"},
        {std::string(80, 'a'), std::string(80, 'a')},
        {std::string(78, 'a') + " bcd e", std::string(78, 'a') + " bcd..."},
        {std::string(80, 'a') + " b", std::string(80, 'a') + "..."},
        {"a " + std::string(200, 'b'), "a " + std::string(200, 'b')},
        {"a " + std::string(300, 'b'), "a..."},
        {std::string(300, 'b'), "..."},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(quoted(row.text, nullptr) == row.shown);
    }
    CHECK(quoted("one two three", nullptr, 5) == "one two...");
}
