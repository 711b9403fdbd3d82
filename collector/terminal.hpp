#pragma once
// The operator's terminal, /dev/tty: questions come one at a time, name the endpoint, and a hidden answer is
// not echoed. The terminal's settings are restored on every way out.

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "collector/patience.hpp"
#include "formats/result.hpp"

namespace collector {

class Terminal {
 public:
    /// `allowed` false: as if there were no terminal (tests, --json callers without one).
    explicit Terminal(bool allowed = true);
    ~Terminal();
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    bool is_there() const;
    /// One line. Errors: usage (no terminal), timeout, interrupted. Waits its turn among threads.
    formats::Result<std::string> ask(std::string_view question, bool hidden, const Patience& patience);

 private:
    int fd_ = -1;
    std::mutex turn_;
};

}  // namespace collector
