#include "formats/analysis/ladder.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace formats {

namespace {

constexpr std::size_t most_remarks = 4;  ///< of an end at a rung

std::string clock_text(const DeviceTime& time) {
    const double of_day = std::fmod(time.seconds, 86400.0);
    const auto milliseconds = static_cast<long>(std::llround(std::floor(of_day * 1000 + 1e-3)));
    const long seconds = milliseconds / 1000;
    char text[32];
    if (time.unit < 1)
        std::snprintf(text, sizeof text, "%02ld:%02ld:%02ld.%03ld", seconds / 3600, seconds / 60 % 60, seconds % 60,
                      milliseconds % 1000);
    else
        std::snprintf(text, sizeof text, "%02ld:%02ld:%02ld", seconds / 3600, seconds / 60 % 60, seconds % 60);
    return text;
}

/// The device's words without its stamp: "*Nov 18 11:21:31.912: ISAKMP:(0): ..." from "ISAKMP" on.
std::string words_of(const std::string& line) {
    constexpr std::size_t furthest = 48;
    const std::string_view head = std::string_view(line).substr(0, furthest);
    for (std::size_t at = 2; at + 6 <= head.size(); ++at) {
        const auto digit = [&](std::size_t i) { return head[i] >= '0' && head[i] <= '9'; };
        if (head[at] != ':' || head[at + 3] != ':' || !digit(at - 1) || !digit(at + 1) || !digit(at + 4) ||
            !digit(at + 5))
            continue;
        std::size_t end = at + 6;
        while (end < line.size() && (line[end] == '.' || line[end] == ',' || line[end] == ':' || line[end] == 'Z' ||
                                     line[end] == ' ' || (line[end] >= '0' && line[end] <= '9' && end < at + 13)))
            ++end;
        std::string_view words = std::string_view(line).substr(end);
        // "[IKE] <hq|7> ": which part of the daemon says so, and of which attempt, is known from the rung.
        if (words.starts_with('[') && words.find("] ") == 4) {
            words.remove_prefix(6);
            if (words.starts_with('<') && words.find("> ") != std::string_view::npos)
                words.remove_prefix(words.find("> ") + 2);
        }
        words.remove_prefix(std::min(words.find_first_not_of(' '), words.size()));
        return std::string(words);
    }
    return line;
}

std::optional<RungRemark::Tone> tone_of(EventKind kind) {
    switch (kind) {
        case EventKind::phase1_up:
        case EventKind::child_up: return RungRemark::Tone::good;
        case EventKind::policy_refused:
        case EventKind::attribute_refused:
        case EventKind::child_attribute:
        case EventKind::no_proposal:
        case EventKind::key_missing:
        case EventKind::unreadable:
        case EventKind::key_mismatch:
        case EventKind::no_config:
        case EventKind::wrong_mode:
        case EventKind::wrong_version:
        case EventKind::identity_unknown:
        case EventKind::identity_mismatch:
        case EventKind::certificate_refused:
        case EventKind::auth_timeout:
        case EventKind::selectors_refused:
        case EventKind::entry_incomplete:
        case EventKind::map_refused:
        case EventKind::transform_refused:
        case EventKind::child_refused:
        case EventKind::rekey_failed:
        case EventKind::no_policies:
        case EventKind::map_not_bound:
        case EventKind::isakmp_off:
        case EventKind::answer_only:
        case EventKind::standby:
        case EventKind::limit: return RungRemark::Tone::refusal;
        case EventKind::notify_received:
        case EventKind::answer_rejected:
        case EventKind::invalid_cookie:
        case EventKind::mode_failed:
        case EventKind::group_retry:
        case EventKind::default_key:
        case EventKind::child_failed:
        case EventKind::gave_up:
        case EventKind::dpd_timeout:
        case EventKind::ended:
        case EventKind::half_open:
        case EventKind::delete_sent:
        case EventKind::delete_received:
        case EventKind::deleted_all:
        case EventKind::duplicate_sa: return RungRemark::Tone::plain;
        default: return std::nullopt;
    }
}

struct Side {
    const TunnelSide& tunnel;
    StreamFacts stream{};
    bool by_arrival = false;
    bool prints_sending = false;  ///< the device prints what it sends

