#pragma once
// Everything that tells a secret by the text round it, ready for use: the catalogue, the shapes,
// the user's patterns. Immutable after make(); any thread.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "formats/redaction/rules/catalogue.hpp"
#include "formats/redaction/rules/form_matcher.hpp"
#include "formats/redaction/rules/line_words.hpp"
#include "formats/redaction/rules/trigger_filter.hpp"
#include "formats/redaction/secret/settings.hpp"
#include "formats/redaction/secret/span.hpp"
#include "formats/result.hpp"

namespace formats {

class BlockState;
class ShapeMatcher;
class UserPatterns;

class RuleBook {
 public:
    static Result<std::unique_ptr<RuleBook>> make(const RedactionSettings& settings);
    ~RuleBook();
    RuleBook(const RuleBook&) = delete;
    RuleBook& operator=(const RuleBook&) = delete;

    /// Which parts of the rules a line is for (for_forms, ...): without control bytes in it. `map`
    /// is that of `text`.
    unsigned kinds(const ByteMap& map, std::string_view text, std::size_t begin, std::size_t end) const {
        return filter_->kinds(map, text, begin, end) |
               (begins_with_address(text.substr(begin, end - begin)) ? for_psk_files : 0u);
    }

    const FormMatcher& forms() const { return *matcher_; }
    const ShapeMatcher& shapes() const { return *shapes_; }
    const UserPatterns& patterns() const { return *patterns_; }
    const Catalogue& catalogue() const { return *catalogue_; }
    /// What a stream begins with.
    const BlockState& no_block() const { return *no_block_; }

    /// Words that text without secrets has: those the catalogue lists, and every keyword of its rows.
    std::vector<std::string> common_words() const;

    /// Whether the line starts as a line of a configuration does: then it is not the rest of a
    /// wrapped one.
    bool starts_own_line(std::string_view line) const;

    const std::string& name(RuleNumber rule) const { return names_[rule]; }
    std::size_t rules() const { return names_.size(); }
    /// Slow: for rules that are looked up once.
    RuleNumber number(std::string_view name) const;
    RuleNumber learned() const { return learned_; }
    RuleNumber word() const { return word_; }
    RuleNumber pattern() const { return pattern_; }
    /// No rule: what names a secret and matches none.
    RuleNumber unmatched() const { return unmatched_; }

 private:
    RuleBook();

    const Catalogue* catalogue_ = nullptr;   ///< the built-in one, read once a process
    const TriggerFilter* filter_ = nullptr;  ///< likewise
    std::vector<std::string> names_;
    std::unique_ptr<FormMatcher> matcher_;
    std::unique_ptr<ShapeMatcher> shapes_;
    std::unique_ptr<UserPatterns> patterns_;
    std::unique_ptr<const BlockState> no_block_;
    RuleNumber learned_ = 0, word_ = 0, pattern_ = 0, unmatched_ = 0;
};

}  // namespace formats
