// What the steps share: the records, the sessions that come and go. The steps are in endpoint_*.cpp.

#include "collector/endpoint/endpoint.hpp"

#include <algorithm>

namespace collector {

using formats::CaptureRecord;
using formats::EndpointRecord;
using formats::Error;
using formats::Outcome;
using formats::Phase;
using formats::Result;

namespace {

constexpr const char* died_before_the_end = "the run ended before it";

}  // namespace

Endpoint::Endpoint(std::size_t index, const formats::EndpointSpec& spec, const std::vector<EndpointPlan>& candidates,
                   Credentials credentials, const RunContext& context)
    : index_(index),
      spec_(&spec),
      candidates_(&candidates),
      plan_(&candidates.front()),
      credentials_(std::move(credentials)),
      context_(&context) {
    record_.name = spec.name;
    record_.target = spec.target.written;
    record_.legacy = spec.legacy;
    tunnel_.set_peer(spec.peer_address);
}

Endpoint::~Endpoint() = default;
Endpoint::Endpoint(Endpoint&&) noexcept = default;

void Endpoint::event(EventKind kind, std::string text, std::vector<std::pair<std::string, std::string>> members,
                     bool is_passing) const {
    context_->progress->event({kind, name(), std::move(text), std::move(members), is_passing});
}

CaptureRecord& Endpoint::capture_record(const std::string& id) {
    const auto found = std::find_if(record_.captures.begin(), record_.captures.end(),
                                    [&](const CaptureRecord& capture) { return capture.id == id; });
    if (found != record_.captures.end()) return *found;
    CaptureRecord capture;
    capture.id = id;
    if (const PlannedItem* item = plan_->find(id)) {
        capture.phase = item->phase.value_or(Phase::before);
        capture.command = item->line;
    }
    record_.captures.push_back(std::move(capture));
    return record_.captures.back();
}

void Endpoint::plan_records() {
    for (const PlannedItem& item : plan_->items())
        if (item.phase) (void)capture_record(item.id);
    if (!context_->incident->no_debug) capture_record(debug_capture_id).phase = Phase::debug;
}

Result<Answer> Endpoint::ask(Shell& shell, const std::string& id, const TextSink& sink, const Patience& patience,
                             const Slots& slots) {
    const auto line = plan_->line(id, slots);
    if (!line) return line.error();
    const milliseconds limit = std::max(one_look, context_->incident->command_timeout);
    return shell.run(*line, sink, {limit, limit, std::size_t{256} << 10}, patience);
}

void Endpoint::lose_control(const Error& why) {
    context_->progress->warn(name(), why.detail);
    failure_ = why;
    control_.reset();
}

bool Endpoint::revive(const Patience& patience) {
    if (control_) return true;
    if (spec_->one_time_password || credentials_.was_refused() || turned_away_) return false;
    const Patience login = patience.at_most(context_->incident->connect_timeout);
    auto session = open_session(*spec_, {plan_, 1}, credentials_, context_->login, login);
    if (!session) return false;
    if (!make_ready(*session->shell, *plan_, credentials_, patience, ready_limits())) return false;
    control_ = std::move(session->shell);
    event(EventKind::endpoint, "logged in again", {{"state", "up"}});
    return true;
}

std::vector<formats::PreSharedKey> Endpoint::keys_of_the_tunnel() const {
    return formats::keys_for(keys_, configuration_.names, tunnel_.peer());
}

EndpointRecord Endpoint::record_so_far() const {
    EndpointRecord record = record_;
    const auto add = [&](const std::string& id, Phase phase, const std::string& command) {
        if (std::any_of(record.captures.begin(), record.captures.end(),
                        [&](const CaptureRecord& c) { return c.id == id; }))
            return;
        CaptureRecord capture;
        capture.id = id;
        capture.phase = phase;
        capture.command = command;
        record.captures.push_back(std::move(capture));
    };
    for (const PlannedItem& item : plan_->items())
        if (item.phase) add(item.id, *item.phase, item.line);
    if (!context_->incident->no_debug) add(debug_capture_id, Phase::debug, "");
    for (CaptureRecord& capture : record.captures)
        if (capture.outcome == Outcome::not_attempted && capture.reason.empty()) {
            capture.outcome = Outcome::canceled;
            capture.reason = died_before_the_end;
        }
    return record;
}

void Endpoint::note_unwritten(const formats::UnwrittenMember& member) {
    for (CaptureRecord& capture : record_.captures) {
        if (capture.file != member.member) continue;
        capture.outcome = Outcome::truncated;
        capture.reason = member.error.message();
        if (member.is_there) continue;
        capture.file.clear();
        capture.sha256.clear();
        capture.bytes = capture.lines = 0;
    }
}

void Endpoint::explain_the_rest() {
    plan_records();
    finish_during();
    for (const PlannedItem& item : plan_->items()) {
        if (!item.phase) continue;
        CaptureRecord& record = capture_record(item.id);
        if (record.outcome != Outcome::not_attempted || !record.reason.empty()) continue;
        if (item.phase == Phase::during && !failure_)
            record.reason =
                why_not_armed_.empty() ? "the window closed before the first poll" : "not armed: " + why_not_armed_;
        else
            record.reason = failure_ ? failure_->detail : "the run ended before it";
        if (!failure_ && why_not_armed_.empty() && item.phase != Phase::during) record.outcome = Outcome::canceled;
    }
    if (!context_->incident->no_debug) {
        CaptureRecord& record = capture_record(debug_capture_id);
        if (record.outcome == Outcome::not_attempted && record.reason.empty())
            record.reason = failure_ ? failure_->detail : "the run ended before arming";
    }
}

ProbeEnd Endpoint::probe_end() const {
    return {index_, is_up(), is_armed(), name(), version(), *plan_, configuration_, tunnel_};
}

std::vector<ProbeEnd> probe_ends(const std::vector<Endpoint>& endpoints) {
    std::vector<ProbeEnd> ends;
    for (const Endpoint& endpoint : endpoints) ends.push_back(endpoint.probe_end());
    return ends;
}

}  // namespace collector
