#pragma once
// Values that are secret wherever they stand: what a rule found, the credentials of the run, the
// user's words. One multi-pattern search for all of them: plain, quoted for a shell, a URL or XML,
// base64; and what runs of hex digits say when they are read as hex or as type 7. The first 4,096 also as
// pairs of hex digits with colons or blanks, with every byte quoted for a URL, and in base64 twice.
//
// Which values are taken (the others are replaced only where a rule puts them):
//   - the user's words: always;
//   - credentials: from 6 bytes, when not common;
//   - what a rule found: from 8 bytes, when not common and improbable as ordinary text
//     (rules/ordinary_text.hpp), up to a bound that keeps the memory of a
//     stream constant whatever it holds.
// Common is: a word that the catalogue lists, with a number behind it or several joined by blanks
// and punctuation (`cisco123`, `pre-shared-key`); only digits and punctuation (a number, an
// address, a time); what stands in the program's own text; and of what a rule found a name that a text gives a
// device (`hostname X`): a device's text never makes a credential common.
// What is not taken although it is somebody's password or key is remembered: whoever relies on the search has to know.
//
// The search samples every fourth byte: a form of seven bytes or more holds a group of four that
// starts there. Groups are looked up in a bitmap; where one is marked, a table tells of each of the
// four places where a form can start which lengths one with these first four bytes may have, and
// what is left is looked up by its hash and compared. The time per byte does not depend on the number of
// literals, and one costs about 150 bytes: the values are kept once, the forms as hashes.
//
// Any thread; a Reader holds the set still while it searches. All values are wiped at the end.

#include <cstdint>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "formats/redaction/secret/secret_class.hpp"

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

/// What rules found is taken up to here, all of it searched for.
inline constexpr std::size_t most_learned = 69'632;
inline constexpr std::size_t most_learned_bytes = std::size_t{2} << 20;

class LearnedSecrets {
 public:
    explicit LearnedSecrets(const std::vector<std::string>& common_words);
    ~LearnedSecrets();
    LearnedSecrets(const LearnedSecrets&) = delete;
    LearnedSecrets& operator=(const LearnedSecrets&) = delete;

    /// A password or a key that is not searched for.
    struct Unsearched {
        std::string value, name;  ///< whose it is; empty: a rule found it
        SecretClass secret_class = SecretClass::password;
    };

    /// Takes the value when it is fit to be searched for; whether it was new. `name` says whose a credential is.
    bool learn(std::string_view value, SecretClass secret_class, LiteralSource source, std::string_view name = {});
    /// A device is called so: from now on this is common for what rules find, also when it was learned before.
    void name_device(std::string_view name);
    /// Text that the program writes itself: what stands in it is common. Before anything is learned.
    void reserve(std::string_view text);
    /// At most 64 of them. The values are secrets.
    std::vector<Unsearched> unsearched() const;

    std::size_t size() const;
    /// Calls `take` for every value learned after the first `known`, in the order of learning.
    void each(std::size_t known, const std::function<void(std::string_view, SecretClass)>& take) const;
    /// Values that rules found beyond the bound: replaced in their place, not searched for.
    std::size_t not_taken() const;

    /// Searching: the set does not change while a Reader holds it. One thread.
    class Reader {
     public:
        explicit Reader(const LearnedSecrets& secrets);
        ~Reader();
        Reader(const Reader&) = delete;
        Reader& operator=(const Reader&) = delete;
        void hold();
        void release();
        bool empty() const;
        /// Whether the value is searched for already.
        bool knows(std::string_view value) const;
        bool is_device_name(std::string_view name) const;
        /// Appends the places where a literal stands in any of its forms, but not those inside
        /// `covered`. `hex_runs`: the runs of hex digits in the text, from `ByteMap::least_hex_run` on.
        void find(std::string_view text, const std::vector<Stretch>& hex_runs, const std::vector<Stretch>& covered,
                  std::vector<LiteralHit>& hits);

     private:
        const LearnedSecrets& secrets_;
        bool holds_ = false;
        std::string decoded_;  ///< reused: a run of hex digits as bytes
        std::vector<LiteralHit> decoded_hits_;
    };

 private:
    struct Index;
    std::unique_ptr<Index> index_;
    mutable std::shared_mutex mutex_;
};

}  // namespace formats
