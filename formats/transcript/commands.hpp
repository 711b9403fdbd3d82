#pragma once
// What a line that was typed at a device asks for, shortened as people type it: commands.toml. A bundle's captures are
// read by the same table, so that nothing depends on what a capture is called.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace formats {

/// What the text of an answer tells.
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
std::string_view name_of(Tells tells);

struct KnownCommand {
    Tells tells = Tells::nothing;
    std::string_view file;  ///< "show-crypto-isakmp-sa.txt"
};
/// Nothing when no row matches.
std::optional<KnownCommand> known_command(std::string_view typed);

/// What a text tells that nobody named: an export, a file that was attached.
Tells tells_of_text(std::string_view beginning);

}  // namespace formats
