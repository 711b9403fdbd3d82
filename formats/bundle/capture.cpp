#include "formats/bundle/capture.hpp"

namespace formats {

Capture::Capture(SpoolFile file, Redactor redactor, std::uint64_t byte_limit, Stamps stamps)
    : file_(std::move(file)), redactor_(std::move(redactor)), byte_limit_(byte_limit), stamps_(stamps) {}

Result<Capture> Capture::open(Spool& spool, Redaction& redaction, const std::string& member, std::uint64_t byte_limit,
                              Stamps stamps) {
    auto file = spool.file(member);
    if (!file) return file.error();
    return Capture(std::move(*file), redaction.stream(), byte_limit, stamps);
}

void Capture::write(const Result<RedactedText>& text) {
    if (failure_) return;
    if (!text)
        failure_ = text.error();
    else if (auto written = file_.append(*text); !written)
        failure_ = written.error();
}

bool Capture::take(std::string_view lines) {
    if (truncated_ || failure_) return false;
    if (taken_ + lines.size() > byte_limit_) {
        // Cut at a line's end, so that the redactor sees whole lines only.
        const auto room = static_cast<std::size_t>(byte_limit_ - taken_);
        const auto end = lines.substr(0, room).rfind('\n');
        lines = lines.substr(0, end == std::string_view::npos ? 0 : end + 1);
        truncated_ = true;
    }
    taken_ += lines.size();
    if (stamps_ == Stamps::none) {
        write(redactor_.feed(lines));
        return !truncated_ && !failure_;
    }
    const std::string stamp = to_iso(utc_now()) + " ";
    std::string stamped;
    while (!lines.empty()) {
        if (at_line_start_) stamped += stamp;
        const auto end = lines.find('\n');
        at_line_start_ = end != std::string_view::npos;
        stamped += lines.substr(0, at_line_start_ ? end + 1 : end);
        lines.remove_prefix(at_line_start_ ? end + 1 : lines.size());
    }
    write(redactor_.feed(stamped));
    return !truncated_ && !failure_;
}

void Capture::note(std::string_view line) {
    if (!failure_) write(redactor_.feed(std::string(line) + "\n"));
}

Result<void> Capture::finish() {
    write(redactor_.finish());
    auto closed = file_.close();
    if (failure_) return *failure_;
    return closed;
}

void Capture::describe(CaptureRecord& record) const {
    record.file = file_.member();
    record.planned_file.clear();
    record.bytes = file_.bytes();
    record.lines = file_.lines();
    record.sha256 = file_.sha256();
    record.redactions = 0;
    for (const auto& [rule, count] : redactor_.counts()) record.redactions += count;
}

}  // namespace formats
