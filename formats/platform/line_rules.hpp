#pragma once
// Which lines a profile may hold. Profiles are data, also a user's own, but the safety rules of the
// program hold for them: nothing that enters configuration mode, writes, reloads, copies or
// deletes, no blanket debug, no debug level that dumps packets, and slots out of a closed list.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "formats/platform/profile.hpp"
#include "formats/result.hpp"

namespace formats {

/// What a profile uses a line for.
enum class LineUse : std::uint8_t {
    reading,    ///< shows, state, clock, CPU
    debugging,  ///< debug on and off, conditions, terminal monitor
    probing,    ///< ping, packet-tracer
    session,    ///< enable, pager, leave
    ending,     ///< ends a session by id
    resetting,  ///< clears SAs or translations: one of a closed list
    entering,   ///< `configure terminal` and nothing else: where a platform takes debugs only there
};

/// The reason and the remedy when a line cannot stand in a profile.
Result<void> check_line(std::string_view line, LineUse use);

/// What a line of the closed list of resets takes down. Absent: not in the list. The list holds the
/// spelled-out forms alone: `clear isakmp` or `clear crypto map` are one word away and delete
/// configuration [device facts, section 9.1], so nothing is composed and nothing abbreviated.
std::optional<ResetScope> scope_of_reset(std::string_view line);

}  // namespace formats
