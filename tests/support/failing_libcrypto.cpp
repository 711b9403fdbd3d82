#include "tests/support/failing_libcrypto.hpp"

#include <dlfcn.h>
#include <openssl/evp.h>

#include <atomic>
#include <utility>

namespace {

std::atomic<bool> is_failing{false};
std::function<void()> before_each;  ///< empty: nothing

}  // namespace

extern "C" int EVP_DigestFinal_ex(EVP_MD_CTX* context, unsigned char* digest, unsigned int* size) {
    using Final = int (*)(EVP_MD_CTX*, unsigned char*, unsigned int*);
    static const auto final_of_the_library = reinterpret_cast<Final>(::dlsym(RTLD_NEXT, "EVP_DigestFinal_ex"));
    if (before_each) before_each();
    return is_failing ? 0 : final_of_the_library(context, digest, size);
}

namespace support {

FailingLibcrypto::FailingLibcrypto() { is_failing = true; }
FailingLibcrypto::~FailingLibcrypto() { is_failing = false; }

BeforeEachDigest::BeforeEachDigest(std::function<void()> happens) { before_each = std::move(happens); }
BeforeEachDigest::~BeforeEachDigest() { before_each = nullptr; }

}  // namespace support
