#include "formats/analysis/bundle_diff.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "formats/analysis/config_facts.hpp"
#include "formats/text/ascii.hpp"
#include "formats/text/counted.hpp"
#include "formats/text/each_line.hpp"

namespace formats {

namespace {

constexpr std::size_t most_differences = 1'000;
constexpr std::size_t most_lines = 200'000;  ///< of one configuration
constexpr std::size_t longest_line = 512;

/// "[REDACTED:psk:0123456789ab]" as "[REDACTED:psk]": the token is of one run.
std::string without_tokens(std::string_view text) {
    constexpr std::string_view begin = "[REDACTED:";
    std::string plain;
    while (!text.empty()) {
        const std::size_t at = text.find(begin);
        plain += text.substr(0, at);
        if (at == std::string_view::npos) break;
        text.remove_prefix(at);
        const std::size_t end = text.find(']'), colon = text.find(':', begin.size());
        if (end == std::string_view::npos || colon == std::string_view::npos || colon > end) {
            plain += begin;
            text.remove_prefix(begin.size());
            continue;
        }
        plain += text.substr(0, colon);
        plain += ']';
        text.remove_prefix(end + 1);
    }
    return plain;
}

/// What a device writes anew each time it shows its configuration.
bool changes_by_itself(std::string_view line) {
    constexpr std::array<std::string_view, 8> beginnings{"Cryptochecksum:",
                                                         ": Written by",
                                                         ": Saved",
                                                         "! Last configuration change",
                                                         "! NVRAM config last updated",
                                                         "Current configuration",
                                                         "Building configuration",
                                                         "ntp clock-period"};
    return std::any_of(beginnings.begin(), beginnings.end(),
                       [&](std::string_view beginning) { return line.starts_with(beginning); });
}

/// One endpoint as rows of "subject" and value.
using Rows = std::set<std::pair<std::string, std::string>>;

void add_device(const EndpointRecord& record, Rows& rows) {
    const auto add = [&](const char* subject, const std::string& value) {
        if (!value.empty()) rows.insert({subject, value});
    };
    add("platform", record.platform);
    add("model", record.model);
    add("version", record.version);
    add("host name", record.hostname);
    add("host key", record.host_key);
    add("SSH algorithms", record.algorithms);
}

void add_configuration(const TunnelSide& side, Rows& rows) {
    for (const ConfigFact& fact : config_facts(side)) rows.insert({fact.label, without_tokens(fact.value)});
}

/// That a tunnel stands, and for which networks; never how much passed.
void add_state(const TunnelSide& side, Rows& rows) {
    if (side.ike_table() != nullptr) {
        const IkeSaRow* const row = side.ike_row();
        rows.insert({"phase 1", row == nullptr || row->is_residue ? "no SA" : row->state});
    }
    if (side.child_table() == nullptr) return;
    const auto live = side.live_rows();
    if (live.empty()) rows.insert({"phase 2", "no SA"});
    for (const ChildSaRow* row : live) rows.insert({"phase 2", "SAs for " + row->local + " to " + row->remote});
}

/// What the streams told of refusals, losses and ends, each kind once.
void add_events(const TunnelSide& side, Rows& rows) {
    for (const Event* event : side.events)
        if (event->kind >= EventKind::policy_agreed) rows.insert({"event", std::string(name_of(event->kind))});
}

Result<void> add_lines(const EndpointRecord& record, const Spool& spool, Rows& rows) {
    for (const CaptureRecord& capture : record.captures) {
        if (capture.file.empty() || capture.phase != Phase::before) continue;
        if (told_by_plan(capture) != Tells::configuration) continue;
        auto reader = spool.read(capture.file);
        if (!reader) return reader.error();
        std::string text;
        std::size_t lines = 0;
        const auto take = [&](std::string_view line) {
            while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.remove_suffix(1);
            if (line.empty() || changes_by_itself(line) || ++lines > most_lines) return;
            rows.insert({"configuration", without_tokens(line.substr(0, longest_line))});
        };
        for (;;) {
            const auto bytes = reader->read();
            if (!bytes) return bytes.error();
            if (bytes->empty()) break;
            text += *bytes;
            const std::size_t end = text.rfind('\n');
            if (end == std::string::npos) continue;
            for_each_line(std::string_view(text).substr(0, end), take);
            text.erase(0, end + 1);
        }
        take(text);
    }
    return {};
}

/// The tunnel that an endpoint is an end of: of several the first.
TunnelSide side_of(const Evidence& evidence, std::size_t index) {
    const auto& ends = evidence.ends;
    if (ends.size() < 2) return TunnelFacts::of(ends.front(), nullptr).one;
    const TunnelFacts facts = TunnelFacts::of(ends.front(), &ends[index == 0 ? 1 : index]);
    return index == 0 ? facts.one : facts.other;
}

Result<Rows> rows_of(const ConcludedBundle& bundle, std::size_t index) {
    const EndpointRecord& record = bundle.manifest.endpoints[index];
    const TunnelSide side = side_of(bundle.conclusion.evidence, index);
    Rows rows;
    add_device(record, rows);
    add_configuration(side, rows);
    add_state(side, rows);
    add_events(side, rows);
    if (auto added = add_lines(record, bundle.spool(), rows); !added) return added.error();
    for (const FindingRecord& finding : bundle.manifest.findings)
        if (finding.endpoint == record.name && finding.confidence != name_of(Grade::contradicted))
            rows.insert({"finding", finding.id + " (" + finding.severity + ", " + finding.confidence + ")"});
    return rows;
}

Rows rows_of_the_whole(const Manifest& manifest) {
    Rows rows;
    for (const FindingRecord& finding : manifest.findings) {
        const bool has_end =
            std::any_of(manifest.endpoints.begin(), manifest.endpoints.end(),
                        [&](const EndpointRecord& endpoint) { return endpoint.name == finding.endpoint; });
        if (!has_end && finding.confidence != name_of(Grade::contradicted))
            rows.insert({"finding", finding.id + " (" + finding.severity + ", " + finding.confidence + ")"});
    }
    return rows;
}

/// A value that only one has, beside the one that stands in its place: where each has one of a subject, they are one
/// difference.
void compare(const std::string& endpoint, const Rows& good, const Rows& bad, std::vector<Difference>& differences) {
    std::map<std::string, std::pair<std::vector<std::string>, std::vector<std::string>>> apart;
    for (const auto& row : good)
        if (bad.count(row) == 0) apart[row.first].first.push_back(row.second);
    for (const auto& row : bad)
        if (good.count(row) == 0) apart[row.first].second.push_back(row.second);
    for (auto& [subject, values] : apart) {
        auto& [gone, come] = values;
        if (gone.size() == 1 && come.size() == 1) {
            differences.push_back({endpoint, subject, gone.front(), come.front()});
            continue;
        }
        for (std::string& value : gone) differences.push_back({endpoint, subject, std::move(value), {}});
        for (std::string& value : come) differences.push_back({endpoint, subject, {}, std::move(value)});
    }
}

std::vector<std::size_t> match_endpoints(const Manifest& good, const Manifest& bad) {
    constexpr std::size_t nobody = static_cast<std::size_t>(-1);
    std::vector<std::size_t> matches(good.endpoints.size(), nobody);
    std::set<std::size_t> taken;
    const auto match = [&](auto is_same) {
        for (std::size_t i = 0; i < good.endpoints.size(); ++i)
            for (std::size_t j = 0; matches[i] == nobody && j < bad.endpoints.size(); ++j)
                if (taken.count(j) == 0 && is_same(good.endpoints[i], bad.endpoints[j])) {
                    matches[i] = j;
                    taken.insert(j);
                }
    };
    match([](const EndpointRecord& a, const EndpointRecord& b) { return lowered(a.name) == lowered(b.name); });
    match([](const EndpointRecord& a, const EndpointRecord& b) {
        return !a.hostname.empty() && a.hostname == b.hostname;
    });
    return matches;
}

}  // namespace

Result<std::vector<Difference>> compare_bundles(const ConcludedBundle& good, const ConcludedBundle& bad) {
    std::vector<Difference> differences;
    compare({}, rows_of_the_whole(good.manifest), rows_of_the_whole(bad.manifest), differences);
    const auto matches = match_endpoints(good.manifest, bad.manifest);
    for (std::size_t i = 0; i < matches.size(); ++i) {
        const std::string& name = good.manifest.endpoints[i].name;
        if (matches[i] >= bad.manifest.endpoints.size()) {
            differences.push_back({name, "endpoint", "collected", {}});
            continue;
        }
        const auto one = rows_of(good, i), other = rows_of(bad, matches[i]);
        if (!one) return one.error();
        if (!other) return other.error();
        compare(name, *one, *other, differences);
    }
    for (std::size_t j = 0; j < bad.manifest.endpoints.size(); ++j)
        if (std::find(matches.begin(), matches.end(), j) == matches.end())
            differences.push_back({bad.manifest.endpoints[j].name, "endpoint", {}, "collected"});
    if (differences.size() > most_differences) {
        const std::size_t more = differences.size() - most_differences;
        differences.resize(most_differences);
        differences.push_back({{}, "not listed", {}, counted(more, "more difference")});
    }
    return differences;
}

}  // namespace formats
