#include <doctest/doctest.h>

#include <string>

#include "formats/strongswan/list_sas.hpp"

namespace {

const std::string up =
    "net: #3, ESTABLISHED, IKEv1, 1c2bd5a7c1f0e2aa_i* 9f0e8d7c6b5a4938_r\n"
    "  local  '198.51.100.1' @ 198.51.100.1[4500]\n"
    "  remote '203.0.113.1' @ 203.0.113.1[4500]\n"
    "  3DES_CBC/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024\n"
    "  established 2s ago, reauth in 13418s\n"
    "  net: #7, reqid 1, INSTALLED, TUNNEL-in-UDP, ESP:3DES_CBC/HMAC_SHA1_96\n"
    "    installed 2s ago, rekeying in 3301s, expires in 3958s\n"
    "    in  c1d2e3f4,     84 bytes,     1 packets,     2s ago\n"
    "    out c5d6e7f8,    168 bytes,     2 packets,     2s ago\n"
    "    local  10.1.1.0/24\n"
    "    remote 10.2.2.0/24\n";

}  // namespace

TEST_CASE("swanctl --list-sas: a tunnel that is up, with whom, with which SPIs") {
    const auto state = formats::parse_list_sas(up, "203.0.113.1");
    CHECK(state.stage == formats::TunnelState::Stage::up);
    CHECK(state.phase1_up);
    CHECK(state.phase1_state == "ESTABLISHED");
    CHECK(state.role == formats::IkeRole::initiator);
    CHECK(state.spis == std::set<std::pair<bool, std::uint32_t>>{{true, 0xc1d2e3f4U}, {false, 0xc5d6e7f8U}});
    CHECK(state.decaps == 1);
    CHECK(state.encaps == 2);
    CHECK(formats::parse_list_sas(up, "").stage == formats::TunnelState::Stage::up);
    CHECK(formats::parse_list_sas(up, "192.0.2.1").stage == formats::TunnelState::Stage::down);
}

TEST_CASE("swanctl --list-sas: half-way, down, and what is no table") {
    const std::string half =
        "net: #3, CONNECTING, IKEv1, 1c2bd5a7c1f0e2aa_i* 0000000000000000_r\n"
        "  local  '%any' @ 198.51.100.1[500]\n  remote '%any' @ 203.0.113.1[500]\n";
    const auto building = formats::parse_list_sas(half, "203.0.113.1");
    CHECK(building.stage == formats::TunnelState::Stage::building);
    CHECK_FALSE(building.phase1_up);
    CHECK(building.phase1_state == "CONNECTING");
    CHECK(formats::parse_list_sas("", "203.0.113.1").stage == formats::TunnelState::Stage::down);
    CHECK(formats::parse_list_sas("-bash: swanctl: command not found\n", "").stage ==
          formats::TunnelState::Stage::down);
    // Cut anywhere, it is never more than it says.
    for (std::size_t size = 0; size < up.size(); ++size)
        (void)formats::parse_list_sas(up.substr(0, size), "203.0.113.1");
}
