#pragma once
// Text as HTML: escaped, and elements around it.

#include <string>
#include <string_view>

namespace formats {

/// Text from anywhere as the content of an element: valid UTF-8, without control characters,
/// escaped. Quotes stay, so that redacted text is recognised as such.
std::string html_text(std::string_view text);
/// The same for a value between double quotes.
std::string html_value(std::string_view text);

/// A line of HTML without its texts: the tags stay.
std::string html_withheld(std::string_view line);

/// "<td class="quiet">...</td>"; `inner` is HTML.
std::string html_element(std::string_view name, std::string_view inner, std::string_view of_class = {});

}  // namespace formats
