// Secrets that are searched for wherever they stand, and those that are not.

#include <doctest/doctest.h>

#include <string>

#include "formats/redaction/literals/learned_secrets.hpp"
#include "formats/redaction/literals/literal_forms.hpp"
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
    // So called by the incident.
    redaction->reserve("canary-edge-3");
    CHECK(redaction->redact("isakmp key canary-edge-3 address 192.0.2.1\n").str().find("canary") == std::string::npos);
    CHECK(redaction->redact("canary-edge-3 is up\n").str() == "canary-edge-3 is up\n");
}

TEST_CASE("a user's word is removed also where it is a common word or what a device is called") {
    const auto redaction = make_redaction({"authentication", "canary-edge-4"});
    CHECK(redaction->redact("an authentication group\n").str().starts_with("an [REDACTED:custom:"));
    CHECK(redaction->redact("hostname canary-edge-4\n").str().starts_with("hostname [REDACTED:custom:"));
    redaction->redact("hostname canary-edge-4\nisakmp key canary-edge-4 address 192.0.2.1\n");
    redaction->reserve("canary-edge-4");
    CHECK(redaction->redact("canary-edge-4 is up\n").str().starts_with("[REDACTED:custom:"));
}

TEST_CASE("no text of a device makes a credential common") {
    for (const bool named_first : {true, false}) {
        CAPTURE(named_first);
        const auto redaction = make_redaction();
        if (named_first) redaction->redact("hostname CANARYedge-5\nisakmp key CANARYedge-5 address 192.0.2.1\n");
        redaction->learn("CANARYedge-5", formats::SecretClass::password, "hq: enable-from");
        CHECK(redaction->redact("hostname CANARYedge-5\n").str().starts_with("hostname [REDACTED:password:"));
        redaction->redact("isakmp key CANARYedge-5 address 192.0.2.1\n");
        CHECK(redaction->redact("CANARYedge-5 is up\n").str().starts_with("[REDACTED:"));
    }
    // A rule had learned it, a device is called so, and then it turns out to be a credential.
    const auto redaction = make_redaction();
    redaction->redact("isakmp key CANARYedge-6 address 192.0.2.1\nhostname CANARYedge-6\n");
    CHECK(redaction->redact("CANARYedge-6 is up\n").str() == "CANARYedge-6 is up\n");
    redaction->learn("CANARYedge-6", formats::SecretClass::password);
    CHECK(redaction->redact("CANARYedge-6 is up\n").str().starts_with("[REDACTED:"));
}

