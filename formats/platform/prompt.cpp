#include "formats/platform/prompt.hpp"

#include <algorithm>

namespace formats {

namespace {

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_name(const Profile::Prompt& prompt, std::string_view name) {
    return !name.empty() && name.size() <= prompt.longest && is_alphanumeric(name.front()) &&
           std::all_of(name.begin(), name.end(), [&](char c) {
               return is_alphanumeric(c) || prompt.name_characters.find(c) != std::string::npos;
           });
}

std::string_view without_priority(const Profile::Prompt& prompt, std::string_view name) {
    for (const std::string& priority : prompt.priorities)
        if (name.size() > priority.size() && name.ends_with(priority))
            return name.substr(0, name.size() - priority.size());
    return name;
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
    return learned == seen || without_priority(prompt, learned) == without_priority(prompt, seen);
}

}  // namespace formats
