#include "formats/text/pattern.hpp"

#include <re2/re2.h>

#include <cstdint>
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
    static std::shared_mutex mutex;
    static std::map<std::string, Pattern, std::less<>> known;
    constexpr std::size_t most_known = 256;
    {
        const std::shared_lock lock(mutex);
        if (const auto found = known.find(expression); found != known.end()) return found->second;
    }
    RE2::Options options;
    options.set_log_errors(false);
    options.set_encoding(RE2::Options::EncodingLatin1);  // device text need not be UTF-8
    options.set_max_mem(std::int64_t{1} << 20);          // a profile may be anybody's
    auto compiled = std::make_shared<const Compiled>(expression, options);
    if (!compiled->re.ok())
        return Error{ErrorKind::usage, "pattern", "\"" + std::string(expression) + "\": " + compiled->re.error(), {}};
    const Pattern fresh(std::move(compiled));
    const std::unique_lock lock(mutex);
    if (known.size() < most_known) known.emplace(expression, fresh);
    return fresh;
}

int Pattern::groups() const { return compiled_->re.NumberOfCapturingGroups(); }

bool Pattern::is_in(std::string_view text) const {
    return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), compiled_->re);
}

std::optional<std::size_t> Pattern::place_in(std::string_view text) const {
    re2::StringPiece found;
    if (!compiled_->re.Match(re2::StringPiece(text.data(), text.size()), 0, text.size(), RE2::UNANCHORED, &found, 1))
        return std::nullopt;
    return static_cast<std::size_t>(found.data() - text.data());
}

std::optional<std::string> Pattern::find_in(std::string_view text) const {
    re2::StringPiece found[2];
    const int wanted = groups() > 0 ? 2 : 1;
    if (!compiled_->re.Match(re2::StringPiece(text.data(), text.size()), 0, text.size(), RE2::UNANCHORED, found,
                             wanted))
        return std::nullopt;
    return std::string(found[wanted - 1]);
}

std::optional<std::string> find_pattern(std::string_view expression, std::string_view text) {
    if (expression.empty()) return std::nullopt;
    const auto pattern = Pattern::compile(expression);
    return pattern ? pattern->find_in(text) : std::nullopt;
}

}  // namespace formats
