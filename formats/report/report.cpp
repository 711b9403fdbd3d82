#include "formats/report/report.hpp"

#include <algorithm>
#include <array>
#include <embedded/report_style.hpp>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "formats/analysis/config_facts.hpp"
#include "formats/bundle/manifest_fields.hpp"
#include "formats/report/debug_lines.hpp"
#include "formats/report/html.hpp"
#include "formats/report/ladder_picture.hpp"
#include "formats/report/wording.hpp"

namespace formats {

namespace {

std::string_view class_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::ok: return "good";
        case Outcome::empty: return "quiet";
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

std::string_view class_of_severity(std::string_view severity) {
    return severity == "problem" ? "bad" : severity == "warning" ? "warn" : "quiet";
}

/// The words of `value`, those that are not among `known` marked.
std::string marked(const std::string& value, const std::set<std::string, std::less<>>& known) {
    std::string html;
    for (std::string_view rest = value; !rest.empty();) {
        const std::size_t end = rest.find(' ');
        std::string_view word = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        const std::string_view bare = word.ends_with(',') ? word.substr(0, word.size() - 1) : word;
        html += known.count(bare) > 0 ? html_text(word) : html_element("mark", html_text(word));
        if (!rest.empty()) html += ' ';
    }
    return html;
}

void add_words(std::string_view text, std::set<std::string, std::less<>>& words) {
    while (!text.empty()) {
        const std::size_t end = text.find(' ');
        std::string_view word = text.substr(0, end);
        if (word.ends_with(',')) word.remove_suffix(1);
        if (!word.empty()) words.emplace(word);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
}

std::string spi_text(std::uint32_t spi) {
    if (spi == 0) return "none";
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text = "0x00000000";
    for (std::size_t i = text.size(); i > 2; spi >>= 4U) text[--i] = digits[spi & 0xFU];
    return text;
}

class Report {
 public:
    Report(const Manifest& manifest, const Conclusion& conclusion, const Spool& spool, RedactedSink& out,
           const ReportLimits& limits)
        : manifest_(manifest), conclusion_(conclusion), spool_(spool), out_(out), limits_(limits) {
        for (const EndpointRecord& endpoint : manifest_.endpoints)
            for (const CaptureRecord& capture : endpoint.captures)
                if (!capture.file.empty()) anchors_.emplace(capture.file, anchor_of(endpoint, capture));
        for (const FindingRecord& finding : manifest_.findings)
            for (const auto& evidence : finding.evidence)
                if (evidence.line > 0) pointed_at_[evidence.file].insert(evidence.line);
        const auto& ends = conclusion_.evidence.ends;
        if (ends.size() == 1) tunnels_.push_back(TunnelFacts::of(ends.front(), nullptr));
        for (std::size_t i = 1; i < std::min(ends.size(), most_tunnels + 1); ++i)
            tunnels_.push_back(TunnelFacts::of(ends.front(), &ends[i]));
        for (const TunnelFacts& tunnel : tunnels_) {
            ladders_.push_back(ladder_of(tunnel));
            point_at(ladders_.back());
        }
        for (const TunnelFacts& tunnel : tunnels_)
            for (const TunnelSide* side : {&tunnel.one, &tunnel.other})
                for (const ConfigFact& fact : config_facts(*side))
                    if (fact.place.line > 0) pointed_at_[fact.place.file].insert(fact.place.line);
    }

    Result<void> write() {
        begin();
        write_verdict();
        write_warnings();
        write_contents();
        write_findings();
        write_ladders();
        write_configurations();
        write_sas();
        write_endpoints();
        write_traffic();
        write_items();
        if (auto written = write_debug(); !written) return written;
        if (auto written = write_captures(); !written) return written;
        write_redaction();
        out_.line("</main></body></html>");
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
        out_.line("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        out_.line(html_element("title", html_text(title)));
        out_.line("<style>");
        out_.line(embedded::report_style().front().bytes);
        out_.line("</style></head><body><main>");
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

    /// Why the tunnel is down, before anything else.
    void write_verdict() {
        if (manifest_.verdict.empty()) return;
        std::string_view severity = "note";
        if (!manifest_.findings.empty()) severity = manifest_.findings.front().severity;
        out_.line("<section class=\"card verdict\" id=\"verdict\"><h2>Verdict</h2>");
        out_.line("<p>" + html_element("span", severity, class_of_severity(severity)) + " " +
                  html_text(manifest_.verdict));
        out_.line("</p></section>");
    }

    void write_contents() {
        out_.line("<nav aria-label=\"Parts of this page\">");
        for (const auto& [anchor, title] : parts)
            out_.line("<a href=\"#" + std::string(anchor) + "\">" + std::string(title) + "</a>");
        out_.line("</nav>");
    }
    void heading(std::string_view anchor) {
        for (const auto& [id, title] : parts)
            if (id == anchor) out_.line("<h2 id=\"" + std::string(id) + "\">" + std::string(title) + "</h2>");
    }

    /// Every line that a rung leads to has to be on the page.
    void point_at(const Ladder& ladder) {
        const auto add = [this](const Place& place) {
            if (place.line > 0) pointed_at_[place.file].insert(place.line);
        };
        const auto add_remarks = [&](const std::vector<RungRemark>& remarks) {
            for (const RungRemark& remark : remarks) add(remark.place);
        };
        for (const LadderAttempt& attempt : ladder.attempts) {
            add_remarks(attempt.openings);
            add_remarks(attempt.closings);
            for (const Rung& rung : attempt.rungs) {
                add_remarks(rung.remarks);
                for (const RungSide* side : {&rung.here, &rung.there}) {
                    if (!side->lines.empty()) add(side->lines.front());
                    if (!side->repeat_lines.empty()) add(side->repeat_lines.front());
                }
            }
        }
    }

    void write_ladders() {
        heading("ladder");
        const LineAnchor anchor = [this](const Place& place) {
            const auto known = anchors_.find(place.file);
            return known == anchors_.end() || place.line == 0 ? std::string()
                                                              : known->second + ":" + std::to_string(place.line);
        };
        std::size_t drawn = 0;
        for (const Ladder& ladder : ladders_) {
            if (ladder.attempts.empty()) continue;
            for (const std::string& sentence : ladder.clocks) {
                out_.line("<p class=\"quiet\">" + html_text(sentence));
                out_.line("</p>");
            }
            out_.line("<div class=\"scroll card\" tabindex=\"0\">");
            for (const std::string& line : ladder_svg(ladder, "ladder-" + std::to_string(++drawn), anchor))
                out_.line(line);
            out_.line("</div>");
        }
        if (drawn == 0) out_.line("<p class=\"quiet\">No line of the ends tells of a negotiation.</p>");
    }

    /// "endpoints/hq/debug/debug-crypto.txt:12", as a link where the page has that line.
    std::string place_html(const std::string& file, std::uint64_t line) const {
        const std::string text = html_text(file + (line > 0 ? ":" + std::to_string(line) : ""));
        const auto anchor = anchors_.find(file);
        if (anchor == anchors_.end()) return text;
        return "<a href=\"#" + anchor->second + (line > 0 ? ":" + std::to_string(line) : "") + "\">" + text + "</a>";
    }

    void write_findings() {
        heading("findings");
        if (manifest_.findings.empty()) out_.line("<p class=\"quiet\">None.</p>");
        for (const FindingRecord& finding : manifest_.findings) {
            const bool is_held = finding.confidence != name_of(Grade::contradicted);
            const std::string_view severity = is_held ? std::string_view(finding.severity) : "not held against it";
            out_.line("<section class=\"card finding " + html_value(is_held ? finding.severity : "note") + "\"><p>" +
                      html_element("span", html_text(severity), class_of_severity(is_held ? severity : "note")) + " " +
                      html_text(finding.text.empty() ? finding.id : finding.text));
            std::string about = html_text(finding.id + ", " + finding.confidence);
            if (!finding.endpoint.empty()) about += " at " + html_text(finding.endpoint);
            if (finding.origin == origin_run) about += ", seen by the run";
            for (const auto& evidence : finding.evidence) about += "; " + place_html(evidence.file, evidence.line);
            out_.line("</p>" + html_element("p", about, "quiet") + "</section>");
        }
    }

    /// One row a label, one column an end; the words that the other end does not say are marked.
    void write_configurations() {
        heading("configurations");
        bool any = false;
        for (const TunnelFacts& tunnel : tunnels_) {
            const auto one = config_facts(tunnel.one);
            const auto other = config_facts(tunnel.other);
            if (one.empty() && other.empty()) continue;
            any = true;
            out_.line("<div class=\"scroll\" tabindex=\"0\"><table class=\"sides\"><thead><tr><td></td>" +
                      html_element("th", html_text(tunnel.one.name())) +
                      html_element("th", html_text(tunnel.other.name())) + "</tr></thead><tbody>");
            for (const std::string_view label : config_labels()) write_config_row(label, one, other);
            out_.line("</tbody></table></div>");
        }
        if (!any) out_.line("<p class=\"quiet\">No configuration was collected.</p>");
    }

    void write_config_row(std::string_view label, const std::vector<ConfigFact>& one,
                          const std::vector<ConfigFact>& other) {
        const auto has_label = [&](const ConfigFact& fact) { return fact.label == label; };
        if (std::none_of(one.begin(), one.end(), has_label) && std::none_of(other.begin(), other.end(), has_label))
            return;
        out_.line("<tr>" + html_element("th", html_text(label)));
        for (const auto& [here, across] : {std::pair(&one, &other), std::pair(&other, &one)}) {
            out_.line("<td>");
            std::set<std::string, std::less<>> known;
            for (const ConfigFact& fact : *across)
                if (fact.label == label) add_words(fact.expected, known);
            for (const ConfigFact& fact : *here) {
                if (fact.label != label) continue;
                // What a device calls it differs in nothing.
                if (const std::size_t name = fact.value.rfind(" (");
                    fact.value.ends_with(')') && name != std::string::npos)
                    add_words(std::string_view(fact.value).substr(name), known);
                const std::string value = is_met(fact, *across) ? html_text(fact.value) : marked(fact.value, known);
                out_.line("<div>" + (fact.place.empty() ? "" : place_link(fact.place)) + value);
                out_.line("</div>");
            }
            out_.line("</td>");
        }
        out_.line("</tr>");
    }
    std::string place_link(const Place& place) const {
        const auto anchor = anchors_.find(place.file);
        if (anchor == anchors_.end() || place.line == 0) return {};
        const std::string line = std::to_string(place.line);
        return "<a class=\"line\" href=\"#" + anchor->second + ":" + line + "\" title=\"line " + line + " of " +
               html_value(place.file) + "\">" + line + "</a> ";
    }

    /// The pairs of SAs as each end last showed them, and what was counted since it first did.
    void write_sas() {
        heading("sas");
        bool any = false;
        for (const TunnelFacts& tunnel : tunnels_)
            for (const TunnelSide* side : {&tunnel.one, &tunnel.other}) {
                const auto* const table = side->child_table();
                if (table == nullptr) continue;
                any = true;
                const IkeSaRow* const ike = side->ike_row();
                out_.line("<h3>" + html_text(side->name()) + "</h3><p>Phase 1: " +
                          html_text(ike == nullptr       ? "no SA"
                                    : ike->state.empty() ? "shown without a state"
                                                         : ike->state));
                out_.line("</p>");
                if (table->rows.empty()) {
                    out_.line("<p>Phase 2: no SA</p>");
                    continue;
                }
                out_.line(
                    "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th>Networks</th><th>SPI in</th><th>SPI "
                    "out</th><th>At the other end</th><th>Encaps</th><th>Decaps</th><th>Errors out, "
                    "in</th></tr></thead>"
                    "<tbody>");
                for (std::size_t i = 0; i < std::min(table->rows.size(), most_rows); ++i)
                    write_sa(tunnel, *side, table->rows[i]);
                out_.line("</tbody></table></div>");
                if (table->rows.size() > most_rows)
                    out_.line(html_element("p", counted(table->rows.size() - most_rows, "more row"), "quiet"));
            }
        if (!any) out_.line("<p class=\"quiet\">No table of SAs was collected.</p>");
    }

    void write_sa(const TunnelFacts& tunnel, const TunnelSide& side, const ChildSaRow& row) {
        const bool crosses = std::any_of(tunnel.crossing.begin(), tunnel.crossing.end(), [&](const CrossingSas& pair) {
            return pair.one == &row || pair.other == &row;
        });
        const ChildSaRow* before = nullptr;
        if (const auto* const first = side.first_child_table(); first != side.child_table())
            for (const ChildSaRow& old : first->rows)
                if (old.local == row.local && old.remote == row.remote && old.spi_in == row.spi_in) before = &old;
        const auto count = [&](std::uint64_t now, std::uint64_t ChildSaRow::*counter) {
            std::string text = std::to_string(now);
            if (before != nullptr && now >= before->*counter)
                text += " (+" + std::to_string(now - before->*counter) + ")";
            return html_element("td", text);
        };
        const std::string_view across = !tunnel.is_two_sided() || !row.is_live() ? ""
                                        : crosses                                ? "crosses"
                                                                                 : "not there";
        out_.line("<tr>" + html_element("th", html_text(row.local + " to " + row.remote)) +
                  html_element("td", spi_text(row.spi_in)) + html_element("td", spi_text(row.spi_out)) +
                  html_element("td", html_element("span", across, crosses ? "good" : "warn")) +
                  count(row.encaps, &ChildSaRow::encaps) + count(row.decaps, &ChildSaRow::decaps) +
                  html_element("td", std::to_string(row.send_errors) + ", " + std::to_string(row.recv_errors)) +
                  "</tr>");
    }

    void write_endpoints() {
        heading("endpoints");
        if (manifest_.endpoints.empty()) return;
        out_.line("<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><td></td>" +
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
        out_.line("<h2>Probe and resets</h2><div class=\"scroll\" tabindex=\"0\"><table><tbody>");
        const auto row = [this](const std::optional<UtcTime>& when, const std::string& what,
                                const std::string& outcome) {
            out_.line(html_element("tr", html_element("th", when ? clock_of(*when) : "") +
                                             html_element("td", html_text(what)) +
                                             html_element("td", html_text(outcome))));
        };
        for (const ProbeRecord& probe : manifest_.probes) row(probe.started, traffic_of(probe), probe.outcome);
        for (const ActionRecord& action : manifest_.actions) row(action.started, step_of(action), action.outcome);
        out_.line("</tbody></table></div>");
    }

    /// One row an item, one column an endpoint.
    void write_items() {
        std::vector<std::string_view> ids;
        for (const EndpointRecord& endpoint : manifest_.endpoints)
            for (const CaptureRecord& capture : endpoint.captures)
                if (std::find(ids.begin(), ids.end(), capture.id) == ids.end()) ids.push_back(capture.id);
        if (ids.empty()) return;
        out_.line("<h2>Planned items</h2><div class=\"scroll\" tabindex=\"0\"><table><thead><tr><td></td>" +
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
        heading("timeline");
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
        heading("texts");
        for (const EndpointRecord& endpoint : manifest_.endpoints) {
            if (endpoint.captures.empty()) continue;
            out_.line(html_element("h3", html_text(endpoint.name)));
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
        const auto known = pointed_at_.find(capture.file);
        std::set<std::uint64_t> pointed_at = known == pointed_at_.end() ? std::set<std::uint64_t>() : known->second;
        const std::string anchor = anchor_of(endpoint, capture);
        std::uint64_t taken = 0, number = 0;
        bool is_cut = false;
        for (;;) {
            auto line = lines.next();
            if (!line) return line.error();
            if (!line->has_value()) break;
            const bool is_pointed_at = pointed_at.erase(++number) > 0;
            if (!is_cut && (taken >= limits_.capture_bytes || out_.bytes() >= limits_.whole_bytes)) {
                is_cut = true;
                out_.line("[the rest is in " + html_text(capture.file) + "]");
            }
            // A line that a link leads to stands on the page, however far behind.
            if (is_cut && pointed_at.empty() && !is_pointed_at) break;
            if (is_cut && !is_pointed_at) continue;
            taken += (*line)->size() + 1;
            out_.line((is_pointed_at ? "<a id=\"" + anchor + ":" + std::to_string(number) + "\"></a>" : "") +
                      html_text(**line));
        }
        out_.line("</pre></details>");
        return {};
    }

    void write_redaction() {
        out_.line("<h2>Redaction</h2>" + html_element("p", html_text(redaction_of(manifest_))));
        if (manifest_.rules.empty()) return;
        out_.line(
            "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th>Rule</th><th>Replaced</th></tr></thead>"
            "<tbody>");
        for (const auto& [rule, count] : manifest_.rules)
            out_.line(
                html_element("tr", html_element("th", html_text(rule)) + html_element("td", std::to_string(count))));
        out_.line("</tbody></table></div>");
    }

    std::string for_each_endpoint(const std::function<std::string(const EndpointRecord&)>& html) const {
        std::string all;
        for (const EndpointRecord& endpoint : manifest_.endpoints) all += html(endpoint);
        return all;
    }

    static constexpr std::size_t most_tunnels = 16, most_rows = 200;
    /// The parts that can be jumped to, in their order.
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> parts{
        {{"findings", "Findings"},
         {"ladder", "Messages between the ends"},
         {"configurations", "Configurations side by side"},
         {"sas", "SAs and counters"},
         {"endpoints", "Endpoints"},
         {"timeline", "Debug streams by time of arrival (UTC)"},
         {"texts", "What the devices said"}}};

    const Manifest& manifest_;
    const Conclusion& conclusion_;
    const Spool& spool_;
    RedactedSink& out_;
    const ReportLimits& limits_;
    std::vector<TunnelFacts> tunnels_;
    std::vector<Ladder> ladders_;                                ///< of each tunnel
    std::map<std::string, std::string> anchors_;                 ///< of each member's text
    std::map<std::string, std::set<std::uint64_t>> pointed_at_;  ///< lines that a link leads to, by member
};

}  // namespace

Result<void> write_report(const Manifest& manifest, const Conclusion& conclusion, const Spool& spool,
                          Redaction& redaction, const TextSink& sink, const ReportLimits& limits) {
    RedactedSink out(std::string(member::report), redaction, sink, html_withheld);
    const Manifest clean = cleaned(manifest, &redaction);
    return Report(clean, conclusion, spool, out, limits).write();
}

}  // namespace formats
