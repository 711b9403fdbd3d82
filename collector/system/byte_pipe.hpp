#pragma once
// Reading and writing a non-blocking descriptor with a patience: what telnet and a program's terminal share.
// Internal to the transports.

#include <span>
#include <string>
#include <string_view>

#include "collector/system/patience.hpp"
#include "formats/result.hpp"

namespace collector {

/// The next bytes, at least one. Errors as those of Transport::read_some(); `peer` is for them.
formats::Result<std::size_t> read_bytes(int fd, std::span<char> into, const std::string& peer,
                                        const Patience& patience);
/// All of it, in one piece after the other; after an error `bytes` is what was not taken. Errors as those of
/// Transport::write().
formats::Result<void> write_bytes(int fd, std::string_view& bytes, const std::string& peer, const Patience& patience);
/// Whether there is time for one more read, for a loop in which `peer` alone decides how often it reads: timeout, interrupted.
formats::Result<void> may_read_on(const std::string& peer, const Patience& patience);

}  // namespace collector
