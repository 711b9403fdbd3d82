#pragma once
// What was concluded from the captured text, told to people and programs.

#include <string>

#include "collector/progress/progress.hpp"
#include "formats/bundle/manifest.hpp"

namespace collector {

/// Every finding that the text alone tells, as an event. On a terminal none of them stays: the verdict says the first.
void say_findings(const formats::Manifest& manifest, Progress& progress);
/// Among the last lines, so that it is what stands before the eyes at the end; an empty one is not said.
void say_verdict(const std::string& verdict, Progress& progress);

}  // namespace collector
