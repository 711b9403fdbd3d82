#pragma once
// Which lines a profile may hold. Profiles are data, also a user's own, but the safety rules of the
// program hold for them: nothing that enters configuration mode, writes, reloads, copies or
// deletes, no blanket debug, no debug level that dumps packets, and slots out of a closed list.

#include <cstdint>
#include <string>
#include <string_view>

#include "formats/result.hpp"

namespace formats {

/// What a profile uses a line for.
enum class LineUse : std::uint8_t {
    reading,    ///< shows, state, clock, CPU
    debugging,  ///< debug on and off, conditions, terminal monitor
    probing,    ///< ping, packet-tracer
    session,    ///< enable, pager, leave
    ending,     ///< ends a session by id
};

/// The reason and the remedy when a line cannot stand in a profile.
Result<void> check_line(std::string_view line, LineUse use);

}  // namespace formats
