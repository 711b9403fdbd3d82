#include "formats/incident/target.hpp"

#include <doctest/doctest.h>

#include <vector>

using formats::Transport;

namespace {
struct Row {
    std::string text;
    Transport transport;
    std::string user, host;
    int port;
};
}  // namespace

TEST_CASE("a target names transport, user, host and port") {
    const std::vector<Row> rows{
        {"branch-fw", Transport::ssh, "", "branch-fw", 0},
        {"192.0.2.1", Transport::ssh, "", "192.0.2.1", 0},
        {"pix@192.0.2.1", Transport::ssh, "pix", "192.0.2.1", 0},
        {"pix@192.0.2.1:2222", Transport::ssh, "pix", "192.0.2.1", 2222},
        {"a@b@host", Transport::ssh, "a@b", "host", 0},
        {"ssh://CORP\\pix@192.0.2.1:22", Transport::ssh, "CORP\\pix", "192.0.2.1", 22},
        {"ssh://CORP%5cpix@192.0.2.1", Transport::ssh, "CORP\\pix", "192.0.2.1", 0},
        {"telnet://pix%40corp.example@192.0.2.1", Transport::telnet, "pix@corp.example", "192.0.2.1", 0},
        {"CORP\\pix@192.0.2.1", Transport::ssh, "CORP\\pix", "192.0.2.1", 0},
        {"a%5cb@192.0.2.1", Transport::ssh, "a%5cb", "192.0.2.1", 0},
        {"ssh://pix@192.0.2.1:22", Transport::ssh, "pix", "192.0.2.1", 22},
        {"SSH://host/", Transport::ssh, "", "host", 0},
        {"telnet://203.0.113.7", Transport::telnet, "", "203.0.113.7", 0},
        {"telnet://ops@host:65535", Transport::telnet, "ops", "host", 65535},
        {"ssh://[2001:db8::1]:22", Transport::ssh, "", "2001:db8::1", 22},
        {"pix@[2001:db8::1]", Transport::ssh, "pix", "2001:db8::1", 0},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const auto target = formats::parse_target(row.text);
        REQUIRE(target);
        CHECK(target->transport == row.transport);
        CHECK(target->user == row.user);
        CHECK(target->host == row.host);
        CHECK(target->port == row.port);
        CHECK(target->written == row.text);
    }
}

TEST_CASE("a target that cannot be used is refused as usage") {
    const std::vector<std::string> rows{"",
                                        "ssh://",
                                        "@host",
                                        "ssh://@host",
                                        "host:0",
                                        "host:65536",
                                        "host:",
                                        "host:x",
                                        "host:+22",
                                        "host:000022",
                                        "2001:db8::1",
                                        "[2001:db8::1",
                                        "[2001:db8::1]22",
                                        "[192.0.2.1]",
                                        "[host]",
                                        "[2001:db8::g]",
                                        "http://host",
                                        "rlogin://host",
                                        "exec:",
                                        "exec:  ",
                                        "exec://plink",
                                        "-oProxyCommand=x",
                                        "u@-host",
                                        "ssh://u%2@host",
                                        "ssh://%2du@host",
                                        "ssh://u%0a@host",
                                        "ssh://u%20v@host",
                                        "-u@host",
                                        "ho st",
                                        "host/path",
                                        "ssh://host/path",
                                        "ho\nst",
                                        "host\x7f",
                                        std::string("ho\0st", 5),
                                        "exec:plink\nx",
                                        "host?",
                                        "host?legacy",
                                        "host?=yes",
                                        "host?platfrom=pix7",
                                        "host?legacy=yes&legacy=no",
                                        "host?platform=%",
                                        "host?platform=%4",
                                        "host?platform=%zz",
                                        "host?platform=pix7%0a",
                                        std::string(5000, 'a')};
    for (const std::string& text : rows) {
        CAPTURE(text);
        const auto target = formats::parse_target(text);
        if (text == "host?") {  // an empty query is none
            CHECK(target);
            continue;
        }
        REQUIRE_FALSE(target);
        CHECK(target.error().kind == formats::ErrorKind::usage);
        CHECK_FALSE(target.error().detail.empty());
    }
}

