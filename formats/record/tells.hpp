#pragma once
// What the text of an answer tells: the role that a capture plays, whatever its line, its file and its platform are
// called. A profile says it of its shows, the manifest of its captures.

#include <cstdint>
#include <optional>
#include <string_view>

namespace formats {

enum class Tells : std::uint8_t {
    nothing,        ///< that is read here; it is kept
    configuration,  ///< a Cisco configuration, or a part of one
    policies,       ///< `show crypto isakmp policy`
    phase1,
    phase2,       ///< tables of SAs
    list_sas,     ///< `swanctl --list-sas`
    connections,  ///< `swanctl --list-conns`
    swanctl_conf,
    ipsec_conf,
    ipsec_secrets,
    traffic_status,  ///< `ipsec whack --trafficstatus`
    nat_table,       ///< `iptables -t nat -S`, `iptables-save`
    log,             ///< lines of a daemon or of the device, as they were written
    debug,           ///< the stream of the debugs
    version,
    clock,
    debug_state,
    probe,
    debug_on,
    debug_off,
    session,  ///< what changes something and answers little
};
std::string_view name_of(Tells tells);  ///< "phase1", "debug-state"
std::optional<Tells> tells_of(std::string_view name);

}  // namespace formats
