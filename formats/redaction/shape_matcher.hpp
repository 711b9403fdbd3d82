#pragma once
// Secrets told by their own shape or by punctuation: URLs with credentials, password hashes, XML elements,
// form fields, HTTP headers, prompts.

#include <string_view>
#include <vector>

#include "formats/redaction/rule_book.hpp"
#include "formats/redaction/span.hpp"
#include "formats/redaction/trigger_filter.hpp"

namespace formats {

/// Appends the secrets of one clean line.
void find_shapes(std::string_view line, const RuleBook& rules, std::vector<SecretSpan>& spans);

/// What must be on a line for a shape to apply.
std::vector<Trigger> shape_triggers();

}  // namespace formats
