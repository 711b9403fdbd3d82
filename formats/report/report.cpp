#include "formats/report/report.hpp"

#include <algorithm>
#include <embedded/report_style.hpp>
#include <functional>

#include "formats/bundle/manifest_fields.hpp"
#include "formats/report/debug_lines.hpp"
#include "formats/report/html.hpp"
#include "formats/report/wording.hpp"

namespace formats {

namespace {

std::string_view class_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::ok:
        case Outcome::empty: return "good";
        case Outcome::truncated:
        case Outcome::unsupported:
        case Outcome::not_attempted:
        case Outcome::canceled: return "warn";
        default: return "bad";
    }
}

std::string outcome_html(Outcome outcome) { return html_element("span", name_of(outcome), class_of(outcome)); }

std::string anchor_of(const EndpointRecord& endpoint, const CaptureRecord& capture) {
    return html_value(endpoint.name + "/" + capture.id);
}

class Report {
 public:
    Report(const Manifest& manifest, const Spool& spool, RedactedSink& out, const ReportLimits& limits)
        : manifest_(manifest), spool_(spool), out_(out), limits_(limits) {}

    Result<void> write() {
        begin();
        write_warnings();
        write_findings();
        write_endpoints();
        write_traffic();
        write_items();
        if (auto written = write_debug(); !written) return written;
        if (auto written = write_captures(); !written) return written;
        write_redaction();
        out_.line("</body></html>");
        return out_.finish();
    }

 private:
    void begin() {
        std::string title = "IPsec incident";
        if (!manifest_.sr.empty()) title += ", service request " + manifest_.sr;
        out_.line("<!DOCTYPE html>");
        out_.line("<html lang=\"en\"><head><meta charset=\"utf-8\">");
        // Whatever a device may have smuggled in: nothing is fetched and nothing runs.
        out_.line(
            "<meta http-equiv=\"Content-Security-Policy\" "
            "content=\"default-src 'none'; style-src 'unsafe-inline'\">");
        out_.line("<meta name=\"viewport\" content=\"width=device-width\">");
        out_.line(html_element("title", html_text(title)));
        out_.line("<style>");
        out_.line(embedded::report_style().front().bytes);
        out_.line("</style></head><body>");
        out_.line(html_element("h1", html_text(title)));
        std::string when = "by tacbundle " + manifest_.tool_version;
        if (manifest_.started) when = date_and_clock_of(*manifest_.started) + " UTC, " + when;
        out_.line(html_element("p", "Collected " + html_text(when), "quiet"));
        const bool whole = manifest_.outcome == "complete";
        out_.line(html_element("p", html_element("span", html_text(result_of(manifest_)), whole ? "good" : "warn")));

        std::string rows;
        for (const auto& [label, text] :
             {std::pair<std::string_view, const std::string&>{"Since", manifest_.problem.since},
              {"Symptom", manifest_.problem.symptom},
              {"Changed", manifest_.problem.changed}})
            if (!text.empty())
                rows += html_element("tr", html_element("th", label) + html_element("td", html_text(text)));
        if (!rows.empty()) out_.line(html_element("table", html_element("tbody", rows)));
    }

    void write_warnings() {
        for (const EndpointRecord& endpoint : manifest_.endpoints)
            if (may_still_debug(endpoint.debug))
                out_.line(html_element("p",
                                       html_element("b", html_text(endpoint.name), "bad") +
                                           ": the debugs are not proven off. This device may still be debugging.",
                                       "card alarm"));
        if (manifest_.endpoints.size() == 1)
            out_.line(html_element("p", "Single-sided: the other end was not collected.", "card"));
    }

    void write_findings() {
        if (manifest_.findings.empty()) return;
        out_.line("<h2>Findings</h2>");
        for (const FindingRecord& finding : manifest_.findings) {
            std::string card = html_element("p", html_text(finding.text.empty() ? finding.id : finding.text));
            std::string about = finding.id + "; severity " + finding.severity + ", confidence " + finding.confidence;
            for (const auto& evidence : finding.evidence)
                about += "; " + evidence.file + (evidence.line > 0 ? ":" + std::to_string(evidence.line) : "");
            card += html_element("p", html_text(about), "quiet");
            out_.line(html_element("div", card, "card finding"));
        }
    }

