#include "formats/text/sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace formats {

namespace {
// libcrypto's digests fail only when memory is out or no provider is there: nothing a caller can
// mend.
void require(int done) {
    if (done != 1) throw std::runtime_error("libcrypto: SHA-256 is not available");
}

/// Looked for once: libcrypto would take a lock for it each time.
const EVP_MD* sha256() {
    static const EVP_MD* const found = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return found;
}

}  // namespace

struct Sha256::Context {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest{EVP_MD_CTX_new(), EVP_MD_CTX_free};
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
    require(EVP_DigestInit_ex(context_->digest.get(), sha256(), nullptr));
}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(std::string_view bytes) {
    require(EVP_DigestUpdate(context_->digest.get(), bytes.data(), bytes.size()));
}

std::string Sha256::finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    require(EVP_DigestFinal_ex(context_->digest.get(), digest.data(), &size));
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(2 * static_cast<std::size_t>(size));
    for (unsigned i = 0; i < size; ++i) {
        hex += digits[digest[i] >> 4];
        hex += digits[digest[i] & 15U];
    }
    return hex;
}

std::string sha256_of(std::string_view bytes) {
    Sha256 digest;
    digest.update(bytes);
    return digest.finish();
}

}  // namespace formats
