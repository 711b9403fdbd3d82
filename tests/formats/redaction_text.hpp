#pragma once
// Texts with planted secrets for the redaction tests. Every secret starts with CANARY.

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "formats/redaction/redaction.hpp"

namespace redaction_test {

/// The same key in every test, so that outputs can be compared.
inline std::shared_ptr<formats::Redaction> make_redaction(std::vector<std::string> words = {}) {
    formats::RedactionSettings settings;
    settings.key = std::string(32, 'k');
    settings.words = std::move(words);
    auto made = formats::Redaction::make(settings);
    return made ? *made : nullptr;
}

inline std::string redact(std::string_view text) { return make_redaction()->redact(text).str(); }

/// Through one stream, cut where `cuts` says.
inline std::string redact_in_pieces(std::string_view text, std::mt19937& random, std::size_t longest) {
    const auto redaction = make_redaction();
    auto stream = redaction->stream();
    std::string out;
    while (!text.empty()) {
        const std::size_t size = std::min<std::size_t>(text.size(), 1 + random() % longest);
        out += stream.feed(text.substr(0, size))->str();
        text.remove_prefix(size);
    }
    return out + stream.finish()->str();
}

/// A device's output with secrets in every kind of place, and with `end` as line break.
inline std::string device_text(std::string_view end) {
    const char* const lines[] = {
        ": Saved",
        "hostname hq-pix",
        "enable password CANARYenable1 encrypted",
        "isakmp key CANARYpsk-one address 198.51.100.77 netmask 255.255.255.255 no-xauth",
        "crypto map outside_map 10 set peer 198.51.100.77",
        "aaa-server RADIUS (inside) host 192.0.2.6 CANARYradius timeout 5",
        "snmp-server community CANARYcommunity",
        "username ops password CANARYuser1 encrypted privilege 15",
        "tunnel-group 203.0.113.20 ipsec-attributes",
        " ikev1 pre-shared-key CANARY with blanks",
        " isakmp keepalive threshold 15 retry 5",
        "copy ftp://backup:CANARYftp@192.0.2.11/pix.cfg flash:",
        "-----BEGIN RSA PRIVATE KEY-----",
        "CANARYHcxfLm5MCqWAjg1wgOGYPIfG14gL416jH9vrIF2g4YUuaGe512Ptv47yvJ",
        "-----END RSA PRIVATE KEY-----",
        "05[IKE] SKEYID => 16 bytes @ 0x7f3a5c0026b0",
        "05[IKE]    0: 6A C9 3C 74 E3 AA F0 39 DF 0B 63 93 97 FA 1C 53  CANARYdump.Ukgy!",
        "hq-pix(config)# isakmp key CANARYtyped address 198.51.100.92",
        "<--- More --->\r              \rvpngroup x password CANARYgroup",
        "R1# enable secret CANARYtypo\b\b\b\b\b\b\b\b\b\bCANARYright",
        "\x1b[1musername ansi secret CANARYansi\x1b[0m",
        "Password: CANARYprompt",
        " description psk of Lyon is CANARYpsk-one, ask Ann",
        "Cryptochecksum:3f1d0c9b8a7e6f5d4c3b2a1908f7e6d5",
    };
    std::string text;
    for (const char* line : lines) text.append(line).append(end);
    return text;
}

}  // namespace redaction_test
