#pragma once
// Texts in which marks tell what goes.

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "redaction_text.hpp"

namespace redaction_test {

/// « and » mark what is replaced; everything else must stay, and each line break.
inline void check_marked(const std::string& marked) {
    std::string text, expected;
    bool inside = false;
    for (std::size_t i = 0; i < marked.size(); ++i) {
        if (marked.compare(i, 2, "\xc2\xab") == 0 || marked.compare(i, 2, "\xc2\xbb") == 0) {
            inside = marked.compare(i, 2, "\xc2\xab") == 0;
            if (inside) expected += '\1';
            ++i;
            continue;
        }
        text += marked[i];
        if (!inside || marked[i] == '\n') expected += marked[i];
    }
    const std::string redacted = redact(text);
    CAPTURE(text);
    CAPTURE(redacted);
    std::size_t at = 0;
    bool same = true;
    for (const char c : expected) {
        if (c != '\1') {
            same = same && at < redacted.size() && redacted[at] == c;
            ++at;
            continue;
        }
        same = same && redacted.compare(at, 10, "[REDACTED:") == 0;
        at = std::min(redacted.find(']', at), redacted.size() - 1) + 1;
    }
    CHECK(same);
    CHECK(at == redacted.size());
    CHECK(redact(redacted) == redacted);
}

}  // namespace redaction_test
