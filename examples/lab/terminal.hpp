#pragma once
// A terminal line: keys in, text out, and whatever the device prints by itself in between, cutting
// through prompts, echoes and answers as it does on a real box. Used by the session's own thread;
// takes the world lock for short moments only, never while it reads or writes.

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "examples/lab/byte_stream.hpp"
#include "examples/lab/world.hpp"

namespace lab {

class Terminal {
 public:
    Terminal(ByteStream& stream, World& world, Device& device, std::shared_ptr<Session> session, bool one_byte)
        : stream_(stream), world_(world), device_(device), session_(std::move(session)), one_byte_(one_byte) {}

    /// Sends device text; LF becomes CR LF.
    void put(std::string_view text);
    /// The next key; nothing when the session is over or ^C was typed (see broken_off).
    std::optional<char> key();
    /// Lets time pass; false when ^C was typed or the session is over.
    bool wait(Clock::duration time);
    /// Takes in what was typed and sends what the device prints by itself, without waiting.
    void breathe() { pump(std::chrono::milliseconds(0)); }
    /// True once after each ^C.
    bool broken_off();
    bool over() const { return over_; }
    void renew_keys() { stream_.renew_keys(); }
    /// The session's connection is dead or mute from here on; returns when the session is over.
    void stall();
    /// Reset (or, not `reset`, closed) from this end.
    void drop(const std::string& reason);

 private:
    void pump(std::chrono::milliseconds limit);
    void take_input(std::chrono::milliseconds limit);
    void send(std::string_view wire_bytes);

    ByteStream& stream_;
    World& world_;
    Device& device_;
    std::shared_ptr<Session> session_;
    bool one_byte_;
    std::deque<char> typed_;
    bool break_ = false;
    bool input_ended_ = false;  ///< nothing more will be typed; what was typed still counts
    bool over_ = false;
};

}  // namespace lab
