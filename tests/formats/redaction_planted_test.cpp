// Text made of lines as devices and people write them, with one secret planted at a random place: it must go, and nothing
// else may change.

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "redaction_text.hpp"

namespace {

const std::vector<std::string> ordinary = {
    "hostname lyon-edge",
    "interface GigabitEthernet0/0/1",
    " description uplink to provider, ticket 4711",
    " ip address 192.0.2.1 255.255.255.0",
    "crypto isakmp policy 10",
    " authentication pre-share",
    " encryption aes 256",
    " hash sha256",
    " group 14",
    " lifetime 28800",
    "!",
    "crypto ipsec transform-set T esp-aes 256 esp-sha256-hmac",
    "crypto map VPN 10 ipsec-isakmp",
    " set peer 198.51.100.7",
    " set pfs group14",
    " match address VPN-ACL",
    "ip access-list extended VPN-ACL",
    " permit ip 10.1.0.0 0.0.255.255 10.2.0.0 0.0.255.255",
    "tunnel-group 198.51.100.7 type ipsec-l2l",
    "tunnel-group 198.51.100.7 ipsec-attributes",
    " isakmp keepalive threshold 15 retry 5",
    "aaa authentication login default group radius local",
    "service password-encryption",
    "no service password-recovery",
    "username guest nopassword",
    "snmp-server location Key Room 4, secret stairs",
    "snmp-server enable traps ipsec tunnel start",
    "ntp server 192.0.2.30 key 1 prefer",
    "key chain EIGRP-KEYS",
    " key 1",
    "router bgp 64500",
    " neighbor 198.51.100.9 remote-as 64501",
    "  password is configured",
    "        Password: not required, none, in use",
    "VTP Password is configured.",
    "Nov 25 10:00:01.101: ISAKMP:(1001): processing KE payload. message ID = 0",
    "IPSEC(sa_request): ,",
    "  (key eng. msg.) OUTBOUND local= 192.0.2.1:500, remote= 198.51.100.7:500,",
    "    protocol= ESP, transform= esp-aes 256 esp-sha256-hmac  (Tunnel),",
    "ISAKMP:(0):No pre-shared key with 198.51.100.9!",
    "        transform: esp-256-aes esp-sha256-hmac ,",
    "        spi: 0x7A3B1C2D(2050694189)",
    "        sa timing: remaining key lifetime (k/sec): (4374000/2878)",
    "%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Main mode failed with peer at 198.51.100.7",
    "05[IKE] <lyon|1> IKE_SA lyon[1] established between 192.0.2.1[gw]...198.51.100.7[road@example.net]",
    "05[CFG] loaded IKE shared key with id 'ike-lyon' for: 'gw.example.net'",
    "000 \"lyon-psk\": 192.0.2.1...198.51.100.7; unrouted; my_ip=unset;",
    "\"lyon-psk\" #1: STATE_MAIN_I4: ISAKMP SA established",
    "05[NET] received packet: from 198.51.100.7[500] to 192.0.2.1[500] (432 bytes)",
    "  leftid=gw@example.net",
    "  authby=secret",
    "  ike=aes256-sha2_256-modp2048",
    "lyon-edge#show crypto isakmp sa",
    "lyon-edge# show run | sec isis",
    "IPv4 Crypto ISAKMP SA",
    "dst             src             state          conn-id status",
    "198.51.100.7    192.0.2.1       QM_IDLE           1001 ACTIVE",
    "MAC Algorithms:hmac-sha2-256-etm@openssh.com,hmac-sha2-512",
    "127.0.0.1\tlocalhost",
    "192.0.2.10\tgw.example.net",
    "access-list OUT remark keys are kept by the desk",
    "% Create a challenge password. You will need to verbally provide this",
    "   password to the CA Administrator in order to revoke your certificate.",
    "  \"enabled\": true, \"password\": null,",
    "enable secret 5 <secret hidden>",
    "radius-server key *****",
    "Serial Number: JMX1523SYN0",
    "Cryptochecksum:3f1d0c9b8a7e6f5d4c3b2a1908f7e6d5",
    "banner motd Your password expires; do not share keys.",
    "end",
};

struct Planted {
    const char *before, *after;
};
const std::vector<Planted> planted = {
    {"enable secret 0 ", ""},
    {"username ann privilege 15 password 0 ", ""},
    {"crypto isakmp key ", " address 198.51.100.7"},
    {" ikev1 pre-shared-key ", ""},
    {" pre-shared-key remote ", ""},
    {"  pre-shared-key address 198.51.100.7 key ", ""},
    {"snmp-server community ", " RO 99"},
    {"snmp-server host 192.0.2.20 version 2c ", ""},
    {"aaa-server ISE (inside) host 192.0.2.11 ", " timeout 5"},
    {"radius-server host 192.0.2.11 auth-port 1812 key ", ""},
    {" neighbor 198.51.100.9 password ", ""},
    {"ntp authentication-key 1 md5 ", ""},
    {"lyon-edge(config)# cry isa ke ", " add 198.51.100.7"},
    {"Nov 25 10:00:01.101: %PARSER-5-CFGLOG_LOGGEDCMD: User:ann  logged command:enable secret ", ""},
    {"%ASA-5-111008: User 'ann' executed the 'isakmp key ", " address 198.51.100.7' command."},
    {"192.0.2.1 198.51.100.7: PSK \"", "\""},
    {"      secret = ", ""},
    {"{\"user\": \"ann\", \"password\": \"", "\", \"port\": 22}"},
    {"ansible_ssh_pass=", ""},
    {"<auth><username>ann</username><password>", "</password></auth>"},
    {" description uplink, psk of lyon is ", ""},
    {"copy scp://ann:", "@192.0.2.9/lyon.cfg flash:"},
    {"Password: ", ""},
    {"X-Auth-Token: ", ""},
    {"$ curl -k -u ann:", " https://192.0.2.1/"},
    {"*Nov 30 10:00:00.000: RADIUS:  Tunnel-Password     [69]  20  00:\"", "\""},
    {"Pre-shared key: ", ""},
    {"  key-string ", ""},
    {"12:username ann password ", ""},
    {"> failover key ", ""},
};

std::string made_up_secret(std::mt19937& random) {
    constexpr std::string_view letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";
    std::string secret = "CANARY";
    for (std::size_t left = 4 + random() % 12; left > 0; --left) secret.push_back(letters[random() % letters.size()]);
    return secret + std::to_string(random() % 10) + "x" + std::to_string(random() % 10);
}

}  // namespace

