#include "collector/debug/undo.hpp"

#include <algorithm>

#include "collector/debug/undoing.hpp"
#include "collector/session/configuration_mode.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

constexpr milliseconds one_look{5'000};
constexpr milliseconds courtesy_limit{2'000};
constexpr milliseconds list_every{300};
constexpr milliseconds between_logins{500};
constexpr milliseconds leave_limit{1'000};
constexpr int most_logins = 3;

class Taking {
 public:
    Taking(TakeBackOrder order, const Patience& patience)
        : order_(std::move(order)),
          session_(std::move(order_.session)),
          patience_(patience),
          beside_(session_ != nullptr) {}

    TakenBack run() {
        Result<std::string> done = Error{ErrorKind::timeout, order_.plan.endpoint(), "no time was left", {}};
        while (!patience_.is_over() && !patience_.is_stopped()) {
            if (!session_) {
                if (logins_ == most_logins) break;
                if (auto in = log_in(); !in) {
                    done = in.error();
                    if (!wait_for(-1, patience_.at_most(between_logins))) break;
                    continue;
                }
            }
            done = take_all();
            if (done) return {true, *done, std::move(session_), entered_configuration_};
            if (is_given_up_) break;
            // The session may be what failed; the next one starts from the device's list again.
            session_.reset();
            beside_ = false;
        }
        return {false, done.error().detail, std::move(session_), entered_configuration_};
    }

 private:
    Result<void> log_in() {
        auto session = order_.log_in(patience_);
        // A device that is coming back, or has no free session, saw no password: it may be asked again.
        const bool was_asked =
            session || session.error().kind == ErrorKind::login || session.error().kind == ErrorKind::prompt;
        if (was_asked) ++logins_;
        if (!session) return session.error();
        session_ = std::move(*session);
        return {};
    }

    Result<std::string> take_all() {
        std::vector<UndoEntry> lingering, named;
        bool logs_out = false;
        for (const UndoEntry& entry : order_.entries) {
            if (entry.undo_id == "leave")
                logs_out = true;
            else
                (entry.scope == UndoEntry::Scope::session ? lingering : named).push_back(entry);
        }
        // Debugs go before what limits or shows them, whichever of the two is the session's.
        const auto is_debug = [](const std::vector<UndoEntry>& entries) {
            return std::any_of(entries.begin(), entries.end(),
                               [](const auto& entry) { return entry.undo_id.starts_with("disarm/"); });
        };
        const bool names_debugs = is_debug(named);
        std::string how;
        const auto do_next = [&](const std::vector<UndoEntry>& entries, auto take) -> Result<void> {
            if (entries.empty()) return {};
            const Result<std::string> taken = take(entries);
            if (!taken) return taken.error();
            how += (how.empty() ? "" : "; ") + *taken;
            return {};
        };
        const auto by_name = [&](const std::vector<UndoEntry>& entries) -> Result<std::string> {
            auto session = FencedSession::make(*session_, order_.plan, nullptr);
            if (!session) return session.error();
            OwedUndos owed(order_.plan, entries);
            const auto off = Undoing(*session, owed).undo(patience_);
            entered_configuration_ = entered_configuration_ || session->entered_configuration();
            if (!off) return off.error();
            return std::string(session->entered_configuration()
                                   ? "turned off by name, in configuration mode, and the device lists none of it"
                                   : "turned off by name, and the device lists none of it");
        };
        const auto gone = [&](const std::vector<UndoEntry>& entries) -> Result<std::string> {
            // The debugs being off for the whole device, what it would show is nothing, and it takes that setting with it.
            if (order_.plan.find("sessions") != nullptr)
                return is_debug(entries) ? see_it_gone()
                                         : std::string("what it showed on its screen went with its session");
            // A console is the same session again, any other program's terminal is not, and nothing tells which.
            auto off = by_name(entries);
            if (!off || names_debugs) return off;
            return Error{ErrorKind::rejected,
                         order_.plan.endpoint(),
                         "turned off by name, but whether in the session that armed it cannot be told over exec:",
                         {}};
        };
        if (names_debugs)
            if (auto off = do_next(named, by_name); !off) return off.error();
        if (auto off = do_next(lingering, gone); !off) return off.error();
        if (!names_debugs)
            if (auto off = do_next(named, by_name); !off) return off.error();
        if (!is_debug(lingering)) end_if_it_lingers();
        if (!logs_out) return how;
        const auto line = order_.plan.line("leave");
        if (!line) return line.error();
        const bool left = session_->leave(*line, patience_.at_most(leave_limit));
        session_.reset();
        if (!left) return Error{ErrorKind::timeout, order_.plan.endpoint(), "the console was not seen to be left", {}};
        return how + (how.empty() ? "" : "; ") + "the console was seen to be left";
    }

    Result<std::vector<formats::DeviceSession>> list() {
        const auto line = order_.plan.line("sessions");
        if (!line) return line.error();
        const auto answer = session_->run(*line, {}, {one_look, one_look, std::size_t{64} << 10}, patience_);
        if (!answer) return answer.error();
        if (answer->refused)
            return Error{
                ErrorKind::rejected, order_.plan.endpoint(), "the list of sessions is refused: " + answer->refusal, {}};
        return formats::parse_sessions(answer->text);
    }

    bool is_listed(const std::vector<formats::DeviceSession>& rows) const {
        if (!order_.arming.number.empty())
            return std::any_of(rows.begin(), rows.end(),
                               [&](const auto& row) { return formats::is_session_of(order_.arming, row, rows); });
        // Its number is not known: gone when no session of ours but the one that asks is there.
        return std::count_if(rows.begin(), rows.end(),
                             [&](const auto& row) { return is_user_of(order_.arming, row, rows); }) > 1;
    }

    /// A device that asks whether we mean it is answered with Enter, and the prompt waited for.
    Result<void> end_by_number() {
        const auto line = order_.plan.line("end-session", {{"session-id", order_.arming.number}});
        if (!line) return line.error();
        const std::string& asks = order_.plan.profile().sessions.end_asks;
        if (asks.empty()) {
            const auto ended = session_->run(*line, {}, {one_look, one_look, 4096}, patience_);
            return ended ? Result<void>{} : ended.error();
        }
        const Patience whole = patience_.at_most(one_look);
        if (auto sent = session_->send(*line, {}, whole); !sent) return sent;
        while (!session_->standing_mode() && !whole.is_over()) {
            auto heard = session_->listen({}, whole);
            if (!heard) return heard;
            if (auto confirmed = session_->confirm(asks, whole); !confirmed) return confirmed;
        }
        return {};
    }

    /// The debugs are off for the whole device. A lost session that lingers only holds a line of it: it is ended where
    /// it is certain that it is ours, and nobody minds when it cannot be.
    void end_if_it_lingers() {
        const Patience whole = patience_.at_most(courtesy_limit);
        while (beside_ && order_.arming.is_known() && order_.plan.find("sessions") != nullptr && !whole.is_over()) {
            const auto rows = list();
            if (!rows || !is_listed(*rows)) return;
            if (!end_by_number() || !wait_for(-1, whole.at_most(list_every))) return;
        }
    }

    /// Numbers are used again: the session that asks may have got the number of the one that is gone. A second
    /// one, opened while the first still stands, has another.
    Result<void> step_aside() {
        beside_ = true;
        ++logins_;
        auto second = order_.log_in(patience_);
        if (!second) return second.error();
        if (const auto leave = order_.plan.line("leave")) session_->leave(*leave, patience_.at_most(leave_limit));
        session_ = std::move(*second);
        return {};
    }

    Result<std::string> see_it_gone() {
        const auto began = std::chrono::steady_clock::now();
        bool ended_by_us = false;
        while (!patience_.is_over()) {
            const auto lingers = std::chrono::steady_clock::now() - began;
            is_given_up_ = lingers > order_.longest_ghost;
            if (is_given_up_) break;
            const auto rows = list();
            if (!rows) return rows.error();
            // Each context lists its own sessions: a list without the one that asks says nothing of another.
            if (std::none_of(rows->begin(), rows->end(),
                             [&](const auto& row) { return is_user_of(order_.arming, row, *rows); }))
                return Error{ErrorKind::rejected,
                             order_.plan.endpoint(),
                             "the device's list of sessions does not show the one that asks: it proves nothing",
                             {}};
            if (!is_listed(*rows))
                return std::string(ended_by_us ? "its session lingered and was ended by its number"
                                               : "its session is gone from the device's list");
            // Where it is not certain that it is ours, it is not ended.
            if (order_.arming.is_known()) {
                if (!beside_) {
                    if (auto aside = step_aside(); !aside) return aside.error();
                    continue;
                }
                if (!ended_by_us && lingers > order_.ghost_limit) {
                    ended_by_us = true;
                    if (auto ended = end_by_number(); !ended) return ended.error();
                    continue;
                }
            }
            if (!wait_for(-1, patience_.at_most(list_every))) break;
        }
        return Error{
            ErrorKind::timeout, order_.plan.endpoint(), "the session that armed is still in the device's list", {}};
    }

    TakeBackOrder order_;
    std::unique_ptr<Shell> session_;
    Patience patience_;
    bool beside_;               ///< the session that asks is known not to have the number of the arming one
    bool is_given_up_ = false;  ///< the arming session lingers, whatever was done
    int logins_ = 0;
    bool entered_configuration_ = false;
};

}  // namespace

std::string lines_by_hand(const std::vector<UndoEntry>& owed, const EndpointPlan& plan) {
    std::string text;
    for (auto entry = owed.rbegin(); entry != owed.rend(); ++entry)
        text.append("    ").append(entry->undo).append("\n");
    return text + lines_around(plan);
}

std::string lines_around(const EndpointPlan& plan) {
    if (!may_configure(plan)) return {};
    std::string text = "  and, where it refuses them at the prompt, around them:\n";
    for (const char* id : {"configure", "configure/leave"})
        text.append("    ").append(plan.find(id)->line).append("\n");
    return text;
}

TakenBack take_back(TakeBackOrder order, const Patience& patience) { return Taking(std::move(order), patience).run(); }

}  // namespace collector
