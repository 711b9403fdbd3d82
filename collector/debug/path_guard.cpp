#include "collector/debug/path_guard.hpp"

#include "formats/cisco/interesting_traffic.hpp"
#include "formats/text/ip_address.hpp"

namespace collector {

Path path_of_login(const formats::CryptoConfig& configuration, std::string_view seen_from) {
    const auto ours = formats::parse_ipv4(seen_from);
    if (!ours) return {PathVerdict::unknown, "our address is not in the device's list of sessions"};
    if (!configuration.complete()) return {PathVerdict::unknown, "the configuration could not be read to its end"};
    for (const formats::CryptoMapEntry& entry : configuration.maps)
        for (const formats::CryptoPeer& peer : entry.peers) {
            const std::string address = peer.address ? formats::ipv4_text(*peer.address) : peer.text;
            for (const formats::TrafficPair& pair : formats::interesting_traffic(configuration, address).pairs)
                // `any` as the other end covers the whole internet: every login would be inside.
                if (pair.permit && pair.destination.mask != 0 && pair.destination.contains(*ours))
                    return {PathVerdict::through, std::string(seen_from) + ", our address there, is in " +
                                                      formats::to_text(pair.destination) + " behind " + address +
                                                      " (line " + std::to_string(pair.line.number) + ")"};
        }
    return {PathVerdict::beside, {}};
}

}  // namespace collector
