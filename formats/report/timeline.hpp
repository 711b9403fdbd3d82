#pragma once
// timeline.txt: the debug lines of all endpoints in the order in which they arrived here.
//
//   2026-11-25T19:24:53.623456Z  hq      ISAKMP (0): beginning Main Mode exchange
//   2026-11-25T19:24:53.723456Z  branch  ISAKMP (0): processing SA payload

#include "formats/bundle/manifest.hpp"
#include "formats/bundle/spool.hpp"
#include "formats/report/redacted_sink.hpp"

namespace formats {

/// Streams; memory does not grow with the captures. Says so when nothing was captured.
Result<void> write_timeline(const Manifest& manifest, const Spool& spool, Redaction& redaction, const TextSink& sink);

}  // namespace formats
