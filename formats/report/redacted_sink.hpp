#pragma once
// Text that the program composes from redacted parts, on its way to a file: collected, vouched for,
// passed on.
//
// The scan may find something in the whole that was in no part: a line that ends with "password",
// and what the page has behind it. Such a line is withheld. It is never redacted again: that would
// learn the page's own words as secrets.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "formats/redaction/redaction.hpp"
#include "formats/result.hpp"

namespace formats {

/// Where finished text goes: a member of the spool, a file.
using TextSink = std::function<Result<void>(const RedactedText&)>;

/// What is left of a line that is withheld.
using Withhold = std::function<std::string(std::string_view line)>;
std::string withhold_line(std::string_view line);  ///< nothing but the word for it

class RedactedSink {
 public:
    RedactedSink(std::string subject, Redaction& redaction, TextSink sink, Withhold withhold = withhold_line);

    /// One line, or several with newlines between them. They are passed on once there is enough of
    /// them.
    void line(std::string_view text);
    /// Passes on the rest. The first error of all: the sink's, or internal when even what was left
    /// of the lines was not clean.
    Result<void> finish();
    std::uint64_t bytes() const { return bytes_; }  ///< taken so far

 private:
    void pass_on();
    Result<RedactedText> vouched(const std::string& text) const;

    std::string subject_;
    Redaction& redaction_;
    TextSink sink_;
    Withhold withhold_;
    std::string held_;
    std::uint64_t bytes_ = 0;
    Result<void> state_;
};

}  // namespace formats
