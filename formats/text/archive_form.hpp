#pragma once
// Archives by their first bytes, for what expects text: the mistake is said, where the bytes would only be garbage.

#include <string_view>

namespace formats {

/// "a gzip archive"; empty: none that is known. A tar is known from its first 512 bytes, the others from six.
std::string_view archive_form(std::string_view beginning);
/// More bytes could tell: so far they are the beginning of a mark.
bool may_become_archive(std::string_view beginning);

}  // namespace formats
