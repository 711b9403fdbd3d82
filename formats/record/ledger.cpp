#include "formats/record/ledger.hpp"

#include <algorithm>
#include <stdexcept>

namespace formats {

bool is_whole(const CaptureRecord& capture) {
    return capture.outcome == Outcome::ok || capture.outcome == Outcome::empty;
}

bool is_beyond_the_platform(const CaptureRecord& capture) {
    return capture.is_optional && capture.outcome == Outcome::unsupported;
}

bool is_missing(const CaptureRecord& capture) { return !is_whole(capture) && !is_beyond_the_platform(capture); }

std::size_t Gaps::missing() const {
    std::size_t number = 0;
    for (const auto& [cause, ids] : causes) number += ids.size();
    return number;
}

Gaps gaps_in(const std::vector<CaptureRecord>& captures) {
    Gaps gaps;
    gaps.planned = captures.size();
    for (const CaptureRecord& capture : captures) {
        if (is_beyond_the_platform(capture)) ++gaps.beyond_the_platform;
        if (!is_missing(capture)) continue;
        const std::string cause =
            std::string(name_of(capture.outcome)) + (capture.reason.empty() ? "" : " (" + capture.reason + ")");
        auto same = std::find_if(gaps.causes.begin(), gaps.causes.end(),
                                 [&](const Gaps::Cause& known) { return known.first == cause; });
        if (same == gaps.causes.end()) same = gaps.causes.insert(same, {cause, {}});
        same->second.push_back(capture.id);
    }
    return gaps;
}

CaptureRecord& Ledger::at(const std::string& id) {
    const auto found = std::find_if(captures_.begin(), captures_.end(),
                                    [&](const CaptureRecord& capture) { return capture.id == id; });
    if (found == captures_.end()) throw std::out_of_range("no capture is planned as " + id);
    return *found;
}

void Ledger::explain(const std::string& id, Outcome outcome, std::string reason) {
    CaptureRecord& capture = at(id);
    capture.outcome = outcome;
    capture.reason = std::move(reason);
}

void Ledger::note_unwritten(const std::string& file, const std::string& reason, bool is_there) {
    for (CaptureRecord& capture : captures_) {
        if (capture.file != file) continue;
        capture.outcome = Outcome::truncated;
        capture.reason = reason;
        if (is_there) continue;
        capture.file.clear();
        capture.sha256.clear();
        capture.bytes = capture.lines = 0;
    }
}

void Ledger::close(const std::function<Explanation(const CaptureRecord&)>& why) {
    for (CaptureRecord& capture : captures_) {
        if (capture.is_explained()) continue;
        Explanation explanation = why(capture);
        capture.outcome = explanation.outcome;
        capture.reason = std::move(explanation.reason);
    }
}

std::vector<CaptureRecord> Ledger::as_of_now(const std::string& reason) const {
    Ledger now = *this;
    now.close([&](const CaptureRecord&) { return Explanation{Outcome::canceled, reason}; });
    return std::move(now.captures_);
}

}  // namespace formats
