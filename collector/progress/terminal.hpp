#pragma once
// The operator's terminal, /dev/tty: questions come one at a time, name the endpoint, and a hidden answer is
// not echoed. The terminal's settings are restored on every way out. What was typed before a question stood
// there never answers it.

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "collector/system/patience.hpp"
#include "formats/result.hpp"

namespace collector {

class Terminal {
 public:
    /// `allowed` false: as if there were no terminal (tests, --json callers without one). Every question
    /// ends when stop is requested on `interrupted`, whatever its patience says.
    explicit Terminal(bool allowed = true, std::stop_token interrupted = {});
    ~Terminal();
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    bool is_there() const { return fd_ >= 0; }
    const std::stop_token& interrupted() const { return interrupted_; }

    /// `before` is called when a question is about to be shown, `after` when it is answered or given up: live
    /// lines make room for it. Set it before the first question.
    void around_questions(std::function<void()> before, std::function<void()> after);

    /// One line, without its newline, at most 4,095 bytes. Errors: usage (no terminal, or it was closed),
    /// timeout, interrupted. Waits its turn among threads; the patience starts when the turn has come. A
    /// hidden answer lies in one allocation: hand it to Secret, which wipes it.
    formats::Result<std::string> ask(std::string_view question, bool hidden, const Patience& patience);

 private:
    int fd_ = -1;
    int turn_ = -1;  ///< eventfd as a semaphore of one: poll() waits for it together with a stop
    std::stop_token interrupted_;
    std::function<void()> before_, after_;
};

}  // namespace collector
