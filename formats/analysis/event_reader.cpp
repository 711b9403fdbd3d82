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
    first_silent_.clear();
    last_silent_.clear();
    first_silent_arrival_.reset();
    last_silent_arrival_.reset();
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
    take_silent_ends();
    // An export of a log viewer stands newest first: the events follow in the order in which they happened.
    if (falling_ > 2 && falling_ > 4 * rising_) {
        std::reverse(events_.begin() + static_cast<std::ptrdiff_t>(file_begins_), events_.end());
        facts_.newest_first = true;
    }
}

void EventReader::take_line(std::string_view line) {
    ++line_;
    const auto arrival = arrival_of(line);
    if (arrival) line.remove_prefix(arrival_width);
    line = without_pager(line);
    if (!record_.empty() && (is_continuation(line) || table_.continues(record_, line)) && joined_ < most_joined &&
        record_.size() + line.size() < longest_record) {
        record_ += ' ';
        record_ += line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
        ++joined_;
        return;
    }
    finish_record();
    record_.assign(line);
    record_line_ = line_;
    record_arrival_ = arrival;
    joined_ = 0;
}

void EventReader::finish_record() {
    if (record_.empty()) return;
    const std::uint64_t lines_before = facts_.lines;
    std::string_view rest = record_;
    while (!rest.empty()) {
        const std::size_t next = next_record(rest, 1);
        read_record(rest.substr(0, next));
        rest.remove_prefix(std::min(next, rest.size()));
    }
    if (facts_.lines == lines_before) {
        // Only the stamps of the first and the last are looked for, when the file is over.
        if (first_silent_.empty()) {
            first_silent_ = record_;
            first_silent_arrival_ = record_arrival_;
        }
        last_silent_.swap(record_);
        last_silent_arrival_ = record_arrival_;
    }
    record_.clear();
}

void EventReader::take_time(const std::optional<DeviceTime>& time, const std::optional<DeviceTime>& arrival) {
    const auto widen = [](std::optional<DeviceTime>& first, std::optional<DeviceTime>& last,
                          const std::optional<DeviceTime>& seen) {
        if (seen && (!first || seen->seconds < first->seconds)) first = seen;
        if (seen && (!last || seen->seconds > last->seconds)) last = seen;
    };
    widen(facts_.first, facts_.last, time);
    widen(facts_.first_arrival, facts_.last_arrival, arrival);
}

void EventReader::take_silent_ends() {
    if (!first_silent_.empty()) take_time(device_time_of(first_silent_), first_silent_arrival_);
    if (!last_silent_.empty()) take_time(device_time_of(last_silent_), last_silent_arrival_);
}

void EventReader::read_record(std::string_view record) {
    auto event = table_.read(record);
    if (!event) return;
    event->file = file_;
    event->line = record_line_;
    event->arrival = record_arrival_;
    ++facts_.lines;
    if (event->time) {
        if (last_seconds_)
            (event->time->seconds < *last_seconds_ ? falling_ : rising_) +=
                event->time->seconds != *last_seconds_ ? 1 : 0;
        last_seconds_ = event->time->seconds;
    }
    take_time(event->time, event->arrival);
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
