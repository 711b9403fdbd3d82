#pragma once
// What a search has found on a line, ready to be replaced.

#include <cstddef>
#include <string>

#include "formats/redaction/secret/secret_class.hpp"
#include "formats/redaction/secret/span.hpp"

namespace formats {

/// A secret at its place in the raw bytes that were handed on with it.
struct FoundSecret {
    std::size_t begin, end;
    RuleNumber rule;
    SecretClass secret_class;
    bool undelimited;
    bool learn;
    std::string raw_value;  ///< as it stands on the line, without controls
    std::string value;      ///< decoded
};

}  // namespace formats
