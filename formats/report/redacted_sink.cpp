#include "formats/report/redacted_sink.hpp"

#include <utility>

namespace formats {

namespace {
constexpr std::size_t most_held = 64 << 10;
}

RedactedText vouched_or_redacted(std::string text, std::string_view subject, Redaction& redaction) {
    auto vouched = redaction.vouch(text, subject);
    return vouched ? std::move(*vouched) : redaction.redact(text);
}

RedactedSink::RedactedSink(std::string subject, Redaction& redaction, TextSink sink)
    : subject_(std::move(subject)), redaction_(redaction), sink_(std::move(sink)) {}

void RedactedSink::line(std::string_view text) {
    held_ += text;
    held_ += '\n';
    bytes_ += text.size() + 1;
    if (held_.size() >= most_held) pass_on();
}

void RedactedSink::pass_on() {
    if (state_ && !held_.empty())
        state_ = sink_(vouched_or_redacted(std::exchange(held_, {}), subject_, redaction_));
    held_.clear();
}

Result<void> RedactedSink::finish() {
    pass_on();
    return state_;
}

}  // namespace formats
