#include "collector/commands/key_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "formats/text/descriptor.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

constexpr std::size_t largest_key = 4096;

Error unreadable(const std::string& path) {
    Error error = formats::system_error(path, "reading", errno);
    error.kind = ErrorKind::usage;
    error.remedy = "check the path and its permissions";
    return error;
}

}  // namespace

Result<std::string> read_key_file(const std::string& path) {
    const formats::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (file.get() < 0) return unreadable(path);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return unreadable(path);
    if (S_ISREG(status.st_mode) && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return Error{ErrorKind::usage, path, "others can read this key file", "chmod 600 " + path};
    std::string key(largest_key + 1, '\0');
    std::size_t size = 0;
    while (size < key.size()) {
        const auto got = ::read(file.get(), key.data() + size, key.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return unreadable(path);
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    if (size > largest_key)
        return Error{ErrorKind::usage, path, "a key file has at most 4,096 bytes", "head -c 32 /dev/urandom > " + path};
    key.resize(size);
    return key;
}

}  // namespace collector
