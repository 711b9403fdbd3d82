#pragma once
// Values that are secret wherever they stand: what a rule found, the credentials of the run, the
// user's words. One multi-pattern search for all of them: plain, quoted for a shell, a URL or XML,
// hex, base64, type 7.
//
// Which values are taken (the others are replaced only where a rule puts them):
//   - the user's words: always;
//   - credentials: from 6 bytes, when not common;
//   - what a rule found: from 8 bytes, when not common. The first 4,096 of them are searched for while text
//     streams by; the rest waits, 4,096 a batch, for a further pass over what was stored.
// Common is: a word that the catalogue lists, with a number behind it or several joined by blanks
// and punctuation (`cisco123`, `pre-shared-key`); only digits and punctuation (a number, an
// address, a time); a name that the text itself gives a device (`hostname X`).
//
// The search samples every fourth byte: a form of seven bytes or more holds a group of four that
// starts there. Groups are looked up in a bitmap that fits the cache, hits in a table, candidates
// by hash and comparison; the time per byte does not depend on the number of literals.
//
// Any thread; a Reader holds the set still while it searches. All values are wiped at the end.

#include <cstdint>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "formats/redaction/redaction.hpp"

namespace formats {

/// A stretch of text.
struct Stretch {
    std::size_t begin, end;
};

struct LiteralHit {
    std::size_t begin, end;
    SecretClass secret_class;
    bool user_word;
    std::string_view value;  ///< the decoded value, valid while the Reader holds
};

enum class LiteralSource : std::uint8_t { rule, credential, user_word };

inline constexpr std::size_t most_in_a_pass = 4096;
/// What waits is bounded too: a stream has constant memory whatever it holds.
inline constexpr std::size_t most_waiting = 16 * most_in_a_pass;

class LearnedSecrets {
 public:
    explicit LearnedSecrets(const std::vector<std::string>& common_words);
    ~LearnedSecrets();
    LearnedSecrets(const LearnedSecrets&) = delete;
    LearnedSecrets& operator=(const LearnedSecrets&) = delete;

    /// Takes the value when it is fit to be searched for; whether it was new.
    bool learn(std::string_view value, SecretClass secret_class, LiteralSource source);
    /// A device is called so: from now on this is common, also when it was learned before.
    void name_device(std::string_view name);

    std::size_t size() const;
    /// Calls `take` for every value learned after the first `known`, in the order of learning.
    void each(std::size_t known, const std::function<void(std::string_view, SecretClass)>& take) const;
    /// Values that rules found beyond `most_waiting`: replaced in their place, not searched for.
    std::size_t not_taken() const;
    /// How many further passes what waits needs, and the secrets of one, from 0.
    std::size_t batches() const;
    std::unique_ptr<LearnedSecrets> batch(std::size_t number) const;

    /// Searching: the set does not change while a Reader holds it.
    class Reader {
     public:
        explicit Reader(const LearnedSecrets& secrets);
        ~Reader();
        Reader(const Reader&) = delete;
        Reader& operator=(const Reader&) = delete;
        void hold();
        void release();
        /// Whether the value is searched for already.
        bool knows(std::string_view value) const;
        /// Whether `find` would have to look closer at text[begin, end): cheap, never wrong when
        /// false.
        bool may_match(std::string_view text, std::size_t begin, std::size_t end) const;
        /// Appends the places where a literal stands in any of its forms, but not those inside
        /// `covered`.
        void find(std::string_view text, const std::vector<Stretch>& covered,
                  std::vector<LiteralHit>& hits) const;

     private:
        const LearnedSecrets& secrets_;
        bool holds_ = false;
    };

 private:
    struct Index;
    explicit LearnedSecrets(std::unique_ptr<Index> index);
    std::unique_ptr<Index> index_;
    mutable std::shared_mutex mutex_;
};

}  // namespace formats
