#include "formats/tunnel/path_guard.hpp"

#include <doctest/doctest.h>

using namespace formats;

namespace {

constexpr const char* configuration = R"(: Saved
PIX Version 7.2(4)
hostname hq
names
interface Ethernet0
 nameif outside
 security-level 0
 ip address 198.51.100.1 255.255.255.0
access-list vpn extended permit ip 10.1.1.0 255.255.255.0 10.2.2.0 255.255.255.0
access-list vpn extended deny ip 10.1.1.0 255.255.255.0 10.3.3.0 255.255.255.0
crypto map branches 10 match address vpn
crypto map branches 10 set peer 203.0.113.7
crypto map branches 10 set transform-set strong
crypto map branches interface outside
: end
[OK]
)";

}  // namespace

TEST_CASE("a login from inside the remote network is said to run through the tunnel") {
    const auto config = formats::parse_crypto_config(configuration);
    const Path path = path_of_login(config, "10.2.2.77");
    CHECK(path.verdict == PathVerdict::through);
    CHECK(path.reason.find("10.2.2.0/24 behind 203.0.113.7") != std::string::npos);
}

TEST_CASE("a login from anywhere else runs beside it, also from what the access list denies") {
    const auto config = formats::parse_crypto_config(configuration);
    CHECK(path_of_login(config, "192.0.2.5").verdict == PathVerdict::beside);
    CHECK(path_of_login(config, "10.3.3.3").verdict == PathVerdict::beside);
    CHECK(path_of_login(config, "10.1.1.5").verdict == PathVerdict::beside);
}

TEST_CASE("what cannot be read is not taken for safe") {
    CHECK(path_of_login(formats::parse_crypto_config(configuration), "").verdict == PathVerdict::unknown);
    CHECK(path_of_login(formats::parse_crypto_config(configuration), "console").verdict == PathVerdict::unknown);
    CHECK(path_of_login({}, "192.0.2.5").verdict == PathVerdict::unknown);
}