    std::string clock_of(const Event& event) const {
        const auto& time = by_arrival ? event.arrival : event.time;
        return time ? clock_text(*time) : std::string();
    }
};

Side side_of(const TunnelSide& tunnel) {
    Side side{tunnel};
    if (tunnel.end == nullptr) return side;
    side.stream = tunnel.end->stream;
    side.by_arrival = std::none_of(tunnel.events.begin(), tunnel.events.end(),
                                   [](const Event* event) { return event->time.has_value(); }) &&
                      side.stream.first_arrival.has_value();
    side.prints_sending = tunnel.has({EventKind::sent, EventKind::packet_out}) ||
                          !tunnel.has({EventKind::received, EventKind::packet_in});
    return side;
}

class LadderMaker {
 public:
    explicit LadderMaker(const TunnelFacts& tunnel)
        : here_(side_of(tunnel.one)),
          there_(side_of(tunnel.other)),
          here_attempts_(attempts_of(tunnel.one.events)),
          there_attempts_(attempts_of(tunnel.other.events)) {
        pairing_ = pair(here_attempts_, there_attempts_,
                        clocks_of_readings(tunnel.one.end != nullptr ? tunnel.one.end->clock : std::nullopt,
                                           tunnel.other.end != nullptr ? tunnel.other.end->clock : std::nullopt));
    }

    Ladder make() {
        Ladder ladder;
        ladder.here = end_of(here_);
        ladder.there = end_of(there_);
        for (const JointAttempt& attempt : pairing_.attempts) {
            if (attempt.pairs.empty() && openings_of(attempt, true).empty() && openings_of(attempt, false).empty())
                continue;
            if (ladder.attempts.size() >= Ladder::most_attempts) {
                ++ladder.left_out;
                continue;
            }
            ladder.attempts.push_back(make_attempt(attempt));
        }
        ladder.left_out += here_attempts_.dropped + there_attempts_.dropped;
        if (there_.tunnel.end != nullptr && !ladder.attempts.empty())
            ladder.clocks = pairing_.clocks.sentences(ladder.here.name, ladder.there.name);
        return ladder;
    }

 private:
    static Ladder::End end_of(const Side& side) {
        Ladder::End end;
        end.name = side.tunnel.name();
        end.is_collected = side.tunnel.end != nullptr;
        if (!side.tunnel.addresses.empty()) end.address = side.tunnel.addresses.front();
        if (side.tunnel.end != nullptr) end.files = side.tunnel.end->files;
        end.by_arrival = side.by_arrival;
        return end;
    }

    std::vector<RungRemark> openings_of(const JointAttempt& attempt, bool without_message) const {
        std::vector<RungRemark> remarks;
        for (const Attempt* one : attempt.here)
            if (one->messages.empty() == without_message) add_remarks(one->openings, here_, true, remarks);
        for (const Attempt* one : attempt.there)
            if (one->messages.empty() == without_message) add_remarks(one->openings, there_, false, remarks);
        return remarks;
    }

    void add_remarks(const std::vector<const Event*>& events, const Side& side, bool is_here,
                     std::vector<RungRemark>& remarks) const {
        std::size_t many = 0;
        std::string last;
        for (const Event* event : events) {
            const auto tone = tone_of(event->kind);
            if (!tone || many >= most_remarks) continue;
            std::string words = words_of(event->text);
            if (words == last) continue;
            last = words;
            remarks.push_back({*tone, is_here, std::move(words), side.tunnel.place_of(*event)});
            ++many;
        }
    }

