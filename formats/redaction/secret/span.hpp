#pragma once
// A stretch of text that holds a secret, with what the rewriting needs to know about it.

#include <cstdint>

#include "formats/redaction/secret/secret_class.hpp"

namespace formats {

/// How the value is written; the token is made of the decoded one.
enum class Coding : std::uint8_t { plain, type7, hex, base64, url, xml };

using RuleNumber = std::uint16_t;

/// What a rule would have taken for a secret and left, and why: for a person who asks.
struct LeftText {
    RuleNumber rule;
    const char* why;
};

struct SecretSpan {
    std::size_t begin = 0, end = 0;  ///< in the text that was searched
    RuleNumber rule = 0;
    SecretClass secret_class = SecretClass::custom;
    Coding coding = Coding::plain;
    bool undelimited = false;  ///< taken to the end of the line because its end could not be told
    bool learn = true;         ///< whether the value becomes a literal to search for
};

}  // namespace formats
