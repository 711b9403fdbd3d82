#include "formats/analysis/pairing.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <unordered_map>

namespace formats {

namespace {

constexpr double most_apart = 300;   ///< seconds, between attempts that nothing names
constexpr double arrival_slack = 5;  ///< seconds that a line may be late
constexpr double clock_slack = 2;    ///< seconds, for stamps of whole ones
constexpr double half_hour = 1800;
constexpr std::size_t most_trials = 256;  ///< of attempts that may belong to one that is paired already

using List = std::vector<const IkeMessage*>;

std::uint64_t key_of(Exchange exchange, std::uint32_t id) {
    // Numbers of IKEv2 count from 0 in every attempt, as 0 does in phase 1: they name nothing.
    return version_of(exchange) == 2 || id == 0 ? 0 : id;
}

std::string in_hex(std::uint64_t number) {
    char text[20];
    std::snprintf(text, sizeof text, "%llx", static_cast<unsigned long long>(number));
    return text;
}

/// The number, of those that name something, that stands in both lists; 0: none.
template <class Value>
Value common(const std::vector<Value>& a, const std::vector<Value>& b) {
    for (const Value value : a)
        if (value != 0 && std::find(b.begin(), b.end(), value) != b.end()) return value;
    return 0;
}

std::vector<std::uint32_t> ids_of(const Attempt& attempt) {
    std::vector<std::uint32_t> ids;
    for (const IkeMessage& message : attempt.messages)
        if (message.id) ids.push_back(static_cast<std::uint32_t>(key_of(message.exchange, *message.id)));
    return ids;
}

/// How well a message fits its arrival: 0: not at all.
unsigned fit_of(const IkeMessage& sent, const IkeMessage& received) {
    if (sent.is_sent == received.is_sent) return 0;
    const auto opposes = [](auto a, auto b, auto unknown) { return a != unknown && b != unknown && a != b; };
    if (opposes(sent.exchange, received.exchange, Exchange::unknown)) return 0;
    if (opposes(sent.half, received.half, Half::unknown)) return 0;
    if (opposes(sent.step, received.step, 0U)) return 0;
    if (sent.id && received.id && sent.id != received.id) return 0;
    unsigned fit = 1;
    if (sent.exchange != Exchange::unknown && sent.exchange == received.exchange) fit += 2;
    if (sent.step != 0 && sent.step == received.step) fit += 2;
    if (sent.id && sent.id == received.id) fit += key_of(sent.exchange, *sent.id) != 0 ? 8 : 1;
    if (sent.bytes != 0 && sent.bytes == received.bytes) fit += 2;
    if (!sent.payloads.empty() && sent.payloads == received.payloads) fit += 2;
    return fit;
}

/// Messages with their arrivals, in order: of all ways the one that fits best.
std::vector<std::pair<std::size_t, std::size_t>> aligned(const List& sent, const List& received) {
    const std::size_t rows = sent.size(), columns = received.size();
    std::vector<unsigned> best((rows + 1) * (columns + 1));
    const auto at = [&](std::size_t i, std::size_t j) -> unsigned& { return best[i * (columns + 1) + j]; };
    for (std::size_t i = rows; i-- > 0;)
        for (std::size_t j = columns; j-- > 0;) {
            const unsigned fit = fit_of(*sent[i], *received[j]);
            at(i, j) = std::max({at(i + 1, j), at(i, j + 1), fit > 0 ? fit + at(i + 1, j + 1) : 0});
        }
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (std::size_t i = 0, j = 0; i < rows && j < columns;) {
        const unsigned fit = fit_of(*sent[i], *received[j]);
        if (fit > 0 && at(i, j) == fit + at(i + 1, j + 1))
            pairs.emplace_back(i++, j++);
        else if (at(i, j) == at(i + 1, j))
            ++i;
        else
            ++j;
    }
    return pairs;
}

List messages_of(const std::vector<const Attempt*>& attempts, bool sent) {
    constexpr std::size_t most = 256;  // the work grows with the square
    List list;
    for (const Attempt* attempt : attempts)
        for (const IkeMessage& message : attempt->messages)
            if (message.is_sent == sent && list.size() < most) list.push_back(&message);
    return list;
}

/// Of both ends by one clock, when both lines have a time of arrival; by the devices' clocks else.
std::optional<double> apart(const Event& here, const Event& there, bool& by_arrival) {
    by_arrival = here.arrival && there.arrival;
    if (by_arrival) return difference(*there.arrival, *here.arrival);
    if (here.time && there.time) return difference(*there.time, *here.time);
    return std::nullopt;
}

class Pairer {
 public:
    Pairer(const Attempts& here, const Attempts& there, Clocks clocks)
        : here_(here.list), there_(there.list), clocks_(std::move(clocks)), group_(here_.size() + there_.size()) {
        std::iota(group_.begin(), group_.end(), std::size_t{0});
        by_.resize(group_.size(), PairedBy::nothing);
        keys_.resize(group_.size());
    }

