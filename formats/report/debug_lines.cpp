#include "formats/report/debug_lines.hpp"

#include <algorithm>

namespace formats {

namespace {

constexpr std::size_t longest_line = 64 << 10;
constexpr std::string_view stamp_form = "0000-00-00T00:00:00.000000Z";

bool begins_with_stamp(std::string_view line) {
    if (line.size() <= stamp_form.size() || line[stamp_form.size()] != ' ') return false;
    for (std::size_t i = 0; i < stamp_form.size(); ++i) {
        const bool digit = line[i] >= '0' && line[i] <= '9';
        if (stamp_form[i] == '0' ? !digit : line[i] != stamp_form[i]) return false;
    }
    return true;
}

}  // namespace

Result<std::optional<std::string_view>> MemberLines::next() {
    for (;;) {
        const std::size_t end = held_.find('\n', begin_);
        const std::size_t open = held_.size() - begin_;
        if (end != std::string::npos || open >= longest_line || (at_end_ && open > 0)) {
            const bool whole = end != std::string::npos && end - begin_ <= longest_line;
            const std::size_t size = whole ? end - begin_ : std::min(open, longest_line);
            std::string_view line = std::string_view(held_).substr(begin_, size);
            begin_ += size + (whole ? 1 : 0);
            if (whole && line.ends_with('\r')) line.remove_suffix(1);
            return std::optional(line);
        }
        if (at_end_) return std::optional<std::string_view>();
        held_.erase(0, begin_);
        begin_ = 0;
        auto bytes = reader_.read();
        if (!bytes) return bytes.error();
        at_end_ = bytes->empty();
        held_ += *bytes;
    }
}

Result<DebugLines> DebugLines::open(const Manifest& manifest, const Spool& spool) {
    DebugLines merged;
    for (std::size_t i = 0; i < manifest.endpoints.size(); ++i)
        for (const CaptureRecord& capture : manifest.endpoints[i].captures) {
            if (capture.phase != Phase::debug || capture.file.empty()) continue;
            auto reader = spool.read(capture.file);
            if (!reader) return reader.error();
            merged.streams_.push_back({MemberLines(std::move(*reader)), i, 0, {}, {}, false});
            if (auto first = advance(merged.streams_.back()); !first) return first.error();
        }
    return merged;
}

Result<void> DebugLines::advance(Stream& stream) {
    auto line = stream.lines.next();
    if (!line) return line.error();
    stream.over = !line->has_value();
    if (stream.over) return {};
    std::string_view text = **line;
    ++stream.line;
    if (begins_with_stamp(text)) {
        stream.stamp = text.substr(0, stamp_form.size());
        text.remove_prefix(stamp_form.size() + 1);
    }
    stream.text = text;
    return {};
}

Result<std::optional<DebugLine>> DebugLines::next() {
    if (given_) {
        if (auto advanced = advance(streams_[*given_]); !advanced) return advanced.error();
        given_.reset();
    }
    // A handful of endpoints: looking at each is quicker than keeping a heap.
    for (std::size_t i = 0; i < streams_.size(); ++i)
        if (!streams_[i].over && (!given_ || streams_[i].stamp < streams_[*given_].stamp)) given_ = i;
    if (!given_) return std::optional<DebugLine>();
    const Stream& first = streams_[*given_];
    return std::optional(DebugLine{first.stamp, first.text, first.endpoint, first.line});
}

}  // namespace formats
