#pragma once
// Addresses replaced by others, so that what belongs together still does (`--mask-addresses`).
//
// Prefix-preserving, as Crypto-PAn: two addresses that share their first n bits share n bits after
// it, and no more. Bit by bit: a bit is turned over or not by HMAC-SHA256 of the bits before it
// under a key of the run, so both ends of a tunnel are mapped alike. The last eight bits of IPv4
// and a small or empty interface part of IPv6 stay: networks, broadcast addresses and hosts still
// look like what they are.
//
// Kept as they are: masks and wildcards, 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 224.0.0.0/3; ::,
// ::1, fe80::/10, ff00::/8. An address of a private block (10/8, 172.16/12, 192.168/16, fc00::/7)
// stays in it.
//
//   map file = "# tacbundle address map 1" LF *( masked TAB original LF )     mode 0600
//
// Any thread; a MaskedStream belongs to one.

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "formats/result.hpp"

namespace formats {

class TokenKey;

class AddressMask {
 public:
    /// With a random key, or one of at least 32 bytes.
    static Result<std::shared_ptr<AddressMask>> make(const std::optional<std::string>& key);
    ~AddressMask();

    /// One text, whole; none when libcrypto fails, and then nothing of the text may be shown. Text that is
    /// masked already must not come again: it would be masked once more.
    std::optional<std::string> mask_text(std::string_view text);
    /// Calls `found` with the place of each address that has been masked elsewhere and stands in clear here. One
    /// that is the image of another as well is left out: it cannot be told which of both is meant.
    void find_unmasked(std::string_view text, const std::function<void(std::size_t at)>& found) const;

    /// Writes every mapping so far to a new file, mode 0600; an existing one is not overwritten.
    Result<void> write_map(const std::filesystem::path& path) const;

 private:
    explicit AddressMask(std::unique_ptr<TokenKey> key);
    std::optional<std::string> mask_word(std::string_view word);

    const std::unique_ptr<TokenKey> key_;
    mutable std::mutex mutex_;
    std::map<std::string, std::string, std::less<>> masked_;  ///< original -> masked
    std::set<std::string, std::less<>> images_;               ///< the right-hand side of it
};

/// Translates masked addresses back.
class AddressMap {
 public:
    static Result<AddressMap> read(const std::filesystem::path& path);
    static Result<AddressMap> parse(std::string_view text, std::string_view subject);

    /// An IPv4 address that is not in the map but in a /24 of it is translated by that.
    std::string unmask(std::string_view text) const;

 private:
    std::map<std::string, std::string, std::less<>> original_;  ///< masked -> original
    std::map<std::string, std::string, std::less<>> networks_;  ///< the same for the first three numbers
};

/// Calls for streams: an address may be cut by the end of a chunk. Holds back at most one word.
class AddressTail {
 public:
    /// What of (held back + chunk) can be worked on; the rest is held back.
    std::string take(std::string_view chunk);
    std::string rest();

 private:
    std::string held_;
};

}  // namespace formats
