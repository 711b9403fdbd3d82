#pragma once
// Internal to the shell.

#include <string>
#include <string_view>

#include "formats/platform/prompt.hpp"

namespace collector {

/// An echo that the device's own log lines may cut: "hq# show ver302013: Built ..." and "sion" in the next line.
class EchoPieces {
 public:
    void see(std::string_view line, const formats::Profile::Prompt& prompt) {
        const auto log_line = formats::find_log_line(prompt, line);
        text_ = pending_ + std::string(line.substr(0, log_line.value_or(line.size())));
        pending_ = log_line ? text_ : std::string();
    }
    void forget() {
        text_.clear();
        pending_.clear();
    }
    /// With the line that was seen last.
    const std::string& text() const { return text_; }
    /// What stands before the log lines that were seen last, and goes on behind them.
    const std::string& pending() const { return pending_; }

 private:
    std::string text_, pending_;
};

}  // namespace collector