    /// Whether the stream of `side` ran when `event` of the other side happened.
    RungSide::Seen seen_then(const Side& side, const Event& event, bool is_side_there) const {
        if (side.tunnel.end == nullptr || !side.tunnel.has_stream()) return RungSide::Seen::no_stream;
        const auto inside = [](double from_first, double to_last) {
            return from_first >= 0 && to_last >= 0 ? RungSide::Seen::no : RungSide::Seen::no_stream;
        };
        if (event.arrival && side.stream.first_arrival)
            return inside(difference(*event.arrival, *side.stream.first_arrival),
                          difference(*side.stream.last_arrival, *event.arrival));
        const OffsetInterval offset = pairing_.clocks.together();
        if (!event.time || !side.stream.first || offset.is_empty() || !offset.is_known())
            return RungSide::Seen::not_known;
        // The event by the other end's clock lies within these two.
        const double least = is_side_there ? offset.at_least.value_or(-1e12) : -offset.at_most.value_or(1e12);
        const double most = is_side_there ? offset.at_most.value_or(1e12) : -offset.at_least.value_or(-1e12);
        const double from_first = difference(*event.time, *side.stream.first);
        const double to_last = difference(*side.stream.last, *event.time);
        if (from_first + least >= 0 && to_last - most >= 0) return RungSide::Seen::no;
        if (from_first + most < 0 || to_last - least < 0) return RungSide::Seen::no_stream;
        return RungSide::Seen::not_known;
    }

    /// Whether the end went on repeating what this message answers: then its stream ran while the answer was due.
    static bool waited_for(const JointAttempt& attempt, std::size_t at, bool is_there) {
        const bool from_here = attempt.pairs[at].is_from_here();
        for (std::size_t i = at; i-- > 0;) {
            const IkeMessage* const message = is_there ? attempt.pairs[i].there : attempt.pairs[i].here;
            if (attempt.pairs[i].is_from_here() != from_here && message != nullptr) return message->repeat_count > 0;
        }
        return false;
    }

    static bool saw_later(const JointAttempt& attempt, std::size_t at, bool is_there) {
        for (std::size_t i = at + 1; i < attempt.pairs.size(); ++i)
            if ((is_there ? attempt.pairs[i].there : attempt.pairs[i].here) != nullptr) return true;
        return false;
    }
    static bool saw_earlier(const JointAttempt& attempt, std::size_t at, bool is_there) {
        for (std::size_t i = 0; i < at; ++i)
            if ((is_there ? attempt.pairs[i].there : attempt.pairs[i].here) != nullptr) return true;
        return false;
    }

    RungSide rung_side(const JointAttempt& attempt, std::size_t at, const Side& side, bool is_there) const {
        const MessagePair& pair = attempt.pairs[at];
        const IkeMessage* const message = is_there ? pair.there : pair.here;
        const IkeMessage* const across = is_there ? pair.here : pair.there;
        RungSide rung;
        if (message == nullptr) {
            const bool is_sender = !across->is_sent;
            rung.seen = is_sender && !side.prints_sending && side.tunnel.has_stream() ? RungSide::Seen::inferred
                        : (saw_earlier(attempt, at, is_there) && saw_later(attempt, at, is_there)) ||
                                (!is_sender && waited_for(attempt, at, is_there))
                            ? RungSide::Seen::no
                            : seen_then(side, *across->moment, is_there);
            return rung;
        }
        rung.clock = side.clock_of(*message->moment);
        rung.lines.push_back(side.tunnel.place_of(*message->moment));
        for (const Event* line : message->lines)
            if (line != message->moment) rung.lines.push_back(side.tunnel.place_of(*line));
        for (const Event* repeat : message->repeats) {
            rung.repeats.push_back(side.clock_of(*repeat));
            rung.repeat_lines.push_back(side.tunnel.place_of(*repeat));
        }
        rung.repeat_count = message->repeat_count;
        return rung;
    }

