#include <doctest/doctest.h>

#include <vector>

#include "formats/cisco/show_outputs.hpp"

TEST_CASE("a clock line gives its fields, its zone and how far it can be trusted") {
    const auto plain = formats::parse_clock("14:02:11.345 UTC Tue Mar 9 2004\r\n");
    REQUIRE(plain);
    CHECK(formats::to_iso(plain->local) == "2004-03-09T14:02:11.345000Z");
    CHECK(plain->zone == "UTC");
    CHECK_FALSE(plain->never_set);
    CHECK_FALSE(plain->unsynchronised);

    const auto star = formats::parse_clock(
        "Load for five secs: 1%/0%; one minute: 1%\nTime source is NTP, 1\n*04:45:00.857 CET Thu "
        "Aug 7 2025");
    REQUIRE(star);
    CHECK(star->never_set);
    CHECK(star->zone == "CET");
    const auto dot = formats::parse_clock(".04:45:00 CET Thu Aug 7 2025");
    REQUIRE(dot);
    CHECK(dot->unsynchronised);
    CHECK(formats::to_iso(dot->local) == "2025-08-07T04:45:00.000000Z");

    for (const std::string text :
         {"", "14:02 UTC Tue Mar 9 2004", "25:02:11 UTC Tue Mar 9 2004", "14:02:11 UTC Tue Mrz 9 2004",
          "14:02:11 UTC Tue Feb 30 2004", "14:02:11.1234567 UTC Tue Mar 9 2004", "ERROR: % Invalid input"}) {
        CAPTURE(text);
        CHECK_FALSE(formats::parse_clock(text));
    }
}

TEST_CASE("only zone names with one meaning have an offset") {
    CHECK(formats::zone_offset("UTC") == std::chrono::minutes(0));
    CHECK(formats::zone_offset("CEST") == std::chrono::minutes(120));
    CHECK(formats::zone_offset("PST") == std::chrono::minutes(-480));
    CHECK_FALSE(formats::zone_offset("EST"));
    CHECK_FALSE(formats::zone_offset("LOCAL"));
}

TEST_CASE("show version gives version, model, host name and uptime") {
    const std::string pix7 =
        "\r\nCisco PIX Security Appliance Software Version 7.2(2) \r\n\r\nfw-a up 3 days 4 "
        "hours\r\n\r\n"
        "Hardware:   PIX-515E, 128 MB RAM, CPU Pentium II 433 MHz\r\n"
        "Configuration last modified by enable_15 at 12:54:16.272 UTC Fri Jul 4 2003\r\n";
    const auto reading =
        formats::parse_version(pix7, "Software Version ([0-9][^\\s,]*)", "(?m)^Hardware:\\s+([^,\\r\\n]+)");
    CHECK(reading.version == "7.2(2)");
    CHECK(reading.model == "PIX-515E");
    CHECK(reading.hostname == "fw-a");
    CHECK(reading.uptime == "3 days 4 hours");
    CHECK(reading.last_modified.starts_with("Configuration last modified by enable_15"));
    const auto ios = formats::parse_version("rtr1 uptime is 2 weeks, 1 day\n", "", "(");
    CHECK(ios.hostname == "rtr1");
    CHECK(ios.uptime == "2 weeks, 1 day");
    CHECK(ios.version.empty());
    CHECK(ios.model.empty());
}

TEST_CASE("the CPU load is what the profile's pattern finds") {
    const std::string pattern = "CPU utilization for 5 seconds = ([0-9]+)%";
    CHECK(formats::parse_cpu("CPU utilization for 5 seconds = 7%; 1 minute: 0%; 5 minutes: 0%", pattern) == 7);
    CHECK_FALSE(formats::parse_cpu("CPU utilization for 5 seconds = 700%", pattern));
    CHECK_FALSE(formats::parse_cpu("nothing", pattern));
    CHECK_FALSE(formats::parse_cpu("7%", "["));
    CHECK_FALSE(formats::parse_cpu("7%", ""));
}

TEST_CASE("sessions are read from every layout, one entry each") {
    const auto asa = formats::parse_sessions(
        "SID Client IP       Version Mode Encryption Hmac     State            Username\n"
        "0   192.0.2.9       2.0     IN   aes256-cbc sha1     SessionStarted   admin\n"
        "                            OUT  aes256-cbc sha1     SessionStarted   admin\n"
        "1   192.0.2.10      1.99    IN   3des       md5      Rcvd Password    pix\n");
    REQUIRE(asa.size() == 2);
    CHECK(asa[0].id == "0");
    CHECK(asa[0].client == "192.0.2.9");
    CHECK(asa[0].state == "SessionStarted");
    CHECK(asa[0].user == "admin");
    CHECK(asa[1].id == "1");
    CHECK(asa[1].state == "Rcvd Password");
    CHECK(asa[1].user == "pix");

    const auto pix6 = formats::parse_sessions(
        "Session ID   Client IP   Version  Encryption   State   Username\n"
        "0            192.0.2.9   1.5      3DES         6       pix\n");
    REQUIRE(pix6.size() == 1);
    CHECK(pix6[0].state == "6");
    CHECK(pix6[0].user == "pix");

    const auto who = formats::parse_sessions("   0: 10.1.1.2\n   1: 10.1.1.3\n");
    REQUIRE(who.size() == 2);
    CHECK(who[1].id == "1");
    CHECK(who[1].client == "10.1.1.3");

    const auto ios = formats::parse_sessions(
        "    Line       User       Host(s)              Idle       Location\n"
        "   0 con 0                idle                 00:10:00   \n"
        "*  2 vty 0     admin      idle                 00:00:00 192.0.2.9\n");
    REQUIRE(ios.size() == 2);
    CHECK(ios[0].client.empty());
    CHECK(ios[0].user.empty());
    CHECK_FALSE(ios[0].own);
    CHECK(ios[1].own);
    CHECK(ios[1].id == "2");
    CHECK(ios[1].user == "admin");
    CHECK(ios[1].client == "192.0.2.9");
    CHECK(formats::parse_sessions("There are no SSH sessions\n").empty());
}
