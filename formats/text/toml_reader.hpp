#pragma once
// A strict reader of the TOML files a person writes (incident files, platform profiles). It knows
// which keys were asked for, so that a misspelt key is an error and not a silently missing setting.
// Every error is of kind usage, names "file:line:column", shows the line with a caret under the
// place and says what to write instead. Problems are gathered and the first one by position is
// reported.
//
// Where a value may be a secret (an incident file) no value is shown, only the key that stands before it: an error
// message is copied into tickets.
//
// The only unit that includes toml++.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/result.hpp"

namespace formats {

struct TomlPlace {
    std::uint32_t line = 0;  ///< from 1; 0: no place in the text
    std::uint32_t column = 0;
};

struct TomlText {
    std::string text;
    TomlPlace place;
};

/// Which control characters a string may hold.
enum class TomlCharacters : std::uint8_t {
    line,   ///< none
    prose,  ///< newline and tab
    any,
};

/// What an error may show of the line that it is in.
enum class TomlQuotes : std::uint8_t {
    line,  ///< all of it
    keys,  ///< its key, when the whole is TOML and the line has one
};

class TomlReader;
struct TomlNode;

/// One table of a document. A light handle: it must not outlive its reader. Asking for a key makes
/// it known.
class TomlTable {
 public:
    /// The value, or nothing when the key is absent or wrong (then the reader has the error).
    std::optional<TomlText> text(std::string_view key, TomlCharacters allowed = TomlCharacters::line);
    std::optional<bool> boolean(std::string_view key);
    std::optional<std::int64_t> integer(std::string_view key, std::int64_t lowest, std::int64_t highest);
    std::vector<TomlText> texts(std::string_view key);
    std::optional<TomlTable> table(std::string_view key);
    std::vector<TomlTable> tables(std::string_view key);

    bool has(std::string_view key) const;
    /// True when the value of `key` is a table; does not make the key known.
    bool holds_table(std::string_view key) const;
    /// An absent key is an error at the table.
    void require(std::string_view key);
    /// As text(), required.
    TomlText required_text(std::string_view key, TomlCharacters allowed = TomlCharacters::line);
    /// A key that has no business here: its presence is an error with this text. It is never
    /// suggested.
    void forbid(std::string_view key, std::string problem, std::string remedy);

    /// Where the table begins.
    TomlPlace place() const;
    /// Where the value of `key` stands; the table's own place when it is absent.
    TomlPlace place_of(std::string_view key) const;

 private:
    friend class TomlReader;
    TomlTable(TomlReader& reader, TomlNode& node) : reader_(&reader), node_(&node) {}
    TomlNode* ask(std::string_view key);
    bool check_characters(const TomlNode& value, std::string_view key, TomlCharacters allowed);

    TomlReader* reader_;
    TomlNode* node_;
};

class TomlReader {
 public:
    /// Text that is not TOML is an error. `file` names it in errors.
    static Result<std::unique_ptr<TomlReader>> parse(std::string_view text, std::string file,
                                                     TomlQuotes quotes = TomlQuotes::line);
    ~TomlReader();
    TomlReader(const TomlReader&) = delete;
    TomlReader& operator=(const TomlReader&) = delete;

    TomlTable root();
    /// Notes a problem at a place; finish() reports the first of all.
    void refuse(TomlPlace place, std::string problem, std::string remedy = {});
    /// As refuse(), with the text of an error found by another parser.
    void refuse(TomlPlace place, const Error& error);
    /// The first problem by position, keys that nobody asked for included.
    Result<void> finish();
    /// "incident.toml:14:1"
    std::string name(TomlPlace place) const;

 private:
    friend class TomlTable;
    struct Problem {
        TomlPlace place;
        std::string text, remedy;
        bool absence = false;  ///< something missing has no place of its own: it comes last
    };
    TomlReader(std::string_view text, std::string file, TomlQuotes quotes);
    Error error_at(const Problem& problem) const;
    void refuse_unknown_keys(const TomlNode& node);

    std::string quotable(std::uint32_t line) const;

    std::string file_;
    TomlQuotes quotes_;
    std::vector<std::string> lines_;
    std::unique_ptr<TomlNode> root_;
    std::vector<Problem> problems_;
};

/// The word of `known` that is likely meant by `word`: at most a third of it differs. Empty: none.
std::string nearest_word(std::string_view word, const std::vector<std::string>& known);

}  // namespace formats
