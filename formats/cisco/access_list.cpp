#include "formats/cisco/access_list.hpp"

#include <algorithm>

namespace formats {

std::optional<std::uint32_t> AddressNotation::address(std::string_view word) const {
    if (const auto address = parse_ipv4(word)) return address;
    if (names == nullptr) return std::nullopt;
    const auto at = names->find(word);
    if (at == names->end()) return std::nullopt;
    return at->second;
}

Operand take_operand(const std::vector<std::string_view>& words, std::size_t& at, const AddressNotation& notation) {
    Operand operand;
    if (at >= words.size()) return operand;
    const std::string_view word = words[at];
    if (word == "any" || word == "any4") {
        operand.kind = Operand::Kind::any;
        ++at;
        return operand;
    }
    if (at + 1 >= words.size()) return operand;
    const std::string_view next = words[at + 1];
    if (word == "host") {
        if (const auto address = notation.address(next)) {
            operand.kind = Operand::Kind::network;
            operand.network = {*address, 0xFFFFFFFFU};
            at += 2;
        } else {
            operand.name = kept(next);
        }
        return operand;
    }
    if (word == "object" || word == "object-group" || word == "addrgroup" || word == "interface") {
        operand.kind = word == "interface" ? Operand::Kind::interface : Operand::Kind::group;
        operand.name = kept(next);
        at += 2;
        return operand;
    }
    const auto address = notation.address(word);
    const auto mask = parse_ipv4(next);
    if (!address || !mask) {
        operand.name = kept(word);
        return operand;
    }
    const std::uint32_t bits = notation.wildcards ? ~*mask : *mask;
    operand.kind = bits == 0 ? Operand::Kind::any : Operand::Kind::network;
    operand.network = {*address & bits, bits};
    at += 2;
    return operand;
}

namespace {

/// PORTS at `at`; empty when there are none.
std::string take_ports(const std::vector<std::string_view>& words, std::size_t& at, const AddressNotation& notation) {
    if (at >= words.size()) return {};
    const std::string_view word = words[at];
    std::size_t count = 0;
    if (word == "eq" || word == "neq" || word == "lt" || word == "gt") count = 2;
    if (word == "range") count = 3;
    // Behind a source, a group may be its ports or the destination: its kind decides.
    if (word == "object-group" && at + 1 < words.size() && notation.service_groups != nullptr &&
        notation.service_groups->find(words[at + 1]) != notation.service_groups->end())
        count = 2;
    if (count == 0 || at + count > words.size()) return {};
    std::string ports;
    for (std::size_t i = 0; i < count; ++i) ports += (i == 0 ? "" : " ") + std::string(words[at + i]);
    at += count;
    return kept(ports);
}

}  // namespace

bool read_access_entry(const std::vector<std::string_view>& words, std::size_t at, bool standard,
                       const AddressNotation& notation, AccessEntry& entry) {
    if (at >= words.size() || (words[at] != "permit" && words[at] != "deny")) return false;
    entry.permit = words[at] == "permit";
    ++at;
    if (standard) {
        entry.protocol = "ip";
        entry.destination.kind = Operand::Kind::any;
        // IOS: a bare address is a host
        if (at + 1 == words.size() || (at < words.size() && words[at + 1] == "log")) {
            if (const auto address = notation.address(words[at])) {
                entry.source.kind = Operand::Kind::network;
                entry.source.network = {*address, 0xFFFFFFFFU};
                return true;
            }
        }
        entry.source = take_operand(words, at, notation);
        return entry.source.kind != Operand::Kind::unreadable;
    }
    if (at >= words.size()) return false;
    if (words[at] == "object" || words[at] == "object-group") {
        if (at + 1 >= words.size()) return false;
        entry.protocol = "group " + kept(words[at + 1]);
        at += 2;
    } else {
        entry.protocol = kept(words[at]);
        ++at;
    }
    entry.source = take_operand(words, at, notation);
    if (entry.source.kind == Operand::Kind::unreadable) return false;
    entry.source_ports = take_ports(words, at, notation);
    entry.destination = take_operand(words, at, notation);
    if (entry.destination.kind == Operand::Kind::unreadable) return false;
    entry.destination_ports = take_ports(words, at, notation);
    for (; at < words.size(); ++at) {
        if (words[at] == "inactive") entry.inactive = true;
        if (words[at] == "time-range" && at + 1 < words.size()) entry.time_range = kept(words[at + 1]);
    }
    return true;
}

std::vector<Network> networks_of_range(std::uint32_t first, std::uint32_t last) {
    std::vector<Network> networks;
    std::uint64_t at = first;
    while (at <= last && networks.size() < 64) {
        std::uint64_t size = at == 0 ? 1ULL << 32U : at & (~at + 1);
        while (at + size - 1 > last) size >>= 1U;
        networks.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(~(size - 1))});
        at += size;
    }
    return networks;
}

}  // namespace formats
