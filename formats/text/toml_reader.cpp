#include "formats/text/toml_reader.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <tuple>

#include "formats/text/ascii.hpp"

namespace formats {

/// A TOML value without the library behind it, so that no header needs toml++.
struct TomlNode {
    enum class Kind : std::uint8_t { text, boolean, integer, floating, moment, array, table };
    struct Member {
        std::string key;
        TomlPlace place;
        std::unique_ptr<TomlNode> value;
    };
    Kind kind = Kind::table;
    TomlPlace place;
    std::string text;
    bool boolean = false;
    std::int64_t integer = 0;
    std::vector<std::unique_ptr<TomlNode>> items;
    std::vector<Member> members;
    std::vector<std::string> asked;      ///< keys somebody knows
    std::vector<std::string> forbidden;  ///< known, but never suggested
    std::vector<std::string> missing;    ///< required and absent
    bool visited = false;

    Member* find(std::string_view key) {
        const auto at = std::find_if(members.begin(), members.end(), [&](const Member& m) { return m.key == key; });
        return at == members.end() ? nullptr : &*at;
    }
};

namespace {

constexpr std::size_t shown_width = 120;
constexpr std::size_t most_key_parts = 128;

std::string_view described(TomlNode::Kind kind) {
    switch (kind) {
        case TomlNode::Kind::text: return "a string";
        case TomlNode::Kind::boolean: return "true or false";
        case TomlNode::Kind::integer: return "an integer";
        case TomlNode::Kind::floating: return "a number with a fraction";
        case TomlNode::Kind::moment: return "a date or time";
        case TomlNode::Kind::array: return "an array";
        case TomlNode::Kind::table: return "a table";
    }
    return "something else";
}

TomlPlace place_of_source(const toml::source_region& source) { return {source.begin.line, source.begin.column}; }

std::unique_ptr<TomlNode> convert(const toml::node& from) {
    auto to = std::make_unique<TomlNode>();
    to->place = place_of_source(from.source());
    if (const auto* table = from.as_table()) {
        to->kind = TomlNode::Kind::table;
        for (const auto& [key, value] : *table)
            to->members.push_back({std::string(key.str()), place_of_source(key.source()), convert(value)});
    } else if (const auto* array = from.as_array()) {
        to->kind = TomlNode::Kind::array;
        for (const auto& item : *array) to->items.push_back(convert(item));
    } else if (const auto* text = from.as_string()) {
        to->kind = TomlNode::Kind::text;
        to->text = text->get();
    } else if (const auto* boolean = from.as_boolean()) {
        to->kind = TomlNode::Kind::boolean;
        to->boolean = boolean->get();
    } else if (const auto* integer = from.as_integer()) {
        to->kind = TomlNode::Kind::integer;
        to->integer = integer->get();
    } else {
        to->kind = from.is_floating_point() ? TomlNode::Kind::floating : TomlNode::Kind::moment;
    }
    return to;
}

/// The key that stands first in a line, or the header that is all of it; empty: neither.
std::string key_in_line(const TomlNode& node, std::uint32_t line) {
    for (const auto& member : node.members) {
        if (member.place.line == line) return member.key;
        if (std::string found = key_in_line(*member.value, line); !found.empty()) return found;
    }
    for (const auto& item : node.items)
        if (std::string found = key_in_line(*item, line); !found.empty()) return found;
    return {};
}

/// Where a chain of so many dots stands that no key has them, whatever it is.
std::optional<TomlPlace> place_of_endless_key(std::string_view text) {
    TomlPlace place{1, 0};
    std::size_t parts = 0;
    char before = '.';
    for (const char c : text) {
        ++place.column;
        if (c == '.' && before != '.' && ++parts > most_key_parts) return place;
        before = c;
        if (std::string_view("=,[]{}#\n").find(c) != std::string_view::npos) parts = 0;
        if (c == '\n') place = {place.line + 1, 0};
    }
    return std::nullopt;
}

std::size_t character_length(std::string_view text, std::size_t at) {
    std::size_t n = 1;
    while (at + n < text.size() && (static_cast<unsigned char>(text[at + n]) & 0xC0U) == 0x80U) ++n;
    return n;
}

/// The line with a caret under `column` (characters, from 1), cut around it, control characters
/// blanked.
std::string shown(std::string_view line, TomlPlace place) {
    std::vector<std::string> characters;
    for (std::size_t i = 0; i < line.size();) {
        const std::size_t n = character_length(line, i);
        characters.emplace_back(is_control(line[i]) ? " " : line.substr(i, n));
        i += n;
    }
    std::size_t caret = place.column > 0 ? place.column - 1 : 0;
    caret = std::min(caret, characters.size());
    const std::size_t from = caret > shown_width / 2 ? caret - shown_width / 2 : 0;
    const std::size_t to = std::min(characters.size(), from + shown_width);

    const std::string number = std::to_string(place.line);
    std::string out = "\n  " + number + " | ";
    for (std::size_t i = from; i < to; ++i) out += characters[i];
    out += "\n  " + std::string(number.size(), ' ') + " | " + std::string(caret - from, ' ') + "^";
    return out;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

/// Keys come from the user's file and go to a terminal.
std::string printable(std::string_view text) {
    std::string out;
    for (const char c : text.substr(0, 64)) out += is_control(c) ? '?' : c;
    return out;
}

}  // namespace

std::string nearest_word(std::string_view word, const std::vector<std::string>& known) {
    if (word.size() > 64) return {};
    const std::string wanted = lowered(word);
    std::string best;
    std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
    for (const std::string& candidate : known) {
        const std::size_t distance = edit_distance(wanted, candidate);
        if (distance < least && distance < candidate.size()) {
            least = distance;
            best = candidate;
        }
    }
    return best;
}

TomlNode* TomlTable::ask(std::string_view key) {
    node_->visited = true;
    if (std::find(node_->asked.begin(), node_->asked.end(), key) == node_->asked.end()) node_->asked.emplace_back(key);
    TomlNode::Member* member = node_->find(key);
    return member == nullptr ? nullptr : member->value.get();
}

bool TomlTable::has(std::string_view key) const { return node_->find(key) != nullptr; }

bool TomlTable::holds_table(std::string_view key) const {
    const TomlNode::Member* member = node_->find(key);
    return member != nullptr && member->value->kind == TomlNode::Kind::table;
}

TomlPlace TomlTable::place() const { return node_->place; }

TomlPlace TomlTable::place_of(std::string_view key) const {
    const TomlNode::Member* member = node_->find(key);
    return member == nullptr ? node_->place : member->value->place;
}

bool TomlTable::check_characters(const TomlNode& value, std::string_view key, TomlCharacters allowed) {
    if (allowed == TomlCharacters::any) return true;
    for (const char c : value.text) {
        const bool prose = allowed == TomlCharacters::prose && (c == '\n' || c == '\t');
        if (!is_control(c) || prose) continue;
        reader_->refuse(value.place, "`" + std::string(key) + "` holds a control character",
                        "write it in one line of printable characters");
        return false;
    }
    return true;
}

namespace {
std::string expected(std::string_view key, std::string_view wanted, const TomlNode& found) {
    return "`" + std::string(key) + "`: expected " + std::string(wanted) + ", found " +
           std::string(described(found.kind));
}
}  // namespace

std::optional<TomlText> TomlTable::text(std::string_view key, TomlCharacters allowed) {
    const TomlNode* value = ask(key);
    if (value == nullptr) return std::nullopt;
    if (value->kind != TomlNode::Kind::text) {
        reader_->refuse(value->place, expected(key, "a string", *value), "put it in quotes");
        return std::nullopt;
    }
    if (!check_characters(*value, key, allowed)) return std::nullopt;
    return TomlText{value->text, value->place};
}

TomlText TomlTable::required_text(std::string_view key, TomlCharacters allowed) {
    require(key);
    if (auto value = text(key, allowed)) return *value;
    return {{}, place_of(key)};
}

void TomlTable::require(std::string_view key) {
    ask(key);
    if (!has(key)) node_->missing.emplace_back(key);
}

std::optional<bool> TomlTable::boolean(std::string_view key) {
    const TomlNode* value = ask(key);
    if (value == nullptr) return std::nullopt;
    if (value->kind != TomlNode::Kind::boolean) {
        reader_->refuse(value->place, expected(key, "true or false", *value), "write true or false, without quotes");
        return std::nullopt;
    }
    return value->boolean;
}

std::optional<std::int64_t> TomlTable::integer(std::string_view key, std::int64_t lowest, std::int64_t highest) {
    const TomlNode* value = ask(key);
    if (value == nullptr) return std::nullopt;
    const std::string range = std::to_string(lowest) + " to " + std::to_string(highest);
    if (value->kind != TomlNode::Kind::integer) {
        reader_->refuse(value->place, expected(key, "an integer from " + range, *value),
                        "write a number, without quotes");
        return std::nullopt;
    }
    if (value->integer < lowest || value->integer > highest) {
        reader_->refuse(value->place, "`" + std::string(key) + "`: expected an integer from " + range + ", found " +
                                          std::to_string(value->integer));
        return std::nullopt;
    }
    return value->integer;
}

std::vector<TomlText> TomlTable::texts(std::string_view key) {
    std::vector<TomlText> out;
    const TomlNode* value = ask(key);
    if (value == nullptr) return out;
    if (value->kind != TomlNode::Kind::array) {
        reader_->refuse(value->place, expected(key, "an array of strings", *value), "put it in brackets: [\"...\"]");
        return out;
    }
    for (const auto& item : value->items) {
        if (item->kind != TomlNode::Kind::text)
            reader_->refuse(item->place, expected(key, "a string in the array", *item), "put it in quotes");
        else if (check_characters(*item, key, TomlCharacters::line))
            out.push_back({item->text, item->place});
    }
    return out;
}

std::optional<TomlTable> TomlTable::table(std::string_view key) {
    TomlNode* value = ask(key);
    if (value == nullptr) return std::nullopt;
    if (value->kind != TomlNode::Kind::table) {
        reader_->refuse(value->place, expected(key, "a table", *value),
                        "write it as [" + std::string(key) + "] on a line of its own");
        return std::nullopt;
    }
    value->visited = true;
    return TomlTable(*reader_, *value);
}

std::vector<TomlTable> TomlTable::tables(std::string_view key) {
    std::vector<TomlTable> out;
    TomlNode* value = ask(key);
    if (value == nullptr) return out;
    const std::string remedy = "write each as [[" + std::string(key) + "]] on a line of its own";
    if (value->kind != TomlNode::Kind::array) {
        reader_->refuse(value->place, expected(key, "an array of tables", *value), remedy);
        return out;
    }
    for (auto& item : value->items) {
        if (item->kind != TomlNode::Kind::table) {
            reader_->refuse(item->place, expected(key, "a table in the array", *item), remedy);
            continue;
        }
        item->visited = true;
        out.push_back(TomlTable(*reader_, *item));
    }
    return out;
}

void TomlTable::forbid(std::string_view key, std::string problem, std::string remedy) {
    node_->forbidden.emplace_back(key);
    if (const TomlNode::Member* member = node_->find(key))
        reader_->refuse(member->place, std::move(problem), std::move(remedy));
}

TomlReader::TomlReader(std::string_view text, std::string file, TomlQuotes quotes)
    : file_(std::move(file)), quotes_(quotes) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines_.emplace_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

TomlReader::~TomlReader() = default;

Result<std::unique_ptr<TomlReader>> TomlReader::parse(std::string_view text, std::string file, TomlQuotes quotes) {
    std::unique_ptr<TomlReader> reader(new TomlReader(text, std::move(file), quotes));
    // toml++ calls itself once for each part.
    if (const auto place = place_of_endless_key(text))
        return reader->error_at({*place, "a key has more than " + std::to_string(most_key_parts) + " parts",
                                 "its parts are joined by dots", false});
    try {
        reader->root_ = convert(toml::parse(text));
    } catch (const toml::parse_error& error) {
        const TomlPlace place = place_of_source(error.source());
        // The library quotes what it read.
        const std::string why = quotes == TomlQuotes::keys ? "this line" : std::string(error.description());
        const bool twice = error.description().find("redefine") != std::string_view::npos;
        return reader->error_at(
            {place, "not valid TOML: " + why,
             twice ? "a key stands once in its table: keep one of the two" : "strings stand in quotes: key = \"value\"",
             false});
    } catch (const std::exception& error) {
        return Error{ErrorKind::usage, reader->file_, std::string("cannot be read: ") + error.what(), {}};
    }
    return reader;
}

TomlTable TomlReader::root() {
    root_->visited = true;
    return TomlTable(*this, *root_);
}

void TomlReader::refuse(TomlPlace place, std::string problem, std::string remedy) {
    problems_.push_back({place, std::move(problem), std::move(remedy), false});
}

void TomlReader::refuse(TomlPlace place, const Error& error) {
    refuse(place, error.subject.empty() ? error.detail : error.subject + ": " + error.detail, error.remedy);
}

std::string TomlReader::name(TomlPlace place) const {
    if (place.line == 0) return file_;
    return file_ + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

std::string TomlReader::quotable(std::uint32_t line) const {
    const std::string& whole = lines_[line - 1];
    if (quotes_ == TomlQuotes::line) return whole;
    const std::string key = root_ ? key_in_line(*root_, line) : std::string();
    const std::size_t at = key.empty() ? std::string::npos : whole.find(key);
    // Behind the first key of a line may stand others, of a table written in it, with their values.
    const bool is_first = at != std::string::npos && whole.find_first_not_of(" \t[\"'") == at;
    return is_first ? whole.substr(0, at + key.size()) + " (the value is not shown)" : "(not shown)";
}

Error TomlReader::error_at(const Problem& problem) const {
    Error error{ErrorKind::usage, name(problem.place), problem.text, problem.remedy};
    if (problem.place.line > 0 && problem.place.line <= lines_.size())
        error.detail += shown(quotable(problem.place.line), problem.place);
    return error;
}

void TomlReader::refuse_unknown_keys(const TomlNode& node) {
    if (node.kind == TomlNode::Kind::array)
        for (const auto& item : node.items) refuse_unknown_keys(*item);
    if (node.kind != TomlNode::Kind::table || !node.visited) return;
    std::vector<std::string> missing = node.missing;
    const auto among = [](const std::vector<std::string>& words, const std::string& word) {
        return std::find(words.begin(), words.end(), word) != words.end();
    };
    for (const auto& member : node.members) {
        if (among(node.forbidden, member.key)) continue;
        if (among(node.asked, member.key)) {
            refuse_unknown_keys(*member.value);
            continue;
        }
        const std::string meant = nearest_word(member.key, node.asked);
        // The misspelt key is the better report than the key that is missing because of it.
        missing.erase(std::remove(missing.begin(), missing.end(), meant), missing.end());
        std::string remedy;
        if (!meant.empty()) {
            remedy = "did you mean `" + meant + "`?";
        } else {
            remedy = "known here:";
            for (const std::string& key : node.asked)
                remedy.append(&key == &node.asked.front() ? " " : ", ").append(key);
        }
        refuse(member.place, "unknown key `" + printable(member.key) + "`", std::move(remedy));
    }
    for (const std::string& key : missing)
        problems_.push_back({node.place, "`" + key + "` is missing", "add it here", true});
}

Result<void> TomlReader::finish() {
    refuse_unknown_keys(*root_);
    if (problems_.empty()) return {};
    const auto first = std::min_element(problems_.begin(), problems_.end(), [](const Problem& a, const Problem& b) {
        return std::tuple(a.absence, a.place.line, a.place.column) <
               std::tuple(b.absence, b.place.line, b.place.column);
    });
    return error_at(*first);
}

}  // namespace formats
