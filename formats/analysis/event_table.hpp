#pragma once
// The lines that tell something, as data: events/DIALECT.toml.
//
//   dialect = "ios"
//   stream = '...'         how a line of a debug stream or a log begins
//   common = ['...']       patterns whose named groups are slots of every event of this dialect
//   [[record]]             one that the device prints on several lines that do not begin with a blank
//   holds = "Packet ["     what stands on its first line
//   continues = ["..."]    how its further lines begin, behind a number in brackets
//   [[event]]
//   event = "policy-refused"      a kind of event.hpp
//   pattern = '...'               RE2; its named groups are slots of event.hpp
//   source = "read, A2.5"         read | measured | known, and where: read in a public source, measured with the real
//                                 thing, or general knowledge that is to be confirmed
//   example = "..."               a line that the pattern finds
//   lookalike = "..."             one that it must not find
//
// The first row that matches a line is its event. Errors name file, line and column.

#include <string>
#include <string_view>
#include <vector>

#include "formats/analysis/event.hpp"
#include "formats/result.hpp"
#include "formats/text/pattern_set.hpp"

namespace formats {

struct EventRow {
    enum class Trust : std::uint8_t { read, measured, known } trust = Trust::known;
    EventKind kind = EventKind::started;
    std::size_t dialect = 0;  ///< index in EventTable::dialects
    std::string source, example, lookalike;
};

class EventTable {
 public:
    /// Adds a file's rows behind those there are. Error usage: "ios.toml:12:11: ...".
    Result<void> add(std::string_view toml, const std::string& file);
    /// Once, behind the last add().
    Result<void> compile();
    /// Those that the program carries, read once in a process.
    static const EventTable& built_in();

    const std::vector<EventRow>& rows() const { return rows_; }
    const std::vector<std::string>& dialects() const { return dialects_; }
    const PatternSet& patterns() const { return patterns_; }
    /// The dialect whose stream this line belongs to, event or none.
    std::optional<std::string_view> stream_of(std::string_view line) const;
    /// Whether `line` belongs to the record that began on the lines of `record`.
    bool continues(std::string_view record, std::string_view line) const;
    /// The event on this line, without its place; nothing when no row matches.
    std::optional<Event> read(std::string_view line) const;

 private:
    void take_slots(std::size_t expression, const std::vector<std::string_view>& groups, const PatternSet& patterns,
                    Event& event) const;

    struct Record {
        std::string holds;
        std::vector<std::string> continues;
    };
    std::vector<std::string> dialects_;
    std::vector<Record> records_;
    std::vector<EventRow> rows_;
    PatternSet patterns_;
    std::vector<PatternSet> common_;  ///< of each dialect
    PatternSet streams_;              ///< one of each dialect
};

}  // namespace formats
