#pragma once
// `tacbundle report BUNDLE`: analyses a bundle again and writes its report.html beside nothing of the bundle's own: of a
// bundle of this version the same bytes as the run wrote, of an older one what its text tells today.

#include <iosfwd>
#include <string>

#include "collector/exit_code.hpp"

namespace collector {

struct ReportRequest {
    std::string bundle;
    std::string output = ".";  ///< a folder: STEM.html in it; else the page's own path
    bool json = false;
};

/// Writes the page, and its path to `out`; with `json` one object with verdict and findings. The verdict and what is wrong
/// go to `err`. ExitCode::complete; not_written (5): it is no bundle, or the page could not be written; usage (2): the
/// bundle cannot be read, or `output` is a file that is no report.
ExitCode report_command(const ReportRequest& request, std::ostream& out, std::ostream& err);

}  // namespace collector
