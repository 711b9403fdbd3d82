// What stands in a secret's place and is none, and the measures by which a word is one.

#include <doctest/doctest.h>

#include <string>

#include "formats/redaction/rules/ordinary_text.hpp"
#include "redaction_text.hpp"

using redaction_test::make_redaction;
using redaction_test::redact;

TEST_CASE("a status is told from a secret of several words") {
    for (const char* status : {"none", "Disabled", "not required, none, in use", "is configured", "not set",
                               "default SXP password", "required"}) {
        CAPTURE(status);
        CHECK(formats::is_status(status));
    }
    for (const char* secret :
         {"CANARY two words", "bare words allowed here", "n0ne", "tunnelPw", "Disabled7", "radius"}) {
        CAPTURE(secret);
        CHECK_FALSE(formats::is_status(secret));
    }
}

TEST_CASE("a word that a person wrote reads as a key when letters and digits mix in it, unless it names a thing") {
    struct Row {
        const char* word;
        bool key, strictly;
    };
    const Row rows[] = {
        {"CANARYlyon1x9", true, true},   {"Zq7-pLm2.x", true, true},    {"s3cr3tpw", true, true},
        {"Winter+2024!", true, true},    {"loopback0", false, false},   {"Gi0/0/1", false, false},
        {"sha256", false, false},        {"AES-256", false, false},     {"group14", false, false},
        {"2048-bit", false, false},      {"24h", false, false},         {"3des", false, false},
        {"192.0.2.1", false, false},     {"2001:db8::1", false, false}, {"2024-03-01", false, false},
        {"9.1(7)4", false, false},       {"ks01", false, false},        {"esp-sha-hmac", false, false},
        {"hmac-sha2-256", false, false}, {"march", false, false},       {"a1b2", false, false},
        {"switch0001", true, false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.word);
        CHECK(formats::reads_as_key(row.word, false) == row.key);
        CHECK(formats::reads_as_key(row.word, true) == row.strictly);
    }
}

TEST_CASE("what is learned is improbable as ordinary text") {
    using formats::Ordinary;
    struct Row {
        const char* value;
        Ordinary form;
    };
    const Row rows[] = {
        {"CANARYlyon1x9", Ordinary::no},
        {"Zq7-pLm2.x", Ordinary::no},
        {"correcthorsebattery", Ordinary::no},
        {"one plain secret phrase", Ordinary::no},
        {"two w0rds", Ordinary::no},
        {"AAAAAAAAAAAA", Ordinary::few_characters},
        {"********", Ordinary::few_characters},
        {"is configured", Ordinary::status},
        {"not required, none, in use", Ordinary::status},
        {"Enabled", Ordinary::status},
        {"to the end of it 5", Ordinary::prose},
        {"reason: none at 7", Ordinary::prose},
        {"source-interface", Ordinary::name},
        {"use_vrf", Ordinary::name},
        {"reachable", Ordinary::word},
        {"testuser", Ordinary::word},
        {"Loopback", Ordinary::word},
        {"two words", Ordinary::few_words},
    };
    for (const Row& row : rows) {
        CAPTURE(row.value);
        CHECK(formats::ordinary_form(row.value) == row.form);
    }
}

TEST_CASE("a false find costs its own line and no other one") {
    struct Row {
        std::string first, elsewhere;
    };
    const Row rows[] = {
        {"snmp-server community REDACTED RO", "a REDACTED word"},
        {"snmp-server host nms1 source-interface", "ntp source-interface loopback0"},
        {"username testuser password 0 testuser", "  4 vty 1     testuser   idle"},
        {"snmp-server host 192.0.2.9 version 3 priv v3oper47x", "user: v3oper47x  security model: v3"},
        {"isakmp key 5 address 192.0.2.77", "5 packets"},
        {"aaa-server X (inside) host 192.0.2.9 management timeout 5", "management plane"},
    };
    for (const Row& row : rows) {
        const auto redaction = make_redaction();
        CAPTURE(row.first);
        redaction->redact(row.first + "\n");
        CHECK(redaction->redact(row.elsewhere + "\n").str() == row.elsewhere + "\n");
    }
}

TEST_CASE("a secret that is the user's name goes, and the name stays") {
    const std::string redacted = redact("username canaryops password 0 canaryops\n");
    CHECK(redacted.starts_with("username canaryops password 0 [REDACTED:password:"));
}
