#pragma once
// A regular expression of a profile, by RE2: linear in the text, whatever the text.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "formats/result.hpp"

namespace formats {

class Pattern {
 public:
    /// Error usage with RE2's own words when it is none. Compiled once in a process: the profiles' few patterns are
    /// asked for by every endpoint again, and compiling one takes longer than searching an answer. From any thread.
    static Result<Pattern> compile(std::string_view expression);

    int groups() const;  ///< how many it has

    bool is_in(std::string_view text) const;
    /// Where the first match begins.
    std::optional<std::size_t> place_in(std::string_view text) const;
    /// The first match's first group, or the whole match when there is no group.
    std::optional<std::string> find_in(std::string_view text) const;

 private:
    struct Compiled;
    explicit Pattern(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
    std::shared_ptr<const Compiled> compiled_;
};

/// Of a pattern that was validated when its profile was loaded; an empty pattern is found nowhere.
std::optional<std::string> find_pattern(std::string_view expression, std::string_view text);

}  // namespace formats