    LadderAttempt make_attempt(const JointAttempt& attempt) const {
        LadderAttempt made;
        made.title = title_of(attempt);
        made.paired = paired_of(attempt);
        made.openings = openings_of(attempt, false);
        made.closings = openings_of(attempt, true);
        unsigned port_here = 0, port_there = 0;
        for (std::size_t i = 0; i < attempt.pairs.size(); ++i) {
            if (made.rungs.size() >= Ladder::most_rungs) {
                ++made.left_out;
                continue;
            }
            const MessagePair& pair = attempt.pairs[i];
            const IkeMessage *const sent = pair.sent(), *const received = pair.received();
            const IkeMessage& told = sent != nullptr ? *sent : *received;
            Rung rung;
            rung.is_from_here = pair.is_from_here();
            rung.label = label_of(told);
            if (received != nullptr &&
                (sent == nullptr || rung.label.size() < label_of(*received).size() || rung.label == "message"))
                if (const std::string other = label_of(*received); other != "message") rung.label = other;
            rung.payloads = told.payloads.empty() && received != nullptr ? received->payloads : told.payloads;
            rung.fragments = std::max(told.fragments, received != nullptr ? received->fragments : 0U);
            const unsigned port = sent != nullptr ? sent->port : received->peer_port;
            unsigned& before = rung.is_from_here ? port_here : port_there;
            if (port != 0 && port != before) {
                if (before != 0 || port != 500) rung.port = port;
                before = port;
            }
            rung.here = rung_side(attempt, i, here_, false);
            rung.there = rung_side(attempt, i, there_, true);
            if (pair.here != nullptr) add_remarks(pair.here->remarks, here_, true, rung.remarks);
            if (pair.there != nullptr) add_remarks(pair.there->remarks, there_, false, rung.remarks);
            made.rungs.push_back(std::move(rung));
        }
        for (const Attempt* one : attempt.here) made.left_out += one->dropped;
        for (const Attempt* one : attempt.there) made.left_out += one->dropped;
        made.outcome = outcome_of(attempt, made);
        return made;
    }

    std::string title_of(const JointAttempt& attempt) const {
        unsigned version = 0;
        bool here_begins = false, there_begins = false;
        for (const Attempt* one : attempt.here) {
            version = std::max(version, one->version);
            here_begins = here_begins || one->role == Attempt::Role::initiator;
            there_begins = there_begins || one->role == Attempt::Role::responder;
        }
        for (const Attempt* one : attempt.there) {
            version = std::max(version, one->version);
            there_begins = there_begins || one->role == Attempt::Role::initiator;
            here_begins = here_begins || one->role == Attempt::Role::responder;
        }
        std::string title = version == 0 ? "IKE" : "IKEv" + std::to_string(version);
        if (attempt.pairs.empty()) return title + ", no message was seen";
        title += here_begins && there_begins ? ", both ends begin"
                 : here_begins               ? ", " + here_.tunnel.name() + " begins"
                 : there_begins              ? ", " + there_.tunnel.name() + " begins"
                                             : ", the beginning was not seen";
        std::string numbers;
        const auto add = [&](const std::vector<const Attempt*>& attempts, const std::string& name) {
            std::string list;
            for (const Attempt* one : attempts)
                if (!one->number.empty() && one->number != "0") list += (list.empty() ? "" : ", ") + one->number;
            if (!list.empty()) numbers += (numbers.empty() ? "" : "; ") + name + " numbers it " + list;
        };
        add(attempt.here, here_.tunnel.name());
        add(attempt.there, there_.tunnel.name());
        return title + (numbers.empty() ? "" : " (" + numbers + ")");
    }

    std::string paired_of(const JointAttempt& attempt) const {
        switch (attempt.by) {
            case PairedBy::nothing:
                return there_.tunnel.end == nullptr
                           ? "The other end was not collected."
                           : "Only " + (attempt.here.empty() ? there_ : here_).tunnel.name() + " has lines about it.";
            case PairedBy::order:
                return "Both ends' lines are paired by address, time and order: nothing in them names it.";
            default: return "Both ends' lines are paired by " + attempt.key + ".";
        }
    }

    /// The end that refused, at which message, in which words.
    std::string refusal_in(const LadderAttempt& made) const {
        const RungRemark* refusal = nullptr;
        std::string refused;
        const auto look_at = [&](const std::vector<RungRemark>& remarks, const std::string& label) {
            for (const RungRemark& remark : remarks) {
                if (remark.tone == RungRemark::Tone::good) refusal = nullptr;
                if (remark.tone == RungRemark::Tone::refusal && refusal == nullptr) {
                    refusal = &remark;
                    refused = label;
                }
            }
        };
        look_at(made.openings, {});
        for (const Rung& rung : made.rungs) look_at(rung.remarks, rung.label);
        look_at(made.closings, {});
        if (refusal == nullptr) return {};
        return (refusal->is_here ? here_ : there_).tunnel.name() + (refused.empty() ? "" : ", at " + refused) + ": " +
               refusal->words;
    }

