#pragma once
// Command lines of tools: `sshpass -p SECRET`, `curl -u user:SECRET`, `snmpwalk -c SECRET`, and any option whose long
// name says that a secret follows. Letters of options differ by case: `-a SHA -A SECRET`.

#include <vector>

#include "formats/redaction/rules/line_words.hpp"
#include "formats/redaction/rules/trigger_filter.hpp"
#include "formats/redaction/secret/span.hpp"

namespace formats {

void find_tool_options(const LineWords& words, RuleNumber rule, std::vector<SecretSpan>& spans);

std::vector<Trigger> tool_triggers();

}  // namespace formats
