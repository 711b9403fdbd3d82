#pragma once
// The connection under a terminal. Owned and used by one thread.

#include <chrono>
#include <span>
#include <string_view>

namespace lab {

class ByteStream {
 public:
    virtual ~ByteStream() = default;
    /// Bytes read; 0 when `limit` has passed or the session was woken; -1 when the other end is gone.
    virtual long read_some(std::span<char> into, std::chrono::milliseconds limit) = 0;
    /// May block as long as the other end does not read. False: the other end is gone.
    virtual bool write(std::string_view bytes) = 0;
    /// Waits until the session is woken, without touching the connection.
    virtual void sleep_until_woken() = 0;
};

}  // namespace lab
