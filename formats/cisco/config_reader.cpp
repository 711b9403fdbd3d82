#include "formats/cisco/config_reader.hpp"

#include <algorithm>

namespace formats {

namespace {

constexpr std::size_t most_unread = 64;
constexpr std::size_t most_unread_entries = 16;
constexpr std::size_t longest_line = 512;
constexpr std::size_t most_interfaces = 2048;

/// IOS: 1 to 99 and 1300 to 1999 name standard lists.
bool is_standard_number(std::string_view name) {
    const auto number = number_of(name);
    return number && (*number < 100 || (*number >= 1300 && *number < 2000));
}

bool is_indented(std::string_view line) { return line.front() == ' ' || line.front() == '\t'; }

}  // namespace

std::string_view word(const std::vector<std::string_view>& words, std::size_t at) {
    return at < words.size() ? words[at] : std::string_view();
}

std::string joined(const std::vector<std::string_view>& words, std::size_t from) {
    std::string text;
    for (std::size_t i = from; i < words.size(); ++i) text += (i == from ? "" : " ") + std::string(words[i]);
    return kept(text);
}

CryptoConfig ConfigReader::read(std::string_view text, ConfigDialect assumed) {
    learn_names_and_dialect(text);
    if (config_.dialect == ConfigDialect::unknown) config_.dialect = assumed;
    notation_ = {&config_.names, &config_.service_groups, config_.dialect == ConfigDialect::ios};
    DeviceLines lines(text);
    while (lines.next(line_)) {
        number_ = lines.number();
        read_line(line_);
    }
    config_.lines = lines.number();
    return std::move(config_);
}

/// `names` may be used above their definition in a capture that was pasted together.
void ConfigReader::learn_names_and_dialect(std::string_view text) {
    DeviceLines lines(text);
    std::string_view line;
    while (lines.next(line)) {
        if (line.starts_with("name ")) {
            const Words words = words_of(line, 4);
            const auto address = parse_ipv4(word(words, 1));
            if (address && words.size() > 2) config_.names.emplace(kept(words[2]), *address);
        } else if (config_.dialect == ConfigDialect::unknown) {
            learn_dialect(line);
        }
    }
}

/// The version line decides; in a fragment without one, a line that only one dialect has.
void ConfigReader::learn_dialect(std::string_view line) {
    if (line.starts_with("PIX Version ") || line.starts_with("ASA Version ") || line.starts_with("NGFW Version ")) {
        const Words words = words_of(line, 4);
        config_.version = kept(word(words, 2));
        const bool pix6 = line.front() == 'P' && config_.version < "7";
        config_.dialect = pix6 ? ConfigDialect::pix6 : ConfigDialect::asa;
    } else if (line.starts_with("version ")) {
        config_.version = kept(trimmed(line.substr(8)));
        config_.dialect = ConfigDialect::ios;
    } else if (line.starts_with("ip access-list ") || line.starts_with("ip route ") || line.starts_with("ip nat ") ||
               line.starts_with(" set peer ") || line.starts_with(" match address ") ||
               line.starts_with(" crypto map ") || line.starts_with(" encr ") ||
               line.starts_with("crypto isakmp key ") || line.starts_with(" tunnel ") ||
               line.starts_with("interface GigabitEthernet0/0/")) {
        config_.dialect = ConfigDialect::ios;
    } else if (line.starts_with("nameif ")) {
        config_.dialect = ConfigDialect::pix6;
    } else if (line.starts_with("tunnel-group ") || line.starts_with(" nameif ") || line.starts_with("crypto ikev1 ") ||
               line.starts_with("crypto ipsec ikev1 ")) {
        config_.dialect = ConfigDialect::asa;
    }
}

void ConfigReader::read_line(std::string_view line) {
    if (line.empty() || line == "!") return;
    if (!is_indented(line) && read_frame(line)) return;
    const Words words = words_of(line);
    if (words.empty()) return;
    Reading reading = Reading::other;
    if (!is_indented(line)) {
        block_ = nullptr;
        reading = read_top(words);
    } else if (block_ != nullptr) {
        reading = (this->*block_)(words);
    }
    if (reading == Reading::other) ++config_.other_lines;
    if (reading == Reading::unread) note_unread(words);
}

/// Never the rest of the line: it may hold a key.
void ConfigReader::note_unread(const Words& words) {
    ++config_.unread_lines;
    if (config_.unread.size() >= most_unread) return;
    const std::string rest = words.size() > 2 ? " ..." : "";
    config_.unread.push_back({number_, kept(words[0]) + " " + kept(word(words, 1)) + rest});
}

ConfigLine ConfigReader::this_line() const { return {number_, std::string(trimmed(line_).substr(0, longest_line))}; }

bool ConfigReader::read_frame(std::string_view line) {
    if (line == ": end" || line == "end") return config_.end_seen = true;
    if (line == "[OK]") return config_.ok_seen = true;
    if (line == ": Saved" || line.starts_with("PIX Version ") || line.starts_with("ASA Version ") ||
        line.starts_with("NGFW Version ") || line.starts_with("Building configuration") ||
        line.starts_with("Current configuration") || line.starts_with("version "))
        return config_.header_seen = true;
    return line.front() == ':' || line.starts_with("Cryptochecksum:");
}

ConfigReader::Reading ConfigReader::read_top(const Words& words) {
    const std::string_view first = words[0];
    const std::string_view second = word(words, 1);
    if (first == "name" || first == "names") return Reading::mine;
    if (first == "hostname" && words.size() > 1) {
        config_.hostname = kept(second);
        return Reading::mine;
    }
    if (first == "access-list") return read_access_line(words);
    if (first == "crypto") return read_crypto(words);
    if (first == "isakmp") return read_isakmp(words, 1, "isakmp");
    if (first == "interface") return begin_interface(words);
    if (first == "nameif") return read_pix_nameif(words);
    if (first == "ip") return read_ip(words);
    if (first == "object" || first == "object-group") return begin_group(words);
    if (first == "tunnel-group") return begin_tunnel_group(words);
    if (first == "management-access") {
        config_.management_access = kept(second);
        return Reading::mine;
    }
    if (first == "sysopt" || (first == "no" && second == "sysopt")) return read_sysopt(words);
    if (first == "nat" || first == "static" || first == "global") return read_nat(words);
    if (first == "route") return read_route(words);
    if (first == "clock") return read_zone(words);
    if (first == "failover" && second == "ip") return read_failover_address(words);
    return Reading::other;
}

ConfigReader::Reading ConfigReader::read_sysopt(const Words& words) {
    const std::size_t at = words[0] == "no" ? 2 : 1;
    if (word(words, at) != "connection" ||
        (word(words, at + 1) != "permit-ipsec" && word(words, at + 1) != "permit-vpn"))
        return Reading::other;
    config_.permits_ipsec = at == 1;
    return Reading::mine;
}

ConfigReader::Reading ConfigReader::read_nat(const Words& words) {
    NatLine nat{this_line(), {}};
    // nat (inside) 0 access-list NONAT
    if (words[0] == "nat" && word(words, 2) == "0" && word(words, 3) == "access-list")
        nat.exempt_list = kept(word(words, 4));
    config_.nat.push_back(std::move(nat));
    return Reading::mine;
}

ConfigReader::Reading ConfigReader::read_route(const Words& words) {
    const auto network = notation_.address(word(words, 2));
    const auto mask = parse_ipv4(word(words, 3));
    if (!network || !mask) return Reading::unread;
    config_.routes.push_back({kept(words[1]), {*network & *mask, *mask}, notation_.address(word(words, 4))});
    return Reading::mine;
}

/// clock timezone CET 1 [30]; clock summer-time CEST recurring ...
ConfigReader::Reading ConfigReader::read_zone(const Words& words) {
    if (word(words, 1) == "timezone") {
        std::string_view hours = word(words, 3);
        const bool west = take(hours, "-");
        const auto number = number_of(hours);
        if (!number || *number > 23) return Reading::unread;
        const auto minutes = number_of(word(words, 4)).value_or(0);
        standard_time_ = std::chrono::minutes(static_cast<int>(*number * 60 + std::min<std::uint64_t>(minutes, 59)));
        if (west) standard_time_ = -standard_time_;
        config_.zones[kept(word(words, 2))] = standard_time_;
        return Reading::mine;
    }
    if (word(words, 1) == "summer-time" && words.size() > 2) {
        config_.zones[kept(words[2])] = standard_time_ + std::chrono::hours(1);
        return Reading::mine;
    }
    return Reading::other;
}

ConfigInterface& ConfigReader::interface_of_hardware(std::string_view hardware) {
    const auto known = hardware_index_.find(hardware);
    if (known != hardware_index_.end()) return config_.interfaces[known->second];
    // No device has as many; more would make looking them up slow.
    if (config_.interfaces.size() >= most_interfaces) return config_.interfaces.back();
    hardware_index_.emplace(hardware, config_.interfaces.size());
    ConfigInterface& fresh = config_.interfaces.emplace_back();
    fresh.hardware = kept(hardware);
    fresh.line = number_;
    return fresh;
}

ConfigInterface* ConfigReader::interface_named(std::string_view name) {
    const auto at = std::find_if(config_.interfaces.begin(), config_.interfaces.end(),
                                 [&](const ConfigInterface& known) { return known.name == name; });
    return at == config_.interfaces.end() ? nullptr : &*at;
}

ConfigReader::Reading ConfigReader::begin_interface(const Words& words) {
    if (words.size() < 2) return Reading::unread;
    ConfigInterface& interface = interface_of_hardware(words[1]);
    // PIX and ASA name an interface by `nameif`; a fragment without a version may be of either kind.
    const bool named_later = config_.dialect == ConfigDialect::pix6 || config_.dialect == ConfigDialect::asa;
    if (!named_later && interface.name.empty()) interface.name = interface.hardware;
    // PIX 6: interface ethernet0 auto shutdown
    if (words.size() > 2 && words.back() == "shutdown") interface.shutdown = true;
    index_ = static_cast<std::size_t>(&interface - config_.interfaces.data());
    block_ = &ConfigReader::read_interface;
    return Reading::mine;
}

ConfigReader::Reading ConfigReader::read_interface(const Words& words) {
    ConfigInterface& interface = config_.interfaces[index_];
    const std::string_view first = words[0];
    if (first == "nameif") return interface.name = kept(word(words, 1)), Reading::mine;
    if (first == "shutdown") return interface.shutdown = true, Reading::mine;
    if (first == "security-level") {
        interface.security = static_cast<int>(number_of(word(words, 1)).value_or(0) & 0xFFU);
        return Reading::mine;
    }
    if (first == "ip" && word(words, 1) == "address") return read_interface_address(interface, words, 2);
    if (first == "crypto" && word(words, 1) == "map" && words.size() > 2) return add_use(words[2], interface.name);
    if (first == "tunnel" && word(words, 1) == "protection") {
        interface.tunnel_profile = kept(word(words, 4));
        return Reading::mine;
    }
    if (first == "tunnel" && (word(words, 1) == "source" || word(words, 1) == "destination")) {
        (word(words, 1) == "source" ? interface.tunnel_source : interface.tunnel_destination) = joined(words, 2);
        return Reading::mine;
    }
    return Reading::other;
}

ConfigReader::Reading ConfigReader::read_interface_address(ConfigInterface& interface, const Words& words,
                                                           std::size_t at) {
    if (word(words, at) == "dhcp" || word(words, at) == "pppoe" || word(words, at) == "negotiated") {
        interface.dynamic_address = true;
        return Reading::mine;
    }
    const auto address = notation_.address(word(words, at));
    const auto mask = parse_ipv4(word(words, at + 1));
    if (!address || !mask) return Reading::unread;
    if (word(words, at + 2) == "secondary") {
        interface.further.push_back(*address);
        return Reading::mine;
    }
    interface.address = *address;
    interface.mask = *mask;
    if (word(words, at + 2) == "standby")
        if (const auto standby = notation_.address(word(words, at + 3))) interface.further.push_back(*standby);
    return Reading::mine;
}

/// nameif ethernet0 outside security0
ConfigReader::Reading ConfigReader::read_pix_nameif(const Words& words) {
    if (words.size() < 3) return Reading::unread;
    ConfigInterface& interface = interface_of_hardware(words[1]);
    interface.name = kept(words[2]);
    std::string_view level = word(words, 3);
    if (take(level, "security")) interface.security = static_cast<int>(number_of(level).value_or(0) & 0xFFU);
    return Reading::mine;
}

ConfigReader::Reading ConfigReader::read_failover_address(const Words& words) {
    // failover ip address outside 198.51.100.2
    ConfigInterface* interface = interface_named(word(words, 3));
    const auto address = notation_.address(word(words, 4));
    if (interface == nullptr || !address) return Reading::unread;
    if (*address != 0) interface->further.push_back(*address);
    return Reading::mine;
}

ConfigReader::Reading ConfigReader::read_ip(const Words& words) {
    const std::string_view second = word(words, 1);
    if (second == "address") {
        ConfigInterface* interface = interface_named(word(words, 2));
        return interface == nullptr ? Reading::unread : read_interface_address(*interface, words, 3);
    }
    if (second == "route") {
        const auto network = network_of(word(words, 2), word(words, 3));
        if (!network) return Reading::unread;
        const auto gateway = parse_ipv4(word(words, 4));
        config_.routes.push_back({gateway ? std::string() : kept(word(words, 4)), *network, gateway});
        return Reading::mine;
    }
    if (second == "access-list" && (word(words, 2) == "extended" || word(words, 2) == "standard") && words.size() > 3) {
        list_ = &list_named(words[3]);
        standard_list_ = words[2] == "standard";
        block_ = &ConfigReader::read_named_entry;
        return Reading::mine;
    }
    if (second == "nat") return config_.nat.push_back({this_line(), {}}), Reading::mine;
    return Reading::other;
}

ConfigReader::Reading ConfigReader::begin_group(const Words& words) {
    if (words.size() < 3) return Reading::unread;
    if (words[1] == "network") {
        group_ = &config_.groups[kept(words[2])];
        block_ = &ConfigReader::read_group;
        return Reading::mine;
    }
    if (words[1] == "service" || words[1] == "protocol" || words[1] == "icmp-type") {
        config_.service_groups.insert(kept(words[2]));
        block_ = &ConfigReader::pass_over;
        return Reading::mine;
    }
    return Reading::other;
}

ConfigReader::Reading ConfigReader::pass_over(const Words&) { return Reading::mine; }

ConfigReader::Reading ConfigReader::read_group(const Words& words) {
    const std::string_view first = words[0];
    if (first == "description") return Reading::mine;
    if (first == "nat") return config_.nat.push_back({this_line(), {}}), Reading::mine;
    Operand member;
    std::size_t at = 0;
    if (first == "group-object" && words.size() > 1) {
        member.kind = Operand::Kind::group;
        member.name = kept(words[1]);
    } else if (first == "range") {
        const auto from = notation_.address(word(words, 1));
        const auto to = notation_.address(word(words, 2));
        if (from && to && *from <= *to) {
            for (const Network& network : networks_of_range(*from, *to)) {
                member.kind = Operand::Kind::network;
                member.network = network;
                group_->members.push_back(member);
            }
            return Reading::mine;
        }
    } else {
        if (first == "network-object" || first == "subnet") at = 1;
        AddressNotation netmasks = notation_;
        netmasks.wildcards = false;  // IOS writes groups with netmasks too
        member = take_operand(words, at, netmasks);
    }
    if (member.kind == Operand::Kind::unreadable) {
        ++group_->unread;
        return Reading::unread;
    }
    group_->members.push_back(std::move(member));
    return Reading::mine;
}

AccessList& ConfigReader::list_named(std::string_view name) {
    const auto at = config_.access_lists.find(name);
    if (at != config_.access_lists.end()) return at->second;
    AccessList& list = config_.access_lists[kept(name)];
    list.name = kept(name);
    return list;
}

ConfigReader::Reading ConfigReader::read_access_line(const Words& words) {
    std::size_t at = 2;
    const std::string_view kind = word(words, at);
    if (kind == "remark" || kind == "ethertype" || kind == "webtype" || kind == "compiled" || words.size() < 3 ||
        word(words, 1) == "deny-flow-max" || word(words, 1) == "alert-interval" || word(words, 1) == "mode")
        return Reading::other;
    if (kind == "line") at += 2;
    bool standard = config_.dialect == ConfigDialect::ios && is_standard_number(words[1]);
    if (word(words, at) == "extended" || word(words, at) == "standard") standard = words[at++] == "standard";
    return add_entry(list_named(words[1]), words, at, standard);
}

/// IOS: "[10] permit ip ..." below `ip access-list extended NAME`
ConfigReader::Reading ConfigReader::read_named_entry(const Words& words) {
    if (words[0] == "remark") return Reading::mine;
    return add_entry(*list_, words, number_of(words[0]) ? 1 : 0, standard_list_);
}

ConfigReader::Reading ConfigReader::add_entry(AccessList& list, const Words& words, std::size_t at, bool standard) {
    AccessEntry entry;
    if (!read_access_entry(words, at, standard, notation_, entry)) {
        if (list.unread.size() < most_unread_entries) list.unread.push_back(this_line());
        return Reading::unread;
    }
    entry.line = this_line();
    list.entries.push_back(std::move(entry));
    return Reading::mine;
}

}  // namespace formats
