#include "formats/transcript/standing.hpp"

#include <algorithm>

#include "formats/text/ascii.hpp"
#include "formats/text/each_line.hpp"
#include "formats/transcript/device_words.hpp"

namespace formats {

namespace {

using Milliseconds = Standing::Milliseconds;

/// A first prompt without the CR that this dialect sends before it must stand for this long.
constexpr Milliseconds unusual_prompt_after{300};
/// A question that is the whole last line; one with a label before it ("AD Password: "); one behind words of a text.
constexpr Milliseconds question_after{300}, labelled_question_after{1'000}, question_in_text_after{3'000};
constexpr Milliseconds press_return_after{500};
/// What somebody left typed, or asked; that of another program.
constexpr Milliseconds half_typed_after{2'000}, confirmation_after{2'000}, foreign_prompt_after{3'000};
/// Nothing that is asked is longer.
constexpr std::size_t longest_question = 512;
constexpr std::size_t most_words_of_a_label = 4;
constexpr std::size_t most_last_words = 4;

constexpr std::array<std::string_view, 9> confirmations{"[confirm]", "[yes",  "[no]",    "[y/n", "(y/n",
                                                        "(yes/no",   "[y]es", "(y or n", "[n]"};
constexpr std::array<std::string_view, 8> press_return_words{"press return",  "press enter",         "press any key",
                                                             "hit return",    "hit enter",           "press <return>",
                                                             "press <enter>", "press the return key"};
/// What stands before "Password:" where another one than that of the login is asked for.
constexpr std::array<std::string_view, 8> words_of_a_change{"new",    "old",      "confirm", "repeat",
                                                            "retype", "re-enter", "verify",  "again"};

template <std::size_t size>
bool holds_any(std::string_view text, const std::array<std::string_view, size>& words) {
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t") == std::string_view::npos; }

/// The interrupt key of ours, as terminals show it, is no text of the device.
std::string_view without_interrupts(std::string_view text) {
    while (text.starts_with("^C")) text.remove_prefix(2);
    return text;
}

std::vector<std::string_view> words_of_label(std::string_view label) {
    std::vector<std::string_view> words;
    for (auto begin = label.find_first_not_of(' '); begin != std::string_view::npos;
         begin = label.find_first_not_of(' ', begin)) {
        const auto end = std::min(label.find(' ', begin), label.size());
        words.push_back(label.substr(begin, end - begin));
        begin = end;
    }
    return words;
}

/// "AD ", "admin@192.0.2.1's ": not the end of a sentence, and not a text.
bool is_label(std::string_view label) {
    const auto words = words_of_label(label);
    return words.size() <= most_words_of_a_label && std::none_of(words.begin(), words.end(), [](std::string_view word) {
               return std::string_view(".,;:!?").find(word.back()) != std::string_view::npos;
           });
}

/// "Last login: ..." is a greeting.
bool is_greeting(std::string_view label) {
    const auto words = words_of_label(label);
    return !words.empty() && (words.back() == "last" || words.back() == "previous" || words.back() == "failed" ||
                              words.back() == "since");
}

bool is_change(std::string_view label) {
    const auto words = words_of_label(label);
    return std::any_of(words.begin(), words.end(), [](std::string_view word) {
        return std::find(words_of_a_change.begin(), words_of_a_change.end(), word) != words_of_a_change.end();
    });
}

}  // namespace

Standing::Standing(std::vector<const Profile*> dialects)
    : dialects_(std::move(dialects)), profile_(dialects_.front()) {}

std::string Standing::hear(std::string_view bytes, Time at) {
    heard_at_ = at;
    is_quiet_ = false;
    std::string lines;
    text_.feed(bytes, lines);
    if (!heard_anything_) {
        heard_anything_ = !is_blank(without_interrupts(text_.tail()));
        for_each_line(lines, [&](std::string_view line) {
            heard_anything_ = heard_anything_ || !is_blank(without_interrupts(line));
        });
    }
    see_log_lines(lines);
    see_progress(lines, at);
    remember(lines);
    if (echo_is_ == Echo::compared)
        for_each_line(lines, [&](std::string_view line) { echo_.see(line, find_log_line(line), sent_); });
    const std::string_view answer = after_echo(lines);
    if (expects_prompt_ && !awaits_echo()) {
        for_each_line(answer, [&](std::string_view line) {
            if (is_spoilt_prompt(line)) fresh_.is_wanted(at);
        });
        if (in_log_.has_one()) fresh_.is_wanted(at);
    }
    if (const std::string stands(stands_behind_logs().empty() ? text_.tail() : stands_behind_logs());
        stands != stood_ && stands.size() <= longest_question && is_question(stands)) {
        stood_ = stands;
        stood_since_ = at;
    }
    if (answer.size() == lines.size()) return lines;
    return std::string(answer);
}

void Standing::stay_quiet(Time at) {
    quiet_at_ = at;
    is_quiet_ = true;
}

std::string_view Standing::after_echo(std::string_view lines) {
    const std::size_t prompt = name_.size() + profile_->prompt.enabled_mark.size();
    while (awaits_echo() && !lines.empty()) {
        const auto end = lines.find('\n');
        const std::string_view line = lines.substr(0, end);
        echo_.see(line, find_log_line(line), sent_);
        if (is_echo(echo_.text(), sent_, prompt) || is_echo(line, sent_, prompt) || echo_.is_whole(sent_))
            echo_is_ = Echo::unknown;
        lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    }
    return lines;
}

/// Lines of the answer, and one that is under way. One that turns out to be a log line has not counted.
void Standing::see_progress(std::string_view lines, Time at) {
    const auto goes_on = [&](std::string_view line) {
        return !is_blank(line) && (asks_for_log_ || !is_log_line(line)) && !believed_prompt(line);
    };
    bool first = true, went_on = false;
    for (std::string_view rest = lines; !rest.empty() && !went_on;) {
        const auto end = rest.find('\n');
        went_on = goes_on(rest.substr(0, end));
        if (!went_on && std::exchange(first, false)) went_on_ = went_on_before_line_;
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    if (went_on) went_on_ = at;
    if (!lines.empty()) went_on_before_line_ = went_on_;
    if (!is_blank(text_.tail()) && (asks_for_log_ || !begins_log_line(text_.tail()))) went_on_ = at;
}

void Standing::remember(std::string_view lines) {
    std::vector<std::string> last;
    while (!lines.empty() && last.size() < most_last_words) {
        const auto begin = lines.substr(0, lines.size() - 1).rfind('\n') + 1;  // npos + 1: the first line
        std::string_view line = lines.substr(begin);
        lines = lines.substr(0, begin);
        if (line.ends_with('\n')) line.remove_suffix(1);
        const bool is_echo_of_ours =
            line.find_first_not_of('*') == std::string_view::npos || (!sent_.empty() && line.ends_with(sent_));
        if (is_blank(line) || is_echo_of_ours || is_log_line(line) || believed_prompt(line)) continue;
        last.emplace_back(line);
    }
    said_since_typed_ = said_since_typed_ || !last.empty();
    words_.insert(words_.end(), last.rbegin(), last.rend());
    if (words_.size() > most_last_words) words_.erase(words_.begin(), words_.end() - most_last_words);
}

std::vector<std::string> Standing::last_words() const {
    std::vector<std::string> words = words_;
    if (!is_blank(text_.tail())) words.push_back(text_.tail());
    return words;
}

void Standing::type(std::string_view line, Echo echo) {
    sent_ = line;
    asks_for_log_ = line.find("log") != std::string_view::npos;  // `show logging`, `journalctl ... log`
    echo_.forget();
    echo_is_ = echo;
    expects_prompt_ = false;
    fresh_ = {};
    typed_anything_ = true;
    said_since_typed_ = false;
    words_.clear();
}

void Standing::take() {
    text_.take_tail();
    asked_.clear();
    ended_question_.clear();
    in_log_.forget();
    stood_.clear();
    words_.clear();
}

void Standing::learn(const Stand& prompt) {
    name_ = prompt.prompt.name;
    mode_ = prompt.prompt.mode;
}

void Standing::speak(const Profile& profile) {
    profile_ = &profile;
    dialects_ = {profile_};
}

/// What stands where nothing but log lines came behind it; empty: what stands is the unfinished line itself.
std::string_view Standing::stands_behind_logs() const {
    if (asked_.empty()) return {};
    return is_blank(text_.tail()) || find_log_line(text_.tail()) == std::size_t{0} ? std::string_view(asked_)
                                                                                   : std::string_view();
}

Standing::Stand Standing::stand() const {
    Stand stand;
    if (in_log_.are_enough() && !awaits_echo())
        if (auto prompt = believed_prompt(in_log_.prompt())) {
            stand = {Kind::prompt, in_log_.prompt(), *prompt, prompt->dialect, {}, true};
            return stand;
        }
    const std::string_view behind = stands_behind_logs();
    const std::string_view text = behind.empty() ? without_interrupts(text_.tail()) : behind;
    stand.text = text;
    if (text_.tail_is_continued() || text.size() > longest_question) {
        stand.kind = Kind::text;
        return stand;
    }
    if (is_blank(text)) {
        if (!words_.empty() && holds_any(lowered(words_.back()), press_return_words)) stand.kind = Kind::press_return;
    } else if (behind.empty() && find_log_line(text) == std::size_t{0}) {
        stand.kind = Kind::log_line;
    } else {
        classify(text, stand);
    }
    const auto gap = gap_of(stand);
    if (!gap) return stand;
    if (stand.kind == Kind::page) {
        stand.is_settled = true;
    } else if (!behind.empty() && stand.kind != Kind::prompt) {
        // What came since is known to be none of it.
        stand.settles = stood_since_ + *gap;
        stand.is_settled = std::max(heard_at_, quiet_at_) >= *stand.settles;
    } else {
        stand.settles = heard_at_ + *gap;
        stand.is_settled = is_quiet_ && quiet_at_ >= *stand.settles;
    }
    return stand;
}

void Standing::classify(std::string_view text, Stand& stand) const {
    if (const Profile* dialect = pager_of(text)) {
        stand.kind = Kind::page;
        stand.dialect = dialect;
        return;
    }
    if (auto prompt = believed_prompt(text)) {
        stand.kind = Kind::prompt;
        stand.dialect = prompt->dialect;
        stand.prompt = std::move(*prompt);
        return;
    }
    if (classify_question(text, stand)) return;
    const std::string lower = lowered(without_end_blanks(text));
    const std::string_view marks = "$#>%";
    const auto mark = lower.find_first_of(marks);
    stand.kind = holds_any(lower, press_return_words)                    ? Kind::press_return
                 : is_half_typed(text)                                   ? Kind::half_typed
                 : holds_any(lower, confirmations)                       ? Kind::confirmation
                 : mark != std::string::npos && mark + 1 == lower.size() ? Kind::foreign_prompt
                                                                         : Kind::text;
}

/// "Username: ", "AD Password: ": with what stands before it.
bool Standing::classify_question(std::string_view text, Stand& stand) const {
    for (const Profile* dialect : dialects_) {
        for (const auto* prompts : {&dialect->login.password_prompts, &dialect->enable.password_prompts})
            if (const auto label = label_of_question(text, *prompts)) {
                stand.kind = is_change(lowered(*label)) ? Kind::new_password : Kind::password_question;
                stand.dialect = dialect;
                return true;
            }
        if (const auto label = label_of_question(text, dialect->login.user_prompts);
            label && !is_greeting(lowered(*label))) {
            stand.kind = Kind::user_question;
            stand.dialect = dialect;
            return true;
        }
    }
    return false;
}

/// For how long it has to stand before it is what it looks like; nullopt: it may always go on.
std::optional<Milliseconds> Standing::gap_of(const Stand& stand) const {
    switch (stand.kind) {
        case Kind::page: return Milliseconds{0};
        case Kind::prompt: {
            if (awaits_echo()) return std::nullopt;
            // A prompt after "\n\r" is told from output that looks like one, and so is one that a log line follows; any
            // other has to stand for a while.
            const auto& rules = stand.dialect->prompt;
            if (text_.tail().empty() || (rules.leading_cr && text_.tail_follows_cr())) return Milliseconds{0};
            return name_.empty() && rules.leading_cr ? unusual_prompt_after : Milliseconds{rules.quiet_ms};
        }
        case Kind::user_question: return gap_of_question(stand.text, {&stand.dialect->login.user_prompts});
        case Kind::password_question:
        case Kind::new_password:
            return gap_of_question(stand.text,
                                   {&stand.dialect->login.password_prompts, &stand.dialect->enable.password_prompts});
        case Kind::press_return: return press_return_after;
        case Kind::half_typed: return half_typed_after;
        case Kind::confirmation: return confirmation_after;
        case Kind::foreign_prompt: return foreign_prompt_after;
        case Kind::nothing:
        case Kind::log_line:
        case Kind::text: return std::nullopt;
    }
    return std::nullopt;
}

Milliseconds Standing::gap_of_question(std::string_view text,
                                       std::initializer_list<const std::vector<std::string>*> lists) const {
    const std::string asked = lowered(text);
    Milliseconds gap = question_in_text_after;
    for (const auto* prompts : lists) {
        const auto label = label_of_question(text, *prompts);
        if (!label) continue;
        if (!label->empty()) {
            if (is_label(*label)) gap = std::min(gap, labelled_question_after);
            continue;
        }
        // The whole line. Behind the echo of ours no banner comes.
        const bool is_to_the_letter = std::any_of(prompts->begin(), prompts->end(),
                                                  [&](const std::string& prompt) { return lowered(prompt) == asked; });
        if (typed_anything_ && !said_since_typed_)
            return Milliseconds{is_to_the_letter ? 0 : profile_->prompt.quiet_ms};
        gap = std::min(gap, is_to_the_letter ? question_after : labelled_question_after);
    }
    return gap;
}

std::optional<Standing::Time> Standing::looks_again() const {
    const Stand now = stand();
    std::optional<Time> next;
    if (!now.is_settled) next = now.settles;
    if (const auto due = fresh_.due(); due && is_nothing_asked() && (!next || *due < *next)) next = due;
    return next;
}

bool Standing::is_prompt_wanted() const {
    const auto due = fresh_.due();
    return due && is_nothing_asked() && std::max(heard_at_, quiet_at_) >= *due;
}

/// "rtr1#reload": what stands behind a prompt was typed by somebody.
bool Standing::is_half_typed(std::string_view text) const {
    for (std::size_t end = 1; end < text.size(); ++end)
        if (believed_prompt(text.substr(0, end)) && !is_blank(text.substr(end))) return true;
    return false;
}

std::optional<Standing::Stand> Standing::prompt_at_end() const {
    if (text_.tail_is_continued()) return std::nullopt;
    const auto prompt = believed_prompt(question());
    if (!prompt) return std::nullopt;
    Stand stand;
    stand.kind = Kind::prompt;
    stand.text = question();
    stand.prompt = *prompt;
    stand.dialect = prompt->dialect;
    return stand;
}

bool Standing::is_nothing_asked() const {
    return (asked_.empty() || believed_prompt(asked_)) &&
           (is_blank(without_interrupts(text_.tail())) || find_log_line(text_.tail()) == std::size_t{0});
}

bool Standing::is_believed(const Profile& dialect, std::string_view name) const {
    return name_.empty() || is_same_prompt_name(dialect.prompt, name_, name) || (renamed_ && renamed_(name));
}

std::optional<Standing::BelievedPrompt> Standing::believed_prompt(std::string_view text) const {
    for (const Profile* dialect : dialects_) {
        auto match = match_prompt(dialect->prompt, text);
        if (match && is_believed(*dialect, match->name)) return BelievedPrompt{std::move(*match), dialect};
    }
    return std::nullopt;
}

bool Standing::is_question(std::string_view text) const {
    Stand stand;
    return pager_of(text) != nullptr || believed_prompt(text) || classify_question(text, stand);
}

/// Nothing but the mark of a page that waits.
const Profile* Standing::pager_of(std::string_view text) const {
    for (const Profile* dialect : dialects_)
        if (is_pager_mark(text, dialect->pager.mark)) return dialect;
    return nullptr;
}

bool Standing::is_paged(std::string_view line) const {
    return std::any_of(dialects_.begin(), dialects_.end(),
                       [&](const Profile* dialect) { return begins_with_pager_mark(line, dialect->pager.mark); });
}

}  // namespace formats
