#include "formats/analysis/event_reader.hpp"

#include <algorithm>
#include <functional>
#include <unordered_map>

#include "formats/text/pager.hpp"

namespace formats {

namespace {

constexpr std::size_t longest_record = std::size_t{8} << 10;
constexpr unsigned most_joined = 6;  ///< lines of one record

bool is_continuation(std::string_view line) { return !line.empty() && (line.front() == ' ' || line.front() == '\t'); }

/// ASA prints records of IKEv2 without a newline between them.
std::size_t next_record(std::string_view text, std::size_t from) {
    for (std::size_t at = text.find("IKEv2-P", from); at != std::string_view::npos; at = text.find("IKEv2-P", at + 1))
        if (text.substr(at + 6).starts_with("PROTO-") || text.substr(at + 6).starts_with("PLAT-")) return at;
    return std::string_view::npos;
}

}  // namespace

void EventReader::begin(std::uint32_t file) {
    file_ = file;
    line_ = record_line_ = 0;
    joined_ = 0;
    file_begins_ = events_.size();
    falling_ = rising_ = 0;
    last_seconds_.reset();
}

void EventReader::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        if (end == std::string_view::npos) {
            if (rest_.size() < longest_record) rest_.append(bytes.substr(0, longest_record - rest_.size()));
            return;
        }
        if (rest_.empty()) {
            take_line(bytes.substr(0, std::min(end, longest_record)));
        } else {
            rest_.append(bytes.substr(0, std::min(end, longest_record - std::min(rest_.size(), longest_record))));
            const std::string line = std::move(rest_);
            rest_.clear();
            take_line(line);
        }
        bytes.remove_prefix(end + 1);
    }
}

void EventReader::end() {
    if (!rest_.empty()) {
        const std::string line = std::move(rest_);
        rest_.clear();
        take_line(line);
    }
    finish_record();
    // An export of a log viewer stands newest first: the events follow in the order in which they happened.
    if (falling_ > 2 && falling_ > 4 * rising_) {
        std::reverse(events_.begin() + static_cast<std::ptrdiff_t>(file_begins_), events_.end());
        facts_.newest_first = true;
    }
}

void EventReader::take_line(std::string_view line) {
    ++line_;
    line = without_pager(line);
    if (is_continuation(line) && !record_.empty() && joined_ < most_joined &&
        record_.size() + line.size() < longest_record) {
        record_ += ' ';
        record_ += line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
        ++joined_;
        return;
    }
    finish_record();
    record_.assign(line);
    record_line_ = line_;
    joined_ = 0;
}

void EventReader::finish_record() {
    if (record_.empty()) return;
    std::string_view rest = record_;
    while (!rest.empty()) {
        const std::size_t next = next_record(rest, 1);
        read_record(rest.substr(0, next), record_line_);
        rest.remove_prefix(std::min(next, rest.size()));
    }
    record_.clear();
}

void EventReader::read_record(std::string_view record, std::uint64_t line) {
    auto event = table_.read(record);
    if (!event) return;
    event->file = file_;
    event->line = line;
    ++facts_.lines;
    if (event->time) {
        if (last_seconds_)
            (event->time->seconds < *last_seconds_ ? falling_ : rising_) +=
                event->time->seconds != *last_seconds_ ? 1 : 0;
        last_seconds_ = event->time->seconds;
        if (!facts_.first || event->time->seconds < facts_.first->seconds) facts_.first = event->time;
        if (!facts_.last || event->time->seconds > facts_.last->seconds) facts_.last = event->time;
    }
    keep(std::move(*event));
}

void EventReader::keep(Event event) {
    // The middle of a stream that is too long is dropped: how it began and how it ended decides.
    if (events_.size() >= most_events) {
        const auto middle = events_.begin() + most_events / 2;
        const std::size_t many = most_events / 4;
        events_.erase(middle, middle + static_cast<std::ptrdiff_t>(many));
        facts_.dropped += many;
        file_begins_ = std::min(file_begins_, events_.size());
    }
    events_.push_back(std::move(event));
}

std::vector<Event> EventReader::take() {
    // The same line may have been captured twice: as it came, and with `show logging`.
    std::unordered_map<std::string_view, std::uint32_t> first_file;
    std::vector<bool> is_copy(events_.size());
    for (std::size_t i = 0; i < events_.size(); ++i) {
        if (!events_[i].time) continue;
        const auto [known, is_new] = first_file.emplace(events_[i].text, events_[i].file);
        is_copy[i] = !is_new && known->second != events_[i].file;
    }
    std::vector<Event> kept;
    for (std::size_t i = 0; i < events_.size(); ++i)
        if (!is_copy[i]) kept.push_back(events_[i]);
    for (std::size_t i = 0; i < kept.size(); ++i) kept[i].order = i;
    events_.clear();
    return kept;
}

}  // namespace formats
