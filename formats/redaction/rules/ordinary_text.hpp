#pragma once
// What stands where a secret could stand and is none: a status, prose, a name with a number. And the measure by
// which a word reads as a key where a person wrote it down.

#include <cstdint>
#include <string_view>

namespace formats {

/// A word that says how something is: "configured", "required", "none", "Disabled".
bool is_status_word(std::string_view word);
/// A word that only joins others: "is", "not", "the", "for".
bool is_joining_word(std::string_view word);

/// Whether the text behind a label is a status: "not required, none, in use", "Disabled", "default SXP password".
/// All of its words are letters, and the first one is a status or joins others.
bool is_status(std::string_view value);

/// Whether several words report what happened: "changed by admin", "not required by policy". The first one is a status
/// or joins others, and so does another.
bool is_report(std::string_view value);

/// Whether it is a date or a time: "2024-11-30", "10:00:00.100".
bool is_stamp(std::string_view word);

/// Whether several words are prose and no secret of several words: "description version mismatch : 0", "is
/// configured", "to the CA Administrator in order". The first one is a label or joins others, or all are small letters
/// and a sign stands alone among them.
bool is_prose(std::string_view value);

/// Whether it is three small plain words or more: what a program says behind its name, "passwd: password updated".
bool is_message(std::string_view value);

/// The same of text where a secret of several words is likely: it starts as prose, or has five plain words or more of
/// which two join others.
bool is_sentence(std::string_view value);

/// Whether the word looks like a name with a number, a measure, an address or an algorithm: "loopback0", "2048-bit",
/// "Gi0/0/1", "sha256", "2024-03-01", "9.1(7)4", "group14", "ks01".
bool is_ordinary_mix(std::string_view word);

/// Whether a word that a person wrote behind one that names a secret reads as the secret: it has letters and digits,
/// or signs inside, at least five characters, and is no ordinary mix. `strictly`: behind a word that names other
/// things too ("key", "token"): eight characters, and letters and digits change at least twice or capitals stand inside.
bool reads_as_key(std::string_view word, bool strictly);

/// Why a value is probable as ordinary text, as far as its form tells; what is learned must not be (learned_secrets.hpp).
enum class Ordinary : std::uint8_t {
    no,              ///< improbable: fit to be searched for
    few_characters,  ///< fewer than four different ones: "AAAAAAAA", "****"
    status,          ///< "is configured", "not required, none"
    prose,           ///< "to the end of it"
    name,            ///< two plain words with a hyphen: "source-interface"
    word,            ///< a plain word of fewer than twelve letters: "reachable"
    few_words,       ///< three plain words or fewer: "two words"
};
Ordinary ordinary_form(std::string_view value);

}  // namespace formats
