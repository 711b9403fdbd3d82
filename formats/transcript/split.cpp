#include "formats/transcript/split.hpp"

#include <algorithm>

#include "formats/cisco/device_text.hpp"
#include "formats/platform/profile.hpp"
#include "formats/text/pager.hpp"

namespace formats {

namespace {

constexpr std::size_t longest_command = 512, longest_name = 64;

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.' || c == '/';
}

bool is_terminal_header(std::string_view line) { return line.starts_with("=~=~=~=~") || line.starts_with("=~="); }

/// What follows the version's word: "Version 9.1(7)", "Version 15.2(4)M3,".
std::string version_behind(std::string_view line, std::string_view before) {
    const std::size_t at = line.find(before);
    if (at == std::string_view::npos) return {};
    std::string_view rest = trimmed(line.substr(at + before.size()));
    rest = rest.substr(0, rest.find_first_of(" ,"));
    return std::string(rest.substr(0, longest_name));
}

}  // namespace

std::optional<TranscriptSplitter::Prompt> TranscriptSplitter::prompt_on(std::string_view line) const {
    if (line.empty()) return std::nullopt;
    // [USER@HOST FOLDER]#, USER@HOST:FOLDER#
    const std::string_view head = line.substr(0, 2 * longest_name);
    const std::size_t at_sign = head.find('@');
    const std::size_t end = head.find_first_of("#$", at_sign == std::string_view::npos ? 0 : at_sign);
    const bool begins_as_shell = head.front() == '[' || (head.front() >= 'a' && head.front() <= 'z');
    if (at_sign != std::string_view::npos && end != std::string_view::npos && at_sign < end && begins_as_shell &&
        head.substr(0, at_sign).find(' ') == std::string_view::npos &&
        (end + 1 == line.size() || line[end + 1] == ' ')) {
        Prompt prompt;
        const std::string_view host = head.substr(at_sign + 1, end - at_sign - 1);
        prompt.name = host.substr(0, host.find_first_of(": ]"));
        prompt.rest_begins = std::min(end + 2, line.size());
        prompt.rest = line.substr(prompt.rest_begins);
        prompt.is_shell = true;
        return prompt;
    }
    std::size_t size = 0;
    while (size < line.size() && size < longest_name && is_name_character(line[size])) ++size;
    if (size == 0 || size >= line.size()) return std::nullopt;
    std::size_t mark = size;
    if (line[mark] == '(') {
        const std::size_t close = line.find(')', mark);
        if (close == std::string_view::npos || close - mark > longest_name) return std::nullopt;
        mark = close + 1;
    }
    if (mark >= line.size() || (line[mark] != '#' && line[mark] != '>')) return std::nullopt;
    Prompt prompt;
    prompt.name = line.substr(0, size);
    prompt.rest_begins = mark + 1;
    while (prompt.rest_begins < line.size() && line[prompt.rest_begins] == ' ') ++prompt.rest_begins;
    prompt.rest = line.substr(prompt.rest_begins);
    return prompt;
}

std::size_t TranscriptSplitter::open(std::string command, Tells tells, std::string_view file, bool is_understood) {
    if (captures_.size() >= most_captures) return captures_.size() - 1;
    SplitCapture capture;
    capture.command = command.substr(0, longest_command);
    capture.tells = tells;
    capture.is_understood = is_understood;
    capture.first_line = line_;
    const std::string phase = tells == Tells::debug ? "debug" : seen_debug_ ? "after" : "before";
    std::string stem(file.substr(0, file.rfind('.')));
    if (const unsigned known = ++used_[phase + "/" + stem]; known > 1) stem += "-" + std::to_string(known);
    capture.id = phase + "/" + stem;
    capture.file = stem + ".txt";
    captures_.push_back(std::move(capture));
    return captures_.size() - 1;
}

std::size_t TranscriptSplitter::stream() {
    if (!stream_) stream_ = open("", Tells::debug, "debug-crypto.txt", true);
    return *stream_;
}

void TranscriptSplitter::end_current() {
    if (current_) captures_[*current_].is_ended = true;
    current_.reset();
}

void TranscriptSplitter::next_file() {
    current_.reset();
    whole_.reset();
    in_stream_ = false;
    line_ = 0;
}

void TranscriptSplitter::learn(std::string_view line) {
    for (const std::string_view before : {"Adaptive Security Appliance Software Version", "PIX Firewall Version",
                                          "PIX Security Appliance Software Version"})
        if (line.find(before) != std::string_view::npos) {
            version_ = version_behind(line, before);
            title_ = before;
        }
    if (line.find("Cisco IOS") != std::string_view::npos && line.find("Version ") != std::string_view::npos) {
        version_ = version_behind(line, "Version ");
        title_ = "IOS";
    }
    if (line.starts_with("PIX Version ") || line.starts_with("ASA Version ")) {
        version_ = version_behind(line, "Version ");
        title_ = line.substr(0, 11);
    }
    if (line.starts_with("crypto ikev1 ") || line.starts_with("crypto ikev2 ") || line.starts_with("tunnel-group "))
        ++dialects_["asa"];
    if (line.starts_with(" set peer ") || line.starts_with("ip access-list ") ||
        line.starts_with("interface GigabitEthernet0/0/"))
        ++dialects_["ios"];
}

