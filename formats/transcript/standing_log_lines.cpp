// What the device prints by itself, wherever the cursor stands: behind prompts, in echoes, around a prompt.

#include <algorithm>

#include "formats/text/each_line.hpp"
#include "formats/transcript/device_words.hpp"
#include "formats/transcript/standing.hpp"

namespace formats {

namespace {

/// Time stamp and id of a log line are within this.
constexpr std::size_t longest_log_stamp = 120;

}  // namespace

std::optional<std::size_t> Standing::find_log_line(std::string_view line) const {
    std::optional<std::size_t> first;
    for (const Profile* dialect : dialects_)
        if (const auto found = formats::find_log_line(dialect->prompt, line); found && (!first || *found < *first))
            first = found;
    return first;
}

/// What stands before a device's own log line goes on to stand, and a question goes on over whole log lines.
void Standing::see_log_lines(std::string_view lines) {
    std::string_view before = last_line_;
    for_each_line(lines, [&](std::string_view line) {
        see_prompt_in_log(line, before);
        before = line;
        // The echo of an answer to it, also one that fell into a log line.
        if (!asked_.empty() && !sent_.empty() && line.ends_with(sent_)) {
            stood_.clear();
            return asked_.clear();
        }
        // Most lines are those of an answer.
        if (asked_.empty() && ended_question_.empty() && !line.starts_with(name_) && !begins_with_question(line) &&
            !is_paged(line))
            return;
        if (unindented(line).empty()) return;  // before a log line that begins on a line of its own
        const auto log_line = find_log_line(line);
        std::string asked;
        if (log_line && *log_line == 0)
            asked = asked_.empty() ? ended_question_ : asked_;
        else if (log_line && is_question(line.substr(0, *log_line)))
            asked = line.substr(0, *log_line);
        // A log line that begins on a line of its own ends that of the question.
        ended_question_.clear();
        if (!log_line && is_whole_question(line)) ended_question_ = line;
        if (asked.empty() && ended_question_.empty()) stood_.clear();
        asked_ = std::move(asked);
    });
    if (!lines.empty()) last_line_ = std::string(before.substr(0, longest_log_stamp));
}

/// "Password: " and no more; a prompt and no more.
bool Standing::is_whole_question(std::string_view line) const {
    if (believed_prompt(line)) return true;
    return std::any_of(dialects_.begin(), dialects_.end(), [&](const Profile* dialect) {
        for (const auto* questions :
             {&dialect->login.user_prompts, &dialect->login.password_prompts, &dialect->enable.password_prompts})
            if (const auto label = label_of_question(line, *questions); label && label->empty()) return true;
        return false;
    });
}

/// The beginning of a line in which a log line may stand behind a question.
bool Standing::begins_with_question(std::string_view line) const {
    return std::any_of(dialects_.begin(), dialects_.end(), [&](const Profile* dialect) {
        return starts_with_any(line, dialect->login.user_prompts) ||
               starts_with_any(line, dialect->login.password_prompts) ||
               starts_with_any(line, dialect->enable.password_prompts);
    });
}

void Standing::see_prompt_in_log(std::string_view line, std::string_view before) {
    if (!sent_.empty() && line.ends_with(sent_)) return in_log_.forget();
    // Most lines are those of an answer.
    if (!in_log_.has_one() && line.find(name_) == std::string_view::npos) return in_log_.see_text();
    if (unindented(line).empty()) return;  // the echo of an empty line
    if (const std::string_view within = prompt_in_log_line(line); !within.empty()) return in_log_.see_prompt(within);
    if (const auto log_line = find_log_line(line); log_line && is_log_line(line)) {
        if (*log_line == 0) return;
        const std::string_view prompt = without_end_blanks(line.substr(0, *log_line));
        return believed_prompt(prompt) ? in_log_.see_prompt(prompt) : in_log_.see_text();
    }
    const std::string_view prompt = prompt_at_begin(line);
    const std::string_view behind = line.substr(prompt.size());
    if (!prompt.empty() && unindented(behind).empty()) return in_log_.see_prompt(prompt);
    // The answer to an empty line that came in the middle of a log line: "%SYS-5-CONF", "hq#IG_I: Configured".
    if (!prompt.empty() && is_log_line_around(before, behind)) {
        if (!is_log_line(before)) in_log_.take_back_text();
        return in_log_.see_prompt(prompt);
    }
    in_log_.see_text();
}

/// "hq#", where the line begins with it.
std::string_view Standing::prompt_at_begin(std::string_view line) const {
    for (const std::string* mark : {&profile_->prompt.enabled_mark, &profile_->prompt.user_mark})
        if (!name_.empty() && !mark->empty() && line.starts_with(name_ + *mark))
            return line.substr(0, name_.size() + mark->size());
    return {};
}

/// By itself, or behind what the device asks.
bool Standing::begins_log_line(std::string_view line) const {
    const std::string_view alone = line.starts_with(name_) || is_paged(line) ? line : line.substr(0, longest_log_stamp);
    const auto log_line = find_log_line(alone);
    return log_line && (*log_line == 0 || is_question(line.substr(0, *log_line)));
}

bool Standing::is_log_line(std::string_view line) const {
    return begins_log_line(line) || !prompt_in_log_line(line).empty();
}

/// Something else follows on its line, or it fell into the middle of a line of a log or of a debug.
bool Standing::is_spoilt_prompt(std::string_view line) const {
    if (name_.empty()) return false;
    const auto& prompt = profile_->prompt;
    const auto holds = [&](std::string_view text, const std::string& mark) {
        return !mark.empty() && text.find(name_ + mark) != std::string_view::npos;
    };
    return (mode_ == PromptMatch::Mode::configuration && line.starts_with(name_ + prompt.config_pattern)) ||
           holds(line, prompt.enabled_mark) || holds(line, prompt.user_mark);
}

/// "branch#" in "*Nov 26 19:30:28.318: %SYSbranch#-5-CONFIG_I: Configured", also with blanks behind the mark. Empty: none.
std::string_view Standing::prompt_in_log_line(std::string_view line) const {
    if (name_.empty()) return {};
    for (const std::string* mark : {&profile_->prompt.enabled_mark, &profile_->prompt.user_mark}) {
        const auto place = mark->empty() ? std::string_view::npos : line.find(name_ + *mark);
        if (place == std::string_view::npos || place == 0) continue;
        const std::size_t size = name_.size() + mark->size();
        if (is_log_line_around(line.substr(0, place), line.substr(place + size))) return line.substr(place, size);
    }
    return {};
}

/// Whether these are the ends of one, with blanks of the prompt between.
bool Standing::is_log_line_around(std::string_view before, std::string_view behind) const {
    for (std::size_t blanks = 0; blanks <= profile_->prompt.trailing_spaces; ++blanks) {
        if (begins_log_line(
                std::string(before.substr(0, longest_log_stamp)).append(behind.substr(0, longest_log_stamp))))
            return true;
        if (!behind.starts_with(' ')) break;
        behind.remove_prefix(1);
    }
    return false;
}

}  // namespace formats
