#pragma once
// A shell that speaks to a script: "hq", a PIX 7, and the lines that its plan allows.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collector/plan/plan.hpp"
#include "collector/session/shell.hpp"
#include "formats/platform/profile.hpp"
#include "support/scripted_transport.hpp"

namespace support {

const std::vector<formats::Profile>& profiles();
/// One endpoint, "hq", a PIX 7.
formats::Incident incident_of_hq();
/// A line of the plan for it.
collector::PlannedLine line(std::string_view id);

/// Nothing of it is waited for: a script that has no more to say is silent until then at once.
inline collector::Patience soon() { return collector::Patience::within(std::chrono::seconds{60}); }

/// Every dialogue is played whole and one byte a read.
inline const std::vector<std::size_t> read_sizes{1, 2, 3, 7, 4096};

struct Dialogue {
    std::shared_ptr<ScriptLog> log = std::make_shared<ScriptLog>();
    collector::Shell shell;
    Dialogue(std::vector<Turn> turns, std::size_t read_size, bool ends = false);
};

inline const std::string banner =
    "\r\n#### authorised use only ####\r\nfw-a# is watched\r\nType help or '?' for a list of available commands.\r\n";

}  // namespace support
