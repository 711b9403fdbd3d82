#pragma once
// What the platforms call the same thing: "esp-aes 256", "esp-aes-256", "aes256" and "AES_CBC_256" are one algorithm.

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace formats {

/// One proposal: of each kind what is allowed. An empty set: not named.
struct Algorithms {
    std::set<std::string> encryption;  ///< "AES-256", "AES-256-GCM", "3DES"
    std::set<std::string> integrity;   ///< "SHA-1", "SHA-256", "MD5"; none with a combined mode
    std::set<std::string> group;       ///< "14", "21": numbers of Diffie-Hellman groups

    bool empty() const { return encryption.empty() && integrity.empty() && group.empty(); }
    /// The encryption protects integrity too.
    bool is_combined() const;
    bool operator==(const Algorithms&) const = default;
};

/// Takes one word of any platform's spelling into the set it belongs to. False: not an algorithm that is known.
bool take_algorithm(std::string_view word, Algorithms& into);
/// "aes256-sha256-modp2048", "AES_CBC_256/HMAC_SHA2_256_128/MODP_2048", "aes_gcm256-null;dh21"
Algorithms algorithms_of(std::string_view proposal);
/// "AES-256, SHA-256, group 14"
std::string to_text(const Algorithms& algorithms);

struct AttributeDifference {
    std::string attribute;  ///< "encryption", "integrity", "Diffie-Hellman group", "authentication"
    std::string here, there;
};
/// In what two proposals have nothing in common. A set that one of them does not name differs in nothing.
std::vector<AttributeDifference> differences(const Algorithms& here, const Algorithms& there, bool with_group);

}  // namespace formats
