// swanctl.conf, ipsec.conf and ipsec.secrets as tunnels.

#include <algorithm>

#include "formats/text/ip_address.hpp"
#include "formats/tunnel/tunnel_config.hpp"

namespace formats {

namespace {

constexpr std::size_t most_pairs = 1024;

std::vector<std::string> list_of(std::string_view text) {
    std::vector<std::string> items;
    while (!text.empty()) {
        const std::size_t end = text.find(',');
        const std::string_view item = trimmed(text.substr(0, end));
        if (!item.empty() && items.size() < most_pairs) items.emplace_back(item);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return items;
}

std::string value_of(const SettingSection* section, std::string_view key, std::string_view otherwise = {}) {
    const Setting* const setting = section == nullptr ? nullptr : section->setting(key);
    return setting == nullptr ? std::string(otherwise) : setting->value;
}

Place place_of(const SettingSection* section, std::string_view key, const PlaceMap& places) {
    const Setting* const setting = section == nullptr ? nullptr : section->setting(key);
    if (setting != nullptr) return places.of(setting->line);
    return section == nullptr ? Place{} : places.of(section->line);
}

std::vector<std::string> addresses_in(std::string_view text) {
    std::vector<std::string> addresses;
    for (std::string& one : list_of(text))
        if (one != "%any" && one != "0.0.0.0" && one != "0.0.0.0/0" && one != "%defaultroute")
            addresses.push_back(std::move(one));
    return addresses;
}

void add_pairs(TunnelChild& child, std::string_view local, std::string_view remote, const Place& place) {
    for (const std::string& here : list_of(local))
        for (const std::string& there : list_of(remote)) {
            const auto one = network_in(here), other = network_in(there);
            if (one && other && child.pairs.size() < most_pairs) child.pairs.push_back({*one, *other, true, place});
        }
}

void add_child_proposals(TunnelChild& child, std::string_view written, const Place& place) {
    for (const std::string& one : list_of(written)) {
        ChildProposal proposal;
        proposal.name = one;
        proposal.algorithms = algorithms_of(one);
        proposal.is_known = one != "default" && !proposal.algorithms.empty();
        proposal.place = place;
        if (!proposal.algorithms.group.empty() && child.pfs.empty())
            child.pfs = "group " + *proposal.algorithms.group.begin();
        child.proposals.push_back(std::move(proposal));
    }
}

void add_ike_proposals(TunnelEntry& entry, std::string_view written, const Place& place) {
    for (const std::string& one : list_of(written)) {
        IkeProposal proposal;
        proposal.name = one;
        proposal.algorithms = algorithms_of(one);
        proposal.place = place;
        if (one != "default" && !proposal.algorithms.empty()) entry.ike.push_back(std::move(proposal));
    }
}

/// The sections `local`, `local-1`, ...: the first.
const SettingSection* side_of(const SettingSection& connection, std::string_view side) {
    const auto found = std::find_if(
        connection.sections.begin(), connection.sections.end(),
        [&](const SettingSection& s) { return s.name == side || s.name.starts_with(std::string(side) + "-"); });
    return found == connection.sections.end() ? nullptr : &*found;
}

TunnelEntry entry_of(const SettingSection& connection, const PlaceMap& places) {
    TunnelEntry entry;
    entry.name = connection.name;
    entry.place = places.of(connection.line);
    const std::string version = value_of(&connection, "version", "0");
    entry.ikev1 = version != "2";
    entry.ikev2 = version != "1";
    entry.version_place = place_of(&connection, "version", places);
    entry.peers = addresses_in(value_of(&connection, "remote_addrs"));
    entry.locals = addresses_in(value_of(&connection, "local_addrs"));
    const std::string aggressive = value_of(&connection, "aggressive", "no");
    entry.aggressive = aggressive == "yes" || aggressive == "1" || aggressive == "true";
    entry.mode_place = place_of(&connection, "aggressive", places);
    add_ike_proposals(entry, value_of(&connection, "proposals"), place_of(&connection, "proposals", places));
    const SettingSection* const local = side_of(connection, "local");
    const SettingSection* const remote = side_of(connection, "remote");
    entry.local_id = value_of(local, "id");
    entry.remote_id = value_of(remote, "id");
    entry.local_auth = value_of(local, "auth");
    entry.remote_auth = value_of(remote, "auth");
    entry.id_place = place_of(local, "id", places);
    entry.remote_id_place = place_of(remote, "id", places);
    if (const SettingSection* const children = connection.section("children"))
        for (const SettingSection& section : children->sections) {
            TunnelChild child;
            child.name = section.name;
            child.place = places.of(section.line);
            add_child_proposals(child, value_of(&section, "esp_proposals"),
                                place_of(&section, "esp_proposals", places));
            child.pfs_place = place_of(&section, "esp_proposals", places);
            const std::string local_ts = value_of(&section, "local_ts", "dynamic"),
                              remote_ts = value_of(&section, "remote_ts", "dynamic");
            child.is_dynamic = local_ts == "dynamic" || remote_ts == "dynamic";
            child.selectors_place =
                place_of(&section, section.setting("remote_ts") != nullptr ? "remote_ts" : "local_ts", places);
            add_pairs(child, local_ts, remote_ts, child.selectors_place);
            child.lifetime = value_of(&section, "rekey_time");
            child.lifetime_place = place_of(&section, "rekey_time", places);
            for (ChildProposal& proposal : child.proposals)
                proposal.transport = value_of(&section, "mode", "tunnel") == "transport";
            entry.children.push_back(std::move(child));
        }
    return entry;
}

std::string first_value(const IpsecConn& connection, std::initializer_list<std::string_view> keys,
                        std::string_view otherwise = {}) {
    for (const std::string_view key : keys)
        if (const Setting* const setting = connection.setting(key)) return setting->value;
    return std::string(otherwise);
}

Place first_place(const IpsecConn& connection, std::initializer_list<std::string_view> keys, const PlaceMap& places) {
    for (const std::string_view key : keys)
        if (const Setting* const setting = connection.setting(key)) return places.of(setting->line);
    return places.of(connection.line);
}

std::string list_without_blanks(std::string text) {
    std::string out;
    for (const char c : text)
        if (c == ' ' || c == '\t' || c == '{' || c == '}') {
            if (!out.empty() && out.back() != ',') out += ',';
        } else {
            out += c;
        }
    return out;
}

}  // namespace

void add_swanctl(TunnelConfig& config, const SettingsText& settings, const PlaceMap& places) {
    if (const SettingSection* const connections = settings.root.section("connections")) {
        config.dialect = "swanctl";
        config.parts.entries = config.parts.policies = config.parts.access_lists = true;
        for (const SettingSection& connection : connections->sections) {
            config.entries.push_back(entry_of(connection, places));
            for (const std::string& address : config.entries.back().locals)
                if (parse_ipv4(address) && !config.is_own(address)) config.own_addresses.push_back(address);
        }
    }
    if (const SettingSection* const secrets = settings.root.section("secrets"))
        for (const SettingSection& section : secrets->sections) {
            if (!section.name.starts_with("ike")) continue;
            config.parts.keys = true;
            TunnelKey key;
            key.kind = "secret";
            key.place = place_of(&section, "secret", places);
            key.value = value_of(&section, "secret");
            for (const Setting& setting : section.settings)
                if (setting.key.starts_with("id")) key.peers.push_back(setting.value);
            config.keys.push_back(std::move(key));
        }
}

void add_ipsec_conf(TunnelConfig& config, const std::vector<IpsecConn>& connections, const PlaceMap& places) {
    if (connections.empty()) return;
    config.dialect = "ipsec.conf";
    config.parts.entries = config.parts.policies = config.parts.access_lists = true;
    for (const IpsecConn& connection : connections) {
        // Which side is ours: the daemon compares both with its interfaces; by habit it is the left one.
        const std::string left = connection.value("left"), right = connection.value("right");
        const bool right_is_ours = config.is_own(right) && !config.is_own(left);
        const std::string own = right_is_ours ? "right" : "left", other = right_is_ours ? "left" : "right";
        TunnelEntry entry;
        entry.name = connection.name;
        entry.place = places.of(connection.line);
        entry.locals = addresses_in(connection.value(own));
        entry.peers = addresses_in(connection.value(other));
        const std::string version = first_value(connection, {"ikev2", "keyexchange"}, "yes");
        entry.ikev2 = version != "no" && version != "never" && version != "ikev1";
        entry.ikev1 = version == "no" || version == "never" || version == "ikev1" || version == "ike";
        entry.version_place = first_place(connection, {"ikev2", "keyexchange"}, places);
        const std::string aggressive = first_value(connection, {"aggressive", "aggrmode"}, "no");
        entry.aggressive = aggressive == "yes";
        entry.mode_place = first_place(connection, {"aggressive", "aggrmode"}, places);
        add_ike_proposals(entry, connection.value("ike"), first_place(connection, {"ike"}, places));
        entry.local_id = connection.value(own + "id");
        entry.remote_id = connection.value(other + "id");
        while (entry.local_id.starts_with('@')) entry.local_id.erase(0, 1);
        while (entry.remote_id.starts_with('@')) entry.remote_id.erase(0, 1);
        const std::string auth = connection.value("authby", "");
        entry.local_auth = entry.remote_auth = auth == "secret" || auth == "psk" ? "psk" : auth;
        entry.id_place = first_place(connection, {own + "id"}, places);
        entry.remote_id_place = first_place(connection, {other + "id"}, places);
        TunnelChild child;
        child.name = connection.name;
        child.place = entry.place;
        child.selectors_place = first_place(connection, {other + "subnet", other + "subnets", own + "subnet"}, places);
        const std::string here = list_without_blanks(first_value(connection, {own + "subnets", own + "subnet"}));
        const std::string there = list_without_blanks(first_value(connection, {other + "subnets", other + "subnet"}));
        child.is_dynamic = here.empty() && there.empty();
        add_pairs(child, here.empty() ? connection.value(own) : here, there.empty() ? connection.value(other) : there,
                  child.selectors_place);
        add_child_proposals(child, first_value(connection, {"phase2alg", "esp"}),
                            first_place(connection, {"phase2alg", "esp"}, places));
        child.pfs_place = first_place(connection, {"pfs", "phase2alg", "esp"}, places);
        // libreswan has PFS on unless it says otherwise, with the group of IKE.
        if (connection.value("pfs") == "no") child.pfs.clear();
        child.lifetime = first_value(connection, {"salifetime", "lifetime", "keylife"});
        child.lifetime_place = first_place(connection, {"salifetime", "lifetime", "keylife"}, places);
        for (ChildProposal& proposal : child.proposals)
            proposal.transport = connection.value("type", "tunnel") == "transport";
        entry.children.push_back(std::move(child));
        for (const std::string& address : entry.locals)
            if (parse_ipv4(address) && !config.is_own(address)) config.own_addresses.push_back(address);
        config.entries.push_back(std::move(entry));
    }
}

void add_ipsec_secrets(TunnelConfig& config, const std::vector<IpsecSecret>& secrets, const PlaceMap& places) {
    for (const IpsecSecret& secret : secrets) {
        config.parts.keys = true;
        TunnelKey key;
        key.kind = "secret";
        key.place = places.of(secret.line);
        key.value = secret.value;
        for (std::string id : secret.ids) {
            while (id.starts_with('@')) id.erase(0, 1);
            if (id != "%any" && !config.is_own(id)) key.peers.push_back(std::move(id));
        }
        config.keys.push_back(std::move(key));
    }
}

}  // namespace formats
