#pragma once
// Two terminal logs as evidence, without a bundle between: what the rules of the analysis are tried on.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "formats/analysis/findings.hpp"
#include "formats/transcript/split.hpp"

namespace two_ends {

using namespace formats;

inline std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        lines.push_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

inline EndEvidence end_of(const std::string& name, std::string_view log) {
    TranscriptSplitter splitter([](std::string_view line) { return EventTable::built_in().stream_of(line); });
    std::map<std::size_t, std::string> texts;
    for (const std::string_view line : lines_of(log))
        if (const auto capture = splitter.take(line))
            texts[*capture].append(line.substr(splitter.text_begins())).append("\n");
    EndEvidence end;
    end.name = name;
    end.platform = splitter.platform();
    EventReader events;
    for (std::size_t i = 0; i < splitter.captures().size(); ++i) {
        const SplitCapture& capture = splitter.captures()[i];
        const std::string member = "endpoints/" + name + "/" + capture.id + ".txt";
        const Tells tells =
            capture.command.empty() && capture.tells != Tells::debug ? tells_of_text(texts[i]) : capture.tells;
        end.files.push_back(member);
        events.begin(static_cast<std::uint32_t>(i));
        if (tells == Tells::debug || tells == Tells::log || tells == Tells::nothing || tells == Tells::session)
            events.feed(texts[i]);
        events.end();
        if (tells != Tells::debug && tells != Tells::log && (capture.is_ended || !texts[i].empty()))
            end.view.take(tells, member, texts[i]);
    }
    end.stream = events.facts();
    end.events = events.take();
    end.has_stream = end.stream.lines > 0;
    end.view.finish(end.platform);
    return end;
}

inline Analysis analysis_of(std::string_view hq, std::string_view branch) {
    Evidence evidence;
    evidence.ends.push_back(end_of("hq", hq));
    if (!branch.empty()) evidence.ends.push_back(end_of("branch", branch));
    return analyse(evidence);
}

inline const Finding* find(const Analysis& analysis, std::string_view id) {
    for (const Finding& finding : analysis.findings)
        if (finding.id == id) return &finding;
    return nullptr;
}

}  // namespace two_ends
