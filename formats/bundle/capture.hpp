#pragma once
// One member of the bundle in the making: device text goes in, passes the redactor, and lies in the spool.
// Nothing unredacted is kept. Beyond the byte limit text is dropped and the capture is truncated; reading
// goes on, so that a proof that comes later arrives.
//
// Threads: a capture belongs to one thread at a time.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "formats/bundle/manifest.hpp"
#include "formats/bundle/spool.hpp"
#include "formats/redaction/redaction.hpp"
#include "formats/result.hpp"
#include "formats/text/utc_time.hpp"

namespace formats {

class Capture {
 public:
    enum class Stamps : std::uint8_t { none, arrival };

    static Result<Capture> open(Spool& spool, Redaction& redaction, const std::string& member, std::uint64_t byte_limit,
                                Stamps stamps = Stamps::none);

    /// Whole lines of device text. False when no more is wanted: the limit is reached, the disk or a rule failed.
    bool take(std::string_view lines);
    /// A line of our own inside the member (a heading between two polls).
    void note(std::string_view line);
    /// The member is final. The first write or rule that failed, if any.
    Result<void> finish();

    const std::string& member() const { return file_.member(); }
    /// Sets what the manifest says about the finished member.
    void describe(CaptureRecord& record) const;
    bool is_truncated() const { return truncated_; }
    bool has_failed() const { return failure_.has_value(); }

 private:
    Capture(SpoolFile file, Redactor redactor, std::uint64_t byte_limit, Stamps stamps);
    void write(const Result<RedactedText>& text);

    SpoolFile file_;
    Redactor redactor_;
    std::uint64_t byte_limit_;
    Stamps stamps_;
    std::uint64_t taken_ = 0;
    bool at_line_start_ = true;
    bool truncated_ = false;
    std::optional<Error> failure_;
};

}  // namespace formats
