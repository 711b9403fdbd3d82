#include "formats/redaction/learned_secrets.hpp"

#include <map>
#include <mutex>
#include <set>

#include "formats/redaction/text_class.hpp"

namespace formats {

struct LearnedSecrets::Index {
    std::set<std::string, std::less<>> common;
    std::map<std::string, std::pair<SecretClass, bool>, std::less<>> literals;
};

LearnedSecrets::LearnedSecrets(const std::vector<std::string>& common_words) : index_(std::make_unique<Index>()) {
    index_->common = {common_words.begin(), common_words.end()};
}
LearnedSecrets::~LearnedSecrets() = default;

bool LearnedSecrets::is_common(std::string_view value) const {
    // Piece by piece: common words stay common when they are joined.
    const auto is_joint = [](char c) { return is_blank(c) || std::string_view("-_./:+,()[]{}\"'").find(c) != std::string_view::npos; };
    std::size_t at = 0;
    while (at < value.size()) {
        if (is_joint(value[at])) {
            ++at;
            continue;
        }
        std::size_t end = at;
        while (end < value.size() && !is_joint(value[end])) ++end;
        const std::string_view piece = value.substr(at, end - at);
        std::string folded;
        for (const char c : piece) folded.push_back(lower(c));
        bool common = index_->common.count(folded) > 0;
        while (!folded.empty() && is_digit(folded.back())) folded.pop_back();
        common = common || folded.empty() || index_->common.count(folded) > 0;
        if (!common) return false;
        at = end;
    }
    return true;
}

bool LearnedSecrets::learn(std::string_view value, SecretClass secret_class, LiteralSource source) {
    const std::size_t least = source == LiteralSource::user_word ? 1 : source == LiteralSource::credential ? 6 : 8;
    if (value.size() < least || value.size() > 1024) return false;
    if (source != LiteralSource::user_word && is_common(value)) return false;
    const std::unique_lock lock(mutex_);
    return index_->literals.emplace(std::string(value), std::pair(secret_class, source == LiteralSource::user_word)).second;
}

std::size_t LearnedSecrets::size() const {
    const std::shared_lock lock(mutex_);
    return index_->literals.size();
}

LearnedSecrets::Reader::Reader(const LearnedSecrets& secrets) : secrets_(secrets) {}
LearnedSecrets::Reader::~Reader() { release(); }
void LearnedSecrets::Reader::hold() {
    if (!holds_) secrets_.mutex_.lock_shared();
    holds_ = true;
}
void LearnedSecrets::Reader::release() {
    if (holds_) secrets_.mutex_.unlock_shared();
    holds_ = false;
}
bool LearnedSecrets::Reader::may_match(std::string_view text, std::size_t begin, std::size_t end) const {
    const std::string_view part = text.substr(begin, end - begin);
    for (const auto& [literal, meaning] : secrets_.index_->literals)
        if (part.find(literal) != std::string_view::npos) return true;
    return false;
}
void LearnedSecrets::Reader::find(std::string_view text, std::vector<LiteralHit>& hits) const {
    for (const auto& [literal, meaning] : secrets_.index_->literals)
        for (std::size_t at = text.find(literal); at != std::string_view::npos; at = text.find(literal, at + literal.size()))
            hits.push_back({at, at + literal.size(), meaning.first, meaning.second, &literal});
}

}  // namespace formats
