#pragma once
// libcrypto as it is when memory runs out or its provider is gone: no digest is made.
//
// The definition of EVP_DigestFinal_ex in this program comes before the one in the library and passes on to
// it, except while a FailingLibcrypto lives. Threads: the failure is that of the whole process.

namespace support {

class FailingLibcrypto {
 public:
    FailingLibcrypto();
    ~FailingLibcrypto();
    FailingLibcrypto(const FailingLibcrypto&) = delete;
    FailingLibcrypto& operator=(const FailingLibcrypto&) = delete;
};

}  // namespace support
