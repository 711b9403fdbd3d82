#include "tests/support/failing_libcrypto.hpp"

#include <dlfcn.h>
#include <openssl/evp.h>

#include <atomic>

namespace {

std::atomic<bool> is_failing{false};

}  // namespace

extern "C" int EVP_DigestFinal_ex(EVP_MD_CTX* context, unsigned char* digest, unsigned int* size) {
    using Final = int (*)(EVP_MD_CTX*, unsigned char*, unsigned int*);
    static const auto final_of_the_library = reinterpret_cast<Final>(::dlsym(RTLD_NEXT, "EVP_DigestFinal_ex"));
    return is_failing ? 0 : final_of_the_library(context, digest, size);
}

namespace support {

FailingLibcrypto::FailingLibcrypto() { is_failing = true; }
FailingLibcrypto::~FailingLibcrypto() { is_failing = false; }

}  // namespace support
