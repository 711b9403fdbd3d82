#pragma once
// The connection under a terminal. Owned and used by one thread.

#include <chrono>
#include <span>
#include <string_view>

namespace lab {

class ByteStream {
 public:
    virtual ~ByteStream() = default;
    /// Bytes read; 0 when `limit` has passed or the session was woken; -1 when no
    /// more will come (the other end may still read).
    virtual long read_some(std::span<char> into, std::chrono::milliseconds limit) = 0;
    /// May block as long as the other end does not read. False: the other end is gone.
    virtual bool write(std::string_view bytes) = 0;
    /// Waits until the session is woken or `limit` has passed, without touching the connection.
    virtual void sleep(std::chrono::milliseconds limit) = 0;
    /// Starts to renew the keys of the connection; what has none takes no notice.
    virtual void renew_keys() {}
};

/// A connection that may become a terminal. Its destructor ends the device's session.
class Connection : public ByteStream {
 public:
    /// What the transport itself needs first; false: no terminal came of it.
    virtual bool open_terminal() = 0;
};

}  // namespace lab
