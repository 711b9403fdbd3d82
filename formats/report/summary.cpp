#include "formats/report/summary.hpp"

#include <algorithm>
#include <map>

#include "formats/bundle/manifest_fields.hpp"
#include "formats/report/redacted_sink.hpp"
#include "formats/report/wording.hpp"
#include "formats/text/plain_text.hpp"

namespace formats {

namespace {

constexpr std::size_t page_width = 80, label_width = 14, outcome_width = 14, item_width = 34;
constexpr std::size_t most_columns = 3;

std::string padded(std::string text, std::size_t width) {
    const std::size_t length = length_of(std::string_view(text));
    return std::move(text.append(length < width ? width - length : 0, ' '));
}

/// The first `most` characters.
std::string_view head(std::string_view text, std::size_t most) {
    std::size_t at = 0;
    for (std::size_t count = 0; at < text.size(); ++at)
        if ((static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80 && ++count > most) break;
    return text.substr(0, at);
}

class Page {
 public:
    void heading(std::string_view text) {
        text_ += '\n';
        text_.append(text).append("\n").append(std::string(page_width, '-')).append("\n");
    }
    void line(std::string_view text) {
        const std::size_t end = text.find_last_not_of(' ');
        text_.append(text.substr(0, end == std::string_view::npos ? 0 : end + 1)).append("\n");
    }
    /// "  Label       text that goes on
    ///               below itself"
    void entry(std::string_view label, std::string_view text) {
        if (!text.empty()) paragraph(padded("  " + std::string(label), label_width + 2), text);
    }
    /// Words that would pass the margin go on below the end of `lead`.
    void paragraph(const std::string& lead, std::string_view said) {
        const std::size_t indent = length_of(std::string_view(lead)), width = page_width - indent;
        std::string rest = plain_label(said, longest_text), row = lead;
        std::size_t used = 0;
        for (std::string_view left = rest; !left.empty();) {
            const std::size_t space = left.find(' ');
            std::string_view word = left.substr(0, space);
            if (length_of(word) > width) word = head(word, width);
            const std::size_t length = length_of(word);
            if (used > 0 && used + 1 + length > width) {
                line(row);
                row = std::string(indent, ' ');
                used = 0;
            }
            if (used > 0) row += ' ';
            row += word;
            used += length + (used > 0 ? 1 : 0);
            left.remove_prefix(word.size());
            if (left.starts_with(' ')) left.remove_prefix(1);
        }
        line(row);
    }
    std::string take() { return std::move(text_); }

 private:
    std::string text_;
};

void write_incident(Page& page, const Manifest& manifest) {
    std::string title = "IPsec incident";
    if (!manifest.sr.empty()) title += ", service request " + manifest.sr;
    page.line(title);
    page.line(std::string(page_width, '='));
    if (!manifest.verdict.empty()) {
        page.paragraph("  ", manifest.verdict);
        page.line("");
    }
    page.entry("Since", manifest.problem.since);
    page.entry("Symptom", manifest.problem.symptom);
    page.entry("Changed", manifest.problem.changed);
    if (manifest.started) {
        std::string when = date_and_clock_of(*manifest.started) + " UTC";
        if (manifest.ended) when += ", " + length_of(*manifest.ended - *manifest.started);
        page.entry("Collected", when + ", by tacbundle " + manifest.tool_version);
    }
    page.entry("Result", result_of(manifest));
    if (manifest.endpoints.size() == 1) page.entry("", "Single-sided: the other end was not collected.");
    for (const EndpointRecord& endpoint : manifest.endpoints)
        if (may_still_debug(endpoint.debug))
            page.entry("WARNING", "The debugs on " + endpoint.name + " are not proven off.");
}

void write_findings(Page& page, const Manifest& manifest) {
    if (manifest.findings.empty()) return;
    page.heading("Findings");
    for (const FindingRecord& finding : manifest.findings) {
        page.paragraph("  * ", finding.text.empty() ? finding.id : finding.text);
        page.paragraph(
            "    ", "(" + finding.id + "; severity " + finding.severity + ", confidence " + finding.confidence + ")");
        for (const auto& evidence : finding.evidence)
            page.paragraph(
                "    ", "see " + evidence.file + (evidence.line > 0 ? ", line " + std::to_string(evidence.line) : ""));
    }
}

void write_endpoints(Page& page, const Manifest& manifest) {
    for (const EndpointRecord& endpoint : manifest.endpoints) {
        page.heading("Endpoint " + endpoint.name);
        page.entry("Device", device_of(endpoint));
        page.entry("Reached", route_of(endpoint));
        page.entry("Host key", endpoint.host_key);
        page.entry("Clock", clock_of(endpoint));
        page.entry("Debug", debug_of(endpoint.debug));
        std::size_t whole = 0;
        std::uint64_t bytes = 0;
        for (const CaptureRecord& capture : endpoint.captures) {
            whole += is_whole(capture) ? 1 : 0;
            bytes += capture.bytes;
        }
        page.entry("Collected",
                   std::to_string(whole) + " of " + counted(endpoint.captures.size(), "item") + ", " + size_of(bytes));
    }
}

void write_traffic(Page& page, const Manifest& manifest) {
    if (!manifest.probes.empty()) page.heading("Probe");
    for (const ProbeRecord& probe : manifest.probes) {
        page.entry(probe.started ? clock_of(*probe.started) : "", traffic_of(probe));
        page.entry("", probe.outcome);
    }
    if (!manifest.actions.empty()) page.heading("Resets");
    for (const ActionRecord& action : manifest.actions) {
        page.entry(action.started ? clock_of(*action.started) : "", step_of(action));
        page.entry("", action.outcome);
    }
}

void write_gaps(Page& page, const Manifest& manifest) {
    const auto gaps = gaps_of(manifest);
    if (gaps.empty()) return;
    page.heading("Missing or cut short, and why");
    for (const Gap& gap : gaps) {
        page.paragraph("  ",
                       gap.endpoint->name + " " + gap.capture->id + ": " + std::string(name_of(gap.capture->outcome)));
        page.paragraph("      ", gap.capture->reason.empty() ? "no reason given" : gap.capture->reason);
    }
}

/// One row an item, one column an endpoint; with many endpoints each endpoint's row counts its
/// outcomes.
void write_items(Page& page, const Manifest& manifest) {
    if (planned_in(manifest) == 0) return;
    page.heading("Planned items");
    if (manifest.endpoints.size() > most_columns) {
        for (const EndpointRecord& endpoint : manifest.endpoints) {
            std::map<std::string_view, std::size_t> outcomes;
            for (const CaptureRecord& capture : endpoint.captures) ++outcomes[name_of(capture.outcome)];
            std::string row;
            for (const auto& [outcome, count] : outcomes)
                row += (row.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(outcome);
            page.paragraph(padded("  " + endpoint.name, item_width), row);
        }
        return;
    }
    std::string header = std::string(item_width, ' ');
    std::vector<std::string_view> ids;
    std::map<std::pair<std::string_view, std::size_t>, Outcome> outcomes;
    for (std::size_t i = 0; i < manifest.endpoints.size(); ++i) {
        header += "  " + padded(plain_label(manifest.endpoints[i].name, outcome_width - 1), outcome_width - 1);
        for (const CaptureRecord& capture : manifest.endpoints[i].captures) {
            if (std::find(ids.begin(), ids.end(), capture.id) == ids.end()) ids.push_back(capture.id);
            outcomes[{capture.id, i}] = capture.outcome;
        }
    }
    page.line(header);
    for (const std::string_view id : ids) {
        std::string row = padded("  " + plain_label(id, item_width - 2), item_width);
        for (std::size_t i = 0; i < manifest.endpoints.size(); ++i) {
            const auto found = outcomes.find({id, i});
            row +=
                "  " + padded(found == outcomes.end() ? "-" : std::string(name_of(found->second)), outcome_width - 1);
        }
        page.line(row);
    }
}

void write_guide(Page& page, const Manifest& manifest) {
    page.heading("In this archive");
    page.entry("report.html", "the same with the captured text, for a browser");
    page.entry("timeline.txt", "the debug lines of all endpoints by time of arrival");
    page.entry("endpoints/", "what each device said: before, debug, during, after");
    page.entry("plan.txt", "every line that could have been sent");
    page.entry("manifest.xml", "all of this for programs, with the hash of every file");
    page.line("");
    page.paragraph("  ", redaction_of(manifest));
}

}  // namespace

std::string summary_of_bundle(const Manifest& manifest) {
    Page page;
    write_incident(page, manifest);
    write_findings(page, manifest);
    write_endpoints(page, manifest);
    write_traffic(page, manifest);
    write_gaps(page, manifest);
    write_items(page, manifest);
    write_guide(page, manifest);
    return page.take();
}

Result<RedactedText> summary_text(const Manifest& manifest, Redaction& redaction) {
    RedactedText text;
    RedactedSink out(std::string(member::summary), redaction, [&text](const RedactedText& more) -> Result<void> {
        text += more;
        return {};
    });
    std::string page = summary_of_bundle(cleaned(manifest, &redaction));
    page.pop_back();  // line() ends it
    out.line(page);
    if (auto done = out.finish(); !done) return done.error();
    return text;
}

}  // namespace formats
