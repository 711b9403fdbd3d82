#include "formats/analysis/attempts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

namespace formats {

namespace {

constexpr double longest_rest = 90;  ///< seconds between two lines of a negotiation that are alike

template <class Number>
std::optional<Number> number_in(std::string_view text, int base) {
    if (text.starts_with("0x")) text.remove_prefix(2);
    Number number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (text.empty() || parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return std::nullopt;
    return number;
}

unsigned count_in(std::string_view text) { return number_in<unsigned>(text, 10).value_or(0); }

template <class Value>
void add_once(std::vector<Value>& list, Value value) {
    constexpr std::size_t most = 64;
    if (value != 0 && list.size() < most && std::find(list.begin(), list.end(), value) == list.end())
        list.push_back(value);
}

/// Which message of main mode a device's state means, before it is processed.
struct StateStep {
    char role;
    bool is_sent;
    std::string_view state;
    unsigned step;
};
constexpr std::array state_steps{
    StateStep{'I', true, "MM_NO_STATE", 1},   StateStep{'I', false, "MM_NO_STATE", 2},
    StateStep{'I', true, "MM_SA_SETUP", 3},   StateStep{'I', false, "MM_SA_SETUP", 4},
    StateStep{'I', true, "MM_KEY_EXCH", 5},   StateStep{'I', false, "MM_KEY_EXCH", 6},
    StateStep{'N', false, "NEW", 1},          StateStep{'R', true, "MM_SA_SETUP", 2},
    StateStep{'R', false, "MM_SA_SETUP", 3},  StateStep{'R', true, "MM_KEY_EXCH", 4},
    StateStep{'R', false, "MM_KEY_EXCH", 5},  StateStep{'I', true, "AG_INIT_EXCH", 1},
    StateStep{'I', false, "AG_INIT_EXCH", 2}, StateStep{'R', true, "AG_INIT_EXCH", 2},
    StateStep{'R', false, "AG_INIT_EXCH", 3},
};

bool is_fragment(std::string_view payloads) { return payloads.starts_with("EF(") || payloads.starts_with("FRAG("); }

bool is_notify(const IkeMessage& message) {
    return message.payloads.starts_with("N") && !message.payloads.starts_with("No");
}

bool differ(unsigned a, unsigned b) { return a != 0 && b != 0 && a != b; }

/// How one attempt is read on: what the lines to come may complete.
struct Progress {
    std::optional<std::size_t> open_in, open_out;  ///< messages whose second line has not come
    bool swallows_out = false;                     ///< the line that follows tells of a retransmission once more
    std::optional<std::uint32_t> next_id;          ///< of the message that leaves next
    Exchange next_exchange = Exchange::unknown;
    std::string next_payloads;
    bool group_was_asked = false;  ///< another group or a cookie was asked for: the first message comes once more
    bool built_from_details = false;
    std::optional<DeviceTime> last;
};

class Builder {
 public:
    void take(const Event& event);
    Attempts finish();

 private:
    std::size_t attempt_of(const Event& event);
    std::size_t new_attempt(std::string number, std::string_view peer);
    bool begins_anew(const Attempt& attempt, const Progress& progress, const Event& event) const;
    void take_slots(Attempt& attempt, const Event& event) const;

    void take_message(Attempt& attempt, Progress& progress, const Event& event, bool is_sent);
    void take_packet(Attempt& attempt, Progress& progress, const Event& event, bool is_sent);
    void take_retransmission(Attempt& attempt, Progress& progress, const Event& event);
    void take_duplicate(Attempt& attempt, Progress& progress, const Event& event);
    void take_detail(Attempt& attempt, Progress& progress, const Event& event);
    void take_remark(Attempt& attempt, const Event& event) const;

    IkeMessage message_of(const Attempt& attempt, const Event& event, bool is_sent) const;
    std::size_t add(Attempt& attempt, Progress& progress, IkeMessage message);
    static void drop_open_in(Attempt& attempt, Progress& progress);
    static void add_repeat(IkeMessage& message, const Event& event);
    static IkeMessage* last_of(Attempt& attempt, bool is_sent, std::optional<std::uint32_t> id = std::nullopt);
    static IkeMessage* twin_of(Attempt& attempt, const Progress& progress, const IkeMessage& message);
    static void set_steps(Attempt& attempt);

    std::vector<Attempt> attempts_;
    std::vector<Progress> progress_;
    std::map<std::string, std::size_t, std::less<>> by_number_, by_peer_;
    std::optional<std::size_t> last_, unnumbered_;
    std::size_t dropped_ = 0;
};

std::size_t Builder::new_attempt(std::string number, std::string_view peer) {
    if (attempts_.size() >= Attempts::most_attempts) {
        // The middle goes: how it began and how it ended decides.
        constexpr std::size_t at = Attempts::most_attempts / 2;
        attempts_.erase(attempts_.begin() + at);
        progress_.erase(progress_.begin() + at);
        ++dropped_;
        const auto move_up = [](auto& indices) {
            for (auto known = indices.begin(); known != indices.end();) {
                if (known->second == at) {
                    known = indices.erase(known);
                    continue;
                }
                if (known->second > at) --known->second;
                ++known;
            }
        };
        move_up(by_number_);
        move_up(by_peer_);
        for (auto* const index : {&last_, &unnumbered_}) {
            if (*index == at) index->reset();
            if (*index && **index > at) --**index;
        }
    }
    const std::size_t made = attempts_.size();
    attempts_.emplace_back();
    progress_.emplace_back();
    if (!number.empty() && number != "0") by_number_[number] = made;
    if (number.empty() || number == "0") unnumbered_ = made;
    attempts_.back().number = std::move(number);
    attempts_.back().peer = peer;
    return made;
}

/// Whether a message is the first of a negotiation that is not the one it would be added to.
bool Builder::begins_anew(const Attempt& attempt, const Progress& progress, const Event& event) const {
    const std::string_view role = event[Slot::role];
    if (event.kind == EventKind::started) return !attempt.messages.empty() && !progress.group_was_asked;
    if (role == "N") return true;
    const bool is_message = event.kind == EventKind::sent || event.kind == EventKind::received ||
                            event.kind == EventKind::packet_out || event.kind == EventKind::packet_in;
    if (!is_message || attempt.messages.empty() || progress.group_was_asked) return false;
    const Exchange exchange = exchange_of(event[Slot::exchange]);
    const std::string payloads = payloads_in_short(event[Slot::payloads]);
    const bool is_first =
        exchange == Exchange::ike_sa_init
            ? event[Slot::kind] == "request" || event[Slot::kind] == "REQUEST"
            : event.message_id() == 0U && payloads.starts_with("SA") && event[Slot::kind] != "response";
    if (!is_first) return false;
    const IkeMessage& first = attempt.messages.front();
    const bool is_sent = event.kind == EventKind::sent || event.kind == EventKind::packet_out;
    const bool rested = progress.last && event.time && event.time->seconds - progress.last->seconds > longest_rest;
    if (first.is_sent == is_sent)
        // Alike, and nothing but refusals since: it is the same message once more.
        return rested || differ(first.bytes, count_in(event[Slot::bytes])) ||
               std::any_of(attempt.messages.begin() + 1, attempt.messages.end(),
                           [](const IkeMessage& m) { return !is_notify(m) && !has_payload(m.payloads, "SA"); });
    // The answer of main mode holds an SA as well.
    return exchange == Exchange::ike_sa_init || attempt.messages.size() > 1 + first.repeat_count;
}

std::size_t Builder::attempt_of(const Event& event) {
    const std::string_view number = event[Slot::attempt], peer = event[Slot::peer];
    const bool has_peer = !peer.empty() && peer != "0.0.0.0";
    if (!number.empty() && number != "0") {
        if (const auto known = by_number_.find(number); known != by_number_.end()) return known->second;
        // A device may give the number only when keys are agreed: the attempt without one goes on under it.
        if (unnumbered_ && attempts_[*unnumbered_].number == "0" && event.kind != EventKind::started &&
            event[Slot::role] != "N" &&
            (!has_peer || attempts_[*unnumbered_].peer.empty() || attempts_[*unnumbered_].peer == peer)) {
            const std::size_t adopted = *unnumbered_;
            attempts_[adopted].number = number;
            by_number_.emplace(number, adopted);
            unnumbered_.reset();
            for (std::size_t i = attempts_.size(); i-- > 0;)
                if (attempts_[i].number == "0" && i != adopted) {
                    unnumbered_ = i;
                    break;
                }
            return adopted;
        }
        return new_attempt(std::string(number), has_peer ? peer : std::string_view());
    }
    std::optional<std::size_t> current;
    if (has_peer) {
        if (unnumbered_ && attempts_[*unnumbered_].peer.empty() && attempts_[*unnumbered_].number == number)
            current = unnumbered_;
        else if (const auto known = by_peer_.find(peer); known != by_peer_.end())
            current = known->second;
    } else {
        current = number.empty() ? last_ : unnumbered_;
    }
    // A line without a number does not go on with what the device numbers, when it begins something.
    if (current && number == "0" && attempts_[*current].number != "0" &&
        (event.kind == EventKind::started || event.kind == EventKind::sent || event.kind == EventKind::received))
        current.reset();
    if (!current || begins_anew(attempts_[*current], progress_[*current], event)) {
        current = new_attempt(std::string(number), has_peer ? peer : std::string_view());
    }
    return *current;
}

void Builder::take_slots(Attempt& attempt, const Event& event) const {
    if (attempt.peer.empty() && event[Slot::peer] != "0.0.0.0") attempt.peer = event[Slot::peer];
    if (attempt.local.empty() && event[Slot::local] != "0.0.0.0") attempt.local = event[Slot::local];
    if (const auto spi = number_in<std::uint64_t>(event[Slot::spi_i], 16)) add_once(attempt.ike_spis, *spi);
    if (const auto spi = number_in<std::uint64_t>(event[Slot::spi_r], 16)) add_once(attempt.ike_spis, *spi);
    if (const auto spi = number_in<std::uint32_t>(event[Slot::spi_in], 16)) add_once(attempt.spis_in, *spi);
    if (const auto spi = number_in<std::uint32_t>(event[Slot::spi_out], 16)) add_once(attempt.spis_out, *spi);
}

IkeMessage Builder::message_of(const Attempt& attempt, const Event& event, bool is_sent) const {
    IkeMessage message;
    message.is_sent = is_sent;
    message.exchange = exchange_of(event[Slot::exchange]);
    const std::string_view kind = event[Slot::kind];
    if (kind == "request" || kind == "REQUEST") message.half = Half::request;
    if (kind == "response" || kind == "RESPONSE") message.half = Half::response;
    message.id = event.message_id();
    message.payloads = payloads_in_short(event[Slot::payloads]);
    message.bytes = count_in(event[Slot::bytes]);
    message.port = count_in(event[Slot::port]);
    message.peer_port = count_in(event[Slot::to_port]);
    message.state = event[Slot::state];
    message.lines.push_back(&event);
    message.moment = &event;
    // A device that names no exchange names its state, or what the payloads tell.
    const std::string_view role = event[Slot::role];
    if (!role.empty()) {
        for (const StateStep& known : state_steps)
            if (role.front() == known.role && is_sent == known.is_sent && message.state == known.state)
                message.step = known.step;
        if (message.step == 4 && role == "R" && is_sent &&
            std::any_of(attempt.messages.begin(), attempt.messages.end(),
                        [](const IkeMessage& m) { return m.is_sent && m.step == 4; }))
            message.step = 6;
        if (message.step > 0)
            message.exchange = message.state.starts_with("AG_") ? Exchange::aggressive_mode : Exchange::main_mode;
        else if (message.state.starts_with("MM_"))
            message.exchange = Exchange::informational_v1;
    } else if (message.exchange == Exchange::unknown && message.id && !message.payloads.empty()) {
        const auto has = [&](std::string_view name) { return has_payload(message.payloads, name); };
        if (message.id == 0U)
            message.exchange = is_notify(message)                    ? Exchange::informational_v1
                               : has("SA") && has("KE") && has("ID") ? Exchange::aggressive_mode
                               : attempt.messages.empty() || version_of(attempt.messages.front().exchange) == 0
                                   ? Exchange::main_mode
                                   : attempt.messages.front().exchange;
        else if (has("ATTR"))
            message.exchange = Exchange::transaction;
        else
            message.exchange = has("N") || has("D") ? Exchange::informational_v1 : Exchange::quick_mode;
    }
    return message;
}

IkeMessage* Builder::last_of(Attempt& attempt, bool is_sent, std::optional<std::uint32_t> id) {
    for (auto message = attempt.messages.rbegin(); message != attempt.messages.rend(); ++message)
        if (message->is_sent == is_sent && (!id || message->id == id)) return &*message;
    return nullptr;
}

/// The message that `message` is once more: the same exchange, number and payloads, the same size as far as it is known.
IkeMessage* Builder::twin_of(Attempt& attempt, const Progress& progress, const IkeMessage& message) {
    if (!message.id || message.payloads.empty() || progress.group_was_asked) return nullptr;
    for (auto known = attempt.messages.rbegin(); known != attempt.messages.rend(); ++known)
        if (known->is_sent == message.is_sent && known->id == message.id && known->exchange == message.exchange &&
            known->half == message.half && known->payloads == message.payloads && !differ(known->bytes, message.bytes))
            return &*known;
    return nullptr;
}

void Builder::add_repeat(IkeMessage& message, const Event& event) {
    ++message.repeat_count;
    if (message.repeats.size() < Attempt::most_repeats) message.repeats.push_back(&event);
}

/// The packet was no message of its own.
void Builder::drop_open_in(Attempt& attempt, Progress& progress) {
    if (!progress.open_in) return;
    attempt.messages.erase(attempt.messages.begin() + static_cast<std::ptrdiff_t>(*progress.open_in));
    if (progress.open_out && *progress.open_out > *progress.open_in) --*progress.open_out;
    progress.open_in.reset();
}

std::size_t Builder::add(Attempt& attempt, Progress& progress, IkeMessage message) {
    if (attempt.messages.size() >= Attempt::most_messages) {
        attempt.messages.erase(attempt.messages.begin() + Attempt::most_messages / 2);
        ++attempt.dropped;
        for (auto* const index : {&progress.open_in, &progress.open_out}) index->reset();
    }
    attempt.messages.push_back(std::move(message));
    return attempt.messages.size() - 1;
}

void Builder::take_message(Attempt& attempt, Progress& progress, const Event& event, bool is_sent) {
    IkeMessage message = message_of(attempt, event, is_sent);
    if (is_sent) {
        if (IkeMessage* const last = last_of(attempt, true); last != nullptr && progress.swallows_out) {
            progress.swallows_out = false;
            if (last->state == message.state) return;
        }
        if (is_fragment(message.payloads)) {
            if (IkeMessage* const whole = last_of(attempt, true, message.id)) {
                ++whole->fragments;
                if (whole->lines.size() < Attempt::most_repeats) whole->lines.push_back(&event);
                return;
            }
        }
        if ((progress.next_id || progress.next_exchange != Exchange::unknown) && !message.id) {
            message.id = progress.next_id;
            message.exchange = progress.next_exchange != Exchange::unknown ? progress.next_exchange : message.exchange;
            if (message.payloads.empty()) message.payloads = progress.next_payloads;
        } else if (message.exchange == Exchange::unknown && message.state == "QM_IDLE") {
            if (const IkeMessage* const asked = last_of(attempt, false); asked != nullptr && asked->id) {
                message.id = asked->id;
                message.exchange = asked->exchange;
            }
        }
        progress.next_id.reset();
        progress.next_exchange = Exchange::unknown;
        progress.next_payloads.clear();
        progress.open_in.reset();
        progress.open_out = add(attempt, progress, std::move(message));
    } else {
        if (progress.open_in) {
            // The packet's line came first: the two are one message.
            IkeMessage& packet = attempt.messages[*progress.open_in];
            packet.lines.push_back(&event);
            packet.exchange = message.exchange;
            packet.half = message.half;
            packet.id = message.id;
            packet.payloads = message.payloads;
            message = packet;
        }
        const bool is_piece = is_fragment(message.payloads);
        if (is_piece) message.fragments = 1;
        // The pieces before it, or the pieces that it was put together from.
        IkeMessage* pieces = nullptr;
        for (auto known = attempt.messages.rbegin(); known != attempt.messages.rend(); ++known)
            if (!known->is_sent && &*known != (progress.open_in ? &attempt.messages[*progress.open_in] : nullptr) &&
                known->id == message.id && known->half == message.half && is_fragment(known->payloads))
                pieces = &*known;
        if (pieces != nullptr) {
            if (is_piece)
                ++pieces->fragments;
            else
                pieces->payloads = message.payloads;
            for (const Event* line : message.lines)
                if (pieces->lines.size() < Attempt::most_repeats) pieces->lines.push_back(line);
            drop_open_in(attempt, progress);
            return;
        }
        if (IkeMessage* const twin = twin_of(attempt, progress, message);
            twin != nullptr && (!progress.open_in || twin != &attempt.messages[*progress.open_in])) {
            add_repeat(*twin, *message.lines.front());
            drop_open_in(attempt, progress);
            return;
        }
        if (progress.open_in) {
            attempt.messages[*progress.open_in] = std::move(message);
            progress.open_in.reset();
        } else {
            progress.built_from_details = message.payloads.empty();
            add(attempt, progress, std::move(message));
        }
    }
    progress.group_was_asked = false;
}

void Builder::take_packet(Attempt& attempt, Progress& progress, const Event& event, bool is_sent) {
    if (event.has(Slot::exchange)) {  // the line tells of the whole message
        IkeMessage message = message_of(attempt, event, is_sent);
        IkeMessage* const twin = twin_of(attempt, progress, message);
        if (twin != nullptr || (progress.swallows_out && is_sent)) {
            if (twin != nullptr && !progress.swallows_out) add_repeat(*twin, event);
            progress.swallows_out = false;
            return;
        }
        add(attempt, progress, std::move(message));
        progress.group_was_asked = false;
        return;
    }
    if (is_sent) {
        if (progress.swallows_out) {
            progress.swallows_out = false;
            if (IkeMessage* const last = last_of(attempt, true); last != nullptr && last->bytes == 0) {
                last->bytes = count_in(event[Slot::bytes]);
            }
            return;
        }
        if (progress.open_out) {
            IkeMessage& message = attempt.messages[*progress.open_out];
            message.port = count_in(event[Slot::port]);
            message.peer_port = count_in(event[Slot::to_port]);
            message.bytes += count_in(event[Slot::bytes]);
            if (message.lines.size() < Attempt::most_repeats) message.lines.push_back(&event);
            message.moment = &event;
            const auto packets =
                static_cast<unsigned>(std::count_if(message.lines.begin(), message.lines.end(), [](const Event* line) {
                    return line->kind == EventKind::packet_out;
                }));
            if (packets >= std::max(1U, message.fragments)) progress.open_out.reset();
            return;
        }
        if (IkeMessage* const last = last_of(attempt, true); last != nullptr) {
            add_repeat(*last, event);
            return;
        }
    }
    IkeMessage message = message_of(attempt, event, is_sent);
    const std::size_t added = add(attempt, progress, std::move(message));
    if (!is_sent) {
        progress.open_in = added;
        progress.built_from_details = true;
    }
}

void Builder::take_retransmission(Attempt& attempt, Progress& progress, const Event& event) {
    IkeMessage* message = nullptr;
    if (const auto id = event.message_id()) message = last_of(attempt, true, id);
    if (message == nullptr) message = last_of(attempt, true);
    if (message == nullptr) {
        take_remark(attempt, event);
        return;
    }
    add_repeat(*message, event);
    // Where the line names the payloads it is the message itself; else the packet's line follows.
    progress.swallows_out = !event.has(Slot::payloads);
}

void Builder::take_duplicate(Attempt& attempt, Progress& progress, const Event& event) {
    const auto id = event.message_id();
    IkeMessage* twice = nullptr;
    const std::size_t skip = progress.open_in.value_or(attempt.messages.size());
    for (std::size_t i = attempt.messages.size(); i-- > 0;)
        if (i != skip && !attempt.messages[i].is_sent && (!id || attempt.messages[i].id == id)) {
            twice = &attempt.messages[i];
            break;
        }
    if (progress.open_in && twice != nullptr) {
        add_repeat(*twice, *attempt.messages[*progress.open_in].lines.front());
        drop_open_in(attempt, progress);
        return;
    }
    // The line before told of the message as if it were new: it is the one before it, once more.
    if (twice != nullptr && !attempt.messages.empty() && twice == &attempt.messages.back()) {
        IkeMessage again = *twice;
        for (std::size_t i = attempt.messages.size() - 1; i-- > 0;)
            if (!attempt.messages[i].is_sent && attempt.messages[i].state == again.state &&
                attempt.messages[i].id == again.id && again.step == attempt.messages[i].step) {
                add_repeat(attempt.messages[i], *again.lines.front());
                attempt.messages.pop_back();
                progress.open_in.reset();
                return;
            }
    }
    if (twice != nullptr) {
        add_repeat(*twice, event);
        return;
    }
    take_remark(attempt, event);
}

void Builder::take_detail(Attempt& attempt, Progress& progress, const Event& event) {
    const auto id = event.message_id();
    IkeMessage* const message =
        attempt.messages.empty() || attempt.messages.back().is_sent ? nullptr : &attempt.messages.back();
    const std::string payload =
        event.kind == EventKind::key_exchange ? std::string("KE") : payloads_in_short(event[Slot::payloads]);
    if (message == nullptr || (message->id && id && *id != 0 && message->id != id)) {
        if (id && *id != 0 && payload.empty()) progress.next_id = id;
        return;
    }
    if (id && !message->id && (*id != 0 || !payload.empty())) message->id = id;
    if (payload.empty() || !progress.built_from_details) return;
    progress.open_in.reset();
    if (!has_payload(message->payloads, payload)) {
        if (!message->payloads.empty()) message->payloads += ' ';
        message->payloads += payload;
    }
    if (message->exchange == Exchange::unknown && message->id) {
        const bool is_known = std::any_of(attempt.messages.begin(), attempt.messages.end(), [&](const IkeMessage& m) {
            return &m != message && m.id == message->id && m.exchange != Exchange::unknown;
        });
        if (message->id == 0U)
            message->exchange = Exchange::main_mode;
        else if (payload == "SA" || payload == "No" || payload == "ID" || is_known)
            message->exchange = Exchange::quick_mode;
        else if (payload == "N" || payload == "D")
            message->exchange = Exchange::informational_v1;
    }
}

void Builder::take_remark(Attempt& attempt, const Event& event) const {
    auto& remarks = attempt.messages.empty() ? attempt.openings : attempt.messages.back().remarks;
    if (remarks.size() < Attempt::most_remarks) remarks.push_back(&event);
}

void Builder::take(const Event& event) {
    if (event.kind == EventKind::restarted) {  // the device counts anew
        by_number_.clear();
        by_peer_.clear();
        unnumbered_.reset();
        last_.reset();
        return;
    }
    if (event.kind >= EventKind::invalid_spi) return;  // what follows in the enumeration is about packets of IPsec
    const std::size_t index = attempt_of(event);
    Attempt& attempt = attempts_[index];
    Progress& progress = progress_[index];
    take_slots(attempt, event);
    if (!attempt.peer.empty()) by_peer_[attempt.peer] = index;
    last_ = index;
    switch (event.kind) {
        case EventKind::sent: take_message(attempt, progress, event, true); break;
        case EventKind::received: take_message(attempt, progress, event, false); break;
        case EventKind::packet_out: take_packet(attempt, progress, event, true); break;
        case EventKind::packet_in: take_packet(attempt, progress, event, false); break;
        case EventKind::retransmit: take_retransmission(attempt, progress, event); break;
        case EventKind::duplicate: take_duplicate(attempt, progress, event); break;
        case EventKind::message_detail:
        case EventKind::key_exchange: take_detail(attempt, progress, event); break;
        case EventKind::child_started:
            if (!event.has(Slot::mid_hex)) {
                progress.next_id = event.message_id();
                progress.next_exchange = Exchange::quick_mode;
            }
            break;
        case EventKind::notify_sent:
            progress.next_id = event.message_id();
            progress.next_exchange = Exchange::informational_v1;
            progress.next_payloads = "N(" + std::string(event[Slot::reason]) + ")";
            take_remark(attempt, event);
            break;
        case EventKind::notify_received:
            if (IkeMessage* const last = last_of(attempt, false);
                last != nullptr && last == &attempt.messages.back() && progress.built_from_details &&
                last->state != "" && (!event.message_id() || !last->id || last->id == event.message_id())) {
                last->id = event.message_id() ? event.message_id() : last->id;
                last->exchange = Exchange::informational_v1;
                last->step = 0;
                last->payloads = "N(" + std::string(event[Slot::reason]) + ")";
            }
            take_remark(attempt, event);
            break;
        case EventKind::answer_rejected:
            if (!attempt.messages.empty() && !attempt.messages.back().is_sent) {
                attempt.messages.back().exchange = Exchange::informational_v1;
                attempt.messages.back().step = 0;
            }
            take_remark(attempt, event);
            break;
        case EventKind::message_failed:
            if (progress.open_in) {
                IkeMessage& message = attempt.messages[*progress.open_in];
                const IkeMessage told = message_of(attempt, event, false);
                message.exchange = told.exchange;
                message.half = told.half;
                message.id = told.id;
                progress.open_in.reset();
            }
            take_remark(attempt, event);
            break;
        case EventKind::started: {
            attempt.role = attempt.role == Attempt::Role::unknown ? Attempt::Role::initiator : attempt.role;
            take_remark(attempt, event);
            break;
        }
        case EventKind::answering:
            attempt.role = attempt.role == Attempt::Role::unknown ? Attempt::Role::responder : attempt.role;
            break;
        case EventKind::group_retry:
            progress.group_was_asked = true;
            take_remark(attempt, event);
            break;
        case EventKind::address_differs: break;
        default:
            if (event.kind == EventKind::phase1_up && attempt.phase1 == nullptr) attempt.phase1 = &event;
            if (event.kind == EventKind::child_up && attempt.child == nullptr) attempt.child = &event;
            take_remark(attempt, event);
    }
    if (event.time) progress.last = event.time;
}

/// Which message of its exchange each is, as far as the lines did not say.
void Builder::set_steps(Attempt& attempt) {
    if (attempt.role == Attempt::Role::unknown && !attempt.messages.empty()) {
        const IkeMessage& first = attempt.messages.front();
        const bool is_initial =
            first.step == 1 || first.exchange == Exchange::ike_sa_init || has_payload(first.payloads, "SA");
        const bool is_asked = first.half == Half::request || (first.half == Half::unknown && is_initial);
        if (first.half != Half::unknown || is_initial)
            attempt.role = first.is_sent == is_asked ? Attempt::Role::initiator : Attempt::Role::responder;
    }
    for (IkeMessage& message : attempt.messages) {
        if (attempt.version == 0) attempt.version = version_of(message.exchange);
        if (message.step != 0) continue;
        const bool knows_role = attempt.role != Attempt::Role::unknown;
        const bool by_initiator = message.is_sent == (attempt.role == Attempt::Role::initiator);
        const auto has = [&](std::string_view name) { return has_payload(message.payloads, name); };
        if (message.exchange == Exchange::main_mode && (knows_role || message.half != Half::unknown)) {
            const bool is_asked = message.half == Half::unknown ? by_initiator : message.half == Half::request;
            if (is_notify(message)) {
                message.exchange = Exchange::informational_v1;
                continue;
            }
            message.step = (has("SA") ? 1U : has("KE") ? 3U : 5U) + (is_asked ? 0U : 1U);
        } else if (message.exchange == Exchange::aggressive_mode) {
            message.step = !has("SA") ? 3 : message.half == Half::response || (knows_role && !by_initiator) ? 2 : 1;
        } else if (message.exchange == Exchange::quick_mode) {
            const IkeMessage* first = nullptr;
            for (const IkeMessage& known : attempt.messages)
                if (known.exchange == Exchange::quick_mode && known.id == message.id) {
                    first = &known;
                    break;
                }
            if (&message == first)
                message.step = message.half == Half::response ? 2 : message.payloads == "HASH" ? 3 : 1;
            else if (first != nullptr)
                message.step =
                    message.is_sent == first->is_sent ? (first->step == 2 ? 2 : 3) : (first->step == 2 ? 3 : 2);
        }
    }
}

Attempts Builder::finish() {
    for (Attempt& attempt : attempts_) set_steps(attempt);
    // What was said about no negotiation at all is none.
    attempts_.erase(std::remove_if(attempts_.begin(), attempts_.end(),
                                   [](const Attempt& a) { return a.messages.empty() && a.openings.empty(); }),
                    attempts_.end());
    return {std::move(attempts_), dropped_};
}

}  // namespace

Attempts attempts_of(const std::vector<const Event*>& events) {
    Builder builder;
    for (const Event* event : events) builder.take(*event);
    return builder.finish();
}

}  // namespace formats
