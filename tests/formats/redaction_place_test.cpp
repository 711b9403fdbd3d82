// Where a command stands, and where a secret ends: wrappers, abbreviations, wraps, blocks.

#include <doctest/doctest.h>

#include <string>

#include "redaction_marked.hpp"

using redaction_test::check_marked;

TEST_CASE("a command is found behind stamps, prompts, numbers, marks, quotes and tags") {
    for (const char* line : {
             "[2026-03-02 08:00:00.5] lyon(config)#enable secret «CANARYw1»",
             "Mar  2 2026 08:00:00.100 CET: lyon(config)#snmp-server community «CANARYw2» RO",
             "31:username ann password 0 «CANARYw3»",
             "backup/lyon.cfg:7: key «CANARYw4»",
             "lyon.cfg-8- password «CANARYw4b»",
             "```enable secret «CANARYw9b»```",
             "startup-config:passwd «CANARYw5» encrypted",
             ">  key «CANARYw6»",
             "! key «CANARYw7»",
             "+ pre-shared-key «CANARYw8»",
             "see `enable secret «CANARYw9»` there",
             "<td>snmp-server community «CANARYw10» RO</td>",
             "**enable secret «CANARYw11»**",
             "| enable secret «CANARYw12» | both |",
             "  \"lines\": [\"enable secret «CANARYw13»\", \"username ann secret «CANARYw14»\"]",
             "{\"x\":\"enable secret «CANARYw15»\\nusername ann password «CANARYw16»\"}",
             "write: b'username ann password «CANARYw17»\\n'",
             " action 4 cli command \"enable secret «CANARYw18»\"",
             "stop task_id=3 service=shell cmd=username ann password «CANARYw19» <cr>",
             "x 12 ann@vty1 | crypto isakmp key «CANARYw20» address 192.0.2.1",
         })
        check_marked(line);
}

TEST_CASE("keywords count as short as a device takes them where a person typed, and nowhere else") {
    for (const char* line : {
             "lyon(config)# cry isa ke «CANARYt1» add 192.0.2.1",
             "lyon(config)# usern ann privi 15 sec 0 «CANARYt2»",
             "fw(config-tunnel-ipsec)# pre «CANARYt3»",
             "fw(config)# aaa-s RAD (inside) host 192.0.2.8 «CANARYt4» time 5",
             " action 1 cli command \"ena sec «CANARYt5»\"",
             "%ASA-5-111010: User 'ann', running 'CLI' from IP 192.0.2.9, executed 'isa k «CANARYt6» add 192.0.2.1'",
             "lyon(config)# show run | sec isis",
             "lyon#show crypto isa key",
             "lyon(config-router)# nei 192.0.2.1 pas «CANARYt7»",
             "lyon(config-radius-server)# ke «CANARYt8»",
             "lyon(config)# rad key «CANARYt9»",
             "lyon(config-isakmp)# auth pre",
             "lyon(config)# aaa auth login default gr rad loc",
             "lyon(config)# key ch RINGS",
             "lyon(config)# cry isa pol 10",
             "lyon(config-if)# desc pre key site",
             "lyon(config)# aaa gr ser rad ISE",
             "usern ann sec CANARYprose is no command here",
         })
        check_marked(line);
}

TEST_CASE("a line after one of exactly the terminal's width is only taken when it shows that it goes on") {
    const std::string key = "CANARY-abcdefghij-abcdefghij-abcdefghij-abcdefghij-abcdefghij-abcdefghij-ab1";
    const std::string full = " key " + key.substr(0, 75);
    REQUIRE(full.size() == 80);
    for (const char* next :
         {"!", " pool ROADS", "alias exec sib show ip interface brief", "exit-address-family", "lyon# show clock"})
        check_marked(" key «" + key.substr(0, 75) + "»\n" + next + "\n");
    check_marked(" key «" + key.substr(0, 75) + "\n" + "x9Q-rest»\n!\n");
}

TEST_CASE("a long key goes on at the margin of the next line at any width") {
    check_marked(
        " ikev1 pre-shared-key 8 «JDYkuCANARYnwhFTx+cAMxiOukrZUiYoSptamkXTRWBT»\n«MAhTj78exK8TZjXb+YNmim==»\n "
        "peer-id-validate nocheck\n");
    check_marked(" pre-shared-key hex «7e192a408cfd6674b32e55c10373c18a1502131c7e192a40»\n«8cfd6674b32e»\nexit\n");
    check_marked(" pre-shared-key hex «7e192a408cfd6674b32e55c10373c18a1502131c7e192a40»\nexit\n 10\n");
}

TEST_CASE("a block takes what is its own and nothing else") {
    check_marked(
        "-----BEGIN PRIVATE KEY-----\na line of several words before it\nHeader:\n«CANARYLqURHbssgnUY0k28l8O3RW9»\n");
    check_marked(
        "Usage: passwd [options]\n  <user>      an account\n  <password>  what belongs to it\ninterface outside\n");
    check_marked("<password>\n«CANARYalone»\n</password>\ninterface outside\n");
    check_marked(
        "-----BEGIN PRIVATE KEY-----\n«CANARYLqURHbssgnUY0k28l8O3RW9t3XXNKHdJ8t9»\ninterface outside\nshutdown\n "
        "router bgp 1\n");
    check_marked(
        "Nov 30 10:00:00 gw charon-systemd[7]: SKEYSEED => 4 bytes @ 0x7f00\nNov 30 10:00:00 gw charon-systemd[7]:    "
        "0: «DE AD BE EF      CANA»\n"
        "Nov 30 10:00:00 gw charon-systemd[7]: received packet => 4 bytes @ 0x7f00\nNov 30 10:00:00 gw "
        "charon-systemd[7]:    0: DE AD BE EF      CANA\n");
}

TEST_CASE("what looks like a key and is none stays") {
    for (const char* line : {
             "  (key eng. msg.) OUTBOUND local= 192.0.2.1:500, remote= 203.0.113.1:500,",
             "\"lyon-psk\": added IKEv1 connection",
             "000 \"lyon-psk\":   policy: IKEv1+PSK+ENCRYPT+TUNNEL+PFS;",
             "IKE_SA gw[1] established between fd00::1[gw]...fd00::2[road@example.net]",
             "  rightid:road@example.net",
             "192.0.2.10\tgw7.example.net",
             "MAC Algorithms:umac-128-etm@openssh.com,chacha20-poly1305@openssh.com",
             "   password to the CA Administrator in order to revoke your certificate.",
             "    \"password\": null,",
             "    \"password\": \"VALUE_SPECIFIED_IN_NO_LOG_PARAMETER\"",
             "  \"password\": {",
             "enable secret 5 <secret hidden>",
             "snmp-server community <configuration removed>",
             "no enable password level 4",
             "password strength-check",
             "  Key exchange algorithms: ecdh-sha2-nistp256",
             "  leftcert=pkcs11:manufacturer=Example;token=gw-label;id=%01",
             " description key accounts team, password rotation in march",
             "CTS password is defined in keystore, device-id = switch0001",
         })
        check_marked(line);
}
