#include "formats/redaction/secret/token.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "formats/redaction/secret/secret_class.hpp"
#include "formats/text/text_class.hpp"

namespace formats {

namespace {

constexpr std::string_view opening = "[REDACTED:";
constexpr std::size_t token_digits = 12;
constexpr std::size_t block_bytes = 64;  // of SHA-256

constexpr std::array<std::string_view, 9> class_names = {
    "password", "psk", "community", "key", "hash", "private-key", "url-password", "activation-key", "custom"};

struct ContextDeleter {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, ContextDeleter>;

// The state of a hash that has eaten one block: the padded key, as HMAC wants it.
Context keyed(const std::array<unsigned char, block_bytes>& key, unsigned char pad) {
    std::array<unsigned char, block_bytes> block = key;
    for (auto& byte : block) byte = static_cast<unsigned char>(byte ^ pad);
    Context context(EVP_MD_CTX_new());
    const bool done = context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1 &&
                      EVP_DigestUpdate(context.get(), block.data(), block.size()) == 1;
    OPENSSL_cleanse(block.data(), block.size());
    if (!done) context.reset();
    return context;
}

}  // namespace

std::string_view name_of(SecretClass secret_class) { return class_names[static_cast<std::size_t>(secret_class)]; }

struct TokenKey::Contexts {
    Context inner;
    Context outer;
};

TokenKey::TokenKey(std::unique_ptr<Contexts> contexts) : contexts_(std::move(contexts)) {}
TokenKey::~TokenKey() = default;

Result<std::unique_ptr<TokenKey>> TokenKey::make(const std::optional<std::string>& key) {
    if (key && key->size() < least_key_bytes)
        return Error{ErrorKind::usage, "redaction key",
                     "too short: " + std::to_string(key->size()) + " bytes, at least " +
                         std::to_string(least_key_bytes) + " are needed",
                     "head -c 32 /dev/urandom > KEYFILE; chmod 600 KEYFILE"};
    std::array<unsigned char, block_bytes> block{};
    bool done = true;
    if (!key) {
        done = RAND_bytes(block.data(), static_cast<int>(least_key_bytes)) == 1;
    } else if (key->size() <= block_bytes) {
        std::copy(key->begin(), key->end(), block.begin());
    } else {
        done = EVP_Digest(key->data(), key->size(), block.data(), nullptr, EVP_sha256(), nullptr) == 1;
    }
    auto contexts = std::make_unique<Contexts>();
    if (done) {
        contexts->inner = keyed(block, 0x36);
        contexts->outer = keyed(block, 0x5c);
    }
    OPENSSL_cleanse(block.data(), block.size());
    if (!contexts->inner || !contexts->outer)
        return Error{ErrorKind::internal, "redaction key", "libcrypto did not make a key", {}};
    return std::unique_ptr<TokenKey>(new TokenKey(std::move(contexts)));
}

std::string TokenKey::token(std::string_view decoded_value) const {
    // One scratch context a thread: EVP_MD_CTX_copy_ex into a used one allocates nothing.
    thread_local Context scratch(EVP_MD_CTX_new());
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned length = 0;
    const bool done = scratch && EVP_MD_CTX_copy_ex(scratch.get(), contexts_->inner.get()) == 1 &&
                      EVP_DigestUpdate(scratch.get(), decoded_value.data(), decoded_value.size()) == 1 &&
                      EVP_DigestFinal_ex(scratch.get(), digest.data(), &length) == 1 &&
                      EVP_MD_CTX_copy_ex(scratch.get(), contexts_->outer.get()) == 1 &&
                      EVP_DigestUpdate(scratch.get(), digest.data(), length) == 1 &&
                      EVP_DigestFinal_ex(scratch.get(), digest.data(), &length) == 1;
    std::string hex;
    if (!done) return hex;
    for (std::size_t i = 0; i < token_digits / 2; ++i) {
        hex.push_back("0123456789abcdef"[digest[i] >> 4]);
        hex.push_back("0123456789abcdef"[digest[i] & 15]);
    }
    return hex;
}

std::size_t placeholder_length(std::string_view text) {
    if (text.substr(0, opening.size()) != opening) return 0;
    for (const std::string_view name : class_names) {
        std::string_view rest = text.substr(opening.size());
        if (rest.substr(0, name.size()) != name) continue;
        rest.remove_prefix(name.size());
        if (rest.size() < token_digits + 2 || rest[0] != ':' || rest[token_digits + 1] != ']') continue;
        const std::string_view token = rest.substr(1, token_digits);
        if (token.find_first_not_of("0123456789abcdef") != std::string_view::npos) continue;
        return opening.size() + name.size() + token_digits + 2;
    }
    return 0;
}

std::size_t foreign_mask_length(std::string_view text) {
    constexpr std::string_view opening_signs = "<[({", closing_signs = ">])}";
    constexpr std::array<std::string_view, 14> words = {"removed",    "hidden",    "redacted", "masked",  "omitted",
                                                        "suppressed", "encrypted", "empty",    "snipped", "sanitized",
                                                        "stripped",   "deleted",   "scrubbed", "filtered"};
    if (text.size() < 5) return 0;
    const std::size_t kind = opening_signs.find(text.front());
    if (kind == std::string_view::npos) return 0;
    const std::size_t end = text.find(closing_signs[kind], 1);
    if (end == std::string_view::npos || end > 40) return 0;
    const std::string_view inside = text.substr(1, end - 1);
    if (!all_of(inside, [](char c) { return is_letter(c) || c == ' ' || c == '-' || c == '_'; })) return 0;
    // A word in angle brackets is what a manual or a usage has in the place of a value, whatever it says.
    const bool placeholder =
        kind == 0 && all_of(inside, [](char c) { return (c >= 'a' && c <= 'z') || c == ' ' || c == '-' || c == '_'; });
    const bool says = std::any_of(words.begin(), words.end(), [&](std::string_view word) {
        return find_folded(inside, word) != std::string_view::npos;
    });
    return placeholder || says ? end + 1 : 0;
}

bool is_masked(std::string_view value) {
    if (value.empty()) return true;
    if (const char quote = value.front(); (quote == '"' || quote == '\'') && value.size() > 1 && value.back() == quote)
        value = value.substr(1, value.size() - 2);
    std::size_t masked = value.find_first_not_of('*');
    if (masked == std::string_view::npos || value == "%prompt" || value == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER")
        return true;
    // Zeros alone are what a device has that was given nothing.
    if (value.size() > 8 && value.substr(0, 2) == "0x" && value.find_first_not_of('0', 2) == std::string_view::npos)
        return true;
    if (masked == 0) masked = std::max(placeholder_length(value), foreign_mask_length(value));
    if (masked == 0) return false;
    // In a report or a manifest, closing markup may follow.
    const std::string_view rest = value.substr(masked);
    return rest.empty() || (rest.size() > 2 && rest.substr(0, 2) == "</" && rest.back() == '>');
}

void wipe(std::string& text) {
    if (!text.empty()) OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

}  // namespace formats
