#pragma once
// Wall-clock time as it stands in bundles: always UTC, microseconds, independent of locale and TZ.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace formats {

using UtcTime = std::chrono::sys_time<std::chrono::microseconds>;

/// "2026-11-25T19:24:51.123456Z"
std::string to_iso(UtcTime time);
/// "20261125T192451Z": the form in file names
std::string to_compact(UtcTime time);
/// "2026-11-25T19:24:51Z": for people
std::string to_seconds(UtcTime time);
UtcTime utc_now();
/// A time as a person gives it, always UTC: "2026-11-25T19:24:51Z", or "19:24:51Z", the next one from `now` on. Nothing:
/// it is none.
std::optional<UtcTime> parse_utc(std::string_view text, UtcTime now);

}  // namespace formats