TEST_CASE("one secret planted in text of devices goes, and nothing else changes") {
    std::mt19937 random(20261130);
    for (int round = 0; round < 300; ++round) {
        const Planted& form = planted[static_cast<std::size_t>(round) % planted.size()];
        const std::string secret = made_up_secret(random);
        std::string before, after;
        for (std::size_t i = random() % 30; i > 0; --i)
            before.append(ordinary[random() % ordinary.size()]).append("\n");
        for (std::size_t i = random() % 30; i > 0; --i) after.append(ordinary[random() % ordinary.size()]).append("\n");
        const std::string line = form.before + secret + form.after;
        CAPTURE(line);
        const std::string redacted = redaction_test::redact(before + line + "\n" + after);
        CHECK(redacted.find(secret) == std::string::npos);
        const std::string begin = before + form.before + "[REDACTED:",
                          end = std::string("]") + form.after + "\n" + after;
        CAPTURE(redacted);
        CHECK(redacted.starts_with(begin));
        CHECK(redacted.ends_with(end));
        CHECK(redacted.find(']', begin.size()) == redacted.size() - end.size());
    }
}

TEST_CASE("text of devices without a secret comes out as it is") {
    std::mt19937 random(7);
    std::string text;
    for (int i = 0; i < 4000; ++i) text.append(ordinary[random() % ordinary.size()]).append("\n");
    CHECK(redaction_test::redact(text) == text);
}
