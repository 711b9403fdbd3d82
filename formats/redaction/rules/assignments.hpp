#pragma once
// NAME=SECRET, NAME = SECRET, "NAME": "SECRET" and NAME: SECRET of YAML, where the name says that it is one: settings,
// options, variables, members, attributes.

#include <string_view>
#include <vector>

#include "formats/redaction/secret/span.hpp"

namespace formats {

/// `left`, when it is not null, gets what was refused.
void find_assignments(std::string_view line, RuleNumber rule, std::vector<SecretSpan>& spans,
                      std::vector<LeftText>* left);

}  // namespace formats