    Pairing run() {
        join_by_names();
        take_clocks();
        join_by_order();
        return {joint_attempts(), clocks_};
    }

 private:
    std::size_t root(std::size_t of) {
        while (group_[of] != of) of = group_[of] = group_[group_[of]];
        return of;
    }

    void join(std::size_t here, std::size_t there, PairedBy by, std::string key) {
        const std::size_t a = root(here), b = root(here_.size() + there);
        if (a != b) group_[std::max(a, b)] = std::min(a, b);
        const std::size_t both = std::min(a, b), was = std::max(a, b);
        if (by_[was] > by_[both]) {
            by_[both] = by_[was];
            keys_[both] = keys_[was];
        }
        if (by > by_[both]) {
            by_[both] = by;
            keys_[both] = std::move(key);
        }
        is_joined_here_[here] = is_joined_there_[there] = true;
    }

    void join_by_names() {
        is_joined_here_.assign(here_.size(), false);
        is_joined_there_.assign(there_.size(), false);
        std::vector<std::vector<std::uint32_t>> ids;
        for (const Attempt& attempt : there_) ids.push_back(ids_of(attempt));
        for (std::size_t i = 0; i < here_.size(); ++i) {
            const auto own = ids_of(here_[i]);
            for (std::size_t j = 0; j < there_.size(); ++j) {
                if (const auto spi = common(here_[i].ike_spis, there_[j].ike_spis); spi != 0)
                    join(i, j, PairedBy::ike_spi, "IKE SPI " + in_hex(spi));
                else if (const auto in = common(here_[i].spis_in, there_[j].spis_out); in != 0)
                    join(i, j, PairedBy::ipsec_spi, "IPsec SPI " + in_hex(in));
                else if (const auto out = common(here_[i].spis_out, there_[j].spis_in); out != 0)
                    join(i, j, PairedBy::ipsec_spi, "IPsec SPI " + in_hex(out));
                else if (const auto id = common(own, ids[j]); id != 0)
                    join(i, j, PairedBy::message_id, "message ID " + std::to_string(id));
            }
        }
    }

    /// Only of messages in attempts that name themselves: every other pair may be a wrong one.
    void take_clocks() {
        for (const JointAttempt& attempt : joint_attempts()) {
            if (attempt.by <= PairedBy::order) continue;
            for (const MessagePair& pair : attempt.pairs) {
                if (pair.here == nullptr || pair.there == nullptr) continue;
                const auto &sent = pair.sent()->moment->time, &received = pair.received()->moment->time;
                if (!sent || !received) continue;
                take_message(clocks_.by_messages, *sent, *received, pair.is_from_here());
                ++clocks_.messages;
            }
        }
    }

    static const Event* first_of(const Attempt& attempt) {
        if (!attempt.messages.empty()) return attempt.messages.front().moment;
        return attempt.openings.empty() ? nullptr : attempt.openings.front();
    }

    /// How far apart the two began; nothing when they cannot be one. 0 when nothing tells.
    std::optional<double> distance(const Attempt& here, const Attempt& there) const {
        if (here.version != 0 && there.version != 0 && here.version != there.version) return std::nullopt;
        if (here.role != Attempt::Role::unknown && here.role == there.role) return std::nullopt;
        const auto differs = [](const std::string& a, const std::string& b) {
            return !a.empty() && !b.empty() && a != b;
        };
        // Behind a translation an end does not know its own address: one of the two has to be right.
        if (differs(here.peer, there.local) && differs(there.peer, here.local)) return std::nullopt;
        const Event *one = first_of(here), *other = first_of(there);
        if (one == nullptr || other == nullptr) return std::nullopt;
        bool by_arrival = false;
        const auto seconds = apart(*one, *other, by_arrival);
        if (!seconds) return 0;
        const double length = std::max(length_of(here), length_of(there));
        if (here.messages.empty() || there.messages.empty())
            return std::abs(*seconds) > most_apart ? std::nullopt : seconds;
        if (by_arrival) {
            if (std::abs(*seconds) > arrival_slack + length) return std::nullopt;
            return std::abs(*seconds);
        }
        const OffsetInterval known = clocks_.together();
        if (known.is_known() && !known.is_empty()) {
            if (!known.holds(*seconds, clock_slack + length)) return std::nullopt;
            const double middle = (known.at_least.value_or(*seconds) + known.at_most.value_or(*seconds)) / 2;
            return std::abs(*seconds - middle);
        }
        // A clock in another zone is off by whole or half hours.
        const double rest = std::abs(*seconds - std::round(*seconds / half_hour) * half_hour);
        if (rest > most_apart) return std::nullopt;
        return rest + (std::abs(*seconds) > most_apart ? most_apart : 0);
    }

