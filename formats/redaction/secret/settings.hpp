#pragma once
// What the user says about redaction: in the incident file, or on the command line.

#include <optional>
#include <string>
#include <vector>

namespace formats {

struct RedactionSettings {
    struct Pattern {
        std::string text;   ///< RE2; the first group is the secret, without a group the whole match
        std::string place;  ///< "incident.toml:40:13", for the error
    };
    std::vector<std::string> words;  ///< further literal secrets
    std::vector<Pattern> patterns;
    std::optional<std::string> key;  ///< `--key-file`: at least 32 bytes; random when absent
    bool mask_addresses = false;     ///< replace addresses too (address_mask.hpp)
};

}  // namespace formats
