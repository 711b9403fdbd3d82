#pragma once
// One run per device at a time (contract, section 8): a file in the state folder, locked while the run lives, under a name
// made of what the device says it is. Two ways to one device meet in it, and so do two runs of one user.

#include <string>

#include "formats/result.hpp"
#include "formats/text/descriptor.hpp"

namespace collector {

class DeviceLock {
 public:
    /// `identity`: what the device says of itself. `holder`: who locks it, for the error of the next one. Error rejected
    /// when it is locked already, with its holder; io when it cannot be locked.
    static formats::Result<DeviceLock> take(const std::string& state_folder, const std::string& identity,
                                            const std::string& endpoint);
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
