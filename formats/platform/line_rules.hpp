#pragma once
// Which lines a profile may hold. Profiles are data, also a user's own, but the safety rules of the
// program hold for them: a line begins with words that are known to read, to debug, to probe or to
// serve the session, by what the profile uses it for. What is not known is refused, not what is known
// to be bad. A user's profile may name further words for a platform of its own (`further-verbs`); what
// enters configuration mode, writes, reloads, copies or deletes stays out of reach for them too. No
// blanket debug, no debug level that dumps packets, and slots out of a closed list.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

/// The reason and the remedy when a line cannot stand in a profile. `further_verbs`: beginnings of lines that the
/// profile's user takes for harmless, for what reads and what serves the session.
Result<void> check_line(std::string_view line, LineUse use, const std::vector<std::string>& further_verbs = {});
/// Whether it is allowed by such a beginning alone: a plan marks it.
bool needs_further_verb(std::string_view line, LineUse use);

/// What a line of the closed list of resets takes down. Absent: not in the list. The list holds the
/// spelled-out forms alone: `clear isakmp` or `clear crypto map` are one word away and delete
/// configuration [device facts, section 9.1], so nothing is composed and nothing abbreviated.
std::optional<ResetScope> scope_of_reset(std::string_view line);

}  // namespace formats
