#pragma once
// Elements of XML that hold a secret: <password>SECRET</password>.

#include <string_view>
#include <vector>

#include "formats/redaction/secret/span.hpp"

namespace formats {

/// What of a line is the text of an element.
struct ElementText {
    std::size_t begin, end;
    bool in_cdata;
    bool goes_on;  ///< in the next line
};

/// The text of an element that starts, or goes on, at `begin`.
ElementText element_text(std::string_view line, std::size_t begin, bool in_cdata);
/// Whether what stands there shows that it is the element's own.
bool is_own_text(std::string_view line, const ElementText& text);
/// Where the tag of such an element starts at or behind `from`, npos without one.
std::size_t secret_element(std::string_view line, std::size_t from);

/// Appends what the elements of the line hold, also those of a text in a text: &lt;password&gt;SECRET&lt;/password&gt;.
void find_elements(std::string_view line, RuleNumber rule, std::vector<SecretSpan>& spans);

}  // namespace formats
