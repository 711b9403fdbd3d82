#pragma once
// Headers of HTTP that hold a login: `Authorization: Basic SECRET`, `X-Auth-Token: SECRET`; as a tool prints them, in a
// quoted argument, as a member of a mapping, and inside a text with `\r\n` between them.

#include <string_view>
#include <vector>

#include "formats/redaction/secret/span.hpp"

namespace formats {

void find_http_headers(std::string_view line, RuleNumber rule, std::vector<SecretSpan>& spans);

}  // namespace formats
