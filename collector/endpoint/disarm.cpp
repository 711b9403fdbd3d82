// What is owed at the end of the window: the debugs off and proven, the configuration proven unchanged.

#include <algorithm>

#include "collector/debug/undo.hpp"
#include "collector/endpoint/endpoint.hpp"
#include "formats/text/pattern.hpp"
#include "formats/text/sha256.hpp"

namespace collector {

using formats::CaptureRecord;
using formats::Error;
using formats::ErrorKind;
using formats::Outcome;
using formats::Result;

namespace {

constexpr milliseconds disarm_limit{40'000};
constexpr milliseconds take_back_limit{60'000};

}  // namespace

Result<void> Endpoint::take_back_from_outside(const Patience& time) {
    // Whatever the session still holds ends with it.
    if (listener_)
        listener_->close();
    else
        control_.reset();
    TakeBackOrder order{*plan_, stream_->owed(), arming_, {}, std::move(control_)};
    order.log_in = [&](const Patience& patience) -> Result<std::unique_ptr<Shell>> {
        if (spec_->one_time_password)
            return Error{ErrorKind::login, name(), "its password works once, so there is no second login", {}};
        if (credentials_.was_refused()) return Error{ErrorKind::login, name(), "its password was refused", {}};
        const Patience login = patience.at_most(context_->incident->connect_timeout);
        auto session = open_session(*spec_, {plan_, 1}, credentials_, context_->login, login);
        if (!session) return session.error();
        if (auto ready = make_ready(*session->shell, *plan_, credentials_, patience, ready_limits()); !ready)
            return ready.error();
        return std::move(session->shell);
    };
    TakenBack taken = take_back(std::move(order), time);
    control_ = std::move(taken.session);
    configuration_proof_.is_needed = configuration_proof_.is_needed || taken.entered_configuration;
    if (!control_ && !failure_) failure_ = Error{ErrorKind::disconnected, name(), "the session is lost", {}};
    if (!taken.proven) return Error{ErrorKind::rejected, name(), taken.how, {}};
    stream_->take_as_proven(taken.how);
    event(EventKind::debug, taken.how, {{"state", "ended"}});
    note_proven_off();
    return {};
}

void Endpoint::note_proven_off() {
    record_.debug.disarmed = formats::utc_now();
    record_.debug.proven = formats::DebugRecord::Proven::yes;
    record_.debug.restored = true;
    event(EventKind::debug, "off and proven", {{"state", "disarmed"}, {"proven", "=true"}});
}

/// The last word is the device's: what it still lists of ours is on, whatever was proven before. It is not turned off
/// again, since somebody else may have turned it on meanwhile.
void Endpoint::look_at_what_is_still_on(const std::string& listing) {
    const formats::DebugState state = formats::read_debug_state(plan_->profile(), listing);
    std::vector<std::string> on;
    for (const UndoEntry& entry : armed_) {
        const auto is_it = [&](const std::string& item) { return entry.undo_id == "disarm/" + item; };
        if (std::none_of(state.items.begin(), state.items.end(), is_it)) continue;
        on.insert(on.begin(), entry.undo);
        // Struck off too early: `cleanup` is to find it.
        if (record_.debug.proven != formats::DebugRecord::Proven::yes) continue;
        if (const auto owed = context_->guardian->owe(entry); !owed)
            context_->progress->warn(name(), owed.error().message());
    }
    if (on.empty()) return;
    record_.debug.proven = formats::DebugRecord::Proven::no;
    record_.debug.restored = false;
    if (still_to_type_.empty()) still_to_type_ = on;
    event(EventKind::debug, "NOT OFF: `" + plan_->profile().debug.state + "` still lists what was turned on here",
          {{"state", "unproven"}, {"proven", "=false"}});
}

void Endpoint::disarm() {
    if (!stream_) return;
    CaptureRecord& record = ledger_.at(debug_capture_id);
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
            if (off.error().kind != ErrorKind::rejected && record.outcome == Outcome::not_attempted &&
                record.reason.empty()) {
                record.outcome = Outcome::disconnected;
                record.reason = off.error().detail;
            }
            [[maybe_unused]] const auto longer = context_->guardian->armed_for(take_back_limit + disarm_limit);
            off = take_back_from_outside(Patience::within(take_back_limit));
        }
    }
    // Where that does not work the session is ended, and what runs in it with it.
    if (following && record.outcome != Outcome::disconnected)
        if (!stream_->disarm(Patience::within(disarm_limit))) listener_->close();
    configuration_proof_.is_needed = configuration_proof_.is_needed || stream_->session().entered_configuration();
    stream_.reset();
    const auto finished = debug_capture_->finish();
    debug_capture_->describe(record);
    record.ended = formats::utc_now();

    if (following || (owed && off)) {
        if (record_.debug.proven != formats::DebugRecord::Proven::yes) note_proven_off();
    } else if (owed) {
        record_.debug.proven = formats::DebugRecord::Proven::no;
        still_to_type_ = to_type;
        event(EventKind::debug, "NOT PROVEN OFF: " + off.error().detail, {{"state", "unproven"}, {"proven", "=false"}});
    } else {
        record_.debug.restored = true;  // nothing was armed, or it was taken back in the window
    }
    if (record.outcome != Outcome::not_attempted || !record.reason.empty()) return;  // explained already
    record.outcome = Outcome::ok;
    if (!finished)
        record.reason = finished.error().message();
    else if (!guard_reason_.empty())
        record.reason = "guard: " + guard_reason_;
    else if (debug_capture_->is_truncated())
        record.reason = "the byte limit was reached";
    if (!record.reason.empty()) record.outcome = Outcome::truncated;
}

void Endpoint::prove_configuration(const Patience& patience) {
    if (!configuration_proof_.is_needed || !revive(patience)) return;
    const auto line = plan_->line("configuration-proof");
    if (!line) return;
    const AnswerLimits limits{context_->incident->command_timeout, std::chrono::minutes{10}, keep_configuration};
    if (const auto answer = control_->run(*line, {}, limits, patience))
        configuration_proof_.after = proof_in(answer->text);
    else if (ends_session(answer.error()))
        lose_control(answer.error());
    if (!configuration_proof_.holds()) context_->progress->warn(name(), configuration_proof_.in_words());
}

/// Of the whole configuration: the checksum that it ends with may be that of what was stored last.
std::string Endpoint::proof_in(const std::string& answer) const {
    const auto proof = formats::find_pattern(plan_->profile().configuration.proof_pattern, answer);
    return proof ? formats::sha256_of(*proof) : std::string();
}

std::string ConfigurationProof::in_words() const {
    const std::string entered = "configuration mode was entered, for debug and clear lines alone; ";
    if (holds()) return entered + "the configuration and its checksum are the same before and after";
    if (before.empty() || after.empty())
        return entered + "the configuration could not be read " + (before.empty() ? "before" : "after") +
               ": look at it";
    return entered + "the configuration or its checksum is not what it was before: look at who changed it";
}

void Endpoint::finish_during() {
    for (auto& [id, file] : during_) {
        CaptureRecord& record = ledger_.at(id);
        const auto finished = file->finish();
        file->describe(record);
        record.ended = formats::utc_now();
        record.outcome = !finished || file->is_truncated() ? Outcome::truncated : Outcome::ok;
        record.reason = !finished              ? finished.error().message()
                        : file->is_truncated() ? "the byte limit was reached"
                                               : "";
    }
    during_.clear();
}

}  // namespace collector