    void write_endpoints() {
        if (manifest_.endpoints.empty()) return;
        out_.line("<h2>Endpoints</h2><div class=\"scroll\"><table><thead><tr><th></th>" +
                  for_each_endpoint([](const EndpointRecord& e) { return html_element("th", html_text(e.name)); }) +
                  "</tr></thead><tbody>");
        const auto row = [this](std::string_view label, const std::function<std::string(const EndpointRecord&)>& said) {
            out_.line(
                html_element("tr", html_element("th", label) + for_each_endpoint([&said](const EndpointRecord& e) {
                                       return html_element("td", html_text(said(e)));
                                   })));
        };
        row("Device", [](const EndpointRecord& e) { return device_of(e); });
        row("Reached", [](const EndpointRecord& e) { return route_of(e); });
        row("Host key", [](const EndpointRecord& e) { return e.host_key; });
        row("Clock", [](const EndpointRecord& e) { return clock_of(e); });
        row("Debug", [](const EndpointRecord& e) { return debug_of(e.debug); });
        out_.line("</tbody></table></div>");
    }

    void write_traffic() {
        if (manifest_.probes.empty() && manifest_.actions.empty()) return;
        out_.line("<h2>Probe and resets</h2><table><tbody>");
        const auto row = [this](const std::optional<UtcTime>& when, const std::string& what,
                                const std::string& outcome) {
            out_.line(html_element("tr", html_element("th", when ? clock_of(*when) : "") +
                                             html_element("td", html_text(what)) +
                                             html_element("td", html_text(outcome))));
        };
        for (const ProbeRecord& probe : manifest_.probes) row(probe.started, traffic_of(probe), probe.outcome);
        for (const ActionRecord& action : manifest_.actions) row(action.started, step_of(action), action.outcome);
        out_.line("</tbody></table>");
    }

    /// One row an item, one column an endpoint.
    void write_items() {
        std::vector<std::string_view> ids;
        for (const EndpointRecord& endpoint : manifest_.endpoints)
            for (const CaptureRecord& capture : endpoint.captures)
                if (std::find(ids.begin(), ids.end(), capture.id) == ids.end()) ids.push_back(capture.id);
        if (ids.empty()) return;
        out_.line("<h2>Planned items</h2><div class=\"scroll\"><table><thead><tr><th></th>" +
                  for_each_endpoint([](const EndpointRecord& e) { return html_element("th", html_text(e.name)); }) +
                  "</tr></thead><tbody>");
        for (const std::string_view id : ids) {
            const auto cell = [id](const EndpointRecord& endpoint) -> std::string {
                const auto found = std::find_if(endpoint.captures.begin(), endpoint.captures.end(),
                                                [id](const CaptureRecord& capture) { return capture.id == id; });
                if (found == endpoint.captures.end()) return "<td class=\"quiet\">-</td>";
                std::string inner =
                    "<a href=\"#" + anchor_of(endpoint, *found) + "\">" + outcome_html(found->outcome) + "</a>";
                if (!found->reason.empty()) inner += "<br>" + html_element("span", html_text(found->reason), "quiet");
                return html_element("td", inner);
            };
            out_.line(html_element("tr", html_element("th", html_text(id)) + for_each_endpoint(cell)));
        }
        out_.line("</tbody></table></div>");
    }

