#pragma once
// What the values in a secret's place look like, and what they say when decoded.

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "formats/redaction/secret/span.hpp"

namespace formats {

/// Cisco type 7: two decimal digits (0 to 52), then pairs of hex digits.
bool is_type7(std::string_view value);
std::optional<std::string> decode_type7(std::string_view value);

/// What a password hash starts with.
inline constexpr std::array<std::string_view, 16> hash_openings = {
    "$1$",  "$5$",  "$6$", "$8$", "$9$",      "$14$",    "$sha512$", "$2a$",
    "$2b$", "$2y$", "$y$", "$7$", "$argon2i", "$pbkdf2", "$apr1$",   "$gy$"};
/// A password hash that shows by its form: one of these, then twelve characters or more.
bool is_hash(std::string_view value);
/// What a device prints behind a hash: `encrypted`, `nt-encrypted`, `pbkdf2`, `mschap`.
bool is_hash_mark(std::string_view word);
/// A whole word of at least two hex digits.
bool is_hex_group(std::string_view word);
/// Whether `value` has the form that the type digit before it promises: then it is one word.
bool is_typed_value(std::string_view type, std::string_view value);

/// How strongSwan takes the value: 0x with hex digits, 0s with base64, or as it is.
Coding coding_of(std::string_view value);
std::optional<std::string> decode_hex(std::string_view value);     ///< pairs; blanks, ':', leading "0x" ignored
std::optional<std::string> decode_base64(std::string_view value);  ///< leading "0s" ignored
std::string decode_url(std::string_view value);                    ///< %41
std::string decode_xml(std::string_view value);                    ///< &amp; &lt; &gt; &quot; &apos;

/// The value as a token wants it: decoded when it can be, else as it is.
std::string decoded(std::string_view value, Coding coding);

}  // namespace formats
