#pragma once
// How the facts of a manifest are said to people; the summary and the report use the same words.
// All results are one line, fit for a terminal.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/bundle/manifest.hpp"
#include "formats/text/counted.hpp"

namespace formats {

std::string clock_of(UtcTime time);                     ///< "19:24:51"
std::string date_and_clock_of(UtcTime time);            ///< "2026-11-25 19:24:51"
std::string length_of(std::chrono::microseconds time);  ///< "0.4 s", "14 s", "1 min 35 s"
std::string size_of(std::uint64_t bytes);               ///< "812 bytes", "1.4 MiB"

std::string device_of(const EndpointRecord& endpoint);  ///< "fw-hq, PIX-515E, version 7.2(4), profile pix7"
std::string route_of(const EndpointRecord& endpoint);   ///< "ssh://... (old SSH algorithms), sessions: 2"
std::string clock_of(const EndpointRecord& endpoint);   ///< "1.204 s behind ours (+/- 0.012 s)"
std::string debug_of(const DebugRecord& debug);         ///< "on 19:24:53, off 19:25:53 (1 min 0 s), proven off; ..."
std::string traffic_of(const ProbeRecord& probe);       ///< "icmp from 10.1.1.10 to 10.2.2.10, sent by local"
std::string step_of(const ActionRecord& action);        ///< "hq: clear xlate (allowed by --allow-clear-xlate)"
/// A device may still be debugging: what was armed is not proven off.
bool may_still_debug(const DebugRecord& debug);

struct Gap {
    const EndpointRecord* endpoint;
    const CaptureRecord* capture;
};
/// Every planned item that is missing, in the manifest's order.
std::vector<Gap> gaps_of(const Manifest& manifest);
std::size_t planned_in(const Manifest& manifest);
std::string result_of(const Manifest& manifest);  ///< "INCOMPLETE: 2 of 6 items are missing or cut short"
std::string redaction_of(const Manifest& manifest);

}  // namespace formats
