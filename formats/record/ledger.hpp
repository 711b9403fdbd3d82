#pragma once
// What was planned to be captured at one endpoint and what became of it. Every planned capture has a record from the
// beginning on and, once the ledger is closed, an outcome with its reason. What is whole and what is missing is said here
// and nowhere else.
//
// Threads: the list does not grow, so that each record may be filled by the thread that captures it.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "formats/record/layout.hpp"
#include "formats/record/outcome.hpp"
#include "formats/record/tells.hpp"
#include "formats/text/utc_time.hpp"

namespace formats {

struct CaptureRecord {
    std::string id;  ///< unique in its endpoint: "before/write-terminal"
    Phase phase = Phase::before;
    std::string command;  ///< the line as planned; for the debug stream the lines that armed it
    std::string file;     ///< member path; empty when nothing was captured
    Outcome outcome = Outcome::not_attempted;
    std::optional<UtcTime> started, ended;
    std::uint64_t bytes = 0, lines = 0, redactions = 0;
    std::string sha256;  ///< of the member; empty without a file
    std::string reason;  ///< why it is not `ok`; empty otherwise
    Tells role = Tells::nothing;
    bool is_optional = false;    ///< a platform that does not know the line is no loss
    std::string planned_file{};  ///< the member that it was to become; empty as soon as there is `file`

    bool is_explained() const { return outcome != Outcome::not_attempted || !reason.empty(); }
};

/// The answer was taken whole, be it an empty one.
bool is_whole(const CaptureRecord& capture);
/// An optional item that the platform does not have: neither there nor missing.
bool is_beyond_the_platform(const CaptureRecord& capture);
/// Planned, not whole, and a loss.
bool is_missing(const CaptureRecord& capture);

/// What of an endpoint's captures is missing, and why.
struct Gaps {
    using Cause = std::pair<std::string, std::vector<std::string>>;  ///< "timed-out (no answer in 60 s)", ids
    std::size_t planned = 0;
    std::size_t beyond_the_platform = 0;
    std::vector<Cause> causes;

    std::size_t missing() const;
};
Gaps gaps_in(const std::vector<CaptureRecord>& captures);

class Ledger {
 public:
    /// Records of what is planned: id, phase, command, role, whether it is optional, and the planned file.
    explicit Ledger(std::vector<CaptureRecord> planned = {}) : captures_(std::move(planned)) {}

    /// The record of a planned capture. Throws std::out_of_range when it is not planned.
    CaptureRecord& at(const std::string& id);
    void explain(const std::string& id, Outcome outcome, std::string reason);
    /// A file of this ledger, held in memory, did not reach the disk; a part of it may be there.
    void note_unwritten(const std::string& file, const std::string& reason, bool is_there);

    struct Explanation {
        Outcome outcome = Outcome::not_attempted;
        std::string reason;
    };
    /// Nothing comes any more: what has no outcome yet gets one.
    void close(const std::function<Explanation(const CaptureRecord&)>& why);
    /// The records as they would stand if the run died now; what is still open was canceled, for this reason.
    std::vector<CaptureRecord> as_of_now(const std::string& reason) const;

    const std::vector<CaptureRecord>& captures() const { return captures_; }
    Gaps gaps() const { return gaps_in(captures_); }
    bool is_complete() const { return gaps().missing() == 0; }

 private:
    std::vector<CaptureRecord> captures_;
};

}  // namespace formats
