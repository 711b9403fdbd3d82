#pragma once
// Wall-clock time as it stands in bundles: always UTC, microseconds, independent of locale and TZ.

#include <chrono>
#include <string>

namespace formats {

using UtcTime = std::chrono::sys_time<std::chrono::microseconds>;

/// "2026-11-25T19:24:51.123456Z"
std::string to_iso(UtcTime time);
/// "20261125T192451Z": the form in file names
std::string to_compact(UtcTime time);
UtcTime utc_now();

}  // namespace formats
