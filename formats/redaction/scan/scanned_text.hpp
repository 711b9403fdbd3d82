#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "formats/redaction/scan/found_secret.hpp"

namespace formats {

/// Where a StreamScanner hands the text on, in order and without gaps.
class ScannedText {
 public:
    virtual ~ScannedText() = default;
    virtual void plain(std::string_view raw) = 0;
    /// Sorted, not overlapping. A line break inside a secret stays.
    virtual void with_secrets(std::string_view raw, const std::vector<FoundSecret>& secrets) = 0;
    /// The text with the secrets replaced, which is then handed on as plain. Asked only of one whose
    /// scanner learns.
    virtual std::string replaced(std::string_view raw, const std::vector<FoundSecret>& secrets) = 0;
    /// The line that comes next has what a rule would have taken, and left. Only when the scanner explains.
    virtual void left(RuleNumber, const char* /*why*/) {}
    /// The rest of an overlong line in which a secret is open: not to be shown.
    virtual void blanked(std::string_view raw) = 0;
};

}  // namespace formats