TEST_CASE("passwords and keys that are not searched for are named, without their values") {
    const auto redaction = make_redaction();
    redaction->reserve("an element of tacbundle-manifest\n");
    CHECK(redaction->unsearched().empty());
    redaction->learn("CANAR", formats::SecretClass::password, "hq: the login password");
    redaction->learn("cisco123", formats::SecretClass::password, "hq: the enable password");
    redaction->learn("tacbundle", formats::SecretClass::password, "branch: password-from");
    redaction->learn("CANARY-long-enough", formats::SecretClass::password, "branch: enable-from");
    redaction->learn("CANAR", formats::SecretClass::password, "branch: the same");
    const std::string config =
        redaction
            ->redact(
                "isakmp key CANAR7x address 192.0.2.1\nisakmp key CANARY-of-the-pair address 192.0.2.2\n"
                "snmp-server community public\nhostname canary-edge-7\nisakmp key canary-edge-7 address 192.0.2.3\n")
            .str();
    const auto named = redaction->unsearched();
    REQUIRE(named.size() == 5);
    CHECK(named[0] == "hq: the login password");
    CHECK(named[1] == "hq: the enable password");
    CHECK(named[2] == "branch: password-from");
    for (const std::size_t key : {std::size_t{3}, std::size_t{4}}) {
        CHECK(named[key].starts_with("a psk, shown as [REDACTED:psk:"));
        CHECK(config.find(named[key].substr(named[key].find('['))) != std::string::npos);
    }
    // What was searched for until a device turned out to be called so.
    redaction->redact("isakmp key canary-edge-8 address 192.0.2.4\nhostname canary-edge-8\n");
    CHECK(redaction->unsearched().size() == 6);
    for (int i = 0; i < 200; ++i) redaction->redact("isakmp key x" + std::to_string(i) + "y address 192.0.2.1\n");
    CHECK(redaction->unsearched().size() == 64);
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

TEST_CASE("however many secrets there are, all are searched for in streams, in sweeps and in verification") {
    const auto redaction = make_redaction();
    const auto secret = [](int i) { return "CANARY" + std::to_string(i * 7919) + "z"; };
    std::string text, elsewhere;
    constexpr int users = 30'000;
    for (int i = 0; i < users; ++i) {
        text += "username u" + std::to_string(i) + " password " + secret(i) + "\n";
        elsewhere += "seen: " + secret(i) + "\n";
    }
    // In one stream: what it has learned is searched for in all that follows.
    auto stream = redaction->stream();
    std::string out = stream.feed(text)->str();
    out += stream.feed(elsewhere)->str();
    out += stream.finish()->str();
    CHECK(out.find("CANARY") == std::string::npos);
    CHECK(redaction->learned() == users);
    auto scanner = redaction->scanner("file");
    scanner.feed(elsewhere);
    CHECK(scanner.finish().size() == users);
    auto sweep = redaction->second_pass();
    std::string swept = sweep.feed(elsewhere)->str();
    swept += sweep.finish()->str();
    CHECK(swept.find("CANARY") == std::string::npos);
    CHECK(redaction->counts().count("learned/beyond-limit") == 0);
    std::size_t told = 0;
    redaction->each_learned(0, [&](std::string_view value, formats::SecretClass) {
        told += value == secret(static_cast<int>(told)) ? 1U : 0U;
    });
    CHECK(told == users);
}

TEST_CASE("one of many secrets is found in every form") {
    const auto redaction = make_redaction();
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += "username u password CANARY" + std::to_string(i * 7919) + "+z\n";
    redaction->redact(text);
    const std::string value = "CANARY79190+z";  // of i == 10
    using formats::LiteralForm;
    for (const LiteralForm form :
         {LiteralForm::plain, LiteralForm::url_upper, LiteralForm::url_lower, LiteralForm::hex_lower,
          LiteralForm::hex_upper, LiteralForm::base64_first, LiteralForm::base64_second, LiteralForm::base64_third,
          LiteralForm::hex_colons_lower, LiteralForm::hex_colons_upper, LiteralForm::hex_blanks_lower,
          LiteralForm::hex_blanks_upper, LiteralForm::url_all_upper, LiteralForm::url_all_lower,
          LiteralForm::twice_first, LiteralForm::twice_second, LiteralForm::twice_third})
        for (std::size_t shift = 0; shift < 9; ++shift) {
            const std::string written = formats::literal_text(value, form);
            CAPTURE(written);
            const std::string before = "seen:" + std::string(shift, '.');
            const std::string redacted = redaction->redact(before + written + " end\n").str();
            CHECK(redacted.starts_with(before + "[REDACTED:password:"));
            CHECK(redacted.ends_with("] end\n"));
        }
}

TEST_CASE(
    "what is learned is bounded in number and in bytes; beyond that secrets are replaced in their place, and counted") {
    const auto stays_within = [](std::size_t count, const std::string& ending) {
        const auto redaction = make_redaction();
        std::string text;
        for (std::size_t i = 0; i < count; ++i)
            text.append("username u password CANARY").append(std::to_string(i * 7919)).append(ending).append("\n");
        CHECK(redaction->redact(text).str().find("CANARY") == std::string::npos);
        CHECK(redaction->counts().at("learned/beyond-limit") > 0);
        return redaction->learned();
    };
    CHECK(stays_within(formats::most_learned + 5, "z") == formats::most_learned);
    const std::string long_ending(200, 'z');
    CHECK(stays_within(formats::most_learned_bytes / 200, long_ending) <= formats::most_learned_bytes / 200);
}

TEST_CASE("hex is read from any digit on, in small letters, capitals and both") {
    const auto redaction = make_redaction();
    redaction->learn("CANARY", formats::SecretClass::psk);
    for (const char* written : {"43414e415259", "43414E415259", "43414E415259ff", "f43414e415259", "0x43414e415259",
                                "ab43414e415259cd", "key=43414E415259;"}) {
        CAPTURE(written);
        CHECK(redaction->redact(written).str().find("[REDACTED:psk:") != std::string::npos);
    }
    for (const char* other : {"43414e41525", "43414e4152 59", "43414e415258"})
        CHECK(redaction->redact(other).str() == other);
}

TEST_CASE("a user's word of a few letters is not read into numbers") {
    const auto redaction = make_redaction({"x9", "cat"});
    for (const char* hash : {"sha1 00ff783911aa22bb33cc44dd55ee", "fp 00636174ffeeddccbbaa9988"})
        CHECK(redaction->redact(hash).str() == hash);
}

TEST_CASE("a user's short word is found as hex as well") {
    const auto redaction = make_redaction({"Falco"});
    for (const char* written : {"46616c636f", "46616C636F"}) {
        CAPTURE(written);
        CHECK(redaction->redact(written).str().find("[REDACTED:custom:") != std::string::npos);
    }
}

TEST_CASE("base64 forms are what an encoder makes at each alignment") {
    // "CANARY12" alone, and behind one and two bytes.
    CHECK(std::string_view("Q0FOQVJZMTI=")
              .starts_with(formats::literal_text("CANARY12", formats::LiteralForm::base64_first)));
    CHECK(
        std::string_view("eENBTkFSWTEy").find(formats::literal_text("CANARY12", formats::LiteralForm::base64_second)) !=
        std::string_view::npos);
    CHECK(std::string_view("eHhDQU5BUlkxMg==")
              .find(formats::literal_text("CANARY12", formats::LiteralForm::base64_third)) != std::string_view::npos);
    for (const auto form :
         {formats::LiteralForm::base64_first, formats::LiteralForm::base64_second, formats::LiteralForm::base64_third})
        CHECK(formats::literal_text("CANARY12", form).size() >= 9);
}

TEST_CASE("a literal in base64 twice is what an encoder makes of an encoding") {
    // base64("Q0FOQVJZMTI="), base64 of "CANARY12"
    CHECK(std::string_view("UTBGT1FWSlpNVEk9")
              .starts_with(formats::literal_text("CANARY12", formats::LiteralForm::twice_first)));
    CHECK(formats::literal_text("CANARY12", formats::LiteralForm::hex_colons_lower) == "43:41:4e:41:52:59:31:32");
    CHECK(formats::literal_text("AN", formats::LiteralForm::url_all_upper) == "%41%4E");
}

TEST_CASE("what only looks like a placeholder is not exempt") {
    const auto redaction = make_redaction();
    for (const std::string key : {"[REDACTED:psk:CANARYabcdef]", "[REDACTED:psk:CANARY]",
                                  "[REDACTED:CANARY:0123456789ab]", "[REDACTED:psk:0123456789abCANARY]"}) {
        CAPTURE(key);
        CHECK(redaction->redact("isakmp key " + key + " address 192.0.2.1\n").str().find("CANARY") ==
              std::string::npos);
    }
    const std::string real = "isakmp key [REDACTED:psk:0123456789ab] address 192.0.2.1\n";
    CHECK(redaction->redact(real).str() == real);
}

TEST_CASE("backspaces behind a secret do not take its placeholder off a screen") {
    const auto redaction = make_redaction();
    const std::string redacted = redaction->redact("isakmp key CANARYerased1" + std::string(13, '\b') + "\n").str();
    CHECK(redacted.find("CANARY") == std::string::npos);
    CHECK(redacted.find("[REDACTED:psk:") != std::string::npos);
    CHECK(redacted.find('\b') == std::string::npos);
}
