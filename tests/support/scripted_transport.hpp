#pragma once
// A transport that plays a device's side of a dialogue from a script and checks what is written to it.
// Reads give as many bytes as the chosen size, one byte if need be; nothing is random.

#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "collector/session/transport/transport.hpp"

namespace support {

/// One turn: bytes the device sends by itself, then what it expects to be written before the next turn.
struct Turn {
    std::string device_says;
    std::string expects;                   ///< whole write, e.g. "show clock\r"; empty: the script ends here
    std::chrono::milliseconds silence{0};  ///< before it says that, in the time of those who wait for it; nobody sleeps
};

struct ScriptLog {
    std::string written;                 ///< everything
    std::vector<std::string> surprises;  ///< writes that the script did not expect
    bool closed = false;
    /// What comes whenever nothing else does, over and over, and without a pause; what is written is answered behind its
    /// first `cut` bytes.
    std::string endless;
    std::size_t cut = 0;
    std::function<void(std::string_view)> on_write;  ///< called after each write
};

class ScriptedTransport : public collector::Transport {
 public:
    ScriptedTransport(std::vector<Turn> turns, std::size_t read_size, std::shared_ptr<ScriptLog> log,
                      bool ends = false);

    formats::Result<std::size_t> read_some(std::span<char> into, const collector::Patience& patience) override;
    formats::Result<void> write(std::string_view bytes, const collector::Patience& patience) override;
    void close() noexcept override { log_->closed = true; }

 private:
    void next_turn();
    std::deque<Turn> turns_;
    std::size_t read_size_;
    std::shared_ptr<ScriptLog> log_;
    bool ends_;  ///< after the script: end of stream; otherwise silence
    std::string pending_, unwritten_;
    std::chrono::milliseconds silence_{0};
    std::size_t endless_ = 0;  ///< so much of it has been read this time round
};

}  // namespace support
