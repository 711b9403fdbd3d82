#pragma once
// What a person wrote down in words: "psk of lyon is SECRET" in a description, a remark, a banner or a mail.

#include <vector>

#include "formats/redaction/rules/line_words.hpp"
#include "formats/redaction/secret/span.hpp"

namespace formats {

void find_notes(const LineWords& words, RuleNumber rule, std::vector<SecretSpan>& spans);

}  // namespace formats
