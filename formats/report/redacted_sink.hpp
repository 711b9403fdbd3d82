#pragma once
// Text that the program composes from redacted parts, on its way to a file: collected, vouched for, passed on.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "formats/redaction/redaction.hpp"
#include "formats/result.hpp"

namespace formats {

/// Where finished text goes: a member of the spool, a file.
using TextSink = std::function<Result<void>(const RedactedText&)>;

/// Text that only puts redacted parts together is vouched for; when the scan finds something all the same,
/// it is redacted again, which may cost form and never a secret.
RedactedText vouched_or_redacted(std::string text, std::string_view subject, Redaction& redaction);

class RedactedSink {
 public:
    RedactedSink(std::string subject, Redaction& redaction, TextSink sink);

    /// Passes on whole lines once there is enough of them. The first error stays.
    void line(std::string_view text);
    Result<void> finish();
    std::uint64_t bytes() const { return bytes_; }  ///< taken so far

 private:
    void pass_on();

    std::string subject_;
    Redaction& redaction_;
    TextSink sink_;
    std::string held_;
    std::uint64_t bytes_ = 0;
    Result<void> state_;
};

}  // namespace formats
