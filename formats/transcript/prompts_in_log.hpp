#pragma once
// A prompt among a device's own log lines that come without a pause.

#include <string>
#include <string_view>

namespace formats {

/// Where a device's own log comes without a pause, as on a console at 9,600 baud, no prompt ever stays the last thing.
/// It is asked for there until so many have come with nothing else but log lines between them: nothing runs, the device
/// waits for a line. An answer that still goes on would have shown a line of its own.
class PromptsInLog {
 public:
    void see_prompt(std::string_view prompt) {
        count_ = prompt == prompt_ ? count_ + 1 : 1;
        prompt_ = prompt;
    }
    /// Anything else, as it seems: the beginning of a log line that a prompt cut is known by what follows only.
    void see_text() {
        before_text_ = count_;
        count_ = 0;
    }
    /// The text that was seen last was such a beginning.
    void take_back_text() { count_ = before_text_; }
    void forget() { count_ = before_text_ = 0; }

    bool has_one() const { return count_ > 0; }
    bool are_enough() const { return count_ >= enough; }
    /// The one that came each time.
    const std::string& prompt() const { return prompt_; }

 private:
    static constexpr int enough = 3;
    std::string prompt_;
    int count_ = 0, before_text_ = 0;
};

}  // namespace formats
