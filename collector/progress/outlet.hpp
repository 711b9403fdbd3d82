#pragma once
// stdout or stderr as an outlet that never blocks: the descriptor is shared with other programs, so that
// its O_NONBLOCK is not ours to set. A terminal or a pipe is opened once more for a description of our own;
// where that is not allowed, poll goes before small writes (a pipe that polls writable takes PIPE_BUF bytes).
//
// Threads: belongs to one thread at a time.

#include <cstddef>
#include <string>
#include <string_view>

namespace collector {

class Outlet {
 public:
    /// Borrows `fd`. `bound` is how many bytes may wait for a slow reader.
    Outlet(int fd, std::size_t bound);
    ~Outlet();
    Outlet(const Outlet&) = delete;
    Outlet& operator=(const Outlet&) = delete;

    /// Queues whole lines; false when they do not fit (`must`: they are taken all the same).
    bool put(std::string_view lines, bool must = false);
    /// Writes what goes without waiting. After a failure the outlet takes and forgets everything.
    void flush();

    bool is_pending() const { return at_ < pending_.size(); }
    std::size_t pending() const { return pending_.size() - at_; }
    /// Of the write that found the stream full, closed or without a reader: its errno; 0: none did.
    int failure() const { return failure_; }
    int poll_fd() const { return fd_; }

 private:
    long write_some(std::string_view bytes) const;

    int fd_;
    bool own_ = false, socket_ = false;
    int failure_ = 0;
    std::size_t piece_;
    std::size_t bound_;
    std::string pending_;
    std::size_t at_ = 0;
};

}  // namespace collector
