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
    ledger_ = formats::Ledger(plan_->captures());
}

Endpoint::~Endpoint() = default;
Endpoint::Endpoint(Endpoint&&) noexcept = default;

void Endpoint::event(EventKind kind, std::string text, std::vector<std::pair<std::string, std::string>> members,
                     bool is_passing) const {
    context_->progress->event({kind, name(), std::move(text), std::move(members), is_passing});
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
    record.captures = ledger_.as_of_now(died_before_the_end);
    return record;
}

EndpointRecord Endpoint::record_of_run() const {
    EndpointRecord record = record_;
    record.captures = ledger_.captures();
    return record;
}

void Endpoint::close_the_ledger() {
    finish_during();
    ledger_.close([&](const CaptureRecord& capture) -> formats::Ledger::Explanation {
        if (failure_) return {Outcome::not_attempted, failure_->detail};
        if (capture.phase == Phase::debug) return {Outcome::not_attempted, "the run ended before arming"};
        if (capture.phase != Phase::during)
            return {why_not_armed_.empty() ? Outcome::canceled : Outcome::not_attempted, "the run ended before it"};
        return {Outcome::not_attempted,
                why_not_armed_.empty() ? "the window closed before the first poll" : "not armed: " + why_not_armed_};
    });
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
