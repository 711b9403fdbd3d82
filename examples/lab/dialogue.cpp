#include "examples/lab/dialogue.hpp"

#include <algorithm>
#include <utility>

namespace lab {
namespace {

constexpr std::size_t longest_line = 512;
constexpr std::size_t usual_columns = 80;

/// "show crypto isakmp sa" -> "show-crypto-isakmp-sa": the file of a replay.
std::string file_name_of(const std::string& line) {
    std::string name = line;
    for (char& c : name)
        if (c == ' ' || c == '/') c = '-';
    return name;
}

std::string without_outer_spaces(const std::string& text) {
    const auto first = text.find_first_not_of(' ');
    if (first == std::string::npos) return "";
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace

Dialogue::Dialogue(Terminal& terminal, World& world, Device& device, std::shared_ptr<Session> session,
                   const Replay& replay)
    : terminal_(terminal),
      world_(world),
      device_(device),
      session_(std::move(session)),
      replay_(replay),
      side_(world.side_of(device)),
      page_lines_(device.platform().pager_lines) {
    context_ = text("lands-in");
}

const std::string& Dialogue::text(std::string_view name) const {
    static const std::string nothing;
    for (const auto* texts : {&device_.platform().terminal, &device_.platform().texts}) {
        const auto found = texts->find(name);
        if (found != texts->end()) return found->second;
    }
    return nothing;
}

std::string Dialogue::prompt() const {
    return fill(text(configuring_ ? "config-prompt"
                     : enabled_   ? "enabled-prompt"
                                  : "user-prompt"),
                {{"name", device_.site().name + (context_.empty() ? "" : "/" + context_)}});
}

/// In the middle of a log line, where that fault is set: not that of an empty line, so one can be had.
std::string Dialogue::prompt_after_answer() const {
    const std::lock_guard lock(world_.mutex);
    if (!enabled_ || !device_.faults().on("prompt-in-log-line")) return prompt();
    std::string line = fill(text("syslog-noise"), device_.slots());
    return line.insert(
        std::min(static_cast<std::size_t>(device_.faults().number("prompt-in-log-line", 30)), line.size() - 1),
        prompt());
}

std::size_t Dialogue::prompt_width() const {
    const auto shown = prompt();
    return shown.size() - static_cast<std::size_t>(std::count(shown.begin(), shown.end(), '\r'));
}

void Dialogue::run() {
    if (device_.platform().telnet && !log_in()) return;
    std::string banner, user;
    bool never_prompt = false;
    {
        const std::lock_guard lock(world_.mutex);
        user = session_->user;
        never_prompt = device_.faults().on("never-prompt");
        const auto& config = device_.platform().running_configs.begin()->second;
        for (std::size_t at = 0; (at = config.find("\nbanner exec ", at)) != std::string::npos;) {
            at += 13;
            banner += config.substr(at, config.find('\n', at) - at) + "\n";
        }
    }
    if (!greet(banner + fill(text("greeting"), {{"name", device_.site().name}, {"user", user}}))) return;
    if (never_prompt) terminal_.stall();
    bool obeyed = false;
    left_typed_ = fault_word("half-typed", "reload");
    while (!terminal_.over() && !left_) {
        terminal_.put((obeyed ? prompt_after_answer() : prompt()) + left_typed_);
        const auto line = read_line(Echo::typed);
        if (!line) break;
        obeyed = !line->empty() || !left_typed_.empty();
        if (obeyed) obey(*line);
        if (mute_) terminal_.stall();
    }
}

/// What an odd device does in place of its first prompt, or before it; false when the session ends with that.
bool Dialogue::greet(const std::string& greeting) {
    if (is_faulty("silent-until-key") && !terminal_.key() && !terminal_.broken_off()) return false;
    if (is_faulty("pause-in-banner")) {
        terminal_.put(device_.site().name + " - authorised use only");
        if (!terminal_.wait(fault_time("pause-in-banner")) && terminal_.over()) return false;
        terminal_.put("\n");
    }
    if (is_faulty("says-and-ends")) {
        terminal_.put(fault_word("says-and-ends", "% Authorization failed.") + "\n");
        return false;
    }
    for (const auto& [fault, usual] :
         {std::pair{"question", "Proceed with reload? [confirm]"}, std::pair{"password-expired", "New Password: "}}) {
        if (!is_faulty(fault)) continue;
        terminal_.put("\n" + fault_word(fault, usual));
        const auto key = terminal_.key();
        if (!key && !terminal_.broken_off()) return false;
        const std::lock_guard lock(world_.mutex);
        device_.log(session_.get(), "answered",
                    JsonObject().add("key", key ? std::string(1, *key) : std::string("^C")));
        return false;
    }
    terminal_.put(greeting);
    return true;
}

bool Dialogue::is_faulty(std::string_view fault) const {
    const std::lock_guard lock(world_.mutex);
    return device_.faults().on(fault);
}

/// Its word, or the usual one; empty where the device has no such fault.
std::string Dialogue::fault_word(std::string_view fault, const std::string& usual) const {
    const std::lock_guard lock(world_.mutex);
    if (!device_.faults().on(fault)) return {};
    const std::string word = device_.faults().word(fault);
    return word.empty() ? usual : word;
}

Clock::duration Dialogue::fault_time(std::string_view fault) const {
    const std::lock_guard lock(world_.mutex);
    return world_.clockwork.scaled(std::chrono::milliseconds(device_.faults().number(fault, 5000)));
}

/// The login of a telnet line: part of the text, unlike that of SSH.
bool Dialogue::log_in() {
    terminal_.put(text("login-banner"));
    for (int attempt = 0; attempt < device_.platform().login_tries; ++attempt) {
        std::optional<std::string> user = "";
        if (!text("login-user-prompt").empty()) {
            terminal_.put(text("login-user-prompt"));
            user = read_line(Echo::typed);
        }
        if (!user) return false;
        terminal_.put(text("login-prompt"));
        const auto secret = read_line(Echo::nothing);
        if (!secret) return false;
        if (is_faulty("slow-aaa")) terminal_.wait(fault_time("slow-aaa"));
        {
            const std::lock_guard lock(world_.mutex);
            if (device_.log_in(*session_, *user, *secret)) return true;
        }
        terminal_.put(text("login-wrong"));
    }
    return false;
}

std::optional<std::string> Dialogue::read_line(Echo echo) {
    const bool secret = echo != Echo::typed;
    std::string line;
    int keys = 0;
    std::size_t column = prompt_width();
    bool scrolled = false;
    for (;;) {
        const auto typed = terminal_.key();
        if (!typed) {
            if (!terminal_.broken_off()) return std::nullopt;
            left_typed_.clear();
            terminal_.put("\n");
            return "";
        }
        const char c = *typed;
        if (c == '\r' || c == '\n') {
            if (scrolled && is_redrawn()) draw(line.substr(0, columns() - prompt_width() - 1) + "$");
            terminal_.put("\n");
            return secret ? line : without_outer_spaces(line);
        }
        if (c == '\b' || c == 0x7f) {
            if (!line.empty()) {
                line.pop_back();
                --column;
                if (echo != Echo::nothing) terminal_.put("\b \b");
            }
        } else if (configuring_ && ++keys == lost_key()) {
            continue;
        } else if (static_cast<unsigned char>(c) >= 0x20 && line.size() < longest_line) {
            line += c;
            if (secret) {
                terminal_.put(echo == Echo::stars ? "*" : "");
            } else if (column + 1 < columns()) {
                terminal_.put(std::string_view(&c, 1));
                ++column;
            } else {
                // At the right edge: drawn again with its beginning out of sight.
                column = draw("$" + line.substr(line.size() - std::min((columns() - prompt_width()) / 2, line.size())));
                scrolled = true;
            }
        }
    }
}

/// Which key of a line in configuration mode gets lost; 0: none.
int Dialogue::lost_key() const {
    const std::lock_guard lock(world_.mutex);
    return device_.faults().on("lost-key") ? device_.faults().number("lost-key", 4) : 0;
}

std::size_t Dialogue::columns() const {
    const std::lock_guard lock(world_.mutex);
    const auto number =
        device_.faults().on("narrow") ? static_cast<std::size_t>(device_.faults().number("narrow", 40)) : usual_columns;
    return std::max(number, prompt_width() + 10);
}

bool Dialogue::is_redrawn() const {
    const std::lock_guard lock(world_.mutex);
    return device_.faults().on("redrawn");
}

/// Over what stands there, and the cursor behind it: that column.
std::size_t Dialogue::draw(const std::string& part) {
    auto shown = prompt();
    shown.erase(0, std::min(shown.find_first_not_of('\r'), shown.size()));
    const std::size_t column = shown.size() + part.size();
    const std::size_t left = columns() - std::min(columns(), column);
    terminal_.put("\r" + shown + part + std::string(left, ' ') + std::string(left, '\b'));
    return column;
}

void Dialogue::enable() {
    const std::string asks = fault_word("enable-asks", "Enter PASSCODE: ");
    for (int attempt = 0; attempt < device_.platform().enable_tries; ++attempt) {
        if (asks == "Username: ") {
            terminal_.put(asks);
            if (!read_line(Echo::typed)) return;
        }
        terminal_.put(asks.empty() || asks == "Username: " ? text("enable-prompt") : asks);
        const auto secret = read_line(text("enable-echo") == "none" ? Echo::nothing : Echo::stars);
        if (!secret) return;
        if (is_faulty("slow-aaa")) terminal_.wait(fault_time("slow-aaa"));
        {
            const std::lock_guard lock(world_.mutex);
            enabled_ = *secret == device_.site().enable && !device_.faults().on("enable-fail");
            device_.log(session_.get(), "enable", JsonObject().add("ok", enabled_));
        }
        if (enabled_) return;
        if (attempt + 1 < device_.platform().enable_tries) terminal_.put(text("enable-wrong"));
    }
    terminal_.put(text("enable-denied"));
}

void Dialogue::obey(const std::string& typed) {
    const std::string line = std::exchange(left_typed_, "") + typed;
    if (!enabled_ && is_faulty("only-enable") && line != "enable" && line != "exit")
        return complain("unauthorized", 0, line);
    Effect effect;
    {
        const std::lock_guard lock(world_.mutex);
        device_.log(session_.get(), "line",
                    JsonObject().add("text", line).add("enabled", enabled_).add("configuring", configuring_));
        effect = device_.faults().before(line, device_.debugging(*session_), configuring_);
        if (!effect.fault.empty())
            device_.log(session_.get(), "fault-fired", JsonObject().add("fault", effect.fault).add("line", line));
    }
    if (!befall(effect)) return;

    line_ = line;
    filter_.clear();
    if (const auto bar = line.find(" | "); bar != std::string::npos) {
        line_ = line.substr(0, bar);
        const auto space = line.find(' ', bar + 3);
        filter_ = line.substr(bar + 3, space == std::string::npos ? space : space - bar - 3);
        filter_word_ = space == std::string::npos ? "" : without_outer_spaces(line.substr(space));
    }
    page_left_ = page_lines_;
    page_quit_ = false;
    const Match match = match_line(device_.platform().commands, line_);
    // At the user prompt a replay answers what the device would.
    if (enabled_ || (match.kind == Match::Kind::found && !match.command->enabled_only)) {
        const auto name = file_name_of(line_);
        auto captured = replay_.find(name);
        if (captured == replay_.end()) captured = replay_.find(name + ".txt");
        replayed_ = captured != replay_.end();
        if (replayed_) return answer(captured->second);
    }
    switch (match.kind) {
        case Match::Kind::unknown: return complain("unknown", match.bad_column, line_);
        case Match::Kind::incomplete: return complain("incomplete", 0, line_);
        case Match::Kind::ambiguous: return complain("ambiguous", 0, line_);
        case Match::Kind::found: break;
    }
    if (match.command->enabled_only && !enabled_) return complain("unprivileged", 0, line_);
    const bool in_system_space = !device_.platform().contexts.empty() && context_.empty();
    if (const auto crypto = line_.find("crypto"); in_system_space && crypto != std::string::npos)
        return complain("unknown", crypto, line_);
    obey_command(*this, match);
    if (effect.silent) mute_ = true;
    terminal_.broken_off();  // a ^C that came while it ran has done its work
}

/// What happens before the line is obeyed; false when that is all.
bool Dialogue::befall(const Effect& effect) {
    if (effect.pause.count() > 0 && !terminal_.wait(world_.clockwork.scaled(effect.pause)))
        return terminal_.broken_off() && false;
    if (!effect.refusal.empty()) {
        complain(effect.refusal, 0, "");
        return false;
    }
    if (effect.renew_keys) terminal_.renew_keys();
    if (!effect.said.empty()) {
        terminal_.put(effect.said + "\n");
        return false;
    }
    if (effect.drop) terminal_.drop("fault " + std::string(effect.fault));
    if (effect.half_open) {
        {
            const std::lock_guard lock(world_.mutex);
            device_.kill_link(*session_, effect.fault);
        }
        terminal_.stall();
    }
    return !effect.ignored && !terminal_.over();
}

void Dialogue::complain(std::string_view error, std::size_t column, const std::string& line) {
    const auto& errors = device_.platform().errors;
    const auto found = errors.find(error);
    if (found == errors.end()) return;
    // The caret stands under the word on the screen, where the prompt comes before it.
    const std::string indent(prompt_width() + column, ' ');
    terminal_.put(fill(found->second, {{"caret-indent", indent}, {"line", line}}));
}

void Dialogue::change_context(const std::string& name) {
    const auto& known = device_.platform().contexts;
    if (!name.empty() && std::find(known.begin(), known.end(), name) == known.end())
        return complain("bad-context", 0, name);
    context_ = name;
    const std::lock_guard lock(world_.mutex);
    device_.log(session_.get(), "context", JsonObject().add("name", name));
}

void Dialogue::configure() { configuring_ = true; }

void Dialogue::leave() {
    if (configuring_) {
        configuring_ = false;
        return;
    }
    terminal_.put(text("goodbye"));
    left_ = true;
}

std::string Dialogue::filtered(std::string text) const {
    if (filter_.empty()) return text;
    const std::string_view kind = filter_;
    const auto means = [&](std::string_view word) { return word.substr(0, kind.size()) == kind; };
    std::string kept;
    bool begun = false;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size() - 1) + 1;
        const auto line = text.substr(at, end - at);
        const bool has = line.find(filter_word_) != std::string::npos;
        begun = begun || has;
        if ((means("include") || means("grep")) ? has : means("exclude") ? !has : begun) kept += line;
        at = end;
    }
    return kept;
}

void Dialogue::answer(std::string text) {
    Effect effect;
    {
        const std::lock_guard lock(world_.mutex);
        if (!replayed_) device_.report_unfilled(text);
        effect = device_.faults().answering(line_);
        if (!effect.fault.empty())
            device_.log(session_.get(), "fault-fired", JsonObject().add("fault", effect.fault).add("line", line_));
    }
    text = effect.before + filtered(std::move(text));
    if (const auto checksum = text.find("Cryptochecksum:"); effect.changed && checksum != std::string::npos)
        std::reverse(text.begin() + static_cast<std::ptrdiff_t>(text.find(':', checksum)) + 1,
                     text.begin() + static_cast<std::ptrdiff_t>(text.find('\n', checksum)));
    if (effect.drop || effect.stall) {
        send_paged(std::string_view(text).substr(0, text.size() / 2));
        if (effect.drop) return terminal_.drop("fault " + std::string(effect.fault));
        return terminal_.stall();
    }
    if (!effect.endless) {
        send_paged(text + std::exchange(late_, ""));
        return;
    }
    if (text.empty()) text = "\n";
    while (send_paged(text)) {
    }
}

/// False when the reader has had enough: `q` at the pager, ^C, or no reader any more.
bool Dialogue::send_paged(std::string_view text) {
    constexpr std::size_t unpaged_piece = 1024;
    while (!text.empty()) {
        std::size_t end = 0;
        if (page_lines_ <= 0) {
            end = std::min(unpaged_piece, text.size());
        } else {
            for (; page_left_ > 0 && end < text.size(); --page_left_)
                end = std::min(text.find('\n', end), text.size() - 1) + 1;
        }
        terminal_.put(text.substr(0, end));
        text.remove_prefix(end);
        terminal_.breathe();
        if (terminal_.broken_off() || terminal_.over()) return false;
        if (page_lines_ > 0 && page_left_ == 0 && !text.empty()) turn_page();
        if (page_quit_) return false;
    }
    return true;
}

void Dialogue::turn_page() {
    terminal_.put(text("pager-mark"));
    const auto key = terminal_.key();
    terminal_.put(text("pager-erase"));
    if (!key || *key == 'q' || *key == 'Q') {
        terminal_.broken_off();
        page_quit_ = true;
    } else {
        page_left_ = *key == '\r' || *key == '\n' ? 1 : page_lines_;
    }
}

}  // namespace lab
