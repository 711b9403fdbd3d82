#pragma once
// What the commands that read finished bundles say alike: the `result` object, findings as JSON, a bundle that is none.

#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "collector/exit_code.hpp"
#include "formats/bundle/manifest.hpp"
#include "formats/result.hpp"

namespace collector {

/// For a terminal: one line, whatever the bytes.
std::string shown(std::string_view text);

/// {"v":1,"time":...,"event":"result","exit":...}
nlohmann::ordered_json begin_result(ExitCode code);
nlohmann::ordered_json findings_json(const formats::Manifest& manifest);
void write_line(const nlohmann::ordered_json& object, std::ostream& out);

/// not_written (5): it is no bundle; usage (2): it cannot be read; internal otherwise.
ExitCode exit_of_unreadable(const formats::Error& error);
/// The error on `err` and, with `json`, as a `result` object on `out`; the code.
ExitCode say_refusal(const formats::Error& error, ExitCode code, bool json, std::ostream& out, std::ostream& err);

}  // namespace collector
