#include "collector/state/device_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "formats/text/sha256.hpp"

namespace collector {

using formats::Descriptor;
using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

constexpr std::size_t name_digits = 24;
constexpr std::size_t longest_content = 8'192;

/// Whether the name still stands for that file: a holder removes it before it unlocks it.
bool is_named(int fd, const std::string& path) {
    struct stat opened {
    }, named{};
    return ::fstat(fd, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
           opened.st_dev == named.st_dev;
}

std::string content_of(int fd) {
    std::string content(longest_content, '\0');
    const ssize_t n = ::pread(fd, content.data(), content.size(), 0);
    content.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return content;
}

/// "process 4711 hq"
std::string holder_of(const std::string& content) { return content.substr(0, content.find('\n')); }

}  // namespace

std::string DeviceLock::name_of(const std::string& identity) {
    return device_lock_prefix + formats::sha256_of(identity).substr(0, name_digits);
}

bool DeviceLock::is_with_a_guardian(int fd, const std::string& own_journal) {
    const std::string content = content_of(fd);
    const auto end = content.find('\n');
    if (end == std::string::npos) return false;
    const std::string journal = content.substr(end + 1);
    if (journal == own_journal) return false;
    const Descriptor file(::open(journal.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    return file && ::flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

Result<DeviceLock> DeviceLock::take(const std::string& state_folder, const std::string& name,
                                    const std::string& endpoint, const std::string& journal) {
    const std::string path = state_folder + "/" + name;
    const std::string us = "process " + std::to_string(::getpid());
    for (;;) {
        Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (!file) return formats::system_error(path, "opening the lock of a device", errno);
        if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK) return formats::system_error(path, "locking a device", errno);
            const std::string holder = holder_of(content_of(file.get()));
            const std::string own = us + " ";
            if (holder.starts_with(own))
                return Error{ErrorKind::rejected, endpoint, "it is the same device as " + holder.substr(own.size()),
                             "name each device once"};
            return Error{ErrorKind::rejected, endpoint,
                         "another run works on this device" +
                             (holder.empty() ? "" : " (" + holder.substr(0, holder.rfind(' ')) + ")"),
                         "wait for that run, or interrupt it"};
        }
        if (!is_named(file.get(), path)) continue;
        if (is_with_a_guardian(file.get(), journal))
            return Error{ErrorKind::rejected, endpoint,
                         "a run that died worked on this device, and its guardian is turning its debugs off",
                         "wait until it has ended: it says then what is off"};
        if (::ftruncate(file.get(), 0) != 0) return formats::system_error(path, "writing the lock of a device", errno);
        // The lock holds on a full disk too; the next run does not read then whose it is.
        [[maybe_unused]] const int failed = formats::write_all(file.get(), us + " " + endpoint + "\n" + journal);
        return DeviceLock(path, std::move(file));
    }
}

DeviceLock::~DeviceLock() {
    if (file_) ::unlink(path_.c_str());
}

}  // namespace collector
