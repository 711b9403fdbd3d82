#pragma once
// What passes interesting traffic while both ends record, in the order of contract section 5: the
// operator's [probe] (a workstation, an endpoint, this machine), packet-tracer, the device's own ping, or
// nothing and what somebody should send. Every attempt is evidence in probe/probe.txt: from, to, kind, time,
// result, and the tunnel's state that each end showed after it.
//
// Both ends may have a way; one probes in the first half of the window, the other in the second, never both
// at once and at most once a second. What only starts a negotiation (packet-tracer) gives way to the
// device's own ping once the tunnel stands: that proves the data path.
//
// Threads: attempt(), run() and saw() are called by the threads of the window; one attempt runs at a time.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "collector/debug/window.hpp"
#include "collector/plan/plan.hpp"
#include "collector/probe/probe_sender.hpp"
#include "formats/bundle/capture.hpp"
#include "formats/bundle/manifest.hpp"
#include "formats/cisco/probe_choice.hpp"
#include "formats/cisco/tunnel_state.hpp"
#include "formats/tunnel/tunnel_view.hpp"

namespace collector {

/// One end as the choice of a probe sees it.
struct ProbeEnd {
    std::size_t index;
    bool is_up, is_armed;
    const std::string& name;
    const std::string& version;
    const EndpointPlan& plan;
    const formats::CryptoConfig& configuration;
    const formats::TunnelView& tunnel;
};

class Probe {
 public:
    /// Chooses from what the endpoints' configurations say. Never fails: no way is an answer, with its reason.
    /// `sender` sends a given probe that comes from no endpoint; null: it is not there, and `why_not`.
    static Probe choose(const formats::Incident& incident, const std::vector<ProbeEnd>& endpoints,
                        std::unique_ptr<ProbeSender> sender = nullptr, const std::string& why_not = {});
    /// Checks a given [probe] before anything is contacted. Error usage: a kind that its sender cannot send.
    static formats::Result<void> is_supported(const formats::Incident& incident);

    /// Evidence goes there from now on; it begins with why this probe was chosen.
    void write_to(formats::Capture evidence);

    using Ask = std::function<formats::Result<std::string>(const PlannedLine&)>;
    /// Sends one probe through `ask` when it is this endpoint's turn and one is due.
    void attempt(std::size_t endpoint, Window& window, const Ask& ask);
    /// A probe from outside the endpoints, until the window closes.
    bool is_from_outside() const { return sender_ != nullptr; }
    void run(Window& window);
    /// An endpoint has read its tables.
    void saw(std::size_t endpoint, const std::string& name, const formats::TunnelState& state);

    /// One sentence: what will be sent and why, or why nothing is.
    const std::string& explanation() const { return explanation_; }
    /// Which lines of the configurations made the choice, and what it would not do.
    const std::vector<std::string>& reasons() const { return reasons_; }
    /// An address behind this endpoint that the probe comes from, or would; empty: none is known.
    std::string source_behind(std::size_t endpoint) const;

    /// How long ago the last probe packet must still become, to have been `quiet` long.
    milliseconds quiet_left(milliseconds quiet) const;
    /// Nothing is sent while the returned lives.
    [[nodiscard]] std::unique_lock<std::mutex> at_rest() { return std::unique_lock(*turn_); }
    /// What was answered so far counts no more.
    void begin_round();
    /// Packets went through a tunnel that stood, and nothing ever came back.
    bool is_unanswered() const { return sent_through_ > 0 && answered_ == 0; }

    /// Closes the evidence; the manifest's probe elements, one for each way that was used. A probe that the operator
    /// asked for has one in any case.
    formats::Result<std::vector<formats::ProbeRecord>> finish();

 private:
    struct Way {
        std::size_t endpoint;
        std::optional<PlannedLine> starts, passes;  ///< what starts a negotiation; what goes through the tunnel
        std::string from, source, to, success;
        std::string starts_kind = "packet-tracer";  ///< what `starts` is, for the evidence
    };
    using Send = std::function<formats::Result<ProbeAnswer>()>;
    /// Whence a device sends: from behind it (packet-tracer), from itself (its own ping), or both.
    struct Sources {
        std::string interface, behind;   ///< empty `behind`: no packet of a host there
        std::string own_interface, own;  ///< empty `own`: no ping of its own
    };
    void add_way(const ProbeEnd& endpoint, const Sources& sources, const std::string& to);
    /// The sources that the incident's own one allows; none, and why.
    Sources sources_of(const ProbeEnd& endpoint, const formats::ProbeChoice& choice);
    /// Why nothing is sent, where the operator asked for a probe.
    void give_up(std::string why);
    /// A gateway that starts the negotiation when it is told to, and sends no packet through the tunnel.
    void add_initiation(const ProbeEnd& endpoint);
    bool is_due(const Window& window, milliseconds every) const;
    void send(formats::ProbeRecord& record, Window& window, bool is_real, const std::string& as, const Send& send);
    formats::ProbeRecord& record_of(const std::string& from, const std::string& source, const std::string& to,
                                    const std::string& kind);
    void note(const std::string& line);

    std::vector<Way> ways_;
    std::unique_ptr<ProbeSender> sender_;
    formats::ProbeSpec spec_;
    std::map<std::size_t, std::string> sources_;  ///< by endpoint
    std::string explanation_, why_not_;
    std::vector<std::string> reasons_;
    std::unique_ptr<formats::Capture> evidence_;
    std::vector<formats::ProbeRecord> records_;
    std::optional<SteadyTime> last_;
    std::set<std::size_t> unseen_;  ///< endpoints that have not read their tables since the last attempt
    unsigned endpoints_ = 0, sent_through_ = 0, answered_ = 0;
    std::unique_ptr<std::mutex> turn_ = std::make_unique<std::mutex>();     ///< held while a probe is sent
    std::unique_ptr<std::mutex> writing_ = std::make_unique<std::mutex>();  ///< guards evidence_ and unseen_
};

}  // namespace collector