    static double length_of(const Attempt& attempt) {
        if (attempt.messages.empty()) return 0;
        const auto &first = attempt.messages.front().moment->time, &last = attempt.messages.back().moment->time;
        return first && last ? std::max(0.0, difference(*last, *first)) : 0;
    }

    static bool fit(const Attempt& here, const Attempt& there) {
        // An end that only says what is wrong, and logs no message: it speaks of the attempt at that time.
        if (here.messages.empty() != there.messages.empty()) return true;
        for (const IkeMessage& one : here.messages)
            for (const IkeMessage& other : there.messages)
                if (one.is_sent ? fit_of(one, other) > 0 : fit_of(other, one) > 0) return true;
        return false;
    }

    /// Attempts that nothing names: the nearest in time that fits, each once; an end may have begun anew for one of the
    /// other's that is paired already.
    void join_by_order() {
        struct Candidate {
            double distance;
            std::size_t here, there;
        };
        std::vector<Candidate> candidates;
        for (std::size_t i = 0; i < here_.size(); ++i)
            for (std::size_t j = 0; j < there_.size(); ++j) {
                if (is_joined_here_[i] && is_joined_there_[j]) continue;
                if (const auto seconds = distance(here_[i], there_[j]); seconds && fit(here_[i], there_[j]))
                    candidates.push_back({*seconds, i, j});
            }
        std::stable_sort(candidates.begin(), candidates.end(),
                         [](const Candidate& a, const Candidate& b) { return a.distance < b.distance; });
        std::size_t trials = 0;
        for (const Candidate& candidate : candidates) {
            const bool here_is_free = !is_joined_here_[candidate.here],
                       there_is_free = !is_joined_there_[candidate.there];
            if (!here_is_free && !there_is_free) continue;
            if (!(here_is_free && there_is_free) && ++trials > most_trials) continue;
            if (!(here_is_free && there_is_free) && !began_anew(candidate.here, candidate.there, here_is_free))
                continue;
            join(candidate.here, candidate.there, PairedBy::order, "address, time and order");
        }
    }

    /// Whether the attempt that is paired has room for one more of the other end: a message of it has no arrival there.
    bool began_anew(std::size_t here, std::size_t there, bool here_is_free) {
        const std::size_t paired = root(here_is_free ? here_.size() + there : here);
        std::vector<const Attempt*> one, other;
        collect(paired, one, other);
        const auto pairs_of = [](const std::vector<const Attempt*>& a, const std::vector<const Attempt*>& b) {
            return aligned(messages_of(a, true), messages_of(b, false)).size() +
                   aligned(messages_of(b, true), messages_of(a, false)).size();
        };
        const std::size_t before = pairs_of(one, other);
        if (here_is_free)
            one.push_back(&here_[here]);
        else
            other.push_back(&there_[there]);
        const auto by_order = [](const Attempt* a, const Attempt* b) { return a < b; };
        std::sort(one.begin(), one.end(), by_order);
        std::sort(other.begin(), other.end(), by_order);
        const Attempt& free = here_is_free ? here_[here] : there_[there];
        if (free.messages.empty()) return true;
        return pairs_of(one, other) >= before + free.messages.size();
    }

    void collect(std::size_t of, std::vector<const Attempt*>& one, std::vector<const Attempt*>& other) {
        for (std::size_t i = 0; i < here_.size(); ++i)
            if (root(i) == of) one.push_back(&here_[i]);
        for (std::size_t j = 0; j < there_.size(); ++j)
            if (root(here_.size() + j) == of) other.push_back(&there_[j]);
    }

    std::vector<JointAttempt> joint_attempts() {
        std::vector<JointAttempt> list;
        std::unordered_map<std::size_t, std::size_t> place;
        for (std::size_t i = 0; i < group_.size(); ++i) {
            const std::size_t of = root(i);
            const auto [known, is_new] = place.emplace(of, list.size());
            if (is_new) {
                list.emplace_back();
                list.back().by = by_[of];
                list.back().key = keys_[of];
            }
            JointAttempt& attempt = list[known->second];
            if (i < here_.size())
                attempt.here.push_back(&here_[i]);
            else
                attempt.there.push_back(&there_[i - here_.size()]);
        }
        for (JointAttempt& attempt : list) pair_messages(attempt);
        sort_by_beginning(list);
        return list;
    }

