#include "collector/progress/conclusion.hpp"

#include "formats/analysis/conclusion.hpp"

namespace collector {

void say_findings(const formats::Manifest& manifest, Progress& progress) {
    for (const formats::FindingRecord& finding : manifest.findings)
        if (finding.origin == formats::origin_text)
            progress.event({EventKind::finding,
                            finding.endpoint,
                            finding.text,
                            {{"id", finding.id},
                             {"severity", finding.severity},
                             {"confidence", finding.confidence},
                             {"origin", finding.origin}},
                            true});
}

void say_verdict(const std::string& verdict, Progress& progress) {
    if (!verdict.empty()) progress.event({EventKind::finding, "", "VERDICT: " + verdict, {{"id", "verdict"}}});
}

}  // namespace collector
