#include "formats/analysis/event_table.hpp"

#include <cassert>
#include <utility>

#include "embedded/event_tables.hpp"
#include "formats/embedded_file.hpp"
#include "formats/text/toml_reader.hpp"

namespace formats {

namespace {

constexpr std::size_t longest_slot = 256;
constexpr std::size_t longest_text = 400;  ///< of a line that is quoted

std::optional<EventRow::Trust> trust_of(std::string_view source) {
    const std::string_view word = source.substr(0, source.find(','));
    if (word == "read") return EventRow::Trust::read;
    if (word == "measured") return EventRow::Trust::measured;
    if (word == "known") return EventRow::Trust::known;
    return std::nullopt;
}

/// Adds the pattern; a group that is no slot, and what RE2 refuses, is an error at its place.
bool add_pattern(TomlReader& reader, const TomlText& pattern, PatternSet& patterns, PatternSet::Literal literal) {
    if (auto added = patterns.add(pattern.text, literal); !added) {
        reader.refuse(pattern.place, added.error());
        return false;
    }
    for (const auto& [name, number] : patterns.names(patterns.size() - 1))
        if (!slot_of(name))
            reader.refuse(pattern.place, "the group `" + name + "` is no slot",
                          "the slots stand in formats/analysis/event.hpp");
    return true;
}

}  // namespace

Result<void> EventTable::add(std::string_view toml, const std::string& file) {
    auto parsed = TomlReader::parse(toml, file);
    if (!parsed) return parsed.error();
    TomlReader& reader = **parsed;
    TomlTable root = reader.root();
    dialects_.push_back(root.required_text("dialect").text);
    if (const TomlText stream = root.required_text("stream"); !stream.text.empty())
        add_pattern(reader, stream, streams_, PatternSet::Literal::not_needed);
    PatternSet common;
    for (const TomlText& pattern : root.texts("common"))
        add_pattern(reader, pattern, common, PatternSet::Literal::not_needed);
    common_.push_back(std::move(common));
    for (TomlTable row : root.tables("record")) {
        Record record{row.required_text("holds").text, {}};
        for (const TomlText& begins : row.texts("continues")) record.continues.push_back(begins.text);
        records_.push_back(std::move(record));
    }
    for (TomlTable row : root.tables("event")) {
        EventRow read;
        read.dialect = dialects_.size() - 1;
        const TomlText kind = row.required_text("event"), pattern = row.required_text("pattern"),
                       source = row.required_text("source");
        read.example = row.required_text("example").text;
        read.lookalike = row.required_text("lookalike").text;
        read.source = source.text;
        if (const auto known = event_kind_of(kind.text))
            read.kind = *known;
        else if (!kind.text.empty())
            reader.refuse(kind.place, "`" + kind.text + "` is no kind of event",
                          "the kinds stand in formats/analysis/event.hpp");
        if (const auto trust = trust_of(source.text))
            read.trust = *trust;
        else if (!source.text.empty())
            reader.refuse(source.place, "a source begins with read, measured or known", "source = \"read, where\"");
        if (pattern.text.empty() || !add_pattern(reader, pattern, patterns_, PatternSet::Literal::needed)) continue;
        std::vector<std::string_view> groups;
        const std::size_t added = patterns_.size() - 1;
        if (!patterns_.matches_one(added, read.example, groups))
            reader.refuse(pattern.place, "the pattern does not find its own example", {});
        if (patterns_.matches_one(added, read.lookalike, groups))
            reader.refuse(pattern.place, "the pattern finds its lookalike", {});
        rows_.push_back(std::move(read));
    }
    return reader.finish();
}

Result<void> EventTable::compile() { return patterns_.compile(); }

const EventTable& EventTable::built_in() {
    static const EventTable table = [] {
        EventTable made;
        // The first row that matches wins: PIX 6 says the fewest words of its own and comes last.
        for (const std::string_view name : {"asa.toml", "ios.toml", "strongswan.toml", "libreswan.toml", "pix6.toml"})
            for (const EmbeddedFile& file : embedded::event_tables())
                if (file.name == name) {
                    const auto added = made.add(file.bytes, std::string(file.name));
                    assert(added);
                    (void)added;
                }
        const auto compiled = made.compile();
        assert(compiled);
        (void)compiled;
        return made;
    }();
    return table;
}

void EventTable::take_slots(std::size_t expression, const std::vector<std::string_view>& groups,
                            const PatternSet& patterns, Event& event) const {
    for (const auto& [name, number] : patterns.names(expression)) {
        const std::string_view value = groups[static_cast<std::size_t>(number)];
        const auto slot = slot_of(name);
        if (slot && !value.empty() && !event.has(*slot)) event.slots.emplace_back(*slot, value.substr(0, longest_slot));
    }
}

std::optional<std::string_view> EventTable::stream_of(std::string_view line) const {
    thread_local std::vector<std::string_view> groups;
    for (std::size_t i = 0; i < streams_.size(); ++i)
        if (streams_.matches_one(i, line, groups)) return dialects_[i];
    return std::nullopt;
}

bool EventTable::continues(std::string_view record, std::string_view line) const {
    if (line.starts_with('(')) {  // "(12): Initiator SPI : ..."
        const std::size_t number = line.find_first_not_of("0123456789", 1);
        if (number != std::string_view::npos && line.substr(number).starts_with("): ")) line.remove_prefix(number + 3);
    }
    for (const Record& known : records_)
        for (const std::string& begins : known.continues)
            if (line.starts_with(begins)) return record.find(known.holds) != std::string_view::npos;
    return false;
}

std::optional<Event> EventTable::read(std::string_view line) const {
    thread_local std::vector<std::string_view> groups;
    const std::size_t row = patterns_.match(line, groups);
    if (row == patterns_.size()) return std::nullopt;
    Event event;
    event.kind = rows_[row].kind;
    event.row = static_cast<std::uint32_t>(row);
    take_slots(row, groups, patterns_, event);
    const PatternSet& common = common_[rows_[row].dialect];
    for (std::size_t i = 0; i < common.size(); ++i)
        if (common.matches_one(i, line, groups)) take_slots(i, groups, common, event);
    event.time = device_time_of(line);
    event.text = line.substr(0, longest_text);
    return event;
}

}  // namespace formats
