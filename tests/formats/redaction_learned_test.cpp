// Secrets that are searched for wherever they stand, and those that are not.

#include <doctest/doctest.h>

#include <string>

#include "formats/redaction/learned_secrets.hpp"
#include "formats/redaction/literal_forms.hpp"
#include "redaction_text.hpp"

using redaction_test::make_redaction;

TEST_CASE("a credential is found plain, quoted, for a URL, in XML, hex, base64 and type 7") {
    const auto redaction = make_redaction();
    redaction->learn("CANARY+\"pw\"&1", formats::SecretClass::password);
    const char* const written[] = {
        "login with CANARY+\"pw\"&1 failed",
        "say \"CANARY+\\\"pw\\\"&1\" now",
        "GET /?p=CANARY%2B%22pw%22%261 HTTP",
        "<x>CANARY+&quot;pw&quot;&amp;1</x>",
        "43414e4152592b2270772226 31: no, 43414e4152592b227077222631",
        "43414E4152592B227077222631",
        "Q0FOQVJZKyJwdyImMQ==",
        "dXNlcjpDQU5BUlkrInB3IiYx",
        "022525752A34366A0E5E1E5B4346",  // seed 2
    };
    for (const char* text : written) {
        CAPTURE(text);
        const std::string redacted = redaction->redact(text).str();
        CAPTURE(redacted);
        CHECK(redacted.find("[REDACTED:password:") != std::string::npos);
    }
}

TEST_CASE("what a rule found is found again, also later in another stream and across a wrap") {
    const auto redaction = make_redaction();
    redaction->redact("isakmp key CANARYLyon!2003 address 192.0.2.1\n");
    CHECK(redaction->learned() > 0);
    CHECK(redaction->redact("psk is CANARYLyon!2003.").str().find("CANARY") == std::string::npos);
    std::string line(74, 'x');
    line += " CANARYLyon!2003 and more";
    const std::string wrapped = line.substr(0, 80) + "\r\n" + line.substr(80) + "\r\n";
    const std::string redacted = redaction->redact(wrapped).str();
    CHECK(redacted.find("CANAR") == std::string::npos);
    CHECK(redacted.find("2003") == std::string::npos);
    CHECK(redacted.find(" and more\r\n") != std::string::npos);
}

TEST_CASE("text that was cleaned before a secret was learned is swept") {
    const auto redaction = make_redaction();
    const formats::RedactedText early = redaction->redact("note: CANARYearly-bird\n");
    CHECK(early.str().find("CANARY") != std::string::npos);
    redaction->redact(" pre-shared-key CANARYearly-bird\n");
    CHECK(redaction->redact(early.str()).str().find("CANARY") == std::string::npos);
}

TEST_CASE("short, common and device names are replaced only where a rule puts them") {
    const auto redaction = make_redaction();
    struct Row {
        std::string config, elsewhere;
    };
    const Row rows[] = {
        {"isakmp key cisco address 192.0.2.1", "Cisco PIX by cisco"},
        {"isakmp key cisco123 address 192.0.2.1", "user cisco123 logged in"},
        {" pre-shared-key pre-shared-key", "see pre-shared-key."},
        {"snmp-server community public", "public address"},
        {"isakmp key 198.51.100.7 address 192.0.2.1", "peer 198.51.100.7 is up"},
        {"aaa-server X (inside) host 192.0.2.9\n key 20261125", "on 20261125 at noon"},
        {"isakmp key short1 address 192.0.2.1", "a short1 word"},
        {" pre-shared-key authentication group", "an authentication group here"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.config);
        CHECK(redaction->redact(row.config + "\n").str().find("[REDACTED:") != std::string::npos);
        CHECK(redaction->redact(row.elsewhere + "\n").str() == row.elsewhere + "\n");
    }
    // Named before, and named after.
    redaction->redact("hostname canary-edge-1\nisakmp key canary-edge-1 address 192.0.2.1\n");
    CHECK(redaction->redact("canary-edge-1# show clock\n").str() == "canary-edge-1# show clock\n");
    redaction->redact("isakmp key canary-edge-2 address 192.0.2.1\n");
    CHECK(redaction->redact("hostname canary-edge-2\n").str() == "hostname canary-edge-2\n");
}

TEST_CASE("credentials count from six bytes, the user's words always") {
    const auto redaction = make_redaction({"Falcon", "x9"});
    redaction->learn("CAN-9", formats::SecretClass::password);
    redaction->learn("CANA-9", formats::SecretClass::password);
    const std::string redacted = redaction->redact("CAN-9 CANA-9 project Falcon is x9\n").str();
    CHECK(redacted.find("CAN-9 [REDACTED:password:") == 0);
    CHECK(redacted.find("Falcon") == std::string::npos);
    CHECK(redacted.find("x9") == std::string::npos);
    CHECK(redacted.find("[REDACTED:custom:") != std::string::npos);
}

TEST_CASE("more secrets than one pass searches for are found in further passes") {
    const auto redaction = make_redaction();
    const auto secret = [](int i) { return "CANARY" + std::to_string(i * 7919) + "z"; };
    std::string text, elsewhere;
    constexpr int users = 9000;
    for (int i = 0; i < users; ++i) {
        text += "username u" + std::to_string(i) + " password " + secret(i) + "\n";
        elsewhere += "seen: " + secret(i) + "\n";
    }
    CHECK(redaction->redact(text).str().find("CANARY") == std::string::npos);
    CHECK(redaction->learned() == users);
    REQUIRE(redaction->passes() == 3);
    for (std::size_t pass = 0; pass < redaction->passes(); ++pass) {
        auto scanner = redaction->scanner("file", pass);
        scanner.feed(elsewhere);
        CHECK_FALSE(scanner.finish().empty());
        auto stream = redaction->second_pass(pass);
        elsewhere = stream.feed(elsewhere)->str() + stream.finish()->str();
    }
    CHECK(elsewhere.find("CANARY") == std::string::npos);
    CHECK(redaction->counts().count("learned/beyond-limit") == 0);
    std::size_t told = 0;
    redaction->each_learned(0, [&](std::string_view, formats::SecretClass) { ++told; });
    CHECK(told == users);
}

TEST_CASE("what waits for a further pass is bounded; beyond it secrets are replaced in their place, and counted") {
    const auto redaction = make_redaction();
    std::string text;
    for (std::size_t i = 0; i < formats::most_in_a_pass + formats::most_waiting + 5; ++i)
        text += "username u password CANARY" + std::to_string(i * 7919) + "z\n";
    CHECK(redaction->redact(text).str().find("CANARY") == std::string::npos);
    CHECK(redaction->learned() == formats::most_in_a_pass + formats::most_waiting);
    CHECK(redaction->counts().at("learned/beyond-limit") > 0);
}

TEST_CASE("base64 forms are what an encoder makes at each alignment") {
    // "CANARY12" alone, and behind one and two bytes.
    const auto forms = formats::literal_forms("CANARY12");
    const auto has = [&](std::string_view text) {
        for (const auto& form : forms)
            if (form.base64 && std::string_view(text).find(form.text) != std::string_view::npos)
                return true;
        return false;
    };
    CHECK(has("Q0FOQVJZMTI="));
    CHECK(has("eENBTkFSWTEy"));
    CHECK(has("eHhDQU5BUlkxMg=="));
}
