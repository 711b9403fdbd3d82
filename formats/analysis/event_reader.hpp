#pragma once
// One pass over a text: its lines to events. Records that a device prints on several lines are joined, records that run
// together without a newline are cut apart. Constant memory: of the text an unfinished record is held, of the events at
// most `most_events`, so that the first and the last of a stream are among them.
//
// The time of arrival with which the collector begins the lines of a debug stream is taken off and kept beside. The text
// is cleaned of pager marks and carriage returns as it is read; line numbers are those of the text.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "formats/analysis/event_table.hpp"

namespace formats {

/// How the stream of one endpoint went, whatever it told.
struct StreamFacts {
    std::uint64_t lines = 0;  ///< that are events
    /// Of all lines, those that tell nothing included: as long as these stamps reach, the stream ran.
    std::optional<DeviceTime> first, last;
    std::optional<DeviceTime> first_arrival, last_arrival;
    std::uint64_t dropped = 0;  ///< events beyond what is kept
    bool newest_first = false;  ///< an export of a log viewer: the events were turned round
};

class EventReader {
 public:
    static constexpr std::size_t most_events = 20'000;

    explicit EventReader(const EventTable& table = EventTable::built_in()) : table_(table) {}

    /// `file`: an index that the events carry.
    void begin(std::uint32_t file);
    void feed(std::string_view bytes);
    /// The file is over.
    void end();

    /// All events so far, in the order of their streams. Lines that stand in two files of one endpoint are one event.
    std::vector<Event> take();
    const StreamFacts& facts() const { return facts_; }

 private:
    void take_line(std::string_view line);
    void finish_record();
    void read_record(std::string_view record);
    void keep(Event event);
    void take_time(const std::optional<DeviceTime>& time, const std::optional<DeviceTime>& arrival);
    void take_silent_ends();

    const EventTable& table_;
    std::vector<Event> events_;
    StreamFacts facts_;
    std::string rest_, record_;
    std::string first_silent_, last_silent_;  ///< records that tell nothing, for their stamps
    std::optional<DeviceTime> first_silent_arrival_, last_silent_arrival_;
    std::uint32_t file_ = 0;
    std::uint64_t line_ = 0, record_line_ = 0;
    std::optional<DeviceTime> record_arrival_;
    unsigned joined_ = 0;
    std::size_t file_begins_ = 0;  ///< in events_
    unsigned falling_ = 0, rising_ = 0;
    std::optional<double> last_seconds_;
};

}  // namespace formats
