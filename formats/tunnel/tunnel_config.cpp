#include "formats/tunnel/tunnel_config.hpp"

#include <algorithm>

#include "formats/text/ip_address.hpp"

namespace formats {

namespace {

constexpr std::size_t longest_text = 200;

bool has(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// "0.0.0.0", "0.0.0.0 0.0.0.0", "203.0.113.0 255.255.255.0", "%any"
bool covers(std::string_view written, std::string_view address) {
    if (written == address || written == "%any" || written == "any") return true;
    const auto words = words_of(written, 3);
    const auto host = parse_ipv4(address);
    const auto network = words.empty() ? std::nullopt : parse_ipv4(words[0]);
    if (!host || !network) return false;
    const auto mask =
        words.size() > 1 ? parse_ipv4(words[1]) : std::optional<std::uint32_t>(*network == 0 ? 0 : 0xffffffff);
    return mask && (*host & *mask) == (*network & *mask);
}

}  // namespace

std::string to_text(const NetworkPair& pair) { return to_text(pair.local) + " to " + to_text(pair.remote); }

bool TunnelEntry::names(std::string_view address) const { return has(peers, address); }
bool TunnelEntry::is_for(std::string_view address) const {
    return peers.empty() ||
           std::any_of(peers.begin(), peers.end(), [&](const std::string& peer) { return covers(peer, address); });
}

bool TunnelKey::is_for(std::string_view address, std::string_view identity) const {
    return peers.empty() || std::any_of(peers.begin(), peers.end(), [&](const std::string& peer) {
               return covers(peer, address) || (!identity.empty() && peer == identity);
           });
}

bool TunnelConfig::is_own(std::string_view address) const { return has(own_addresses, address); }

void PlaceMap::add(std::string file, std::uint64_t lines, std::string_view text) {
    Part part{parts_.empty() ? 1 : parts_.back().begin + parts_.back().lines, lines, std::move(file), {}};
    DeviceLines walk(text);
    std::string_view line;
    while (walk.next(line) && part.texts.size() < lines) part.texts.emplace_back(trimmed(line).substr(0, longest_text));
    parts_.push_back(std::move(part));
}

Place PlaceMap::of(std::uint64_t line) const {
    for (const Part& part : parts_)
        if (line >= part.begin && line < part.begin + part.lines) {
            const std::size_t at = static_cast<std::size_t>(line - part.begin);
            return {part.file, at + 1, at < part.texts.size() ? part.texts[at] : std::string()};
        }
    return {};
}

std::optional<Network> network_in(std::string_view text) {
    text = trimmed(text.substr(0, text.find('[')));
    if (text == "%any" || text == "any") return Network{0, 0};
    const std::size_t slash = text.find('/');
    const auto address = parse_ipv4(text.substr(0, slash));
    if (!address) return std::nullopt;
    if (slash == std::string_view::npos) return Network{*address, 0xffffffff};
    const std::string_view mask = text.substr(slash + 1);
    if (const auto dotted = parse_ipv4(mask.substr(0, mask.find('/')))) return Network{*address & *dotted, *dotted};
    const auto bits = number_of(mask);
    if (!bits || *bits > 32) return std::nullopt;
    const std::uint32_t netmask = *bits == 0 ? 0 : 0xffffffffU << (32 - *bits);
    return Network{*address & netmask, netmask};
}

}  // namespace formats
