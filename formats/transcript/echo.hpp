#pragma once
// The echo of a line that was typed, also where log lines cut it or the terminal is too narrow for it.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace formats {

/// An echo that the device's own log lines may cut: "hq# show ver302013: Built ..." and "sion" in the next line.
class EchoPieces {
 public:
    /// `log_line`: where one begins in it.
    void see(std::string_view line, std::optional<std::size_t> log_line) {
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

/// Whether `seen` shows `line`, which was typed behind a prompt of that size. A terminal that is too narrow for both
/// shows a part, and `$` in place of what is out of sight: "hq# $1.10 8 0 10.2.2.1", "hq# packet-tracer input ins$"
/// [device facts, section 11 item 4].
bool is_echo(std::string_view seen, std::string_view line, std::size_t prompt);

}  // namespace formats