std::optional<std::size_t> TranscriptSplitter::take(std::string_view line) {
    ++line_;
    text_begins_ = 0;
    while (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    const std::string_view text = without_pager(line);
    const auto claimed = [&](std::size_t capture) {
        ++captures_[capture].lines;
        return capture;
    };
    if (is_terminal_header(text)) {
        in_stream_ = false;
        return std::nullopt;
    }
    if (const auto prompt = prompt_on(text)) {
        const std::string_view rest = trimmed(prompt->rest);
        const auto known = known_command(rest);
        const bool is_believed = names_.count(prompt->name) != 0 || known;
        if (is_believed) {
            if (names_.insert(prompt->name).second && hostname_.empty()) hostname_ = prompt->name;
            if (rest.empty()) {
                // What follows an empty prompt is nobody's answer any more.
                end_current();
                in_stream_ = in_stream_ || seen_debug_;
                return std::nullopt;
            }
            if (const auto dialect = known ? std::nullopt : stream_of_(rest)) {
                ++dialects_[std::string(*dialect)];
                seen_debug_ = in_stream_ = true;
                text_begins_ = line.size() - (text.size() - prompt->rest_begins);
                return claimed(stream());
            }
            end_current();
            in_stream_ = false;
            if (prompt->is_shell && rest.starts_with("swanctl")) ++dialects_["strongswan"];
            if (prompt->is_shell && (rest.starts_with("ipsec whack") || rest.starts_with("ipsec auto")))
                ++dialects_["libreswan"];
            if (known && known->tells == Tells::debug_on) {
                seen_debug_ = true;
                stream();
            }
            current_ = open(std::string(rest), known ? known->tells : Tells::nothing,
                            known ? known->file : "command.txt", known.has_value());
            if (known && known->tells == Tells::debug_off) in_stream_ = true;
            return std::nullopt;
        }
    }
    learn(text);
    const bool reads_log = current_ && captures_[*current_].tells == Tells::log;
    if (const auto dialect = stream_of_(text)) {
        ++dialects_[std::string(*dialect)];
        if (reads_log) return claimed(*current_);
        // A file of lines alone: an export. Between a command and its prompt: printed over the answer.
        seen_debug_ = in_stream_ = true;
        return claimed(stream());
    }
    if (in_stream_) {
        const bool is_continuation = !text.empty() && (text.front() == ' ' || text.front() == '\t');
        // An answer may have lines that begin with a blank; that of `debug` and `undebug` has none.
        const bool may_be_answer = current_ && captures_[*current_].lines > 0 &&
                                   captures_[*current_].tells != Tells::debug_on &&
                                   captures_[*current_].tells != Tells::debug_off;
        if (is_continuation && stream_ && !may_be_answer) return claimed(*stream_);
        // The stream has pushed the prompt away: what was typed stands alone on its line.
        const auto known = known_command(text);
        if (known && known->tells != Tells::nothing && words_of(text).size() > 1 && !is_continuation) {
            in_stream_ = false;
            end_current();
            current_ = open(std::string(trimmed(text)), known->tells, known->file, true);
            return std::nullopt;
        }
    }
    if (current_) return claimed(*current_);
    if (trimmed(text).empty()) return whole_ ? std::optional<std::size_t>(claimed(*whole_)) : std::nullopt;
    if (stream_ && in_stream_) return claimed(*stream_);
    if (names_.empty()) {
        // No prompt so far: a file that holds one thing, or what stands before the first prompt.
        if (!whole_) whole_ = open("", Tells::nothing, "text.txt", true);
        return claimed(*whole_);
    }
    if (unclaimed_++ == 0) first_unclaimed_ = line_;
    return std::nullopt;
}

std::string TranscriptSplitter::platform() const {
    if (title_.find("PIX") != std::string::npos) return compare_versions(version_, "7") < 0 ? "pix6" : "pix7";
    if (title_.find("ASA") != std::string::npos || title_.find("Adaptive") != std::string::npos)
        return compare_versions(version_, "8.4") < 0 ? "pix7" : "asa";
    if (title_ == "IOS") return "ios";
    const auto most = std::max_element(dialects_.begin(), dialects_.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    return most == dialects_.end() ? std::string() : most->first;
}

}  // namespace formats
