#include "formats/redaction/rules/user_patterns.hpp"

#include <re2/re2.h>

#include <array>

namespace formats {

struct UserPatterns::State {
    std::vector<std::unique_ptr<re2::RE2>> patterns;
};

UserPatterns::UserPatterns(std::unique_ptr<State> state) : state_(std::move(state)) {}
UserPatterns::~UserPatterns() = default;
bool UserPatterns::empty() const { return state_->patterns.empty(); }

Result<std::unique_ptr<UserPatterns>> UserPatterns::make(const std::vector<RedactionSettings::Pattern>& patterns) {
    auto state = std::make_unique<State>();
    for (const auto& [text, place] : patterns) {
        re2::RE2::Options options(re2::RE2::Latin1);  // device text need not be UTF-8
        options.set_log_errors(false);
        options.set_max_mem(1 << 20);
        auto compiled = std::make_unique<re2::RE2>(text, options);
        // Neither the pattern nor what of it RE2 quotes is repeated: it may be the secret, written out.
        if (!compiled->ok()) {
            const std::string& why = compiled->error();
            return Error{ErrorKind::usage, place, "the pattern is none of RE2: " + why.substr(0, why.find(':')),
                         "its syntax: https://github.com/google/re2/wiki/Syntax"};
        }
        if (re2::RE2::FullMatch("", *compiled))
            return Error{ErrorKind::usage, place, "the pattern matches empty text",
                         "an empty secret would stand everywhere"};
        state->patterns.push_back(std::move(compiled));
    }
    return std::unique_ptr<UserPatterns>(new UserPatterns(std::move(state)));
}

void UserPatterns::find(std::string_view line, RuleNumber rule, std::vector<SecretSpan>& spans) const {
    const re2::StringPiece text(line.data(), line.size());
    for (const auto& pattern : state_->patterns) {
        const bool grouped = pattern->NumberOfCapturingGroups() > 0;
        for (std::size_t at = 0; at <= line.size();) {
            std::array<re2::StringPiece, 2> found;
            if (!pattern->Match(text, at, line.size(), re2::RE2::UNANCHORED, found.data(), grouped ? 2 : 1)) break;
            const re2::StringPiece& secret = found[grouped ? 1 : 0];
            if (!secret.empty()) {
                const auto begin = static_cast<std::size_t>(secret.data() - line.data());
                spans.push_back({begin, begin + secret.size(), rule, SecretClass::custom});
            }
            const auto end = static_cast<std::size_t>(found[0].data() - line.data()) + found[0].size();
            at = end > at ? end : at + 1;
        }
    }
}

}  // namespace formats
