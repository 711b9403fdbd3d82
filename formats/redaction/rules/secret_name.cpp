#include "formats/redaction/rules/secret_name.hpp"

#include <algorithm>
#include <array>

#include "formats/text/text_class.hpp"

namespace formats {

namespace {

constexpr std::size_t npos = std::string_view::npos;

// Such a name ends with one of these words, in any of the spellings pre-shared-key, pre_shared_key, PreSharedKey. A short word stands alone or behind a joint.
constexpr std::array<std::string_view, 24> secret_name_endings = {
    "password",   "passwd",        "passphrase",   "passcode",     "passwort",
    "secret",     "token",         "presharedkey", "sharedkey",    "privkey",
    "privatekey", "authkey",       "serverkey",    "apikey",       "secretkey",
    "keystring",  "encryptionkey", "encryptkey",   "unencryptkey", "authenticationkey",
    "community",  "credential",    "sshpass",      "xauthpass"};
constexpr std::array<std::string_view, 12> short_name_endings = {
    "psk", "pwd", "pin", "pass", "pw", "md5key", "enckey", "wepkey", "sessionkey", "radiuskey", "hmackey", "tacacskey"};

}  // namespace

bool is_secret_name(std::string_view name) {
    for (const std::string_view end : {"-remote", "-local"})  // of a Cisco AV pair
        if (name.size() > end.size() && equals_folded(name.substr(name.size() - end.size()), end))
            name.remove_suffix(end.size());
    std::array<char, 64> letters{};
    std::array<bool, 64> begins{};  // whether a word of the name starts there
    std::size_t size = 0;
    char before = '_';
    for (const char c : name.substr(name.size() - std::min(name.size(), letters.size()))) {
        const bool joint = c == '-' || c == '_' || c == '.';
        if (!joint) {
            const bool capital = c >= 'A' && c <= 'Z', after_small = before >= 'a' && before <= 'z';
            begins[size] = !is_alnum(before) || (capital && after_small);
            letters[size++] = lower(c);
        }
        before = c;
    }
    const std::string_view plain(letters.data(), size);
    const auto ends = [&](std::string_view ending, bool whole) {
        return plain.size() >= ending.size() && plain.substr(plain.size() - ending.size()) == ending &&
               (!whole || begins[plain.size() - ending.size()]);
    };
    return std::any_of(secret_name_endings.begin(), secret_name_endings.end(),
                       [&](std::string_view ending) { return ends(ending, false); }) ||
           std::any_of(short_name_endings.begin(), short_name_endings.end(),
                       [&](std::string_view ending) { return ends(ending, true); });
}

bool may_be_key_name(std::string_view name) {
    constexpr std::array<std::string_view, 8> harmless = {"public",  "pub",    "host", "foreign",
                                                          "primary", "rsasig", "sort", "index"};
    if (name.size() < 5 || !equals_folded(name.substr(name.size() - 3), "key")) return false;
    const char before = name[name.size() - 4];
    if (before != '-' && before != '_' && !(name[name.size() - 3] == 'K' && before >= 'a')) return false;
    return std::none_of(harmless.begin(), harmless.end(),
                        [&](std::string_view word) { return find_folded(name, word) != npos; });
}

}  // namespace formats
