#pragma once
// The echo of a line that was typed, also where log lines cut it or the terminal is too narrow for it.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace formats {

/// An echo that the device's own log lines may cut, on its own line ("hq# show ver302013: Built ..." and "sion" in the
/// next one) or by lines of their own ("hq# show ver", "*Nov 25 10:11:12.123: %SYS-5-...", "sion").
class EchoPieces {
 public:
    /// One finished line. `log_line`: where one begins in it; `typed`: the line whose echo is waited for.
    void see(std::string_view line, std::optional<std::size_t> log_line, std::string_view typed);
    void forget() {
        text_.clear();
        pending_.clear();
        typed_size_ = 0;
    }
    /// With the line that was seen last.
    const std::string& text() const { return text_; }
    /// What stands before the log lines that were seen last, and goes on behind them.
    const std::string& pending() const { return pending_; }
    /// The pieces make the whole line.
    bool is_whole(std::string_view typed) const { return !typed.empty() && typed_size_ == typed.size(); }

 private:
    std::string text_, pending_;
    std::size_t typed_size_ = 0;  ///< so many bytes of the line have come back, one piece behind the other
};

/// Whether `seen` shows `line`, which was typed behind a prompt of that size. A terminal that is too narrow for both
/// shows a part, and `$` in place of what is out of sight: "hq# $1.10 8 0 10.2.2.1", "hq# packet-tracer input ins$"
/// [device facts, section 11 item 4].
bool is_echo(std::string_view seen, std::string_view line, std::size_t prompt);

}  // namespace formats
