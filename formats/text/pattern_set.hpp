#pragma once
// Many regular expressions at once over lines: RE2 tells which literal texts each of them needs, one automaton looks for
// all these texts in one pass, and only the expressions whose texts are there are tried. Most lines need none.
//
// Threads: match() may be called from any thread.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/result.hpp"

namespace formats {

class PatternSet {
 public:
    PatternSet();
    PatternSet(PatternSet&&) noexcept;
    PatternSet& operator=(PatternSet&&) noexcept;
    ~PatternSet();

    /// Whether every match has to hold some literal text of three characters: without one, an expression is tried on every
    /// line.
    enum class Literal : unsigned char { needed, not_needed };
    /// Error usage with RE2's own words when it is no expression, and when it lacks the literal that is needed. All are
    /// added before compile().
    Result<void> add(std::string_view expression, Literal literal = Literal::needed);
    /// To be called once, behind the last add(). Error internal when the automaton cannot be made.
    Result<void> compile();

    std::size_t size() const;
    /// The named groups of an expression, with their numbers.
    const std::vector<std::pair<std::string, int>>& names(std::size_t expression) const;

    /// The first expression, in the order they were added, that is found in `line`; size() when none is. Its groups are
    /// views into `line`; the first is the whole match, one that took no part is empty.
    std::size_t match(std::string_view line, std::vector<std::string_view>& groups) const;
    /// Whether one expression is found, whatever the others say; also before compile().
    bool matches_one(std::size_t expression, std::string_view line, std::vector<std::string_view>& groups) const;

 private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace formats
