#pragma once
// One event as one line of JSON (contract, section 9):
//
//   {"v":1,"time":"2026-11-25T19:24:51.123456Z","event":"debug","endpoint":"hq", MEMBERS, "text":"..."}
//
// "endpoint" and "text" are left away when they are empty. Every string is redacted, then bytes that are no
// UTF-8 are replaced; keys are the program's own.

#include <string>

#include "collector/progress/progress.hpp"
#include "formats/redaction/redaction.hpp"
#include "formats/text/utc_time.hpp"

namespace collector {

/// With the newline.
std::string json_line(const Event& event, formats::UtcTime time, formats::Redaction& redaction);

}  // namespace collector
