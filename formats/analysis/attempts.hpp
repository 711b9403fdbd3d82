#pragma once
// The events of one end as negotiations: what belongs to one IKE SA, message by message. A device's own number of the
// attempt decides where it prints one; else the peer, and where a negotiation begins anew.
//
// One pass, whatever the order of the events; at most `most_attempts` attempts of `most_messages` messages are kept, the
// first and the last of them. Peers that are interleaved are kept apart.

#include <cstdint>
#include <string>
#include <vector>

#include "formats/analysis/message.hpp"

namespace formats {

struct Attempt {
    static constexpr std::size_t most_messages = 128;
    static constexpr std::size_t most_repeats = 32;  ///< of a message, by line; all are counted
    static constexpr std::size_t most_remarks = 48;

    enum class Role : std::uint8_t { unknown, initiator, responder };

    std::string number;       ///< as the device numbers it; empty: it does not
    std::string peer, local;  ///< addresses, as far as the lines name them
    Role role = Role::unknown;
    unsigned version = 0;  ///< of IKE; 0: not known
    std::vector<IkeMessage> messages;
    std::size_t dropped = 0;             ///< messages beyond what is kept
    std::vector<const Event*> openings;  ///< said before its first message
    const Event* phase1 = nullptr;       ///< phase 1 or the IKE SA stands
    const Event* child = nullptr;        ///< the first pair of IPsec SAs stands

    // What both ends can be told to belong together by.
    std::vector<std::uint64_t> ike_spis;
    std::vector<std::uint32_t> spis_in, spis_out;
};

struct Attempts {
    static constexpr std::size_t most_attempts = 128;
    std::vector<Attempt> list;  ///< in the order in which they began
    std::size_t dropped = 0;    ///< attempts beyond what is kept
};

/// `events` of one end, in the order of its stream; they outlive what is returned.
Attempts attempts_of(const std::vector<const Event*>& events);

}  // namespace formats
