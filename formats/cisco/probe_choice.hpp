#pragma once
// Which packet would bring the tunnel up: a source and a destination inside the first usable pair
// of the crypto access list, chosen from the configuration alone. Never a network, broadcast or own
// address. Every step is given as a sentence with the line that made the choice.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/cisco/interesting_traffic.hpp"

namespace formats {

struct ProbeChoice {
    /// The interface behind which the source lies; empty: no usable pair has its source behind this
    /// device.
    std::string inside_interface;
    /// A host address that is not the device's own: for `packet-tracer`, or for a workstation to
    /// use.
    std::optional<std::uint32_t> source;
    /// The device's own inside address, when a packet from it is taken by the crypto access list:
    /// the source of its own ping (PIX and ASA only with `management-access`; IOS: `source`).
    std::optional<std::uint32_t> own_source;
    bool own_ping_matches = false;
    std::optional<std::uint32_t> destination;
    /// The other end's own inside address, which answers when its configuration lets it.
    bool destination_answers = false;
    std::optional<TrafficPair> pair;  ///< the one that was chosen from
    std::vector<std::string> reasons;

    bool usable() const { return destination && (source || own_source); }
};

/// `there`: the configuration of the other end, when it was read. `peer`: as for
/// interesting_traffic().
ProbeChoice choose_probe(const CryptoConfig& here, const CryptoConfig* there, std::string_view peer);

/// A permitted pair of one end's crypto access list that the other end does not have the other way
/// round.
struct MirrorDifference {
    bool is_here = true;  ///< of this end; false: of the other end
    TrafficPair pair;
};
/// Empty: the two access lists mirror each other. At most 64.
std::vector<MirrorDifference> mirror_differences(const InterestingTraffic& here, const InterestingTraffic& there);

}  // namespace formats
