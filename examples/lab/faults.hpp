#pragma once
// What goes wrong, by name, on one device. A fault is asked for where it can bite: at the
// connection, at the login, before a line is obeyed, in the middle of an answer, at a debug line.
// `SIDE:NAME[=ARG][@LINE]`: ARG is the fault's number or word; LINE, where the fault waits for a
// line, is the beginning of it
// (`left:drop-mid-show@show version`). The list, with defaults, is the table in faults.cpp.

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "formats/result.hpp"

namespace lab {

/// What befalls one line and its answer. All false and empty: nothing.
struct Effect {
    std::string_view fault;              ///< who did it, for the log
    bool drop = false;                   ///< the connection is reset
    bool stall = false;                  ///< nothing more is sent, what arrives is read
    bool half_open = false;              ///< neither read nor sent any more; the device knows nothing of it
    bool silent = false;                 ///< obeyed, but neither answer nor prompt comes
    bool ignored = false;                ///< not obeyed, but a prompt comes as if it were
    bool endless = false;                ///< the answer repeats until it is broken off
    bool changed = false;                ///< the checksum in the answer is another one
    bool renew_keys = false;             ///< the connection gets new keys first
    std::chrono::milliseconds pause{0};  ///< simulated time before the line is obeyed
    std::string before;                  ///< put before the answer
    std::string said;                    ///< not obeyed: this is the answer
    std::string_view refusal;            ///< not obeyed: this text of the platform's [errors] is the answer
};

/// Guarded by the world lock.
class Faults {
 public:
    /// "NAME", "NAME=ARG", "NAME=ARG@LINE". Fails on an unknown name.
    formats::Result<void> set(std::string_view specification);
    void clear() { faults_.clear(); }

    bool on(std::string_view name) const { return faults_.find(name) != faults_.end(); }
    /// It has struck already.
    bool has_fired(std::string_view name) const;
    int number(std::string_view name, int otherwise) const;
    std::string word(std::string_view name) const;
    std::string line(std::string_view name) const;

    /// Before a line is obeyed; `debugging` tells whether its session has a debug on, `configuring` whether it was
    /// typed in configuration mode.
    Effect before(std::string_view line, bool debugging, bool configuring);
    /// While a line's answer is sent.
    Effect answering(std::string_view line);
    /// After the Nth debug line of a session.
    Effect at_debug_line(long lines);

 private:
    struct Fault {
        std::string argument, line;
        int fired = 0;
    };
    /// The fault `name` when it is on and waits for this line.
    Fault* waiting(std::string_view name, std::string_view line, std::string_view usual_line);

    std::map<std::string, Fault, std::less<>> faults_;
    bool was_listed_ = false;  ///< a debug that is on, where that counts
};

}  // namespace lab
