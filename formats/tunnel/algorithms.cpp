#include "formats/tunnel/algorithms.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "formats/text/ascii.hpp"

namespace formats {

namespace {

struct Name {
    std::string_view written, means;
};

constexpr std::array encryptions{Name{"des", "DES"},
                                 Name{"descbc", "DES"},
                                 Name{"3des", "3DES"},
                                 Name{"3descbc", "3DES"},
                                 Name{"aes", "AES-128"},
                                 Name{"aes128", "AES-128"},
                                 Name{"aescbc128", "AES-128"},
                                 Name{"aes192", "AES-192"},
                                 Name{"aescbc192", "AES-192"},
                                 Name{"aes256", "AES-256"},
                                 Name{"aescbc256", "AES-256"},
                                 Name{"aesgcm", "AES-128-GCM"},
                                 Name{"gcm", "AES-128-GCM"},
                                 Name{"aesgcm128", "AES-128-GCM"},
                                 Name{"gcm128", "AES-128-GCM"},
                                 Name{"aes128gcm", "AES-128-GCM"},
                                 Name{"aes128gcm16", "AES-128-GCM"},
                                 Name{"aesgcm16128", "AES-128-GCM"},
                                 Name{"aesgcm192", "AES-192-GCM"},
                                 Name{"gcm192", "AES-192-GCM"},
                                 Name{"aes192gcm16", "AES-192-GCM"},
                                 Name{"aesgcm16192", "AES-192-GCM"},
                                 Name{"aesgcm256", "AES-256-GCM"},
                                 Name{"gcm256", "AES-256-GCM"},
                                 Name{"aes256gcm", "AES-256-GCM"},
                                 Name{"aes256gcm16", "AES-256-GCM"},
                                 Name{"aesgcm16256", "AES-256-GCM"},
                                 Name{"aesgcmc256", "AES-256-GCM"},
                                 Name{"chacha20poly1305", "ChaCha20-Poly1305"},
                                 Name{"null", "no encryption"},
                                 Name{"encrnull", "no encryption"},
                                 Name{"camellia256", "Camellia-256"},
                                 Name{"camellia128", "Camellia-128"},
                                 Name{"blowfish", "Blowfish"},
                                 Name{"blowfish128", "Blowfish"}};
constexpr std::array integrities{Name{"md5", "MD5"},
                                 Name{"md5hmac", "MD5"},
                                 Name{"hmacmd596", "MD5"},
                                 Name{"hmacmd5", "MD5"},
                                 Name{"sha", "SHA-1"},
                                 Name{"sha1", "SHA-1"},
                                 Name{"shahmac", "SHA-1"},
                                 Name{"hmacsha196", "SHA-1"},
                                 Name{"hmacsha1", "SHA-1"},
                                 Name{"sha2", "SHA-256"},
                                 Name{"sha256", "SHA-256"},
                                 Name{"sha2256", "SHA-256"},
                                 Name{"sha256hmac", "SHA-256"},
                                 Name{"hmacsha2256128", "SHA-256"},
                                 Name{"hmacsha2256", "SHA-256"},
                                 Name{"hmacsha256", "SHA-256"},
                                 Name{"sha384", "SHA-384"},
                                 Name{"sha2384", "SHA-384"},
                                 Name{"sha384hmac", "SHA-384"},
                                 Name{"hmacsha2384192", "SHA-384"},
                                 Name{"hmacsha2384", "SHA-384"},
                                 Name{"sha512", "SHA-512"},
                                 Name{"sha2512", "SHA-512"},
                                 Name{"sha512hmac", "SHA-512"},
                                 Name{"hmacsha2512256", "SHA-512"},
                                 Name{"hmacsha2512", "SHA-512"},
                                 Name{"hmacsha512", "SHA-512"},
                                 Name{"aesxcbc", "AES-XCBC"},
                                 Name{"aesxcbc96", "AES-XCBC"}};
constexpr std::array groups{Name{"modp768", "1"},      Name{"modp1024", "2"},     Name{"modp1536", "5"},
                            Name{"modp2048", "14"},    Name{"modp3072", "15"},    Name{"modp4096", "16"},
                            Name{"modp6144", "17"},    Name{"modp8192", "18"},    Name{"ecp256", "19"},
                            Name{"ecp384", "20"},      Name{"ecp521", "21"},      Name{"modp1024160", "22"},
                            Name{"modp2048224", "23"}, Name{"modp2048256", "24"}, Name{"ecp192", "25"},
                            Name{"ecp224", "26"},      Name{"curve25519", "31"},  Name{"x25519", "31"}};

template <class Table>
std::string_view meaning(const Table& table, std::string_view word) {
    for (const Name& name : table)
        if (name.written == word) return name.means;
    return {};
}

std::string listed(const std::set<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : " or ") + name;
    return text;
}

bool have_one_in_common(const std::set<std::string>& a, const std::set<std::string>& b) {
    return std::any_of(a.begin(), a.end(), [&](const std::string& name) { return b.count(name) != 0; });
}

}  // namespace

bool Algorithms::is_combined() const {
    return std::any_of(encryption.begin(), encryption.end(),
                       [](const std::string& name) { return name.ends_with("GCM") || name.ends_with("1305"); });
}

bool take_algorithm(std::string_view written, Algorithms& into) {
    std::string word;
    for (const char c : lowered(written))
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')) word += c;
    if (word.starts_with("esp") && word.size() > 3) word.erase(0, 3);
    if (word.starts_with("prf")) return true;  // derived keys: no attribute of its own on most devices
    for (const std::string_view prefix : {"dh", "group"})
        if (word.starts_with(prefix) && word.size() > prefix.size() &&
            word.find_first_not_of("0123456789", prefix.size()) == std::string::npos) {
            into.group.emplace(word.substr(prefix.size()));
            return true;
        }
    if (const auto name = meaning(encryptions, word); !name.empty()) return into.encryption.emplace(name), true;
    if (const auto name = meaning(integrities, word); !name.empty()) return into.integrity.emplace(name), true;
    if (const auto name = meaning(groups, word); !name.empty()) return into.group.emplace(name), true;
    return false;
}

Algorithms algorithms_of(std::string_view proposal) {
    Algorithms found;
    const bool is_log = proposal.find('/') != std::string_view::npos;
    const std::string_view cuts = is_log ? "/" : "-;+";
    while (!proposal.empty()) {
        const std::size_t end = proposal.find_first_of(cuts);
        take_algorithm(proposal.substr(0, end), found);
        proposal.remove_prefix(end == std::string_view::npos ? proposal.size() : end + 1);
    }
    return found;
}

std::string to_text(const Algorithms& algorithms) {
    std::string text = listed(algorithms.encryption);
    if (!algorithms.integrity.empty()) text += (text.empty() ? "" : ", ") + listed(algorithms.integrity);
    if (!algorithms.group.empty()) text += (text.empty() ? "group " : ", group ") + listed(algorithms.group);
    return text;
}

std::vector<AttributeDifference> differences(const Algorithms& here, const Algorithms& there, bool with_group) {
    std::vector<AttributeDifference> found;
    const auto compare = [&](const char* attribute, const std::set<std::string>& a, const std::set<std::string>& b,
                             const char* before) {
        if (!a.empty() && !b.empty() && !have_one_in_common(a, b))
            found.push_back({attribute, before + listed(a), before + listed(b)});
    };
    compare("encryption", here.encryption, there.encryption, "");
    if (!here.is_combined() && !there.is_combined()) compare("integrity", here.integrity, there.integrity, "");
    if (with_group) compare("Diffie-Hellman group", here.group, there.group, "group ");
    return found;
}

}  // namespace formats
