#pragma once
// When a prompt that something took away is asked for again.

#include <chrono>
#include <optional>

namespace formats {

/// A line of a debug printed right behind a prompt takes it away, as a log line does in whose middle it falls, and the
/// device prints no other by itself. It is asked for again with an empty line, but not at once: a line of an answer
/// may look like that, and more follows it.
class FreshPrompt {
 public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::milliseconds after{500};

    void is_wanted(Time now) {
        if (!due_ && asked_ < most) due_ = now + after;
    }
    /// When it is to be asked for, if nothing stands then that an empty line could answer. Nullopt: it is not wanted.
    std::optional<Time> due() const { return due_; }
    void is_asked_for() {
        due_.reset();
        ++asked_;
    }
    bool was_asked_for() const { return asked_ > 0; }

 private:
    static constexpr int most = 20;
    std::optional<Time> due_;
    int asked_ = 0;
};

}  // namespace formats
