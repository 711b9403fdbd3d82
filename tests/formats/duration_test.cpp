#include <doctest/doctest.h>

#include "formats/incident/incident.hpp"

using namespace std::chrono_literals;

TEST_CASE("a duration is a whole number with its unit") {
    CHECK(*formats::parse_duration("45s") == 45s);
    CHECK(*formats::parse_duration("2m") == 2min);
    CHECK(*formats::parse_duration("1500ms") == 1500ms);
    CHECK(*formats::parse_duration("1h") == 1h);
    CHECK(*formats::parse_duration("0s") == 0s);
    CHECK(*formats::parse_duration("24h") == 24h);
    for (const std::string text : {"", "s", "-5s", "+5s", "1.5s", "5 s", "5x", "5S", "25h", "1m30s",
                                   "99999999999999999999s", "999999999999999h"}) {
        CAPTURE(text);
        const auto parsed = formats::parse_duration(text);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().kind == formats::ErrorKind::usage);
    }
}

TEST_CASE("a bare number is refused as a duration and the remedy writes it with a unit") {
    const auto parsed = formats::parse_duration("60");
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().remedy.find("60s") != std::string::npos);
}

TEST_CASE("a size is a number of bytes, with or without a unit") {
    CHECK(*formats::parse_size("4096") == 4096);
    CHECK(*formats::parse_size("10MB") == 10'000'000);
    CHECK(*formats::parse_size("64MiB") == 64ULL << 20);
    CHECK(*formats::parse_size("2GiB") == 2ULL << 30);
    CHECK(*formats::parse_size("1KiB") == 1024);
    for (const std::string text :
         {"", "MiB", "-1", "1.5MiB", "64 MiB", "64mib", "99999999999999999999", "999999999999999GiB"}) {
        CAPTURE(text);
        CHECK_FALSE(formats::parse_size(text));
    }
}

TEST_CASE("a secret comes from one of five sources") {
    using Kind = formats::SecretSource::Kind;
    const auto kind_of = [](std::string_view text) { return formats::parse_secret_source(text)->kind; };
    CHECK(kind_of("env:HQ_PASSWORD") == Kind::environment);
    CHECK(kind_of("file:/run/secrets/hq") == Kind::file);
    CHECK(kind_of("fd:3") == Kind::descriptor);
    CHECK(kind_of("command:pass show hq") == Kind::command);
    CHECK(kind_of("prompt") == Kind::prompt);
    CHECK(formats::parse_secret_source("command:pass show a:b")->value == "pass show a:b");
    for (const std::string text : {"", "env:", "env:1A", "env:A-B", "file:", "fd:", "fd:x", "fd:-1",
                                   "command:", "command:  ", "prompt:", "env", "file:/a\nb", "Env:A"}) {
        CAPTURE(text);
        CHECK_FALSE(formats::parse_secret_source(text));
    }
}

TEST_CASE("a password given as a secret source is not repeated in the error") {
    for (const std::string text : {"CANARYpassword", "env:CANARY-password", "fd:CANARY", "CANARY:password"}) {
        const auto parsed = formats::parse_secret_source(text);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().message().find("CANARY") == std::string::npos);
        CHECK(parsed.error().message().find("env:VAR") != std::string::npos);
    }
}

TEST_CASE("a probe is auto, none, or written out") {
    using Mode = formats::ProbeSpec::Mode;
    CHECK(formats::parse_probe("auto")->mode == Mode::automatic);
    CHECK(formats::parse_probe("none")->mode == Mode::none);
    const auto probe = formats::parse_probe("ssh://ops@10.1.1.10,source=10.1.1.10,to=10.2.2.10,kind=tcp:443");
    REQUIRE(probe);
    CHECK(probe->mode == Mode::given);
    CHECK(probe->from == "ssh://ops@10.1.1.10");
    CHECK(probe->source == "10.1.1.10");
    CHECK(probe->to == "10.2.2.10");
    CHECK(probe->kind == formats::ProbeSpec::Kind::tcp);
    CHECK(probe->port == 443);
    CHECK(formats::parse_probe("local,to=2001:db8::1")->kind == formats::ProbeSpec::Kind::icmp);
    CHECK(formats::parse_probe("hq,to=10.2.2.10,kind=udp:53")->kind == formats::ProbeSpec::Kind::udp);
    for (const std::string text :
         {"", "local", "local,to=", "local,to=10.2.2", "local,10.2.2.10", "local,to=10.2.2.10,kind=tcp",
          "local,to=10.2.2.10,kind=tcp:0", "local,to=10.2.2.10,kind=tcp:65536", "local,to=10.2.2.10,size=4",
          "telnet://h,to=10.2.2.10", "exec:ping,to=10.2.2.10", "ssh://u:CANARY@h,to=10.2.2.10"}) {
        CAPTURE(text);
        const auto refused = formats::parse_probe(text);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message().find("CANARY") == std::string::npos);
    }
}
