#pragma once
// Every path in a bundle, in one place (contract, section 6). File names come from a fixed table, never
// from the device.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "formats/text/utc_time.hpp"

namespace formats {

enum class Phase : std::uint8_t { before, debug, during, after, probe };
std::string_view name_of(Phase phase);
std::optional<Phase> phase_of(std::string_view name);

enum class ArchiveFormat : std::uint8_t { tar_gz, tar_zst, zip };
std::string_view extension_of(ArchiveFormat format);  ///< "tar.gz"

/// "tacbundle-[SR-]NAME-NAME-20261125T192451Z"; with more than four endpoints "NAME-NAME-and-N-more".
std::string bundle_stem(std::string_view sr, std::span<const std::string> endpoints, UtcTime started);

/// "endpoints/NAME/before/show-crypto-isakmp-sa.txt". `file` is a file name of the platform profile.
std::string capture_member(std::string_view endpoint, Phase phase, std::string_view file);

/// Whether a path may stand in a bundle: folders and a file of letters, digits, ".", "_" and "-", each name
/// starting with a letter or digit and at most 255 long. So never absolute, never "..", the same in every
/// locale and on every file system.
bool is_member_path(std::string_view path);
/// One such name, without a slash.
bool is_member_name(std::string_view name);

namespace member {
inline constexpr std::string_view manifest = "manifest.xml";
inline constexpr std::string_view schema = "manifest.xsd";
inline constexpr std::string_view report = "report.html";
inline constexpr std::string_view summary = "SUMMARY.txt";
inline constexpr std::string_view timeline = "timeline.txt";
inline constexpr std::string_view plan = "plan.txt";
inline constexpr std::string_view log = "collector.log";
inline constexpr std::string_view probe = "probe/probe.txt";
}  // namespace member

}  // namespace formats
