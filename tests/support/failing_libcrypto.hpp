#pragma once
// libcrypto as it is when memory runs out or its provider is gone: no digest is made. And what another thread may do
// between two digests, at a place that a test can choose.
//
// The definition of EVP_DigestFinal_ex in this program comes before the one in the library and passes on to
// it, except while a FailingLibcrypto lives. Threads: the failure is that of the whole process.

#include <functional>

namespace support {

class FailingLibcrypto {
 public:
    FailingLibcrypto();
    ~FailingLibcrypto();
    FailingLibcrypto(const FailingLibcrypto&) = delete;
    FailingLibcrypto& operator=(const FailingLibcrypto&) = delete;
};

/// Calls `happens` in front of each digest, while it lives. One at a time, and no thread makes digests meanwhile.
class BeforeEachDigest {
 public:
    explicit BeforeEachDigest(std::function<void()> happens);
    ~BeforeEachDigest();
    BeforeEachDigest(const BeforeEachDigest&) = delete;
    BeforeEachDigest& operator=(const BeforeEachDigest&) = delete;
};

}  // namespace support
