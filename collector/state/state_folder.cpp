#include "collector/state/state_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "formats/text/descriptor.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

Result<void> check_owned(int fd, const std::string& path) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) return formats::system_error(path, "looking at it", errno);
    if (status.st_uid != ::geteuid())
        return Error{ErrorKind::usage, path, "it belongs to another user (" + std::to_string(status.st_uid) + ")",
                     "run as that user, or set XDG_STATE_HOME to a folder of your own"};
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return Error{ErrorKind::usage, path, "others may write to it",
                     "look at what is in it, then: chmod go-w " + path};
    return {};
}

Result<void> check_state_folder(const std::string& folder) {
    const formats::Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened) return formats::system_error(folder, "opening the folder", errno);
    auto ours = check_owned(opened.get(), folder);
    if (!ours) return Error{ErrorKind::io, ours.error().subject, ours.error().detail, ours.error().remedy};
    return {};
}

Result<void> make_state_folder(const std::string& folder) {
    std::error_code failed;
    std::filesystem::create_directories(std::filesystem::path(folder).parent_path(), failed);
    if (failed) return formats::system_error(folder, "making the folder", failed.value());
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
        return formats::system_error(folder, "making the folder", errno);
    return check_state_folder(folder);
}

}  // namespace collector
