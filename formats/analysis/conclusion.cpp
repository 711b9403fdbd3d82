#include "formats/analysis/conclusion.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace formats {

Result<Conclusion> conclude(Manifest& manifest, const Spool& spool) {
    auto evidence = Evidence::read(manifest, spool);
    if (!evidence) return evidence.error();
    Conclusion conclusion{std::move(*evidence), {}};
    conclusion.analysis = analyse(conclusion.evidence);
    std::vector<FindingRecord> findings;
    for (const Finding& finding : conclusion.analysis.findings) findings.push_back(record_of(finding));
    std::copy_if(std::make_move_iterator(manifest.findings.begin()), std::make_move_iterator(manifest.findings.end()),
                 std::back_inserter(findings),
                 [](const FindingRecord& finding) { return finding.origin != origin_text; });
    manifest.findings = std::move(findings);
    manifest.verdict = conclusion.analysis.verdict;
    return conclusion;
}

Result<ConcludedBundle> ConcludedBundle::open(const std::string& path) {
    auto opened = OpenedBundle::open(path);
    if (!opened) return Error{opened.error().kind, path, opened.error().detail, {}};
    Manifest manifest = opened->manifest();
    auto conclusion = conclude(manifest, opened->spool());
    if (!conclusion) return conclusion.error();
    return ConcludedBundle{std::move(*opened), std::move(manifest), std::move(*conclusion)};
}

}  // namespace formats
