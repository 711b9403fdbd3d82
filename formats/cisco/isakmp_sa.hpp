#pragma once
// The phase 1 tables of PIX, ASA and IOS (`show crypto isakmp sa`, `show crypto ikev2 sa`) as rows.
// Layouts, all read by one tolerant parser whatever the platform:
//
//   PIX 6     dst  src  state  pending  created            PIX 5, IOS 12   dst  src  state  conn-id
//   slot [status] IOS 15    dst  src  state  conn-id  status ["(deleted)"] PIX 7, ASA   "N   IKE
//   Peer: X", then "Type : T  Role : R" and "Rekey : R  State : S" lines ASA IKEv2    "Tunnel-id
//   Local Remote [fvrf/ivrf] Status Role" rows with "Child sa:" blocks
//
// Lines that are not understood are counted. Never throws; at most `most_rows` rows are kept.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace formats {

enum class IkeRole : std::uint8_t { unknown, initiator, responder };

struct IkeChild {
    std::string local_selector, remote_selector;  ///< "10.1.1.0/0 - 10.1.1.255/65535", as printed
    std::uint32_t inbound_spi = 0, outbound_spi = 0;
};

struct IsakmpSa {
    unsigned version = 1;     ///< of IKE
    std::string peer;         ///< address; empty where the table names only dst and src
    std::string destination;  ///< PIX 6, IOS: the responder's address
    std::string source;       ///< PIX 6, IOS: the initiator's; ASA IKEv2: the local address
    IkeRole role = IkeRole::unknown;
    std::string state;  ///< "QM_IDLE", "MM_ACTIVE", "MM_WAIT_MSG4", "READY"
    std::string type;   ///< "L2L", "user"; ASA only
    bool rekey = false;
    bool deleted = false;  ///< IOS: "(deleted)"
    std::vector<IkeChild> children;

    /// True when one end of this SA is `address`.
    bool concerns(std::string_view address) const;
    /// Who started it, as seen by the device whose peer is `address`.
    IkeRole role_towards(std::string_view address) const;
    /// Phase 1 is complete. Says nothing about phase 2.
    bool is_up() const;
};

struct IsakmpTable {
    std::vector<IsakmpSa> sas;
    bool says_none = false;  ///< "There are no isakmp sas", or counters of zero
    std::optional<std::uint64_t> total, embryonic;
    std::uint64_t unknown_lines = 0;
    bool cut = false;  ///< more rows than are kept

    static constexpr std::size_t most_rows = 20'000;
};

IsakmpTable parse_isakmp_sa(std::string_view text);

}  // namespace formats
