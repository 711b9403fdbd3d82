#pragma once
// What passes interesting traffic while both ends record, in the order of contract section 5: the
// operator's [probe], packet-tracer, the device's own ping, or nothing and what somebody should send.
// Every attempt is a line of evidence in probe/probe.txt.
//
// Both ends may have a way; one probes in the first half of the window, the other in the second, never both
// at once and at most once a second.
//
// Threads: attempt() is called by the threads of the window; one attempt runs at a time.

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "collector/capture.hpp"
#include "collector/debug/window.hpp"
#include "collector/plan.hpp"
#include "formats/bundle/manifest.hpp"

namespace collector {

class Endpoint;

class Probe {
 public:
    /// Chooses from what the endpoints' configurations say. Never fails: no way is an answer, with its reason.
    static Probe choose(const formats::Incident& incident, const std::vector<Endpoint>& endpoints);
    /// Checks a given [probe] before anything is contacted. Error usage: a kind that is not built yet.
    static formats::Result<void> is_supported(const formats::Incident& incident);

    /// Evidence goes there from now on.
    void write_to(Capture evidence) { evidence_ = std::make_unique<Capture>(std::move(evidence)); }

    using Ask = std::function<formats::Result<std::string>(const PlannedLine&)>;
    /// Sends one probe through `ask` when it is this endpoint's turn and one is due.
    void attempt(std::size_t endpoint, const Window& window, const Ask& ask);

    /// One sentence: what will be sent and why, or why nothing is.
    const std::string& explanation() const { return explanation_; }
    bool has_a_way() const { return !ways_.empty(); }
    bool was_sent() const { return !records_.empty(); }
    /// Closes the evidence; the manifest's probe elements, one for each way that was used.
    formats::Result<std::vector<formats::ProbeRecord>> finish();

 private:
    struct Way {
        std::size_t endpoint;
        PlannedLine line;
        std::string from, source, to, kind, success;
        milliseconds every;
    };
    void add_way(const Endpoint& endpoint, const std::string& interface, const std::string& source, const std::string& to,
                 bool trace);
    formats::ProbeRecord& record_of(const Way& way);

    std::vector<Way> ways_;
    std::string explanation_;
    std::unique_ptr<Capture> evidence_;
    std::vector<formats::ProbeRecord> records_;
    std::optional<SteadyTime> last_;
    std::unique_ptr<std::mutex> turn_ = std::make_unique<std::mutex>();
};

}  // namespace collector
