// Which key is for which peer, and whether both ends hold the same one.

#include "formats/cisco/pre_shared_keys.hpp"

#include <doctest/doctest.h>

#include <string>

#include "redaction_text.hpp"

using formats::PreSharedKey;
using formats::PskVerdict;

namespace {

std::vector<PreSharedKey> keys_in(const std::string& configuration, formats::Redaction& redaction) {
    return formats::pre_shared_keys(formats::parse_crypto_config(configuration), configuration, redaction);
}

}  // namespace

TEST_CASE("of each key its peer, its line and a placeholder are kept, never the value") {
    const auto redaction = redaction_test::make_redaction();
    const std::string pix6 =
        "PIX Version 6.3(5)\nisakmp key CANARYaddress address 203.0.113.7 netmask 255.255.255.255\n"
        "isakmp key ******** address 198.51.100.1 netmask 255.255.255.255\n";
    const auto keys = keys_in(pix6, *redaction);
    REQUIRE(keys.size() == 2);
    CHECK(keys[0].line == 2);
    CHECK(keys[0].value.starts_with("[REDACTED:psk:"));
    CHECK(keys[0].value.ends_with("]"));
    CHECK(keys[1].value == "********");
    REQUIRE(formats::keys_for(keys, {}, "203.0.113.7").size() == 1);
    CHECK(formats::keys_for(keys, {}, "203.0.113.7")[0].line == 2);
    CHECK(formats::keys_for(keys, {}, "203.0.113.8").empty());
}

TEST_CASE("a key behind a name is found by the address it stands for") {
    const auto redaction = redaction_test::make_redaction();
    const std::string asa =
        "ASA Version 8.2(1)\nname 203.0.113.7 branch-outside\ntunnel-group branch-outside type ipsec-l2l\n"
        "tunnel-group branch-outside ipsec-attributes\n pre-shared-key CANARYnamed\n";
    const auto parsed = formats::parse_crypto_config(asa);
    const auto keys = formats::pre_shared_keys(parsed, asa, *redaction);
    REQUIRE(formats::keys_for(keys, parsed.names, "203.0.113.7").size() == 1);
    CHECK(keys[0].line == 5);
}

TEST_CASE("the verdict over all keys of a tunnel") {
    const std::string one = "[REDACTED:psk:0123456789ab]", two = "[REDACTED:psk:ba9876543210]";
    const PreSharedKey v1{"p", "ikev1", one, 3}, v1_other{"p", "ikev1", two, 4}, v1_masked{"p", "ikev1", "*****", 5};
    const PreSharedKey pix6{"p", "isakmp key", one, 6};
    const PreSharedKey local{"p", "ikev2 local", one, 7}, remote{"p", "ikev2 remote", two, 8};
    const PreSharedKey other_local{"p", "ikev2 local", two, 9}, other_remote{"p", "ikev2 remote", one, 10};
    CHECK(formats::compare_keys({v1}, {pix6}).verdict == PskVerdict::match);
    CHECK(formats::compare_keys({v1}, {v1_other}).verdict == PskVerdict::differ);
    CHECK(formats::compare_keys({v1}, {v1_masked}).verdict == PskVerdict::unverifiable);
    CHECK(formats::compare_keys({v1}, {}).verdict == PskVerdict::unverifiable);
    // IKEv2: what one end sends is what the other expects.
    CHECK(formats::compare_keys({local, remote}, {other_local, other_remote}).verdict == PskVerdict::match);
    CHECK(formats::compare_keys({local, remote}, {local, remote}).verdict == PskVerdict::differ);
    CHECK(formats::compare_keys({v1, local}, {v1_masked, other_remote}).verdict == PskVerdict::unverifiable);
    CHECK(formats::compare_keys({v1_masked, local}, {v1, remote}).verdict == PskVerdict::differ);
    const auto differ = formats::compare_keys({v1, local, remote}, {v1_other, other_local, other_remote});
    CHECK(differ.line == 3);
    CHECK(differ.other_line == 4);
}

TEST_CASE("keys read in clear take the place of masked ones and keep the lines of the configuration in the bundle") {
    std::vector<PreSharedKey> keys{{"203.0.113.7", "ikev1", "*", 40}};
    formats::take_values(keys, {{"203.0.113.7", "ikev1", "[REDACTED:psk:0123456789ab]", 38},
                                {"other", "ikev1", "[REDACTED:psk:ba9876543210]", 41}});
    REQUIRE(keys.size() == 2);
    CHECK(keys[0].value == "[REDACTED:psk:0123456789ab]");
    CHECK(keys[0].line == 40);
    CHECK(keys[1].line == 0);
}
