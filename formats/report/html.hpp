#pragma once
// Text as HTML: escaped, and elements around it.

#include <string>
#include <string_view>

namespace formats {

/// Text from anywhere as content or attribute value: valid UTF-8, without control characters, escaped.
std::string html_text(std::string_view text);

/// "<td class="quiet">...</td>"; `inner` is HTML.
std::string html_element(std::string_view name, std::string_view inner, std::string_view of_class = {});

}  // namespace formats
