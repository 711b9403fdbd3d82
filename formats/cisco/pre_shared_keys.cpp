#include "formats/cisco/pre_shared_keys.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "formats/text/ip_address.hpp"

namespace formats {

namespace {

/// What stands between `before` and the first of `ends`.
std::string between(std::string_view line, std::string_view before, std::initializer_list<std::string_view> ends) {
    const std::size_t at = line.find(before);
    if (at == std::string_view::npos) return {};
    std::string_view value = line.substr(at + before.size());
    for (const std::string_view end : ends) value = value.substr(0, value.find(end));
    value = value.substr(0, value.find_last_not_of(" \t\r") + 1);
    return std::string(value);
}

std::optional<std::uint32_t> address_of(std::string_view text, const NameTable& names) {
    const std::string word(text.substr(0, text.find(' ')));
    if (const auto named = names.find(word); named != names.end()) return named->second;
    return parse_ipv4(word);
}

/// `isakmp key` is IKEv1's.
const PreSharedKey* find_kind(const std::vector<PreSharedKey>& keys, std::string_view kind) {
    const auto found = std::find_if(keys.begin(), keys.end(), [&](const PreSharedKey& key) {
        return key.kind == kind || (key.kind == "isakmp key" && kind == "ikev1");
    });
    return found == keys.end() ? nullptr : &*found;
}

}  // namespace

std::string key_value_on(std::string_view line, std::string_view kind) {
    return kind == "isakmp key" ? between(line, " key ", {" address ", " hostname "})
                                : between(line, "pre-shared-key ", {});
}

std::vector<PreSharedKey> pre_shared_keys(const CryptoConfig& parsed, std::string_view configuration,
                                          Redaction& redaction) {
    std::vector<PreSharedKey> keys;
    std::uint32_t number = 0;
    auto next = parsed.keys.begin();  // in the order of their lines
    while (!configuration.empty() && next != parsed.keys.end()) {
        const std::size_t end = std::min(configuration.find('\n'), configuration.size());
        if (++number == next->line) {
            const std::string line = redaction.redact(configuration.substr(0, end)).str();
            keys.push_back({next->peer, next->kind, key_value_on(line, next->kind), number});
            ++next;
        }
        configuration.remove_prefix(std::min(end + 1, configuration.size()));
    }
    return keys;
}

void take_values(std::vector<PreSharedKey>& keys, const std::vector<PreSharedKey>& clear) {
    for (const PreSharedKey& in_clear : clear) {
        const auto same = std::find_if(keys.begin(), keys.end(), [&](const PreSharedKey& key) {
            return key.peer == in_clear.peer && key.kind == in_clear.kind;
        });
        if (same != keys.end())
            same->value = in_clear.value;
        else
            keys.push_back({in_clear.peer, in_clear.kind, in_clear.value, 0});
    }
}

std::vector<PreSharedKey> keys_for(const std::vector<PreSharedKey>& keys, const NameTable& names,
                                   std::string_view peer) {
    std::vector<PreSharedKey> found;
    const auto wanted = parse_ipv4(peer);
    for (const PreSharedKey& key : keys)
        if (key.peer == peer || (wanted && address_of(key.peer, names) == wanted)) found.push_back(key);
    return found;
}

KeyComparison compare_keys(const std::vector<PreSharedKey>& one, const std::vector<PreSharedKey>& other) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 3> pairs{
        {{"ikev1", "ikev1"}, {"ikev2 local", "ikev2 remote"}, {"ikev2 remote", "ikev2 local"}}};
    std::optional<KeyComparison> result;
    for (const auto& [kind, other_kind] : pairs) {
        const PreSharedKey* const left = find_kind(one, kind);
        const PreSharedKey* const right = find_kind(other, other_kind);
        if (left == nullptr || right == nullptr) continue;
        const KeyComparison pair{compare_psk(left->value, right->value), left->line, right->line};
        if (pair.verdict == PskVerdict::differ) return pair;
        if (!result || pair.verdict == PskVerdict::unverifiable) result = pair;
    }
    return result.value_or(KeyComparison{});
}

}  // namespace formats
