#include "formats/tunnel/path_guard.hpp"

#include "formats/cisco/interesting_traffic.hpp"
#include "formats/text/ip_address.hpp"

namespace formats {

Path path_of_login(const CryptoConfig& configuration, std::string_view seen_from) {
    const auto ours = parse_ipv4(seen_from);
    if (!ours) return {PathVerdict::unknown, "our address is not in the device's list of sessions"};
    if (!configuration.complete()) return {PathVerdict::unknown, "the configuration could not be read to its end"};
    for (const CryptoMapEntry& entry : configuration.maps)
        for (const CryptoPeer& peer : entry.peers) {
            const std::string address = peer.address ? ipv4_text(*peer.address) : peer.text;
            for (const TrafficPair& pair : interesting_traffic(configuration, address).pairs)
                // `any` as the other end covers the whole internet: every login would be inside.
                if (pair.permit && pair.destination.mask != 0 && pair.destination.contains(*ours))
                    return {PathVerdict::through, std::string(seen_from) + ", our address there, is in " +
                                                      to_text(pair.destination) + " behind " + address + " (line " +
                                                      std::to_string(pair.line.number) + ")"};
        }
    return {PathVerdict::beside, {}};
}

}  // namespace formats
