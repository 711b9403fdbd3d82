#pragma once
// Values that are secret wherever they stand: what a rule found, the credentials of the run, the user's words.
// One multi-pattern search for all of them: plain, quoted, URL-quoted, hex, base64, type 7.
//
// Which values are taken (the others are replaced only where a rule puts them):
//   - the user's words: always;
//   - credentials: from 6 bytes, when not common;
//   - what a rule found: from 8 bytes, when not common.
// Common is: one that the catalogue lists, also several of them joined by `-`, `_`, `.`; only digits; an
// address; a name that the text gives a device (`hostname X`).
//
// Any thread; a Reader holds the set still while it searches.

#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "formats/redaction/redaction.hpp"

namespace formats {

struct LiteralHit {
    std::size_t begin, end;
    SecretClass secret_class;
    bool user_word;
    const std::string* value;  ///< the decoded value, valid while the Reader holds
};

enum class LiteralSource : std::uint8_t { rule, credential, user_word };

class LearnedSecrets {
 public:
    explicit LearnedSecrets(const std::vector<std::string>& common_words);
    ~LearnedSecrets();
    LearnedSecrets(const LearnedSecrets&) = delete;
    LearnedSecrets& operator=(const LearnedSecrets&) = delete;

    /// Takes the value when it is fit to be searched for; whether the set has grown.
    bool learn(std::string_view value, SecretClass secret_class, LiteralSource source);
    std::size_t size() const;
    bool is_common(std::string_view value) const;

    /// Searching: the set does not change while a Reader holds it.
    class Reader {
     public:
        explicit Reader(const LearnedSecrets& secrets);
        ~Reader();
        void hold();
        void release();
        /// Appends the places where a literal stands in any of its forms.
        void find(std::string_view text, std::vector<LiteralHit>& hits) const;
        /// Whether `find` would have to look closer at text[begin, end): cheap, never wrong when false.
        bool may_match(std::string_view text, std::size_t begin, std::size_t end) const;

     private:
        const LearnedSecrets& secrets_;
        bool holds_ = false;
    };

 private:
    struct Index;
    std::unique_ptr<Index> index_;
    mutable std::shared_mutex mutex_;
};

}  // namespace formats
