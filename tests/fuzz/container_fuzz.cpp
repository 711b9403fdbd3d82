// Any bytes as an archive: the reader and the check of what stands beside the members stand them. What is taken holds no
// byte behind its end.

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "formats/bundle/archive.hpp"

namespace {

bool is_taken(const std::string& path) {
    const auto top =
        formats::read_archive(path, [](const std::string&, const formats::MemberBytes& read) -> formats::Result<void> {
            for (;;) {
                const auto bytes = read();
                if (!bytes) return bytes.error();
                if (bytes->empty()) return {};
            }
        });
    return top.has_value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const int fd = ::memfd_create("archive", MFD_CLOEXEC);
    if (fd < 0 || ::write(fd, bytes, size) != static_cast<ssize_t>(size)) std::abort();
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    if (is_taken(path)) {
        if (::pwrite(fd, "CANARY", 6, static_cast<off_t>(size)) != 6) std::abort();
        if (is_taken(path)) std::abort();
    }
    ::close(fd);
    return 0;
}