    /// Behind the last message that provably arrived: what has no line where it should have arrived.
    std::string loss_in(const LadderAttempt& made) const {
        std::size_t arrived = 0;
        for (std::size_t i = 0; i < made.rungs.size(); ++i)
            if ((made.rungs[i].is_from_here ? made.rungs[i].there : made.rungs[i].here).seen == RungSide::Seen::yes)
                arrived = i + 1;
        if (arrived == made.rungs.size()) return {};
        const Rung& lost = made.rungs[arrived];
        const RungSide& sender = lost.is_from_here ? lost.here : lost.there;
        const RungSide& receiver = lost.is_from_here ? lost.there : lost.here;
        const Side& to = lost.is_from_here ? there_ : here_;
        std::string text = arrived > 0 ? "behind " + made.rungs[arrived - 1].label + ", " : std::string();
        text += (lost.is_from_here ? here_ : there_).tunnel.name() + " sent " + lost.label;
        if (sender.repeat_count > 0) text += " " + std::to_string(sender.repeat_count + 1) + " times";
        if (lost.port != 0) text += " from port " + std::to_string(lost.port);
        if (const std::size_t more = made.rungs.size() - arrived - 1; more > 0)
            text += " and " + std::to_string(more) + (more == 1 ? " message more" : " messages more");
        text += ", and " + to.tunnel.name();
        if (receiver.seen == RungSide::Seen::no) return text + " has no line for it, though its stream ran on";
        if (!to.tunnel.has_stream()) return text + " has no stream";
        if (receiver.seen == RungSide::Seen::no_stream) return text + "'s stream does not run then";
        return text + " has no line for it; whether its stream ran then cannot be told";
    }

    std::string outcome_of(const JointAttempt& attempt, const LadderAttempt& made) const {
        const auto has_child = [](const std::vector<const Attempt*>& attempts) {
            return std::any_of(attempts.begin(), attempts.end(), [](const Attempt* a) { return a->child != nullptr; });
        };
        const bool child_here = has_child(attempt.here), child_there = has_child(attempt.there);
        const std::string& here = here_.tunnel.name();
        const std::string& there = there_.tunnel.name();
        const std::string sas = child_here && child_there ? "Both ends have a pair of IPsec SAs"
                                : child_here              ? here + " has a pair of IPsec SAs"
                                : child_there             ? there + " has a pair of IPsec SAs"
                                                          : std::string();
        std::string stop = refusal_in(made);
        if (stop.empty()) stop = loss_in(made);
        if (!stop.empty()) return sas.empty() ? as_sentence(stop) : sas + "; then " + as_sentence(stop, false);
        if (!sas.empty()) return sas + ".";
        if (made.rungs.empty()) return "No message was seen.";
        const Rung& last = made.rungs.back();
        std::string text = "The last message is " + last.label;
        for (const RungRemark& remark : last.remarks)
            if (remark.tone == RungRemark::Tone::plain)
                return text + "; " + (remark.is_here ? here : there) + ": " + remark.words;
        return text + "; nothing is seen behind it.";
    }

    /// Only an own sentence begins with a capital letter: a name of an end keeps its letters.
    std::string as_sentence(std::string text, bool is_first = true) const {
        if (is_first && text.starts_with("behind ")) text.front() = 'B';
        if (text.find(": ") == std::string::npos) text += '.';
        return text;
    }

    Side here_, there_;
    Attempts here_attempts_, there_attempts_;
    Pairing pairing_;
};

}  // namespace

Ladder ladder_of(const TunnelFacts& tunnel) { return LadderMaker(tunnel).make(); }

std::vector<Ladder> ladders_of(const Evidence& evidence) {
    std::vector<Ladder> ladders;
    if (evidence.ends.size() == 1) ladders.push_back(ladder_of(TunnelFacts::of(evidence.ends.front(), nullptr)));
    for (std::size_t i = 1; i < evidence.ends.size(); ++i)
        ladders.push_back(ladder_of(TunnelFacts::of(evidence.ends.front(), &evidence.ends[i])));
    return ladders;
}

}  // namespace formats
