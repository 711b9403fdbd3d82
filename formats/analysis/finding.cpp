#include "formats/analysis/finding.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace formats {

namespace {

constexpr std::array ids{std::pair{std::string_view("lan-acl-cannot-match"), 0U},
                         std::pair{std::string_view("dangling-name"), 0U},
                         std::pair{std::string_view("isakmp-off"), 0U},
                         std::pair{std::string_view("lost-on-the-way"), 1U},
                         std::pair{std::string_view("return-path"), 1U},
                         std::pair{std::string_view("limit-reached"), 2U},
                         std::pair{std::string_view("no-config-for-peer"), 2U},
                         std::pair{std::string_view("mode-or-version"), 2U},
                         std::pair{std::string_view("ike-policy"), 2U},
                         std::pair{std::string_view("key-missing"), 3U},
                         std::pair{std::string_view("identity"), 3U},
                         std::pair{std::string_view("certificate"), 3U},
                         std::pair{std::string_view("key-differs"), 3U},
                         std::pair{std::string_view("lost-4500-or-fragments"), 3U},
                         std::pair{std::string_view("entry-not-for-peer"), 4U},
                         std::pair{std::string_view("selectors"), 4U},
                         std::pair{std::string_view("transform"), 4U},
                         std::pair{std::string_view("pfs"), 4U},
                         std::pair{std::string_view("stale-sa"), 5U},
                         std::pair{std::string_view("dead-peer"), 5U},
                         std::pair{std::string_view("clear-text"), 5U},
                         std::pair{std::string_view("nat-exemption"), 5U},
                         std::pair{std::string_view("never-reaches-crypto"), 5U},
                         std::pair{std::string_view("wrong-sa"), 5U},
                         std::pair{std::string_view("esp-lost"), 5U},
                         std::pair{std::string_view("sysopt-or-acl"), 5U},
                         std::pair{std::string_view("no-return-traffic"), 5U},
                         std::pair{std::string_view("replay"), 5U},
                         std::pair{std::string_view("duplicates"), 6U},
                         std::pair{std::string_view("lifetime"), 6U},
                         std::pair{std::string_view("tunnel-up"), 6U},
                         std::pair{std::string_view("up-and-passing"), 6U},
                         std::pair{std::string_view("undetermined"), 7U}};

}  // namespace

std::string_view name_of(Grade grade) {
    switch (grade) {
        case Grade::contradicted: return "contradicted";
        case Grade::possible: return "possible";
        case Grade::likely: return "likely";
        case Grade::proved: return "proved";
    }
    return "";
}

std::string_view name_of(Severity severity) {
    switch (severity) {
        case Severity::note: return "note";
        case Severity::warning: return "warning";
        case Severity::problem: return "problem";
    }
    return "";
}

unsigned layer_of(std::string_view id) {
    for (const auto& [known, layer] : ids)
        if (known == id) return layer;
    return 8;
}

bool is_finding_id(std::string_view id) { return layer_of(id) < 8; }

void sort_by_weight(std::vector<Finding>& findings) {
    const auto weight = [](const Finding& finding) {
        return std::tuple{finding.grade == Grade::contradicted, -static_cast<int>(finding.severity),
                          finding.grade < Grade::likely, layer_of(finding.id), -static_cast<int>(finding.grade)};
    };
    std::stable_sort(findings.begin(), findings.end(),
                     [&](const Finding& a, const Finding& b) { return weight(a) < weight(b); });
}

FindingRecord record_of(const Finding& finding) {
    FindingRecord record;
    record.id = finding.id;
    record.severity = name_of(finding.severity);
    record.confidence = name_of(finding.grade);
    record.endpoint = finding.endpoint;
    record.origin = "text";
    record.text = finding.title + (finding.remedy.empty() ? "" : " " + finding.remedy);
    for (const Place& place : finding.evidence)
        if (!place.empty()) record.evidence.push_back({place.file, place.line});
    return record;
}

}  // namespace formats
