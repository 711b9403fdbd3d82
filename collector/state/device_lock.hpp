#pragma once
// One run per device at a time (contract, section 8): a file in the state folder, locked while the run lives, under a name
// made of what the device says it is. Two ways to one device meet in it, and so do two runs of one user.
//
//   file := "process " PID " " ENDPOINT "\n" JOURNAL
//
// The lock goes with the run that died; its guardian, which still undoes then, has the journal locked: the device is taken
// as long as the journal that the file names is.

#include <string>

#include "formats/result.hpp"
#include "formats/text/descriptor.hpp"

namespace collector {

class DeviceLock {
 public:
    /// For `endpoint` of the run or the cleanup whose journal is `journal`, a path. `name`: as name_of() makes it. Error
    /// rejected when it is locked already, with its holder; io when it cannot be locked.
    static formats::Result<DeviceLock> take(const std::string& state_folder, const std::string& name,
                                            const std::string& endpoint, const std::string& journal);
    /// "device-" and a digest of what the device says of itself.
    static std::string name_of(const std::string& identity);
    /// Such a file that no run has locked: whether a guardian still works for the one that had.
    static bool is_with_a_guardian(int fd, const std::string& own_journal = {});
    const std::string& path() const { return path_; }
    ~DeviceLock();
    DeviceLock(DeviceLock&&) noexcept = default;
    DeviceLock& operator=(DeviceLock&&) = delete;

 private:
    DeviceLock(std::string path, formats::Descriptor file) : path_(std::move(path)), file_(std::move(file)) {}
    std::string path_;
    formats::Descriptor file_;
};

/// What such a file is called, before the rest of its name.
inline constexpr const char* device_lock_prefix = "device-";

}  // namespace collector