TEST_CASE("a password in a target is refused with the remedy and never repeated") {
    const std::vector<std::string> rows{"ssh://pix:CANARY1@192.0.2.1",
                                        "telnet://pix:CANARY2@192.0.2.1:23",
                                        "pix:CANARY3@192.0.2.1",
                                        "ssh://pix:CANARY4@x@192.0.2.1",
                                        "ssh://pix:CANARY5?@192.0.2.1",
                                        "ssh:pix:CANARY6@192.0.2.1",
                                        "ssh://host?password=CANARY7",
                                        "ssh://host?enable=CANARY8",
                                        "https://u:CANARY9@host",
                                        "exec:plink -ssh -pw CANARY10 pix@192.0.2.1",
                                        "exec:sshpass -p CANARY11 ssh pix@192.0.2.1",
                                        "exec:sshpass -pCANARY12 ssh h",
                                        "exec:/usr/bin/sshpass -v -p CANARY13 ssh h",
                                        "exec:plink '-pw' CANARY14 h",
                                        "exec:sh -c \"sshpass -p CANARY15 ssh h\"",
                                        "exec:telnet-client telnet://u:CANARY16@h",
                                        "exec:sshpass -f /run/x -p CANARY17 ssh h",
                                        "exec:sshpass -vpCANARY18 ssh h",
                                        "exec:sshpass -f/run/x -vp CANARY19 ssh h",
                                        "exec:plink -pwCANARY20 h",
                                        "exec:plink -PWCANARY21 h",
                                        "exec:env SSHPASS=CANARY22 sshpass -e ssh h",
                                        "exec:console --password CANARY23 ts1",
                                        "exec:console --password=CANARY24 ts1",
                                        "exec:console -password CANARY25 ts1",
                                        "exec:console --user-pw CANARY26 ts1",
                                        "exec:console --passphrase 'CANARY 27' ts1",
                                        "exec:console /pass:CANARY28 ts1",
                                        "exec:ipmitool -H h -U adm -P CANARY29 sol activate",
                                        "exec:mytool -p CANARY30 h",
                                        "exec:curl -u ops:CANARY31 telnet://h",
                                        "exec:smbclient -U ops%CANARY32 h",
                                        "exec:login ops:CANARY33@h",
                                        "exec:socat - OPENSSL:h:1,password=CANARY34",
                                        "exec:env API_TOKEN=CANARY35 console h",
                                        "exec:sh -c 'PASSWORD=CANARY36 console h'",
                                        "exec:sshpass -e console --token CANARY37 h",
                                        "exec:vault --secret CANARY38 h"};
    for (const std::string& text : rows) {
        CAPTURE(text);
        const auto target = formats::parse_target(text);
        REQUIRE_FALSE(target);
        const std::string message = target.error().message();
        CHECK(message.find("CANARY") == std::string::npos);
        if (text.find("?@") == std::string::npos && !text.starts_with("https"))
            CHECK(message.find("password-from") != std::string::npos);
    }
}

TEST_CASE("options that only look like a password are not refused") {
    for (const std::string text : {"exec:sshpass -f /run/hq ssh -p 22 h",
                                   "exec:sshpass -e ssh -p 22 h",
                                   "exec:plink -pwfile /run/hq h",
                                   "exec:ssh -p 2222 h",
                                   "exec:cu -l /dev/ttyS0",
                                   "exec:plink -P 2222 h",
                                   "exec:picocom -p none -b 9600 /dev/ttyS0",
                                   "exec:sshpass -P Passcode -f /run/hq ssh h",
                                   "exec:ssh -o PasswordAuthentication=no -o NumberOfPasswordPrompts=1 ops@h",
                                   "exec:ssh -o PreferredAuthentications=password h",
                                   "exec:console --password-file /run/hq ts1",
                                   "exec:env PASSWORD_FILE=/run/hq console ts1",
                                   "exec:env PWD=/tmp console ts1",
                                   "exec:sh -c 'console --password $HQ ts1'",
                                   "exec:console --ask-pass ts1",
                                   "exec:socat - TCP:192.0.2.1:2001,crnl",
                                   "exec:ftp -o passive=yes h",
                                   "exec:ssh -J ops@bastion:22 pix@192.0.2.1",
                                   "exec:telnet 192.0.2.1 2001",
                                   "exec:telnet passau-gw:2001",
                                   "exec:sh /opt/pass/login hq",
                                   "exec:screen /dev/ttyUSB0 9600"}) {
        CAPTURE(text);
        const auto target = formats::parse_target(text);
        REQUIRE(target);
        CHECK(target->transport == Transport::exec);
        CHECK("exec:" + target->command == text);
    }
}

TEST_CASE("the query is percent-decoded and does not stand in the written form") {
    const auto target =
        formats::parse_target("ssh://pix@192.0.2.1?platform=pix7&legacy=yes&password-from=command%3Apass%20a%26b");
    REQUIRE(target);
    CHECK(target->written == "ssh://pix@192.0.2.1");
    CHECK(target->query.at("platform") == "pix7");
    CHECK(target->query.at("legacy") == "yes");
    CHECK(target->query.at("password-from") == "command:pass a&b");
}

TEST_CASE("an argument is split at the first = only behind a name") {
    const auto named = formats::parse_endpoint_argument("hq=ssh://pix@192.0.2.1?platform=pix7");
    REQUIRE(named);
    CHECK(named->name == "hq");
    CHECK(named->target.host == "192.0.2.1");
    CHECK(named->target.query.at("platform") == "pix7");

    const auto unnamed = formats::parse_endpoint_argument("ssh://192.0.2.1?platform=pix7");
    REQUIRE(unnamed);
    CHECK(unnamed->name.empty());

    const auto command = formats::parse_endpoint_argument("exec:ssh -o User=x h");
    REQUIRE(command);
    CHECK(command->name.empty());
    CHECK(command->target.command == "ssh -o User=x h");

    CHECK_FALSE(formats::parse_endpoint_argument("hq="));
}

TEST_CASE("names are short and plain") {
    for (const std::string name : {"a", "hq", "HQ-1.fw_a", "0", "abcdefghijklmnopqrstuvwxyz012345"})
        CHECK(formats::is_endpoint_name(name));
    for (const std::string name :
         {"", ".a", "-a", "_a", "a b", "a/b", "a=b", "a:b", "\xc3\xa9", "abcdefghijklmnopqrstuvwxyz0123456"})
        CHECK_FALSE(formats::is_endpoint_name(name));
}
