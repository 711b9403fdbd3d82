#pragma once
// The negotiations of both ends as one: which attempt of one end is which of the other, and each message with its arrival.
// What names itself decides first: the SPIs of IKE, the SPIs of IPsec crosswise, message IDs. Where nothing does, address,
// time and order are left, and the pair says so; such a pair tells nothing about the clocks.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "formats/analysis/attempts.hpp"
#include "formats/analysis/clocks.hpp"

namespace formats {

enum class PairedBy : std::uint8_t { nothing, order, message_id, ipsec_spi, ike_spi };

/// A message and its arrival; one of the two is null when an end has no line for it.
struct MessagePair {
    const IkeMessage* here = nullptr;
    const IkeMessage* there = nullptr;

    bool is_from_here() const { return here != nullptr ? here->is_sent : !there->is_sent; }
    const IkeMessage* sent() const { return is_from_here() ? here : there; }
    const IkeMessage* received() const { return is_from_here() ? there : here; }
};

/// One negotiation as both ends saw it. An end may have begun anew meanwhile: then it has several attempts in it.
struct JointAttempt {
    std::vector<const Attempt*> here, there;
    PairedBy by = PairedBy::nothing;
    std::string key;                 ///< what they have in common, for people: "message ID 2353131686"
    std::vector<MessagePair> pairs;  ///< in an order that both ends' streams allow
};

struct Pairing {
    std::vector<JointAttempt> attempts;
    Clocks clocks;
};

/// `clocks`: what the readings gave. The attempts outlive the pairing.
Pairing pair(const Attempts& here, const Attempts& there, Clocks clocks);

}  // namespace formats
