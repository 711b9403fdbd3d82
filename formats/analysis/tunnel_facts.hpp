#pragma once
// One tunnel from both ends: of each end the entry of its configuration that is for the other, the events that are about
// the other, the SAs; and how they stand to each other. What rules conclude from, and nothing else.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "formats/analysis/evidence.hpp"

namespace formats {

struct TunnelSide {
    const EndEvidence* end = nullptr;  ///< null: the other end was not collected
    const TunnelEntry* entry = nullptr;
    const TunnelChild* child = nullptr;  ///< the first of the entry
    std::vector<std::string> addresses;  ///< what the other end may call this one
    std::vector<const Event*> events;    ///< about this tunnel, in order
    std::vector<const Event*> foreign;   ///< about another peer

    const std::string& name() const;
    bool has_stream() const { return end != nullptr && end->has_stream; }
    Place place_of(const Event& event) const { return end->place_of(event); }

    const Event* first(std::initializer_list<EventKind> kinds) const;
    const Event* last(std::initializer_list<EventKind> kinds) const;
    bool has(std::initializer_list<EventKind> kinds) const { return first(kinds) != nullptr; }
    std::size_t count(std::initializer_list<EventKind> kinds) const;
    /// The first of `kinds` behind `event`; in the same attempt, where the device numbers its attempts.
    const Event* after(const Event& event, std::initializer_list<EventKind> kinds) const;
    const Event* before(const Event& event, std::initializer_list<EventKind> kinds) const;
    /// The same attempt, as far as the two lines name one.
    static bool same_attempt(const Event& a, const Event& b);

    const Snapshot<ChildSaRow>* child_table() const;  ///< the last
    const Snapshot<ChildSaRow>* first_child_table() const;
    const Snapshot<IkeSaRow>* ike_table() const;
    /// The state of phase 1 with the other end as the table shows it; empty: none is shown.
    const IkeSaRow* ike_row() const;
    std::vector<const ChildSaRow*> live_rows() const;
};

/// A pair of SAs that stands at both ends: what one sends with, the other takes.
struct CrossingSas {
    const ChildSaRow* one = nullptr;
    const ChildSaRow* other = nullptr;
};

struct TunnelFacts {
    TunnelSide one, other;
    std::vector<CrossingSas> crossing;
    enum class Standing : std::uint8_t { unknown, down, up } standing = Standing::unknown;

    /// `other` null: a single-sided bundle.
    static TunnelFacts of(const EndEvidence& one, const EndEvidence* other);
    bool is_two_sided() const { return other.end != nullptr; }
    bool is_up() const { return standing == Standing::up; }
};

}  // namespace formats
