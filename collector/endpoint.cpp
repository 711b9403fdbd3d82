#include "collector/endpoint.hpp"

#include <algorithm>

#include "collector/debug/undo.hpp"
#include "collector/probe/probe.hpp"
#include "collector/session/configuration_mode.hpp"
#include "formats/cisco/probe_choice.hpp"
#include "formats/cisco/show_outputs.hpp"
#include "formats/redaction/token.hpp"
#include "formats/strongswan/list_conns.hpp"
#include "formats/strongswan/list_sas.hpp"
#include "formats/text/pattern.hpp"

namespace collector {

using formats::CaptureRecord;
using formats::EndpointRecord;
using formats::Error;
using formats::ErrorKind;
using formats::Outcome;
using formats::Phase;
using formats::Profile;
using formats::Result;

namespace {

constexpr milliseconds one_look{15'000};
constexpr milliseconds break_off_limit{5'000};
constexpr milliseconds poll_every{1'000};
constexpr milliseconds arm_limit{60'000};
constexpr milliseconds disarm_limit{40'000};
constexpr milliseconds take_back_limit{60'000};
constexpr milliseconds leave_limit{2'000};
// A listening session that has been quiet is asked whether it is still there; no echo, and it is lost.
constexpr milliseconds quiet_before_echo{4'000};
constexpr milliseconds echo_limit{5'000};
constexpr milliseconds one_load_reading{8'000};
constexpr std::size_t longest_table = std::size_t{4} << 20;
constexpr std::size_t keep_configuration = std::size_t{4} << 20;
constexpr const char* died_before_the_end = "the run ended before it";
constexpr const char* configuration_capture_id = "before/write-terminal";
constexpr const char* debug_capture_id = "debug/debug-crypto";
constexpr const char* debug_capture_file = "debug-crypto.txt";
// The shows that tell the tunnel's state, by their ids in every profile.
constexpr std::string_view phase1_table = "show-crypto-isakmp-sa";
constexpr std::string_view phase2_table = "show-crypto-ipsec-sa";
constexpr std::string_view swanctl_show = "list-sas";
constexpr std::string_view swanctl_connections = "list-conns";

Outcome outcome_of(const Error& error) {
    switch (error.kind) {
        case ErrorKind::timeout: return Outcome::timed_out;
        case ErrorKind::disconnected: return Outcome::disconnected;
        case ErrorKind::interrupted: return Outcome::canceled;
        case ErrorKind::rejected: return Outcome::denied;
        default: return Outcome::not_attempted;
    }
}

/// What the operator has to know about the way to the device; empty: nothing.
std::string_view warning_of(formats::Transport transport) {
    if (transport != formats::Transport::telnet) return {};
    return "telnet is clear text: whoever carries the bytes could read the passwords and the configuration";
}

bool session_is_over(const Error& error) {
    return error.kind == ErrorKind::disconnected || error.kind == ErrorKind::io;
}

/// Does the answer end as a whole one does?
bool ends_with_line(std::string_view text, std::string_view end) {
    while (text.ends_with('\n') || text.ends_with(' ')) text.remove_suffix(1);
    const auto start = text.rfind('\n');
    return (start == std::string_view::npos ? text : text.substr(start + 1)).starts_with(end);
}

/// Where a later process finds the secret again; not a descriptor, which is closed by then, nor a command line,
/// which could name more than its program.
std::string kept_in(const formats::SecretSource& source) {
    using Kind = formats::SecretSource::Kind;
    if (source.kind == Kind::environment) return "env:" + source.value;
    return source.kind == Kind::file ? "file:" + source.value : std::string();
}

/// The first line that says anything, cut to what a message can hold.
std::string first_line(std::string_view text) {
    const auto start = text.find_first_not_of(" \n");
    if (start == std::string_view::npos) return {};
    text.remove_prefix(start);
    return std::string(text.substr(0, std::min<std::size_t>(text.find('\n'), 72)));
}

std::string list(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

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
    peer_address_ = spec.peer_address;
}

Endpoint::~Endpoint() = default;
Endpoint::Endpoint(Endpoint&&) noexcept = default;

void Endpoint::event(EventKind kind, std::string text, std::vector<std::pair<std::string, std::string>> members) const {
    context_->progress->event({kind, name(), std::move(text), std::move(members)});
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
    return shell.run(*line, sink, {one_look, one_look, std::size_t{256} << 10}, patience);
}

// --- log in -----------------------------------------------------------------------------------------

Result<void> Endpoint::log_in(bool listener, const Patience& patience) {
    const auto fail = [&](const Error& error) -> Result<void> {
        failure_ = error;
        // What was refused, or is not what it was taken for, is not tried once more by itself.
        turned_away_ = error.kind == ErrorKind::login || error.kind == ErrorKind::prompt || error.kind == ErrorKind::host_key;
        control_.reset();
        event(EventKind::endpoint, error.detail + (error.remedy.empty() ? "" : " (" + error.remedy + ")"),
              {{"state", "failed"}, {"error", std::string(name_of(error.kind))}});
        return error;
    };
    const Patience login = patience.at_most(context_->incident->connect_timeout);
    event(EventKind::endpoint, "connecting to " + record_.target, {{"state", "connecting"}});
    auto session = open_session(*spec_, *candidates_, credentials_, context_->login, login);
    if (!session) return fail(session.error());
    control_ = std::move(session->shell);
    record_.host_key = session->facts.host_key;
    record_.algorithms = session->facts.algorithms;
    record_.banner = session->facts.banner;
    record_.hostname = control_->prompt_name();
    user_ = session->facts.user;
    // The line that asks is a command, with a command's time: over a slow line its answer takes longer than a login.
    const milliseconds left = login.remaining();
    if (auto told = identify(patience); !told) return fail(told.error());
    plan_records();
    if (!spec_->context.empty() && plan_->find("context") == nullptr)
        return fail({ErrorKind::prompt, name(), "it is a " + record_.platform + ", which has no contexts", "leave `context` out"});
    if (auto ready = make_ready(*control_, *plan_, credentials_, patience.at_most(left)); !ready) return fail(ready.error());
    record_.hostname = control_->prompt_name();
    event(EventKind::endpoint, "logged in: " + record_.platform + " " + record_.version,
          {{"state", "up"}, {"platform", record_.platform}, {"version", record_.version}});
    if (const std::string_view warning = warning_of(spec_->target.transport); !warning.empty())
        context_->progress->warn(name(), std::string(warning));
    read_clock(patience);

    record_.sessions = is_console() ? "1: a console has one session" : "1";
    if (context_->guardian == nullptr || (!listener && !is_console())) return {};
    if (!is_console()) open_listener(patience);
    if (control_) entrust_the_guardian();
    if (is_console()) owe_the_logout();
    return {};
}

/// Which platform is it? Only a line that reads is sent before that is known.
Result<void> Endpoint::identify(const Patience& patience) {
    const auto speaks = [&](const EndpointPlan& candidate) { return &candidate.profile() == &control_->dialect(); };
    plan_ = &*std::find_if(candidates_->begin(), candidates_->end(), speaks);
    const std::string& asked = plan_->profile().identify.version_line;
    const auto line = plan_->line("version");
    if (!line) return line.error();
    const auto version = control_->run(*line, {}, {context_->incident->command_timeout, std::chrono::minutes{10}, std::size_t{256} << 10}, patience);
    if (!version) return version.error();
    const std::string first = first_line(version->text);
    for (const EndpointPlan& candidate : *candidates_) {
        const Profile::Identify& identify = candidate.profile().identify;
        if (identify.version_line != asked) continue;
        const auto found = formats::parse_version(version->text, identify.version_pattern, identify.model_pattern);
        if (found.version.empty()) continue;
        const bool ours = formats::compare_versions(found.version, identify.from_version) >= 0 &&
                          (identify.to_version.empty() || formats::compare_versions(found.version, identify.to_version) < 0);
        // A platform that the user named is believed beyond its range of versions.
        if (!ours && spec_->platform == "auto") continue;
        plan_ = &candidate;
        record_.platform = candidate.profile().name;
        record_.version = found.version;
        record_.model = found.model;
        control_->speak(candidate.profile());
        if (spec_->platform == "auto")
            event(EventKind::endpoint, "platform " + record_.platform + ": `" + asked + "` at the prompt of " + record_.hostname + " said \"" + first + "\"" +
                      (record_.banner.empty() ? "" : "; its server calls itself " + record_.banner),
                  {{"state", "identified"}, {"platform", record_.platform}});
        return {};
    }
    return Error{ErrorKind::prompt, name(),
                 "not a known platform: at the prompt of " + record_.hostname + " `" + asked + "` answered \"" + first + "\"",
                 "`tacbundle platforms` lists what is known; check the address"};
}

/// A console stays logged in when nobody logs out, and lets the next one in with our privileges.
void Endpoint::owe_the_logout() {
    const auto enter = plan_->line("enable"), leave = plan_->line("leave");
    if (!leave) return;
    UndoEntry entry{0, name(), UndoEntry::Scope::session, "leave", {}, "logged out", enter ? enter->text() : "", leave->text()};
    const auto number = context_->guardian->owe(std::move(entry));
    if (number) logout_owed_ = *number;
    else context_->progress->warn(name(), number.error().message());
}

void Endpoint::open_listener(const Patience& patience) {
    if (spec_->one_time_password) {
        record_.sessions = "1: one-time password";
        return find_own_session(std::nullopt, patience);
    }
    const auto before = session_ids(*control_, patience);
    const Patience login = patience.at_most(context_->incident->connect_timeout);
    auto second = open_session(*spec_, {plan_, 1}, credentials_, context_->login, login);
    if (second)
        if (auto ready = make_ready(*second->shell, *plan_, credentials_, login); !ready) second = ready.error();
    if (!second) {
        if (second.error().kind == ErrorKind::interrupted) return;
        record_.sessions = "1: the second session was refused (" + second.error().detail + ")";
        context_->progress->warn(name(), "one session only: " + second.error().detail);
        return find_own_session(std::nullopt, patience);
    }
    listener_ = std::move(second->shell);
    record_.sessions = "2";
    find_own_session(before ? std::optional(*before) : std::nullopt, patience);
}

/// Which of the device's sessions is the one that will arm: the one that was not there before; with one
/// session only, the only one of our name.
void Endpoint::find_own_session(const std::optional<std::set<std::string>>& before, const Patience& patience) {
    const auto answer = ask(*control_, "sessions", {}, patience);
    if (!answer) return;
    std::vector<std::string> fresh;
    for (const auto& row : formats::parse_sessions(answer->text)) {
        // The list of telnet sessions names no users.
        if ((!row.user.empty() && row.user != user_) || (before && before->contains(row.id)) || (!before && listener_)) continue;
        fresh.push_back(row.id);
        seen_from_ = row.client;
    }
    if (fresh.size() == 1) arming_session_ = fresh.front();
}

void Endpoint::entrust_the_guardian() {
    const JournalEndpoint facts{name(), record_.target, record_.platform, spec_->legacy, arming_session_, user_,
                                kept_in(spec_->password_from), kept_in(spec_->enable_from), spec_->context};
    if (auto entrusted = context_->guardian->entrust(index_, facts, credentials_); !entrusted) unguarded_ = entrusted.error().message();
}

void Endpoint::read_clock(const Patience& patience) {
    for (int i = 0; i < 2; ++i) {
        const auto before = formats::utc_now();
        const auto answer = ask(*control_, "clock", {}, patience);
        const auto after = formats::utc_now();
        if (!answer) return;
        const auto device = formats::parse_clock(answer->text);
        if (!device) return;
        using Milliseconds = std::chrono::duration<double, std::milli>;
        const double uncertainty = Milliseconds(after - before).count() / 2 + 0.5;
        if (clock_ && clock_->uncertainty_ms <= uncertainty) continue;
        clock_ = ClockSample{Milliseconds(device->local - (before + (after - before) / 2)).count(), uncertainty, device->zone};
    }
    record_clock(clock_ ? formats::zone_offset(clock_->zone) : std::nullopt);
}

void Endpoint::record_clock(std::optional<std::chrono::minutes> zone) {
    if (!clock_ || !zone) return;
    record_.clock_offset_ms = clock_->local_minus_utc_ms - std::chrono::duration<double, std::milli>(*zone).count();
    record_.clock_uncertainty_ms = clock_->uncertainty_ms;
}

Result<std::set<std::string>> Endpoint::session_ids(Shell& shell, const Patience& patience) {
    const auto answer = ask(shell, "sessions", {}, patience);
    if (!answer) return answer.error();
    std::set<std::string> ids;
    for (const auto& row : formats::parse_sessions(answer->text)) ids.insert(row.id);
    return ids;
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
    if (!make_ready(*session->shell, *plan_, credentials_, login)) return false;
    control_ = std::move(session->shell);
    event(EventKind::endpoint, "logged in again", {{"state", "up"}});
    return true;
}

// --- look and collect -------------------------------------------------------------------------------

void Endpoint::look_around(const Patience& patience) {
    if (!control_) return;
    const Profile& profile = plan_->profile();
    if (plan_->find("cpu") != nullptr) {
        if (const auto answer = ask(*control_, "cpu", {}, patience)) {
            cpu_ = formats::parse_cpu(answer->text, profile.cpu.pattern);
        } else if (session_is_over(answer.error())) {
            return lose_control(answer.error());
        }
    }
    busy_ = cpu_ && *cpu_ >= context_->incident->cpu_limit;
    if (plan_->find("standby") != nullptr) {
        if (const auto answer = ask(*control_, "standby", {}, patience))
            standby_ = formats::find_pattern(profile.standby.pattern, answer->text).has_value();
        else if (session_is_over(answer.error()))
            return lose_control(answer.error());
    }
    std::string text = cpu_ ? "CPU " + std::to_string(*cpu_) + " %" : "CPU not known";
    if (const auto ids = session_ids(*control_, patience)) text += ", " + std::to_string(ids->size()) + " sessions";
    if (standby_) text += ", standby unit: shows only";
    event(EventKind::endpoint, std::move(text), {{"state", "looked"}});
}

void Endpoint::read_keys(const Patience& patience) {
    if (!control_ || plan_->find("keys") == nullptr) return;
    const auto line = plan_->line("keys");
    if (!line) return;
    const AnswerLimits limits{context_->incident->command_timeout, std::chrono::minutes{10}, keep_configuration};
    auto answer = control_->run(*line, {}, limits, patience);
    if (!answer) {
        if (!control_->break_off(Patience::within(break_off_limit))) lose_control(answer.error());
        return;
    }
    if (!answer->refused)
        formats::take_values(keys_, formats::pre_shared_keys(formats::parse_crypto_config(answer->text), answer->text, *context_->redaction));
    formats::wipe(answer->text);
    event(EventKind::endpoint, answer->refused ? "the keys cannot be read: " + answer->refusal : "keys read, only their tokens kept",
          {{"state", "keys"}});
}

std::vector<formats::PreSharedKey> Endpoint::keys_of_the_tunnel() const {
    return formats::keys_for(keys_, configuration_.names, peer_address_);
}

void Endpoint::look_at_debugs(const Patience& patience) {
    if (!control_) return;
    if (plan_->find("before/debug-state") == nullptr) return;
    const auto answer = ask(*control_, "before/debug-state", {}, patience);
    if (!answer) return lose_control(answer.error());
    event(EventKind::debug, answer->refused          ? "`" + plan_->profile().debug.state + "` is refused: debugs will not be armed"
                            : answer->lines == 0     ? "no debug is on in this session"
                                                     : "debugs are on: " + std::to_string(answer->lines) + " lines",
          {{"state", "looked"}});
}

void Endpoint::collect(Phase phase, const Patience& patience) {
    const Step step = phase == Phase::before ? Step::before : Step::after;
    for (const PlannedItem* item : plan_->items_of(step))
        if (item->phase == phase) capture(*item, patience);
}

/// What is known of this tunnel, for the lines of the extended set.
Slots Endpoint::known_slots() const {
    Slots slots;
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty()) slots[name] = value;
    };
    add("peer-address", peer_address_);
    add("access-list", formats::interesting_traffic(configuration_, peer_address_).access_list);
    const auto probe = formats::choose_probe(configuration_, nullptr, peer_address_);
    add("probe-source", probe.source ? formats::ipv4_text(*probe.source) : "");
    return slots;
}

void Endpoint::capture(const PlannedItem& item, const Patience& patience) {
    CaptureRecord& record = capture_record(item.id);
    const auto explain = [&](Outcome outcome, std::string reason) {
        record.outcome = outcome;
        record.reason = std::move(reason);
        event(EventKind::capture, item.line + ": " + std::string(name_of(outcome)) + (record.reason.empty() ? "" : " (" + record.reason + ")"),
              {{"capture", item.id}, {"outcome", std::string(name_of(outcome))}});
    };
    if (!item.since.empty() && formats::compare_versions(record_.version, item.since) < 0)
        return explain(Outcome::unsupported, "from version " + item.since);
    if (patience.is_stopped()) return explain(Outcome::canceled, "interrupted before it was sent");
    if (patience.is_over()) return explain(Outcome::not_attempted, "the run's deadline had passed");
    if (!revive(patience)) return explain(Outcome::not_attempted, failure_ ? failure_->detail : "no session");

    const auto line = plan_->line(item.id, known_slots());
    // A line of the extended set about something that this configuration does not have.
    if (!line) return explain(item.extended ? Outcome::unsupported : Outcome::not_attempted, line.error().detail);
    auto file = Capture::open(*context_->spool, *context_->redaction, formats::capture_member(name(), *item.phase, item.file),
                              context_->incident->byte_limit);
    if (!file) return explain(Outcome::not_attempted, file.error().message());

    record.started = formats::utc_now();
    const AnswerLimits limits{context_->incident->command_timeout, std::chrono::minutes{10}, keep_configuration, true};
    const TextSink sink = [&](std::string_view lines) { return file->take(lines); };
    auto answer = control_->run(*line, sink, limits, patience);
    const bool says_nothing = answer && (answer->bytes == 0 || answer->refused == Outcome::unsupported);
    if (const auto otherwise = plan_->line(item.id + "/otherwise"); otherwise && says_nothing)
        answer = control_->run(*otherwise, sink, limits, patience);
    record.ended = formats::utc_now();
    const auto finished = file->finish();
    record.file = file->member();
    record.bytes = file->bytes();
    record.lines = file->lines();
    record.redactions = file->redactions();
    if (context_->guardian != nullptr) context_->guardian->share_learned();

    if (!answer) {
        explain(outcome_of(answer.error()), answer.error().detail);
        const bool recovered = !session_is_over(answer.error()) && control_->break_off(Patience::within(break_off_limit));
        if (!recovered) lose_control(answer.error());
        return;
    }
    if (!finished) return explain(Outcome::truncated, finished.error().message());
    if (answer->refused) return explain(*answer->refused, answer->refusal);
    if (file->is_truncated()) return explain(Outcome::truncated, "the byte limit was reached");
    if (!item.end.empty() && !ends_with_line(answer->text, item.end) && answer->bytes <= keep_configuration)
        return explain(Outcome::truncated, "it does not end with \"" + item.end + "\"");
    if (item.id == configuration_capture_id) read_configuration(answer->text);
    if (item.phase == Phase::before && item.line == plan_->profile().configuration.proof)
        configuration_proof_.before = formats::find_pattern(plan_->profile().configuration.proof_pattern, answer->text).value_or("");
    if (item.line == plan_->profile().standby.line)
        standby_ = formats::find_pattern(plan_->profile().standby.pattern, answer->text).has_value();
    read_table(std::string_view(item.id).substr(item.id.find('/') + 1), answer->text);
    explain(answer->bytes == 0 ? Outcome::empty : Outcome::ok, "");
}

void Endpoint::read_configuration(const std::string& text) {
    configuration_ = formats::parse_crypto_config(text);
    keys_ = formats::pre_shared_keys(configuration_, text, *context_->redaction);
    for (const auto& debug : plan_->profile().debug.items)
        if (!debug.needs.empty() && !formats::find_pattern(debug.needs, text)) idle_debugs_.insert(debug.id);
    if (clock_) record_clock(configuration_.offset_of(clock_->zone));
}

void Endpoint::read_tunnel_facts(const Patience& patience) {
    const AnswerLimits limits{context_->incident->command_timeout, std::chrono::minutes{10}, keep_configuration};
    const auto read = [&](const std::string& id, auto take) {
        const auto line = plan_->line(id);
        if (!control_ || !line) return;
        const auto answer = control_->run(*line, {}, limits, patience);
        if (!answer) return lose_control(answer.error());
        if (!answer->refused) take(answer->text);
    };
    read(configuration_capture_id, [this](const std::string& text) { read_configuration(text); });
    for (const std::string_view table : {phase1_table, phase2_table})
        read("before/" + std::string(table), [this, table](const std::string& text) { read_table(table, text); });
}

// --- debug window -----------------------------------------------------------------------------------

void Endpoint::not_armed(Outcome outcome, std::string reason) {
    CaptureRecord& record = capture_record(debug_capture_id);
    record.outcome = outcome;
    record.reason = "not armed: " + reason;
    why_not_armed_ = reason;
    event(EventKind::debug, record.reason, {{"state", "not-armed"}});
    context_->progress->warn(name(), record.reason);
}

void Endpoint::arm(const Patience& patience) {
    CaptureRecord& record = capture_record(debug_capture_id);
    record.phase = Phase::debug;
    std::vector<std::string> on;
    for (const PlannedItem* item : plan_->items_of(Step::arm))
        if (item->id == "arm/follow" || (item->id.starts_with("arm/") && item->impact == formats::Impact::debug)) on.push_back(item->line);
    record.command = list(on);

    if (!revive(patience)) return not_armed(Outcome::not_attempted, failure_ ? failure_->detail : "no session");
    if (!may_debug(*context_->incident, *spec_))
        return not_armed(Outcome::not_attempted, "over a console (exec:) that needs --allow-console-debug");
    if (spec_->one_time_password && plan_->profile().debug.scope == Profile::Debug::Scope::device)
        return not_armed(Outcome::not_attempted, "its debugs outlive the session, and with a one-time password there is no second login to turn them off");
    if (plan_->find("arm/follow") != nullptr && !has_two_sessions())
        return not_armed(Outcome::not_attempted, "its log is followed in a session of its own, and there is one only");
    if (standby_) return not_armed(Outcome::not_attempted, "this is a standby unit");
    if (busy_)
        return not_armed(Outcome::not_attempted, "CPU at " + std::to_string(*cpu_) + " %, the limit is " +
                                                     std::to_string(context_->incident->cpu_limit) + " %");
    if (!unguarded_.empty()) return not_armed(Outcome::not_attempted, unguarded_);
    auto fence = formats::Pattern::compile(plan_->profile().debug.fence_pattern);
    if (!fence) return not_armed(Outcome::not_attempted, fence.error().message());
    auto file = Capture::open(*context_->spool, *context_->redaction, formats::capture_member(name(), Phase::debug, debug_capture_file),
                              context_->incident->byte_limit, Capture::Stamps::arrival);
    if (!file) return not_armed(Outcome::not_attempted, file.error().message());
    debug_capture_ = std::make_unique<Capture>(std::move(*file));
    stream_ = std::make_unique<DebugStream>(*stream_shell(), *plan_, *debug_capture_, *context_->guardian, std::move(*fence));

    record.started = formats::utc_now();
    const auto armed = stream_->arm({record_.version, peer_address_, idle_debugs_}, patience.at_most(arm_limit));
    if (const auto sent = stream_->on_lines(); !sent.empty()) record.command = list(sent);
    if (!armed) {
        // Some of it may be on all the same; disarm() looks at is_armed().
        return not_armed(outcome_of(armed.error()), armed.error().detail);
    }
    record_.debug.armed = formats::utc_now();
    event(EventKind::debug, "armed and proven: " + record.command, {{"state", "armed"}});
}

Result<std::string> Endpoint::poll_line(const std::string& id, const Patience& patience) {
    const auto line = plan_->line(id);
    if (!line) return line.error();
    if (!listener_ && stream_) return stream_->ask(*line, patience);
    const auto answer = control_->run(*line, {}, {one_look, one_look, longest_table}, patience);
    if (!answer) return answer.error();
    return answer->refused ? std::string() : answer->text;
}

Result<void> Endpoint::poll_tables(const Patience& patience) {
    for (const PlannedItem* item : plan_->items_of(Step::window)) {
        if (item->phase != Phase::during) continue;
        const auto text = poll_line(item->id, patience);
        CaptureRecord& record = capture_record(item->id);
        if (!text) {
            if (text.error().kind == ErrorKind::interrupted) return text.error();
            record.reason = text.error().detail;
            if (session_is_over(text.error())) return text.error();
            continue;
        }
        auto found = std::find_if(during_.begin(), during_.end(), [&](const auto& entry) { return entry.first == item->id; });
        read_table(std::string_view(item->id).substr(item->id.find('/') + 1), *text);
        if (found == during_.end()) {
            auto file = Capture::open(*context_->spool, *context_->redaction, formats::capture_member(name(), Phase::during, item->file),
                                      context_->incident->byte_limit);
            if (!file) {
                record.reason = file.error().message();
                continue;
            }
            record.started = formats::utc_now();
            during_.emplace_back(item->id, std::make_unique<Capture>(std::move(*file)));
            found = std::prev(during_.end());
        }
        found->second->note("--- " + formats::to_iso(formats::utc_now()) + " " + item->line);
        found->second->take(*text);
    }
    return {};
}

void Endpoint::poll_once(Window& window, Probe& probe) {
    const auto polled = poll_tables(window.patience());
    if (polled) probe.saw(index_, name(), tunnel_now_);
    if (!polled && polled.error().kind != ErrorKind::interrupted) {  // else the window closed
        if (listener_) lose_control(polled.error());
        window.stop_watching(index_);
    }
    if (polled && formats::has_new_sas(tunnel_known_, tunnel_now_)) window.tunnel_is_up(index_);
}

std::vector<std::string> Endpoint::children() const { return formats::children_towards(connections_, peer_address_); }

bool Endpoint::read_tunnel(const Patience& patience) {
    phase2_is_read_ = false;
    // A standby unit shows no SAs, whatever its active mate holds.
    if (standby_ || !revive(patience)) return false;
    return poll_tables(patience.at_most(one_look)) && phase2_is_read_ && !peer_address_.empty();
}

void Endpoint::read_table(std::string_view show, const std::string& text) {
    if (show == swanctl_show) {
        swanctl_table_ = text;
        tunnel_now_ = formats::parse_list_sas(text, peer_address_);
    }
    if (show == swanctl_connections) connections_ = text;
    if (show == phase1_table) isakmp_table_ = text;
    if (show == phase2_table) ipsec_table_ = text;
    if (show != phase1_table && show != phase2_table) return;
    auto phase1 = formats::parse_isakmp_sa(isakmp_table_);
    auto phase2 = formats::parse_ipsec_sa(ipsec_table_);
    // With `names` on, the tables show names where addresses are meant.
    formats::resolve_names(phase1, configuration_.names);
    formats::resolve_names(phase2, configuration_.names);
    // In a table that is not whole, or is none, a missing SA says nothing.
    if (show == phase2_table) phase2_is_read_ = (phase2.says_none || !phase2.pairs.empty()) && !phase2.cut && text.size() < longest_table;
    tunnel_now_ = formats::tunnel_state(phase1, phase2, peer_address_, pair_);
}

void Endpoint::set_tunnel(std::string peer, std::optional<formats::ProxyPair> pair) {
    peer_address_ = std::move(peer);
    pair_ = pair;
    if (swanctl_table_.empty()) read_table(phase2_table, std::string(ipsec_table_));
    else read_table(swanctl_show, std::string(swanctl_table_));
    tunnel_before_ = tunnel_known_ = tunnel_now_;
}

ResetLosses Endpoint::count_losses(const Patience& patience) {
    ResetLosses losses;
    losses.other_peers = formats::other_peers(formats::parse_isakmp_sa(isakmp_table_), formats::parse_ipsec_sa(ipsec_table_), peer_address_);
    const auto count = [&](const char* id, const std::string& pattern) -> std::optional<unsigned> {
        if (!control_ || plan_->find(id) == nullptr) return std::nullopt;
        const auto answer = ask(*control_, id, {}, patience);
        if (!answer || answer->refused) return std::nullopt;
        const auto number = formats::find_pattern(pattern, answer->text);
        const auto value = number ? formats::number_of(*number) : std::nullopt;
        return value ? std::optional(static_cast<unsigned>(*value)) : std::nullopt;
    };
    losses.connections = count("counts/connections", plan_->profile().counts.connections_pattern);
    losses.translations = count("counts/translations", plan_->profile().counts.translations_pattern);
    return losses;
}

Result<void> Endpoint::reset(const PlannedLine& line, const Patience& patience) {
    if (!revive(patience)) return failure_ ? *failure_ : Error{ErrorKind::disconnected, name(), "no session", {}};
    if (!listener_ && stream_) {
        // In a debug stream an answer cannot be told from the stream: what it did shows in the SA tables.
        if (const auto asked = stream_->ask(line, patience); !asked) return asked.error();
        return {};
    }
    auto answer = control_->run(line, {}, {one_look, one_look, 4096}, patience);
    if (answer && answer->refused == Outcome::unsupported && line.may_stand_in_configuration()) {
        configuration_proof_.is_needed = true;
        if (auto entered = enter_configuration(*control_, *plan_, {}, patience); !entered) return entered;
        answer = control_->run(line, {}, {one_look, one_look, 4096}, patience);
        if (auto left = leave_configuration(*control_, *plan_, {}, patience); answer && !left) return left;
    }
    if (!answer) return answer.error();
    if (answer->refused) return Error{ErrorKind::rejected, name(), answer->refusal, {}};
    return {};
}

void Endpoint::guard_fired(Window& window, const std::string& reason) {
    guard_reason_ = reason;
    event(EventKind::guard, reason, {{"state", "fired"}});
    window.guard(name() + ": " + reason);
}

void Endpoint::cut_short(const std::string& reason) {
    if (stream_ && guard_reason_.empty()) guard_reason_ = reason;
}

void Endpoint::look_at_load(Window& window, LoadGuard& guard) {
    if (plan_->find("cpu") == nullptr || !window.is_open()) return;
    const auto line = plan_->line("cpu");
    if (!line) return;
    const auto asked = std::chrono::steady_clock::now();
    const auto answer = control_->run(*line, {}, {one_load_reading, one_load_reading, 4096}, window.patience());
    if (!answer) {
        if (answer.error().kind == ErrorKind::interrupted || !window.is_open() || window.patience().is_over()) return;
        // Is it this session that is lost, or the device that has no time any more?
        lose_control(answer.error());
        if (!revive(window.patience().at_most(one_load_reading)) && window.is_open()) {
            window.stop_watching(index_);
            if (answer.error().kind == ErrorKind::timeout) guard_fired(window, "the device does not answer on an idle session, nor to a new login");
        }
        return;
    }
    const auto latency = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - asked);
    const auto percent = formats::parse_cpu(answer->text, plan_->profile().cpu.pattern);
    if (const auto why = percent ? guard.read_cpu(*percent) : std::nullopt) return guard_fired(window, *why);
    if (const auto why = guard.waited(latency)) guard_fired(window, *why);
}

void Endpoint::watch(Window& window, Probe& probe) {
    LoadGuard guard(context_->incident->cpu_limit);
    while (window.is_open() && control_) {
        const auto next = std::chrono::steady_clock::now() + poll_every;
        look_at_load(window, guard);
        if (!control_) return;
        probe.attempt(index_, window, [&](const PlannedLine& line) -> Result<std::string> {
            const auto answer = control_->run(line, {}, {one_look, one_look, std::size_t{64} << 10}, window.patience());
            if (!answer) return answer.error();
            return answer->text;
        });
        poll_once(window, probe);
        context_->guardian->share_learned();
        const auto pause = std::chrono::ceil<milliseconds>(next - std::chrono::steady_clock::now());
        if (pause.count() > 0 && !wait_for(-1, window.patience().at_most(pause))) return;
    }
}

void Endpoint::record(Window& window, Probe& probe) {
    if (!is_armed()) return;
    StreamGuard guard(context_->incident->byte_limit);
    SteadyTime echo_asked{};
    bool awaits_echo = false;
    const auto lost = [&](const Error& error) {
        CaptureRecord& record = capture_record(debug_capture_id);
        record.outcome = Outcome::disconnected;
        record.reason = error.detail;
        event(EventKind::debug, "the listening session is lost: " + error.detail, {{"state", "lost"}});
        window.stop_watching(index_);
    };
    while (window.is_open()) {
        if (!listener_) {
            probe.attempt(index_, window, [&](const PlannedLine& line) { return stream_->ask(line, window.patience()); });
            poll_once(window, probe);
        }
        const auto heard = stream_->listen(window.patience().at_most(poll_every));
        if (!heard) return lost(heard.error());
        const auto now = std::chrono::steady_clock::now();
        if (const auto why = guard.heard(stream_->lines_heard(), debug_capture_->is_truncated(), now)) return guard_fired(window, *why);
        // A session that is quiet may be dead (half-open), and is closed by the device after some minutes, and its
        // debug with it: an empty line now and then shows the one and prevents the other.
        if (now - stream_->last_heard() < quiet_before_echo) {
            awaits_echo = false;
        } else if (!awaits_echo) {
            awaits_echo = true;
            echo_asked = now;
            if (auto nudged = stream_shell()->nudge(window.patience().at_most(echo_limit)); !nudged && window.is_open()) return lost(nudged.error());
        } else if (now - echo_asked > echo_limit) {
            return lost({ErrorKind::timeout, name(), "nothing comes back on the listening session", {}});
        }
    }
}

Result<void> Endpoint::take_back_from_outside() {
    [[maybe_unused]] const auto longer = context_->guardian->armed_for(take_back_limit + disarm_limit);
    // Whatever the session still holds ends with it.
    if (listener_) listener_->close();
    else control_.reset();
    TakeBackOrder order{*plan_, stream_->owed(), arming_session_, user_, {}, std::move(control_)};
    order.log_in = [&](const Patience& patience) -> Result<std::unique_ptr<Shell>> {
        if (spec_->one_time_password)
            return Error{ErrorKind::login, name(), "its password works once, so there is no second login", {}};
        if (credentials_.was_refused()) return Error{ErrorKind::login, name(), "its password was refused", {}};
        const Patience login = patience.at_most(context_->incident->connect_timeout);
        auto session = open_session(*spec_, {plan_, 1}, credentials_, context_->login, login);
        if (!session) return session.error();
        if (auto ready = make_ready(*session->shell, *plan_, credentials_, login); !ready) return ready.error();
        return std::move(session->shell);
    };
    TakenBack taken = take_back(std::move(order), Patience::within(take_back_limit));
    control_ = std::move(taken.session);
    if (!control_ && !failure_) failure_ = Error{ErrorKind::disconnected, name(), "the session is lost", {}};
    if (!taken.proven) return Error{ErrorKind::rejected, name(), taken.how, {}};
    for (const UndoEntry& entry : stream_->owed()) context_->guardian->prove(entry.number, taken.how);
    event(EventKind::debug, taken.how, {{"state", "ended"}});
    return {};
}

void Endpoint::disarm() {
    if (!stream_) return;
    CaptureRecord& record = capture_record(debug_capture_id);
    const bool owed = !stream_->owed().empty();
    const bool following = stream_->is_following();
    const std::vector<std::string> to_type = stream_->off_lines();
    Result<void> off;
    if (owed) {
        off = record.outcome == Outcome::disconnected
                  ? Result<void>(Error{ErrorKind::disconnected, name(), record.reason, {}})
                  : stream_->disarm(Patience::within(disarm_limit));
        if (!off) {
            event(EventKind::debug, off.error().detail + "; trying from another session", {{"state", "retrying"}});
            // A stream that no longer answers has not been heard to its end.
            if (off.error().kind != ErrorKind::rejected && record.outcome == Outcome::not_attempted && record.reason.empty()) {
                record.outcome = Outcome::disconnected;
                record.reason = off.error().detail;
            }
            off = take_back_from_outside();
        }
    }
    // Where that does not work the session is ended, and what runs in it with it.
    if (following && record.outcome != Outcome::disconnected)
        if (!stream_->disarm(Patience::within(disarm_limit))) listener_->close();
    configuration_proof_.is_needed = configuration_proof_.is_needed || stream_->entered_configuration();
    stream_.reset();
    const auto finished = debug_capture_->finish();
    record.file = debug_capture_->member();
    record.bytes = debug_capture_->bytes();
    record.lines = debug_capture_->lines();
    record.redactions = debug_capture_->redactions();
    record.ended = formats::utc_now();

    if (following || (owed && off)) {
        record_.debug.disarmed = formats::utc_now();
        record_.debug.proven = formats::DebugRecord::Proven::yes;
        record_.debug.restored = true;
        event(EventKind::debug, "off and proven", {{"state", "disarmed"}, {"proven", "=true"}});
    } else if (owed) {
        record_.debug.proven = formats::DebugRecord::Proven::no;
        still_to_type_ = to_type;
        event(EventKind::debug, "NOT PROVEN OFF: " + off.error().detail, {{"state", "unproven"}, {"proven", "=false"}});
    } else {
        record_.debug.restored = true;
    }
    if (record.outcome != Outcome::not_attempted || !record.reason.empty()) return;  // explained already
    record.outcome = Outcome::ok;
    if (!finished) record.reason = finished.error().message();
    else if (!guard_reason_.empty()) record.reason = "guard: " + guard_reason_;
    else if (debug_capture_->is_truncated()) record.reason = "the byte limit was reached";
    if (!record.reason.empty()) record.outcome = Outcome::truncated;
}

void Endpoint::prove_configuration(const Patience& patience) {
    if (!configuration_proof_.is_needed || !revive(patience)) return;
    const auto line = plan_->line("configuration-proof");
    if (!line) return;
    const AnswerLimits limits{context_->incident->command_timeout, std::chrono::minutes{10}, keep_configuration};
    if (const auto answer = control_->run(*line, {}, limits, patience))
        configuration_proof_.after = formats::find_pattern(plan_->profile().configuration.proof_pattern, answer->text).value_or("");
    else if (session_is_over(answer.error()))
        lose_control(answer.error());
    if (!configuration_proof_.holds()) context_->progress->warn(name(), configuration_proof_.in_words());
}

std::string ConfigurationProof::in_words() const {
    const std::string entered = "configuration mode was entered, for debug and clear lines alone; ";
    if (holds()) return entered + "the checksum of the configuration is the same before and after";
    if (before.empty() || after.empty())
        return entered + "the checksum of the configuration could not be read " + (before.empty() ? "before" : "after") + ": look at it";
    return entered + "the checksum of the configuration is " + after + ", and was " + before + ": look at who changed it";
}

void Endpoint::finish_during() {
    for (auto& [id, file] : during_) {
        CaptureRecord& record = capture_record(id);
        const auto finished = file->finish();
        record.file = file->member();
        record.bytes = file->bytes();
        record.lines = file->lines();
        record.redactions = file->redactions();
        record.ended = formats::utc_now();
        record.outcome = !finished || file->is_truncated() ? Outcome::truncated : Outcome::ok;
        record.reason = !finished ? finished.error().message() : file->is_truncated() ? "the byte limit was reached" : "";
    }
    during_.clear();
}

void Endpoint::log_out() {
    const auto leave = plan_->line("leave");
    for (auto* shell : {&listener_, &control_}) {
        // A context ends with its session; a console goes on.
        if (*shell)
            if (const auto back = put_back(**shell, *plan_, Patience::within(leave_limit)); !back && is_console())
                context_->progress->warn(name(), back.error().detail);
        const bool seen = *shell && leave && (*shell)->leave(*leave, Patience::within(leave_limit));
        if (logout_owed_ && seen) {
            context_->guardian->prove(*logout_owed_, "the console was seen to be left");
            logout_owed_.reset();
        }
        shell->reset();
    }
    if (logout_owed_) context_->progress->warn(name(), "the console was not seen to be left: it may still be logged in");
    credentials_.wipe();
}

EndpointRecord Endpoint::record_so_far() const {
    EndpointRecord record = record_;
    const auto add = [&](const std::string& id, Phase phase, const std::string& command) {
        if (std::any_of(record.captures.begin(), record.captures.end(), [&](const CaptureRecord& c) { return c.id == id; })) return;
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

void Endpoint::explain_the_rest() {
    plan_records();
    finish_during();
    for (const PlannedItem& item : plan_->items()) {
        if (!item.phase) continue;
        CaptureRecord& record = capture_record(item.id);
        if (record.outcome != Outcome::not_attempted || !record.reason.empty()) continue;
        if (item.phase == Phase::during && !failure_)
            record.reason = why_not_armed_.empty() ? "the window closed before the first poll" : "not armed: " + why_not_armed_;
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

}  // namespace collector
