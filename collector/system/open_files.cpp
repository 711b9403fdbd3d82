#include "collector/system/open_files.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace collector {

namespace {
/// Standard streams, spool, journal, log, guardian, timers, archive; and an endpoint's two sessions with what they write.
constexpr rlim_t of_a_run = 32, of_an_endpoint = 8;
}  // namespace

void open_standard_streams() {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
        if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
        // The lowest free descriptor is this one.
        if (::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd) std::abort();
    }
}

formats::Result<void> make_room_for_open_files(std::size_t endpoints) {
    const rlim_t wanted = of_a_run + of_an_endpoint * static_cast<rlim_t>(endpoints);
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return formats::system_error("open files", "asking for their limit", errno);
    if (limit.rlim_cur >= wanted) return {};
    if (limit.rlim_max < wanted)
        return formats::Error{formats::ErrorKind::io, "open files",
                              "a run with " + std::to_string(endpoints) + " endpoints may need " +
                                  std::to_string(wanted) + ", and this process may have " +
                                  std::to_string(limit.rlim_max),
                              "raise the limit: ulimit -n " + std::to_string(wanted)};
    limit.rlim_cur = wanted;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return formats::system_error("open files", "raising their limit", errno);
    return {};
}

}  // namespace collector
