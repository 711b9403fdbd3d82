#pragma once
// Every path in a bundle, in one place (contract, section 6). File names come from a fixed table, never
// from the device.

#include <span>
#include <string>
#include <string_view>

#include "formats/text/utc_time.hpp"

namespace formats {

enum class Phase : std::uint8_t { before, debug, during, after, probe };
std::string_view name_of(Phase phase);

enum class ArchiveFormat : std::uint8_t { tar_gz, tar_zst, zip };
std::string_view extension_of(ArchiveFormat format);  ///< "tar.gz"

/// "tacbundle-[SR-]NAME-NAME-20261125T192451Z"; with more than four endpoints "NAME-NAME-and-N-more".
std::string bundle_stem(std::string_view sr, std::span<const std::string> endpoints, UtcTime started);

/// "endpoints/NAME/before/show-crypto-isakmp-sa.txt". `file` is a file name of the platform profile.
std::string capture_member(std::string_view endpoint, Phase phase, std::string_view file);

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
