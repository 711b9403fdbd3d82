#pragma once
// The user's own RE2 patterns: the first group is the secret, without a group the whole match.

#include <memory>
#include <string_view>
#include <vector>

#include "formats/redaction/secret/settings.hpp"
#include "formats/redaction/secret/span.hpp"
#include "formats/result.hpp"

namespace formats {

class UserPatterns {
 public:
    /// A pattern that RE2 refuses, or that matches the empty text, is an error of kind usage with
    /// its place.
    static Result<std::unique_ptr<UserPatterns>> make(const std::vector<RedactionSettings::Pattern>& patterns);
    ~UserPatterns();
    UserPatterns(const UserPatterns&) = delete;
    UserPatterns& operator=(const UserPatterns&) = delete;

    bool empty() const;
    /// Appends the secrets; their rule is `rule`.
    void find(std::string_view line, RuleNumber rule, std::vector<SecretSpan>& spans) const;

 private:
    struct State;
    explicit UserPatterns(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace formats
