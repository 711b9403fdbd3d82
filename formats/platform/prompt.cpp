#include "formats/platform/prompt.hpp"

#include <algorithm>

namespace formats {

namespace {

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_name(const Profile::Prompt& prompt, std::string_view name) {
    if (name.empty() || name.size() > prompt.longest) return false;
    if (prompt.name_pattern) return prompt.name_pattern->is_in(name);
    return is_alphanumeric(name.front()) && std::all_of(name.begin(), name.end(), [&](char c) {
               return is_alphanumeric(c) || prompt.name_characters.find(c) != std::string::npos;
           });
}

std::string_view without_priority(const Profile::Prompt& prompt, std::string_view name) {
    for (const std::string& priority : prompt.priorities)
        if (name.size() > priority.size() && name.ends_with(priority))
            return name.substr(0, name.size() - priority.size());
    return name;
}

std::string_view take_part(std::string_view& name) {
    const auto end = name.find('/');
    const auto part = name.substr(0, end);
    name.remove_prefix(end == std::string_view::npos ? name.size() : end + 1);
    return part;
}

/// "fw/act/ctx1" and "fw/stby/ctx1": the parts stand in the order that the device was told.
bool differs_in_priority_only(const Profile::Prompt& prompt, std::string_view learned, std::string_view seen) {
    const auto is_priority = [&](std::string_view part) {
        return std::any_of(prompt.priorities.begin(), prompt.priorities.end(),
                           [&](const std::string& p) { return p.substr(p.starts_with('/')) == part; });
    };
    while (!learned.empty() && !seen.empty()) {
        const auto one = take_part(learned), other = take_part(seen);
        if (one != other && !(is_priority(one) && is_priority(other))) return false;
    }
    return learned.empty() && seen.empty();
}

}  // namespace

std::optional<PromptMatch> match_prompt(const Profile::Prompt& prompt, std::string_view line) {
    const auto last = line.find_last_not_of(' ');
    if (last == std::string_view::npos || line.size() - last - 1 > prompt.trailing_spaces) return std::nullopt;
    line = line.substr(0, last + 1);

    PromptMatch match;
    if (!prompt.enabled_mark.empty() && line.ends_with(prompt.enabled_mark)) {
        match.mode = PromptMatch::Mode::enabled;
        line.remove_suffix(prompt.enabled_mark.size());
    } else if (!prompt.user_mark.empty() && line.ends_with(prompt.user_mark)) {
        match.mode = PromptMatch::Mode::user;
        line.remove_suffix(prompt.user_mark.size());
    } else {
        return std::nullopt;
    }
    if (!prompt.config_pattern.empty() && line.ends_with(')')) {
        const auto open = line.find(prompt.config_pattern);
        if (open == std::string_view::npos) return std::nullopt;
        const auto mode = line.substr(open + 1, line.size() - open - 2);
        if (mode.find_first_of("()# >") != std::string_view::npos) return std::nullopt;
        match.mode = PromptMatch::Mode::configuration;
        line = line.substr(0, open);
    }
    if (!is_name(prompt, line)) return std::nullopt;
    match.name = line;
    return match;
}

std::optional<std::size_t> find_log_line(const Profile::Prompt& prompt, std::string_view line) {
    return prompt.log_line ? prompt.log_line->place_in(line) : std::nullopt;
}

bool is_same_prompt_name(const Profile::Prompt& prompt, std::string_view learned, std::string_view seen) {
    return learned == seen || without_priority(prompt, learned) == without_priority(prompt, seen) ||
           differs_in_priority_only(prompt, learned, seen);
}

}  // namespace formats
