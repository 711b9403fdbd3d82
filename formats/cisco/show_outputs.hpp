#pragma once
// The small outputs a run reads besides the SA tables: clock, version, CPU, sessions. Patterns come
// from the platform profile (RE2); a pattern that does not match gives nothing, never a guess.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/text/utc_time.hpp"

namespace formats {

/// `[*|.]14:02:11.345 UTC Tue Mar 9 2004` (`show clock`): local time of the device.
struct ClockReading {
    UtcTime local;                ///< the printed fields, taken as if they were UTC
    std::string zone;             ///< "UTC", "CET": a name its administrator chose
    bool never_set = false;       ///< `*`: the clock is not authoritative
    bool unsynchronised = false;  ///< `.`: NTP lost
};
std::optional<ClockReading> parse_clock(std::string_view text);

/// What a zone name says about the offset from UTC, for the names that mean one thing only (UTC,
/// GMT, CET, CEST, EET, EEST, PST, PDT, MST, MDT, EDT, JST). Others must come from `clock
/// timezone`.
std::optional<std::chrono::minutes> zone_offset(std::string_view zone);

struct VersionReading {
    std::string version, model;
    std::string hostname;       ///< from "NAME up 3 days 4 hours"
    std::string uptime;         ///< "3 days 4 hours"
    std::string last_modified;  ///< the whole line that tells whether the configuration was changed
};
/// Group 1 of each pattern. An empty pattern, or one that does not match, leaves its field empty.
VersionReading parse_version(std::string_view text, std::string_view version_pattern, std::string_view model_pattern);

/// Group 1 of the profile's CPU pattern, at most 100.
std::optional<unsigned> parse_cpu(std::string_view text, std::string_view pattern);

/// A row of `show ssh sessions`, `who` or IOS `show users`.
struct DeviceSession {
    std::string id;      ///< SID; telnet session; line number on IOS
    std::string client;  ///< address; empty: the console
    std::string state, user;
    bool own = false;  ///< IOS marks the session that asked
};
/// ASA prints two rows a session (IN and OUT): one entry.
std::vector<DeviceSession> parse_sessions(std::string_view text);

/// What tells a session from all others of a device. Numbers are used again and names are shared: it is the same one
/// only where all three agree. Empty: not known.
struct SessionMark {
    std::string number, user, client;
    bool is_known() const { return !number.empty() && !client.empty(); }
};
/// Of the same user, in a list that may name no users at all (`who`), or cut their names (IOS, after ten letters).
bool is_user_of(const SessionMark& mark, const DeviceSession& row, const std::vector<DeviceSession>& list);
/// The very session of the mark. Where a part of the mark is not known: one that may be it.
bool is_session_of(const SessionMark& mark, const DeviceSession& row, const std::vector<DeviceSession>& list);

}  // namespace formats