    /// By when they began here; one that only the other end saw stands where its time, or its stream, puts it.
    static void sort_by_beginning(std::vector<JointAttempt>& list) {
        const auto is_earlier = [](const JointAttempt& a, const JointAttempt& b) {
            const auto first = [](const std::vector<const Attempt*>& attempts) {
                return attempts.empty() ? nullptr : first_of(*attempts.front());
            };
            const Event *one = first(a.here), *other = first(b.here);
            if (one != nullptr && other != nullptr) return one->order < other->order;
            one = first(a.there);
            other = first(b.there);
            if (one != nullptr && other != nullptr) return one->order < other->order;
            return !a.here.empty() && b.here.empty();
        };
        // Insertion: the order is partial, and a sort would want more.
        for (std::size_t i = 1; i < list.size(); ++i)
            for (std::size_t j = i; j > 0 && is_earlier(list[j], list[j - 1]); --j) std::swap(list[j], list[j - 1]);
    }

    static void pair_messages(JointAttempt& attempt) {
        std::unordered_map<const IkeMessage*, const IkeMessage*> other;
        const auto take = [&](const List& sent, const List& received) {
            for (const auto& [i, j] : aligned(sent, received)) {
                other[sent[i]] = received[j];
                other[received[j]] = sent[i];
            }
        };
        take(messages_of(attempt.here, true), messages_of(attempt.there, false));
        take(messages_of(attempt.there, true), messages_of(attempt.here, false));
        // Both streams keep their order; messages that cross are drawn in the order in which they left.
        List here, there;
        for (const Attempt* one : attempt.here)
            for (const IkeMessage& message : one->messages) here.push_back(&message);
        for (const Attempt* one : attempt.there)
            for (const IkeMessage& message : one->messages) there.push_back(&message);
        const auto by_order = [](const IkeMessage* a, const IkeMessage* b) {
            return a->lines.front()->order < b->lines.front()->order;
        };
        std::stable_sort(here.begin(), here.end(), by_order);
        std::stable_sort(there.begin(), there.end(), by_order);
        std::vector<const IkeMessage*> drawn;
        const auto is_drawn = [&](const IkeMessage* m) {
            return std::find(drawn.begin(), drawn.end(), m) != drawn.end();
        };
        const auto partner = [&](const IkeMessage* m) {
            const auto known = other.find(m);
            return known == other.end() ? nullptr : known->second;
        };
        std::size_t i = 0, j = 0;
        while (i < here.size() || j < there.size()) {
            if (i < here.size() && is_drawn(here[i])) {
                ++i;
                continue;
            }
            if (j < there.size() && is_drawn(there[j])) {
                ++j;
                continue;
            }
            const IkeMessage* const one = i < here.size() ? here[i] : nullptr;
            const IkeMessage* const two = j < there.size() ? there[j] : nullptr;
            MessagePair pair;
            const IkeMessage* const one_there = one == nullptr ? nullptr : partner(one);
            const IkeMessage* const two_here = two == nullptr ? nullptr : partner(two);
            if (one != nullptr && (one_there == nullptr || one_there == two)) {
                // What only one end saw waits for what both saw before it on the other side.
                const bool waits =
                    one_there == nullptr && two != nullptr && two_here == nullptr && is_before(*two, *one);
                pair = waits ? MessagePair{nullptr, two} : MessagePair{one, one_there};
            } else if (two != nullptr && two_here == nullptr) {
                pair = {nullptr, two};
            } else if (one != nullptr && one->is_sent) {
                pair = {one, one_there};
            } else if (two != nullptr) {
                pair = {two_here, two};
            } else {
                pair = {one, one_there};
            }
            if (pair.here != nullptr) drawn.push_back(pair.here);
            if (pair.there != nullptr) drawn.push_back(pair.there);
            attempt.pairs.push_back(pair);
        }
    }

    static bool is_before(const IkeMessage& there, const IkeMessage& here) {
        bool by_arrival = false;
        const auto seconds = apart(*here.moment, *there.moment, by_arrival);
        return by_arrival && seconds && *seconds < 0;
    }

    const std::vector<Attempt>&here_, &there_;
    Clocks clocks_;
    std::vector<std::size_t> group_;
    std::vector<PairedBy> by_;
    std::vector<std::string> keys_;
    std::vector<bool> is_joined_here_, is_joined_there_;
};

}  // namespace

Pairing pair(const Attempts& here, const Attempts& there, Clocks clocks) {
    return Pairer(here, there, std::move(clocks)).run();
}

}  // namespace formats
