#include "formats/report/redacted_sink.hpp"

#include <utility>

#include "formats/text/each_line.hpp"

namespace formats {

namespace {

constexpr std::size_t most_held = 64 << 10;

template <class Replace>
std::string by_line(std::string_view text, Replace replace) {
    std::string result;
    for_each_line(text, [&](std::string_view line) { result.append(replace(line)).push_back('\n'); });
    return result;
}

}  // namespace

std::string withhold_line(std::string_view) { return "[withheld: it looks like a secret]"; }

RedactedSink::RedactedSink(std::string subject, Redaction& redaction, TextSink sink, Withhold withhold)
    : subject_(std::move(subject)), redaction_(redaction), sink_(std::move(sink)), withhold_(std::move(withhold)) {}

void RedactedSink::line(std::string_view text) {
    held_ += text;
    held_ += '\n';
    bytes_ += text.size() + 1;
    if (held_.size() >= most_held) pass_on();
}

Result<RedactedText> RedactedSink::vouched(const std::string& text) const {
    if (auto whole = redaction_.vouch(text, subject_)) return whole;
    const std::string some = by_line(text, [this](std::string_view line) {
        return redaction_.vouch(std::string(line), subject_) ? std::string(line) : withhold_(line);
    });
    if (auto most = redaction_.vouch(some, subject_)) return most;
    return redaction_.vouch(by_line(text, withhold_),
                            subject_);  // found only in several lines together
}

void RedactedSink::pass_on() {
    if (!state_ || held_.empty()) return held_.clear();
    auto text = vouched(std::exchange(held_, {}));
    if (text)
        state_ = sink_(*text);
    else
        state_ = text.error();
}

Result<void> RedactedSink::finish() {
    pass_on();
    return state_;
}

}  // namespace formats
