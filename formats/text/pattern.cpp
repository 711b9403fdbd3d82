#include "formats/text/pattern.hpp"

#include <re2/re2.h>

#include <map>
#include <mutex>
#include <shared_mutex>

namespace formats {

struct Pattern::Compiled {
    explicit Compiled(std::string_view expression, const RE2::Options& options)
        : re(re2::StringPiece(expression.data(), expression.size()), options) {}
    RE2 re;
};

Result<Pattern> Pattern::compile(std::string_view expression) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_encoding(RE2::Options::EncodingLatin1);  // device text need not be UTF-8
    auto compiled = std::make_shared<const Compiled>(expression, options);
    if (!compiled->re.ok())
        return Error{ErrorKind::usage, "pattern", "\"" + std::string(expression) + "\": " + compiled->re.error(), {}};
    return Pattern(std::move(compiled));
}

bool Pattern::is_in(std::string_view text) const {
    return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), compiled_->re);
}

std::optional<std::string> Pattern::find_in(std::string_view text) const {
    re2::StringPiece groups[2];
    const int wanted = compiled_->re.NumberOfCapturingGroups() > 0 ? 2 : 1;
    if (!compiled_->re.Match(re2::StringPiece(text.data(), text.size()), 0, text.size(), RE2::UNANCHORED, groups, wanted))
        return std::nullopt;
    return std::string(groups[wanted - 1]);
}

std::optional<std::string> find_pattern(std::string_view expression, std::string_view text) {
    if (expression.empty()) return std::nullopt;
    // The profiles' few patterns, for every endpoint again: compiling one takes longer than searching an answer.
    static std::shared_mutex mutex;
    static std::map<std::string, std::optional<Pattern>, std::less<>> compiled;
    constexpr std::size_t most_kept = 256;
    {
        const std::shared_lock lock(mutex);
        if (const auto known = compiled.find(expression); known != compiled.end())
            return known->second ? known->second->find_in(text) : std::nullopt;
    }
    auto fresh = Pattern::compile(expression);
    const auto pattern = fresh ? std::optional<Pattern>(std::move(*fresh)) : std::nullopt;
    {
        const std::unique_lock lock(mutex);
        if (compiled.size() < most_kept) compiled.emplace(expression, pattern);
    }
    return pattern ? pattern->find_in(text) : std::nullopt;
}

}  // namespace formats
