#pragma once
// SHA-256 of a stream of bytes, as it stands in the manifest.

#include <memory>
#include <string>
#include <string_view>

namespace formats {

class Sha256 {
 public:
    Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;
    ~Sha256();

    void update(std::string_view bytes);
    /// 64 lower-case hex digits. The stream is over.
    std::string finish();

 private:
    struct Context;
    std::unique_ptr<Context> context_;
};

std::string sha256_of(std::string_view bytes);

}  // namespace formats
