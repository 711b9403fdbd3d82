#pragma once
// A byte stream to a device's terminal. It knows nothing of prompts, lines or dialects; shell.hpp does.
//
// Threads: a transport belongs to one thread at a time; handing it over between joined threads is fine.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "collector/system/patience.hpp"
#include "formats/result.hpp"

namespace collector {

class Transport {
 public:
    virtual ~Transport() = default;

    /// The next bytes, at least one. Errors: timeout (patience is over, nothing came), interrupted (stop was
    /// requested), disconnected (the stream has ended or broke).
    virtual formats::Result<std::size_t> read_some(std::span<char> into, const Patience& patience) = 0;
    /// Writes all of it. Never blocks beyond its patience: a stalled peer gives timeout.
    virtual formats::Result<void> write(std::string_view bytes, const Patience& patience) = 0;
    /// Ends the stream. Never blocks for long, may be called again.
    virtual void close() noexcept = 0;
};

/// After such an error the session is of no use any more; after another, the next line may be sent.
inline bool ends_session(const formats::Error& error) {
    return error.kind == formats::ErrorKind::disconnected || error.kind == formats::ErrorKind::io;
}

}  // namespace collector
