#include "formats/text/pattern_set.hpp"

#include <re2/filtered_re2.h>
#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace formats {

namespace {

constexpr int shortest_literal = 3;
constexpr int most_groups = 16;

RE2::Options options_of() {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_encoding(RE2::Options::EncodingLatin1);  // device text need not be UTF-8
    return options;
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

/// Whether RE2 can tell a literal without which `expression` is found nowhere.
bool needs_a_literal(std::string_view expression) {
    re2::FilteredRE2 alone(shortest_literal);
    int id = 0;
    if (alone.Add(piece(expression), options_of(), &id) != RE2::NoError) return false;
    std::vector<std::string> literals;
    alone.Compile(&literals);
    std::vector<int> without;
    alone.AllPotentials({}, &without);
    return without.empty();
}

}  // namespace

struct PatternSet::State {
    re2::FilteredRE2 expressions{shortest_literal};
    std::optional<RE2::Set> literals;
    std::vector<std::vector<std::pair<std::string, int>>> names;
};

PatternSet::PatternSet() : state_(std::make_unique<State>()) {}
PatternSet::PatternSet(PatternSet&&) noexcept = default;
PatternSet& PatternSet::operator=(PatternSet&&) noexcept = default;
PatternSet::~PatternSet() = default;

Result<void> PatternSet::add(std::string_view expression, Literal literal) {
    const RE2 checked(piece(expression), options_of());
    const auto refused = [&](const std::string& why) {
        return Error{ErrorKind::usage, "pattern", "\"" + std::string(expression) + "\": " + why, {}};
    };
    if (!checked.ok()) return refused(checked.error());
    if (checked.NumberOfCapturingGroups() >= most_groups)
        return refused("more groups than " + std::to_string(most_groups - 1));
    if (literal == Literal::needed && !needs_a_literal(expression))
        return refused("it has no literal text of three characters that every match needs");
    int id = 0;
    state_->expressions.Add(piece(expression), options_of(), &id);
    std::vector<std::pair<std::string, int>> names;
    for (const auto& [name, number] : checked.NamedCapturingGroups()) names.emplace_back(name, number);
    state_->names.push_back(std::move(names));
    return {};
}

Result<void> PatternSet::compile() {
    if (state_->names.empty()) return {};
    std::vector<std::string> literals;
    state_->expressions.Compile(&literals);
    RE2::Options options = options_of();
    options.set_literal(true);
    options.set_case_sensitive(false);  // FilteredRE2 gives its literals in small letters
    state_->literals.emplace(options, RE2::UNANCHORED);
    for (const std::string& literal : literals)
        if (state_->literals->Add(literal, nullptr) < 0)
            return Error{ErrorKind::internal, "patterns", "a literal was refused", {}};
    if (!state_->literals->Compile())
        return Error{ErrorKind::internal, "patterns", "the automaton of their literals cannot be made", {}};
    return {};
}

std::size_t PatternSet::size() const { return state_->names.size(); }

const std::vector<std::pair<std::string, int>>& PatternSet::names(std::size_t expression) const {
    return state_->names[expression];
}

bool PatternSet::matches_one(std::size_t expression, std::string_view line,
                             std::vector<std::string_view>& groups) const {
    const RE2& re = state_->expressions.GetRE2(static_cast<int>(expression));
    re2::StringPiece found[most_groups];
    const int wanted = re.NumberOfCapturingGroups() + 1;
    if (!re.Match(piece(line), 0, line.size(), RE2::UNANCHORED, found, wanted)) return false;
    groups.assign(found, found + wanted);
    return true;
}

std::size_t PatternSet::match(std::string_view line, std::vector<std::string_view>& groups) const {
    if (!state_->literals) return 0;
    thread_local std::vector<int> literals, candidates;
    RE2::Set::ErrorInfo problem{RE2::Set::kNoError};
    if (!state_->literals->Match(piece(line), &literals, &problem) && problem.kind == RE2::Set::kNoError) return size();
    candidates.clear();
    if (problem.kind == RE2::Set::kNoError) {
        std::sort(literals.begin(), literals.end());
        state_->expressions.AllPotentials(literals, &candidates);
    } else {  // the automaton ran out of its memory: slower, and right
        for (std::size_t i = 0; i < size(); ++i) candidates.push_back(static_cast<int>(i));
    }
    std::sort(candidates.begin(), candidates.end());
    for (const int candidate : candidates)
        if (matches_one(static_cast<std::size_t>(candidate), line, groups)) return static_cast<std::size_t>(candidate);
    return size();
}

}  // namespace formats
