#include "formats/transcript/debug_state.hpp"

#include <algorithm>

#include "formats/platform/prompt.hpp"
#include "formats/text/each_line.hpp"
#include "formats/text/pattern.hpp"
#include "formats/transcript/device_words.hpp"

namespace formats {

namespace {

bool is_refusal(const Profile& profile, std::string_view line) {
    return std::any_of(profile.refusals.begin(), profile.refusals.end(),
                       [&](const auto& known) { return line.find(known.text) != std::string_view::npos; });
}

bool is_log_line(const Profile& profile, std::string_view line) {
    return find_log_line(profile.prompt, line) == std::size_t{0};
}

bool matches(const std::string& pattern, std::string_view line) {
    return !pattern.empty() && find_pattern(pattern, line);
}

}  // namespace

DebugState read_debug_state(const Profile& profile, std::string_view answer, std::string_view beside) {
    const Profile::Debug& debug = profile.debug;
    DebugState state;
    std::string heading;  // one that no line followed yet
    const auto note = [&](DebugState::Verdict verdict, std::string_view words) {
        if (!state.words.empty()) return;
        state.verdict = verdict;
        state.words = words;
    };
    /// Looked for first and anywhere in a line, also in that of a log.
    const auto tells = [&](std::string_view line) {
        bool lists = false;
        for (const auto& item : debug.items) {
            if (!matches(item.listed, line)) continue;
            lists = true;
            if (std::find(state.items.begin(), state.items.end(), item.id) == state.items.end())
                state.items.push_back(item.id);
        }
        if (lists)
            state.on.emplace_back(line);
        else if (is_refusal(profile, line))
            note(DebugState::Verdict::refused, line);
        else
            return false;
        heading.clear();
        return true;
    };
    for_each_line(beside, tells);
    for_each_line(answer, [&](std::string_view line) {
        line = without_end_blanks(line);
        if (line.empty() || tells(line)) return;
        if (is_log_line(profile, line) || matches(debug.frame, line)) {
            return;
        } else if (matches(debug.other, line)) {
            state.on.emplace_back(line);
            state.others = state.others || matches(debug.crypto, line);
            heading.clear();
        } else if (matches(debug.heading, line)) {
            if (!heading.empty()) note(DebugState::Verdict::unclear, heading);
            heading = line;
        } else {
            note(DebugState::Verdict::unclear, line);
        }
    });
    if (!heading.empty()) note(DebugState::Verdict::unclear, heading);
    if (!state.items.empty())
        state.verdict = DebugState::Verdict::listed;
    else if (state.words.empty())
        state.verdict = DebugState::Verdict::none;
    return state;
}

}  // namespace formats
