#pragma once
// Every line that may be sent, to whom, when, why, and what it does to the device. Nothing else can be
// sent: a Shell writes a PlannedLine and only a Plan makes one (contract, section 8, "Sending").
//
// A line of a profile may hold {slots}; they are filled, when the value is known, with values that are
// validated by their type. The digest covers templates, endpoints, profiles and limits, and every value of the
// incident that can fill a slot or stands for a consent.
//
// Threads: immutable once made.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/incident/incident.hpp"
#include "formats/platform/profile.hpp"
#include "formats/record/layout.hpp"
#include "formats/record/ledger.hpp"
#include "formats/result.hpp"

namespace collector {

/// When a line is sent. The names are the steps of the run.
enum class Step : std::uint8_t { log_in, identify, before, arm, window, reset, disarm, after, leave };
std::string_view name_of(Step step);

/// How a line may be sent in configuration mode (contract, section 8).
enum class InConfiguration : std::uint8_t {
    never,
    echoed,   ///< typed without its CR, and obeyed when it came back whole
    at_once,  ///< leaves the mode that a console was found in
};

struct PlannedItem {
    std::string id;  ///< "before/write-terminal", "arm/isakmp": unique in its endpoint and profile
    Step step = Step::before;
    std::string line;  ///< with {slots}
    formats::Impact impact = formats::Impact::reads;
    std::string purpose = "";  ///< "phase 1 table"; for people
    std::string since = "";    ///< first version that has the line; empty: all
    InConfiguration in_configuration = InConfiguration::never;
    std::string file = "";                               ///< of the capture; empty: the answer is only looked at
    std::optional<formats::Phase> phase = std::nullopt;  ///< of the capture
    std::string end = "";                                ///< what a whole answer ends with; empty: anything
    bool extended = false;  ///< of the extended set: a platform that does not know it is no loss
    formats::Tells tells = formats::Tells::nothing;
};

/// A line that may be written to its endpoint. Made by Plan only.
class PlannedLine {
 public:
    const std::string& text() const { return text_; }
    const std::string& endpoint() const { return endpoint_; }
    const std::string& id() const { return id_; }
    formats::Impact impact() const { return impact_; }
    InConfiguration in_configuration() const { return in_configuration_; }

 private:
    friend class EndpointPlan;
    PlannedLine() = default;
    std::string text_, endpoint_, id_;
    formats::Impact impact_ = formats::Impact::reads;
    InConfiguration in_configuration_ = InConfiguration::never;
};

/// No debug without consent over a console: at 9600 baud it can lock a device up (contract, section 2).
bool may_debug(const formats::Incident& incident, const formats::EndpointSpec& endpoint);

/// The capture of the debug stream.
inline constexpr const char* debug_capture_id = "debug/debug-crypto";

/// Values for slots: "peer-address" -> "203.0.113.1"
using Slots = std::map<std::string, std::string>;

/// What may be sent to one endpoint under one profile.
class EndpointPlan {
 public:
    EndpointPlan(const formats::EndpointSpec& endpoint, const formats::Profile& profile,
                 const formats::Incident& incident);
    /// The same for another endpoint, which differs in nothing that stands in a line: they are kept once.
    EndpointPlan(std::string endpoint, const EndpointPlan& like) : EndpointPlan(like) {
        endpoint_ = std::move(endpoint);
    }

    const std::string& endpoint() const { return endpoint_; }
    const formats::Profile& profile() const { return *profile_; }
    const std::vector<PlannedItem>& items() const { return *items_; }
    std::vector<const PlannedItem*> items_of(Step step) const;
    const PlannedItem* find(std::string_view id) const;
    /// The show of this step that tells this; null: there is none.
    const PlannedItem* find(Step step, formats::Tells tells) const;
    /// What this plan captures, as a ledger begins with it.
    std::vector<formats::CaptureRecord> captures() const;

    /// The line of an item. Error plan when there is no such item, a slot is missing, or a value is not of
    /// its slot's type (an address, an interface name, a session number).
    formats::Result<PlannedLine> line(std::string_view id, const Slots& slots = {}) const;

 private:
    void add(PlannedItem item);
    std::string endpoint_;
    bool debugs_ = false;  ///< unless the run is one without debugs
    const formats::Profile* profile_;
    std::shared_ptr<std::vector<PlannedItem>> items_ = std::make_shared<std::vector<PlannedItem>>();
};

class Plan {
 public:
    /// `profiles` must outlive the plan. Error usage: a platform that is not there, a feature that is not
    /// built yet.
    static formats::Result<Plan> make(const formats::Incident& incident, const std::vector<formats::Profile>& profiles);

    const formats::Incident& incident() const { return incident_; }
    /// The endpoint's plans: one for a named platform; for `auto` one for each candidate.
    const std::vector<EndpointPlan>& candidates(std::size_t endpoint) const { return endpoints_[endpoint]; }

    /// What `tacbundle plan` prints, and plan.txt in the bundle.
    std::string text() const;
    /// SHA-256 of what the plan allows: 64 hex digits.
    std::string digest() const;

 private:
    Plan() = default;
    std::string body() const;
    formats::Incident incident_;
    std::vector<std::vector<EndpointPlan>> endpoints_;
};

}  // namespace collector
