#pragma once
// What stands in a secret's place, and the key behind it.
//
//   placeholder = "[REDACTED:" class ":" token "]"
//   class       = the name of a SecretClass
//   token       = 12 lower-case hex digits of HMAC-SHA256(key of the run, decoded value)
//
// A device's own mask (`*`, `*****`, `<removed>`, strongSwan's `%prompt`) and a placeholder are
// text without a secret: they stay.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "formats/result.hpp"

namespace formats {

inline constexpr std::size_t least_key_bytes = 32;

/// Makes tokens. The key lives in libcrypto's contexts only, which wipe themselves. Any thread.
class TokenKey {
 public:
    /// A random key when `key` is absent; an error of kind usage when it is shorter than 32 bytes.
    static Result<std::unique_ptr<TokenKey>> make(const std::optional<std::string>& key);
    ~TokenKey();
    TokenKey(const TokenKey&) = delete;
    TokenKey& operator=(const TokenKey&) = delete;

    /// 12 hex digits; an empty string when libcrypto fails, which the caller must treat as fatal.
    std::string token(std::string_view decoded_value) const;

 private:
    struct Contexts;
    explicit TokenKey(std::unique_ptr<Contexts> contexts);
    std::unique_ptr<Contexts> contexts_;
};

/// Length of the placeholder that `text` starts with, 0 when it does not start with one.
std::size_t placeholder_length(std::string_view text);

/// Length of what another program or device put in a value's place, 0 when `text` does not start with such: "<removed>",
/// "<secret hidden>", "[redacted]"; a placeholder of a manual as well, "<password>".
std::size_t foreign_mask_length(std::string_view text);

/// Whether this is what a device (or this program) prints instead of a value: only `*`,
/// `<removed>`, a placeholder; also in quotes, and before closing markup.
bool is_masked(std::string_view value);

/// Overwrites the bytes, then clears.
void wipe(std::string& text);

}  // namespace formats
