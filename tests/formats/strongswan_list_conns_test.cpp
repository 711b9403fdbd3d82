#include <doctest/doctest.h>

#include "formats/strongswan/list_conns.hpp"

using formats::children_towards;
using Names = std::vector<std::string>;

namespace {

// As swanctl 5.9.8 prints it; a second connection and a trap policy added.
const std::string two_connections =
    "net: IKEv1, reauthentication every 10800s, no rekeying\n"
    "  local:  198.51.100.1\n"
    "  remote: 203.0.113.1\n"
    "  local pre-shared key authentication:\n"
    "    id: 198.51.100.1\n"
    "  remote pre-shared key authentication:\n"
    "    id: 203.0.113.1\n"
    "  net: TUNNEL, rekeying every 3600s\n"
    "    local:  10.1.1.0/24\n"
    "    remote: 10.2.2.0/24\n"
    "  voice: TUNNEL, rekeying every 3600s\n"
    "    local:  10.1.9.0/24\n"
    "    remote: 10.2.9.0/24\n"
    "spoke: IKEv2, no reauthentication, rekeying every 14400s, dpd delay 30s\n"
    "  local:  %any\n"
    "  remote: 192.0.2.7, 192.0.2.8\n"
    "  spoke-lan: TUNNEL, no rekeying, dpd action is clear\n"
    "    local:  10.1.1.0/24\n"
    "    remote: 10.3.3.0/24\n";

}  // namespace

TEST_CASE("the children of the connection with the peer, in their order") {
    CHECK(children_towards(two_connections, "203.0.113.1") == Names{"net", "voice"});
    CHECK(children_towards(two_connections, "192.0.2.8") == Names{"spoke-lan"});
    CHECK(children_towards(two_connections, "192.0.2.9").empty());
    CHECK(children_towards(two_connections, "") == Names{"net", "voice", "spoke-lan"});
}

TEST_CASE("what is no such text has no children") {
    CHECK(children_towards("", "").empty());
    CHECK(children_towards("connecting to 'unix:///run/charon.vici' failed: No such file or directory\n", "").empty());
    CHECK(children_towards("  net: TUNNEL, rekeying\n", "203.0.113.1").empty());
    // The head of the connection is cut off: whose children these are is not known.
    CHECK(children_towards("  remote: 203.0.113.1\n  net: TUNNEL, rekeying\n", "203.0.113.1").empty());
}
