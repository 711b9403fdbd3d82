#pragma once
// Access lists and the network groups they name, as PIX, ASA and IOS write them:
//
//   access-list NAME [line N] [extended] permit|deny PROTO SRC [PORTS] DST [PORTS] [option...]
//   access-list NAME standard permit|deny NET            ip access-list extended NAME + indented
//   entries (IOS) PROTO = word | object NAME | object-group NAME SRC, DST = any | any4 | host A | A
//   MASK | object NAME | object-group NAME | interface IF PORTS = eq P | neq P | lt P | gt P |
//   range P Q | object-group NAME
//
// MASK is a netmask on PIX and ASA and a wildcard on IOS; A may be a name of the `names` table.
// Operands stay as written; expand() resolves them against a configuration.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "formats/cisco/device_text.hpp"

namespace formats {

struct ConfigLine {
    std::uint32_t number = 0;  ///< from 1
    std::string text;
};

/// One side of an entry, or a member of a group.
struct Operand {
    enum class Kind : std::uint8_t { any, network, group, interface, unreadable };
    Kind kind = Kind::unreadable;
    Network network;
    std::string name;  ///< of the object, group or interface; what could not be read
};

struct AccessEntry {
    bool permit = true;
    std::string protocol;  ///< "ip", "icmp", "tcp", "6"; "group NAME" for a service group
    Operand source, destination;
    std::string source_ports, destination_ports;  ///< "eq 443"; empty: any
    bool inactive = false;
    std::string time_range;
    ConfigLine line;

    /// True when an ICMP echo between the right addresses matches.
    bool covers_icmp() const { return protocol == "ip" || protocol == "icmp" || protocol == "0" || protocol == "1"; }
};

struct AccessList {
    std::string name;
    std::vector<AccessEntry> entries;
    std::vector<ConfigLine> unread;  ///< entries that could not be read; at most 16 are kept
};

struct NetworkGroup {
    std::vector<Operand> members;
    std::uint32_t unread = 0;  ///< members that could not be read, IPv6 and FQDN among them
};

using NameTable = std::map<std::string, std::uint32_t, std::less<>>;
using GroupTable = std::map<std::string, NetworkGroup, std::less<>>;

/// How to read addresses in this configuration.
struct AddressNotation {
    const NameTable* names = nullptr;
    const std::set<std::string, std::less<>>* service_groups = nullptr;
    bool wildcards = false;

    std::optional<std::uint32_t> address(std::string_view word) const;
};

/// Reads SRC or DST at `at`, which is moved behind it. Kind::unreadable: `at` stays.
Operand take_operand(const std::vector<std::string_view>& words, std::size_t& at, const AddressNotation& notation);

/// Reads an entry from "permit" or "deny" on. False: not an entry that could be read.
bool read_access_entry(const std::vector<std::string_view>& words, std::size_t at, bool standard,
                       const AddressNotation& notation, AccessEntry& entry);

/// The networks of an address range, largest first in order; at most 62.
std::vector<Network> networks_of_range(std::uint32_t first, std::uint32_t last);

}  // namespace formats
