// Logging in and out: sessions, platform, clock, and which of the device's sessions is ours.

#include <algorithm>

#include "collector/endpoint/endpoint.hpp"
#include "formats/cisco/show_outputs.hpp"
#include "formats/text/each_line.hpp"
#include "formats/text/pattern.hpp"
#include "formats/transcript/device_words.hpp"
#include "formats/transcript/last_words.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Profile;
using formats::Result;

namespace {

constexpr milliseconds leave_limit{2'000};
constexpr std::size_t longest_version = std::size_t{64} << 10;

/// What the operator has to know about the way to the device; empty: nothing.
std::string_view warning_of(formats::Transport transport) {
    if (transport != formats::Transport::telnet) return {};
    return "telnet is clear text: whoever carries the bytes could read the passwords and the configuration";
}

/// Where a later process finds the secret again; not a descriptor, which is closed by then, nor a command line,
/// which could name more than its program.
std::string kept_in(const formats::SecretSource& source) {
    using Kind = formats::SecretSource::Kind;
    if (source.kind == Kind::environment) return "env:" + source.value;
    return source.kind == Kind::file ? "file:" + source.value : std::string();
}

/// The first line that says anything.
std::string_view first_line(std::string_view text) {
    const auto start = text.find_first_not_of(" \n");
    if (start == std::string_view::npos) return {};
    text.remove_prefix(start);
    return text.substr(0, text.find('\n'));
}

}  // namespace

Result<void> Endpoint::log_in(bool listener, const Patience& patience) {
    const auto fail = [&](const Error& error) -> Result<void> {
        failure_ = error;
        // What was refused, or is not what it was taken for, is not tried once more by itself.
        turned_away_ = error.kind == ErrorKind::rejected || error.kind == ErrorKind::login ||
                       error.kind == ErrorKind::prompt || error.kind == ErrorKind::host_key;
        control_.reset();
        event(EventKind::endpoint, error.detail + (error.remedy.empty() ? "" : " (" + error.remedy + ")"),
              {{"state", "failed"}, {"error", std::string(name_of(error.kind))}});
        return error;
    };
    const Patience login = patience.at_most(context_->incident->connect_timeout);
    event(EventKind::endpoint, "connecting to " + record_.target, {{"state", "connecting"}}, true);
    auto session = open_session(*spec_, *candidates_, credentials_, context_->login, login);
    if (!session && session.error().kind == ErrorKind::login && credentials_.may_retype_password()) {
        context_->progress->warn(name(), session.error().detail + "; it is asked for once more");
        session = open_session(*spec_, *candidates_, credentials_, context_->login,
                               patience.at_most(context_->incident->connect_timeout));
    }
    if (!session) return fail(session.error());
    control_ = std::move(session->shell);
    record_.host_key = session->facts.host_key;
    way_ = session->facts.way;
    record_.algorithms = session->facts.algorithms;
    record_.banner = session->facts.banner;
    record_.hostname = control_->prompt_name();
    arming_.user = session->facts.user;
    const auto enable_again = [&](const Error& error) -> Result<void> {
        if (error.kind != ErrorKind::login || !credentials_.may_retype_enable()) return fail(error);
        context_->progress->warn(name(), error.detail + "; it is asked for once more, in a new session");
        control_.reset();
        return log_in(listener, patience);
    };
    if (auto told = identify(patience); !told) return enable_again(told.error());
    ledger_ = formats::Ledger(plan_->captures());
    if (!spec_->context.empty() && plan_->find("context") == nullptr)
        return fail({ErrorKind::prompt, name(), "it is a " + record_.platform + ", which has no contexts",
                     "leave `context` out"});
    if (auto ready = make_ready(*control_, *plan_, credentials_, patience, ready_limits()); !ready)
        return enable_again(ready.error());
    record_.hostname = control_->prompt_name();
    event(EventKind::endpoint, "logged in: " + record_.platform + " " + record_.version,
          {{"state", "up"}, {"platform", record_.platform}, {"version", record_.version}});
    if (const std::string_view warning = warning_of(spec_->target.transport); !warning.empty())
        context_->progress->warn(name(), std::string(warning));
    read_clock(patience);

    if (listener && context_->guardian != nullptr)
        if (auto locked = lock_the_device(); !locked) {
            if (locked.error().kind == ErrorKind::rejected) return fail(locked.error());
            unguarded_ = locked.error().message();  // what reads goes on
        }
    record_.sessions = is_console() ? "1: a console has one session" : "1";
    if (context_->guardian == nullptr || (!listener && !is_console())) return {};
    if (!is_console()) open_listener(patience);
    if (control_) entrust_the_guardian();
    if (is_console()) owe_the_logout();
    return {};
}

/// Whoever debugs a device has it for himself: by its name and its serial number, else by its host key, else by the way
/// to it.
Result<void> Endpoint::lock_the_device() {
    if (lock_) return {};
    const std::string& told = !serial_.empty()            ? serial_
                              : !record_.host_key.empty() ? record_.host_key
                                                          : record_.target;
    lock_name_ = DeviceLock::name_of(record_.hostname + "\n" + told);
    auto lock = DeviceLock::take(context_->state_folder, lock_name_, name(), context_->guardian->journal());
    if (!lock) return lock.error();
    lock_.emplace(std::move(*lock));
    return {};
}

/// Which platform is it? Only a line that reads is sent before that is known, and `enable` where that line needs it.
Result<void> Endpoint::identify(const Patience& patience) {
    const auto speaks = [&](const EndpointPlan& candidate) { return &candidate.profile() == &control_->dialect(); };
    plan_ = &*std::find_if(candidates_->begin(), candidates_->end(), speaks);
    const bool is_named = spec_->platform != "auto";
    if (is_named)
        if (auto enabled = enable_session(*control_, *plan_, credentials_, ready_limits(), patience); !enabled)
            return enabled;
    const std::string asked = plan_->profile().identify.version_line;
    auto version = ask_version(patience);
    if (!version) return version.error();
    if (is_platform_told(asked, version->text)) return {};
    // In user mode an account may be allowed nothing but `enable`.
    if (!is_named && is_refused_by_any(version->text) && !control_->is_enabled() && plan_->find("enable") != nullptr) {
        if (auto enabled = enable_session(*control_, *plan_, credentials_, ready_limits(), patience); !enabled)
            return enabled;
        if (version = ask_version(patience); !version) return version.error();
        if (is_platform_told(asked, version->text)) return {};
    }
    const std::string first =
        version->refused ? version->refusal : formats::quoted(first_line(version->text), context_->redaction);
    if (const formats::ForeignShell* shell = formats::foreign_shell_in(version->text))
        return Error{ErrorKind::prompt, name(), "not a known platform: it is " + std::string(shell->title),
                     std::string(shell->way_in)};
    if (!is_named)
        return Error{ErrorKind::prompt, name(),
                     "not a known platform: at the prompt of " + record_.hostname + " `" + asked + "` answered \"" +
                         first + "\"",
                     version->refused ? "name its `platform`: then it is believed without that line"
                                      : "`tacbundle platforms` lists what is known; check the address"};
    record_.platform = plan_->profile().name;
    if (!version->refused)
        unlike_its_platform_ = "`" + asked + "` answered \"" + first + "\", as no " + record_.platform + " does";
    context_->progress->warn(name(), version->refused
                                         ? "its version is not known: `" + asked + "` is refused (" + first + ")"
                                         : "the platform is believed as named, but " + unlike_its_platform_);
    return {};
}

/// In the words of whatever platform it may be.
bool Endpoint::is_refused_by_any(std::string_view answer) const {
    bool refused = false;
    formats::for_each_line(answer, [&](std::string_view line) {
        for (const EndpointPlan& candidate : *candidates_)
            for (const auto& refusal : candidate.profile().refusals)
                refused = refused || formats::unindented(line).starts_with(refusal.text);
    });
    return refused;
}

Result<Answer> Endpoint::ask_version(const Patience& patience) {
    const auto line = plan_->line("version");
    if (!line) return line.error();
    const auto asked_at = formats::utc_now();
    std::string lines;
    const TextSink keep = [&](std::string_view heard) {
        return lines.append(heard.substr(0, longest_version - std::min(longest_version, lines.size()))), true;
    };
    auto version = control_->run(
        *line, keep, {context_->incident->command_timeout, std::chrono::minutes{10}, longest_version}, patience);
    if (version && lines.size() < longest_version && !version->refused)
        identification_ = Identification{asked_at, formats::utc_now(), std::move(lines), *version};
    return version;
}

/// By what `version_line` answered, the same line for every candidate that is looked at.
bool Endpoint::is_platform_told(const std::string& version_line, const std::string& answer) {
    for (const EndpointPlan& candidate : *candidates_) {
        const Profile::Identify& identify = candidate.profile().identify;
        if (identify.version_line != version_line) continue;
        const auto found = formats::parse_version(answer, identify.version_pattern, identify.model_pattern);
        if (found.version.empty()) continue;
        const bool ours =
            formats::compare_versions(found.version, identify.from_version) >= 0 &&
            (identify.to_version.empty() || formats::compare_versions(found.version, identify.to_version) < 0);
        // A platform that the user named is believed beyond its range of versions.
        if (!ours && spec_->platform == "auto") continue;
        plan_ = &candidate;
        record_.platform = candidate.profile().name;
        record_.version = found.version;
        record_.model = found.model;
        serial_ = formats::find_pattern(candidate.profile().identify.serial_pattern, answer).value_or("");
        control_->speak(candidate.profile());
        if (spec_->platform != "auto") return true;
        std::string said = "platform " + record_.platform;
        said.append(": `")
            .append(version_line)
            .append("` at the prompt of ")
            .append(record_.hostname)
            .append(" said \"")
            .append(formats::quoted(first_line(answer), context_->redaction))
            .append("\"");
        if (!record_.banner.empty()) said.append("; its server calls itself ").append(record_.banner);
        event(EventKind::endpoint, std::move(said), {{"state", "identified"}, {"platform", record_.platform}});
        return true;
    }
    return false;
}

/// A console stays logged in when nobody logs out, and lets the next one in with our privileges.
void Endpoint::owe_the_logout() {
    const auto enter = plan_->line("enable"), leave = plan_->line("leave");
    if (!leave) return;
    UndoEntry entry{0,  name(),       UndoEntry::Scope::session,  "leave",
                    {}, "logged out", enter ? enter->text() : "", leave->text()};
    const auto number = context_->guardian->owe(std::move(entry));
    if (number)
        logout_owed_ = *number;
    else
        context_->progress->warn(name(), number.error().message());
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
        if (auto ready = make_ready(*second->shell, *plan_, credentials_, patience, ready_limits()); !ready)
            second = ready.error();
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
    const std::vector<formats::DeviceSession> rows = formats::parse_sessions(answer->text);
    std::vector<const formats::DeviceSession*> fresh;
    for (const auto& row : rows) {
        if (!is_user_of(arming_, row, rows) || (before && before->contains(row.id)) || (!before && listener_)) continue;
        fresh.push_back(&row);
        seen_from_ = row.client;
    }
    if (fresh.size() != 1) return;
    arming_.number = fresh.front()->id;
    arming_.client = fresh.front()->client;
}

void Endpoint::entrust_the_guardian() {
    const JournalEndpoint facts{name(),
                                record_.target,
                                record_.platform,
                                spec_->legacy,
                                arming_.number,
                                arming_.user,
                                kept_in(spec_->password_from),
                                kept_in(spec_->enable_from),
                                spec_->context,
                                context_->incident->allow_config_mode,
                                arming_.client,
                                lock_name_};
    if (auto entrusted = context_->guardian->entrust(index_, facts, credentials_, way_); !entrusted)
        unguarded_ = entrusted.error().message();
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
        clock_ = ClockSample{Milliseconds(device->local - (before + (after - before) / 2)).count(), uncertainty,
                             device->zone};
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
    if (logout_owed_)
        context_->progress->warn(name(), "the console was not seen to be left: it may still be logged in");
    credentials_.wipe();
}

}  // namespace collector
