#pragma once
// Internal to the shell.

#include <optional>

#include "collector/patience.hpp"

namespace collector {

/// A line of a debug printed right behind a prompt takes it away, as a log line does in whose middle it falls, and the
/// device prints no other by itself. It is asked for again with an empty line, but not at once: a line of an answer
/// may look like that, and more follows it.
class FreshPrompt {
 public:
    static constexpr milliseconds after{500};

    void is_wanted(const Patience& patience) {
        if (!until_) until_ = patience.at_most(after);
    }
    /// Now, and so often that it may still be asked for. To be called where nothing stands that an empty line could
    /// answer.
    bool is_due() {
        if (!until_ || !until_->is_over()) return false;
        until_.reset();
        return asked_++ < most;
    }
    bool is_pending() const { return until_.has_value(); }
    /// While it is pending: until it is due.
    const Patience& until() const { return *until_; }
    bool was_asked_for() const { return asked_ > 0; }

 private:
    static constexpr int most = 20;
    std::optional<Patience> until_;
    int asked_ = 0;
};

}  // namespace collector