    Result<void> write_debug() {
        auto lines = DebugLines::open(manifest_, spool_);
        if (!lines) return lines.error();
        out_.line("<h2>Debug streams by time of arrival (UTC)</h2>");
        std::uint64_t count = 0, left_out = 0;
        for (;;) {
            auto line = lines->next();
            if (!line) return line.error();
            if (!line->has_value()) break;
            if (count >= limits_.debug_lines || out_.bytes() >= limits_.whole_bytes) {
                ++left_out;
                continue;
            }
            if (count++ == 0)
                out_.line(
                    "<table class=\"wide debug\"><thead><tr><th>Time</th>" +
                    for_each_endpoint([](const EndpointRecord& e) { return html_element("th", html_text(e.name)); }) +
                    "</tr></thead><tbody>");
            std::string row = "<tr><td class=\"quiet\">";
            constexpr std::size_t date_width = 11, clock_width = 15;
            if (!(*line)->stamp.empty()) row += html_text((*line)->stamp.substr(date_width, clock_width));
            row += "</td>";
            for (std::size_t i = 0; i < (*line)->endpoint; ++i) row += "<td></td>";
            out_.line(row + "<td>" + html_text((*line)->text));
            // On a line of its own: no markup behind a word that announces a secret.
            row = "</td>";
            for (std::size_t i = (*line)->endpoint + 1; i < manifest_.endpoints.size(); ++i) row += "<td></td>";
            out_.line(row + "</tr>");
        }
        if (count == 0) out_.line("<p class=\"quiet\">No debug lines were captured.</p>");
        if (count > 0) out_.line("</tbody></table>");
        if (left_out > 0) out_.line(html_element("p", counted(left_out, "more line") + " in timeline.txt", "quiet"));
        return {};
    }

    Result<void> write_captures() {
        for (const EndpointRecord& endpoint : manifest_.endpoints) {
            if (endpoint.captures.empty()) continue;
            out_.line(html_element("h2", "What " + html_text(endpoint.name) + " said"));
            for (const CaptureRecord& capture : endpoint.captures)
                if (auto written = write_capture(endpoint, capture); !written) return written;
        }
        return {};
    }

    Result<void> write_capture(const EndpointRecord& endpoint, const CaptureRecord& capture) {
        std::string about = std::string(name_of(capture.phase));
        if (capture.started) about += ", " + clock_of(*capture.started);
        if (!capture.file.empty()) about += ", " + size_of(capture.bytes);
        if (!capture.reason.empty()) about += ": " + capture.reason;
        out_.line("<details id=\"" + anchor_of(endpoint, capture) + "\"><summary>" +
                  html_element("code", html_text(capture.command)) + " " + outcome_html(capture.outcome) + " " +
                  html_element("span", html_text(about), "quiet") + "</summary><pre>");
        if (capture.file.empty()) {
            out_.line("Nothing was captured.</pre></details>");
            return {};
        }
        auto reader = spool_.read(capture.file);
        if (!reader) return reader.error();
        MemberLines lines(std::move(*reader));
        std::uint64_t taken = 0;
        for (;;) {
            auto line = lines.next();
            if (!line) return line.error();
            if (!line->has_value()) break;
            if (taken >= limits_.capture_bytes || out_.bytes() >= limits_.whole_bytes) {
                out_.line("[the rest is in " + html_text(capture.file) + "]");
                break;
            }
            taken += (*line)->size() + 1;
            out_.line(html_text(**line));
        }
        out_.line("</pre></details>");
        return {};
    }

    void write_redaction() {
        out_.line("<h2>Redaction</h2>" + html_element("p", html_text(redaction_of(manifest_))));
        if (manifest_.rules.empty()) return;
        out_.line("<table><thead><tr><th>Rule</th><th>Replaced</th></tr></thead><tbody>");
        for (const auto& [rule, count] : manifest_.rules)
            out_.line(
                html_element("tr", html_element("th", html_text(rule)) + html_element("td", std::to_string(count))));
        out_.line("</tbody></table>");
    }

    std::string for_each_endpoint(const std::function<std::string(const EndpointRecord&)>& html) const {
        std::string all;
        for (const EndpointRecord& endpoint : manifest_.endpoints) all += html(endpoint);
        return all;
    }

    const Manifest& manifest_;
    const Spool& spool_;
    RedactedSink& out_;
    const ReportLimits& limits_;
};

}  // namespace

Result<void> write_report(const Manifest& manifest, const Spool& spool, Redaction& redaction, const TextSink& sink,
                          const ReportLimits& limits) {
    RedactedSink out(std::string(member::report), redaction, sink, html_withheld);
    const Manifest clean = cleaned(manifest, &redaction);
    return Report(clean, spool, out, limits).write();
}

}  // namespace formats
