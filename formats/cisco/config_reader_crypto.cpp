// The crypto lines of a configuration: maps, transform sets, IKE policies, keys, tunnel groups.

#include <algorithm>

#include "formats/cisco/config_reader.hpp"

namespace formats {

namespace {

/// Lines of one thing stand near each other; looking further back would be slow on hostile text.
constexpr std::size_t most_looked_back = 1024;
/// Interfaces with a crypto map; no device has as many.
constexpr std::size_t most_uses = 1024;

std::optional<std::uint32_t> number32(std::string_view text) {
    const auto number = number_of(text);
    if (!number || *number > 0xFFFFFFFFU) return std::nullopt;
    return static_cast<std::uint32_t>(*number);
}

/// "... lifetime seconds 3600 kilobytes 4608000", in either order
void read_lifetime(const std::vector<std::string_view>& words, std::size_t at, std::optional<std::uint64_t>& seconds,
                   std::optional<std::uint64_t>& kilobytes) {
    for (; at + 1 < words.size(); ++at) {
        if (words[at] == "seconds") seconds = number_of(words[at + 1]);
        if (words[at] == "kilobytes") kilobytes = number_of(words[at + 1]);
    }
}

}  // namespace

ConfigReader::Reading ConfigReader::read_crypto(const Words& words) {
    const std::string_view second = word(words, 1);
    if (second == "map") return read_map(words, config_.maps, false);
    if (second == "dynamic-map") return read_map(words, config_.dynamic_maps, true);
    if (second == "ipsec") return read_crypto_ipsec(words);
    if (second == "isakmp" || second == "ikev1" || second == "ikev2") return read_isakmp(words, 2, second);
    return Reading::other;
}

ConfigReader::Reading ConfigReader::read_crypto_ipsec(const Words& words) {
    std::size_t at = 2;
    if (word(words, at) == "ikev1") ++at;
    if (word(words, at) == "transform-set") return read_transform_set(words, at + 1);
    if (word(words, at) == "ikev2" && word(words, at + 1) == "ipsec-proposal" && words.size() > at + 2) {
        TransformSet proposal;
        proposal.name = kept(words[at + 2]);
        proposal.line = number_;
        config_.transform_sets.push_back(std::move(proposal));
        block_ = &ConfigReader::read_transform_block;
        return Reading::mine;
    }
    if (word(words, at) == "profile" && words.size() > at + 1) {
        config_.ipsec_profiles.push_back({kept(words[at + 1]), {}, {}, number_});
        block_ = &ConfigReader::read_profile_block;
        return Reading::mine;
    }
    if (word(words, at) == "security-association" && word(words, at + 1) == "lifetime") {
        read_lifetime(words, at + 2, config_.lifetime_seconds, config_.lifetime_kilobytes);
        return Reading::mine;
    }
    return Reading::other;
}

ConfigReader::Reading ConfigReader::read_transform_set(const Words& words, std::size_t at) {
    if (words.size() < at + 2) return Reading::unread;
    block_ = &ConfigReader::read_transform_block;
    // PIX, ASA: "... NAME mode transport" on a line of its own
    if (words[at + 1] == "mode") {
        std::size_t tries = 0;
        for (auto set = config_.transform_sets.rbegin();
             set != config_.transform_sets.rend() && tries < most_looked_back; ++set, ++tries)
            if (set->name == words[at]) {
                set->mode = kept(word(words, at + 2));
                return Reading::mine;
            }
        return Reading::unread;
    }
    TransformSet set;
    set.name = kept(words[at]);
    set.line = number_;
    for (std::size_t i = at + 1; i < words.size(); ++i) set.transforms.push_back(kept(words[i]));
    config_.transform_sets.push_back(std::move(set));
    return Reading::mine;
}

/// IOS " mode tunnel"; ASA IKEv2 " protocol esp encryption aes-256"
ConfigReader::Reading ConfigReader::read_transform_block(const Words& words) {
    if (config_.transform_sets.empty()) return Reading::unread;
    TransformSet& set = config_.transform_sets.back();
    if (words[0] == "mode") {
        set.mode = word(words, 1) == "tunnel" ? std::string() : kept(word(words, 1));
        return Reading::mine;
    }
    if (words[0] != "protocol" || words.size() < 4) return Reading::unread;
    set.transforms.push_back(joined(words, 1));
    return Reading::mine;
}

ConfigReader::Reading ConfigReader::read_profile_block(const Words& words) {
    if (config_.ipsec_profiles.empty() || words[0] != "set") return Reading::other;
    IpsecProfile& profile = config_.ipsec_profiles.back();
    const std::size_t at = word(words, 1) == "ikev1" || word(words, 1) == "ikev2" ? 2 : 1;
    if (word(words, at) == "pfs")
        profile.pfs = words.size() > at + 1 ? kept(words[at + 1]) : "default";
    else if (word(words, at) == "transform-set" || word(words, at) == "ipsec-proposal")
        for (std::size_t i = at + 1; i < words.size(); ++i) profile.transform_sets.push_back(kept(words[i]));
    else
        return Reading::other;
    return Reading::mine;
}

CryptoMapEntry& ConfigReader::entry_of(std::vector<CryptoMapEntry>& entries, bool dynamic, std::string_view map,
                                       std::uint32_t sequence) {
    auto& index = dynamic ? dynamic_index_ : map_index_;
    const auto [at, fresh] = index.try_emplace({kept(map), sequence}, entries.size());
    if (fresh) {
        CryptoMapEntry& entry = entries.emplace_back();
        entry.map = kept(map);
        entry.sequence = sequence;
        entry.line = this_line();
    }
    index_ = at->second;
    return entries[at->second];
}

/// crypto map NAME interface IF | NAME local-address IF | NAME client ... | NAME SEQ ...
ConfigReader::Reading ConfigReader::read_map(const Words& words, std::vector<CryptoMapEntry>& entries, bool dynamic) {
    if (words.size() < 4) return Reading::unread;
    if (words[3] == "interface") {
        return add_use(words[2], word(words, 4));
    }
    if (words[3] == "local-address") {
        config_.map_local_interface[kept(words[2])] = kept(word(words, 4));
        return Reading::mine;
    }
    const auto sequence = number32(words[3]);
    if (!sequence) return words[3] == "client" || words[3] == "isakmp" ? Reading::other : Reading::unread;
    CryptoMapEntry& entry = entry_of(entries, dynamic, words[2], *sequence);
    dynamic_block_ = dynamic;
    block_ = &ConfigReader::read_map_block;
    if (words.size() == 4) return Reading::mine;
    return read_map_setting(entry, words, 4);
}

ConfigReader::Reading ConfigReader::add_use(std::string_view map, std::string_view interface) {
    if (interface.empty() || config_.map_uses.size() >= most_uses) return Reading::unread;
    config_.map_uses.push_back({kept(map), kept(interface), number_});
    return Reading::mine;
}

ConfigReader::Reading ConfigReader::read_map_block(const Words& words) {
    auto& entries = dynamic_block_ ? config_.dynamic_maps : config_.maps;
    if (words[0] == "description") return Reading::mine;
    return read_map_setting(entries[index_], words, 0);
}

ConfigReader::Reading ConfigReader::read_map_setting(CryptoMapEntry& entry, const Words& words, std::size_t at) {
    const std::string_view first = word(words, at);
    if (first == "match" && word(words, at + 1) == "address") {
        entry.match_address = kept(word(words, at + 2));
        return entry.match_address.empty() ? Reading::unread : Reading::mine;
    }
    if (first == "ipsec-isakmp" || first == "ipsec-manual" || first == "gdoi") {
        if (word(words, at + 1) == "dynamic") entry.dynamic_map = kept(word(words, at + 2));
        if (first != "ipsec-isakmp") entry.options.push_back(kept(first));
        return Reading::mine;
    }
    if (first == "set") return read_map_set(entry, words, at + 1);
    if (first == "reverse-route") return entry.options.push_back(joined(words, at)), Reading::mine;
    return Reading::unread;
}

ConfigReader::Reading ConfigReader::read_map_set(CryptoMapEntry& entry, const Words& words, std::size_t at) {
    std::string_view what = word(words, at);
    const bool ikev2 = what == "ikev2";
    if (ikev2 || what == "ikev1") what = word(words, ++at);
    if (what == "peer") {
        if (words.size() < at + 2) return Reading::unread;
        for (std::size_t i = at + 1; i < words.size(); ++i) {
            if (words[i] == "default" || words[i] == "dynamic") continue;  // IOS
            entry.peers.push_back({kept(words[i]), notation_.address(words[i])});
        }
        return Reading::mine;
    }
    if (what == "transform-set" || what == "ipsec-proposal") {
        auto& sets = what == "ipsec-proposal" ? entry.ikev2_proposals : entry.transform_sets;
        for (std::size_t i = at + 1; i < words.size(); ++i) sets.push_back(kept(words[i]));
        return Reading::mine;
    }
    if (what == "pfs") {
        entry.pfs = words.size() > at + 1 ? kept(words[at + 1]) : "default";
        return Reading::mine;
    }
    if (what == "security-association" && word(words, at + 1) == "lifetime") {
        read_lifetime(words, at + 2, entry.lifetime_seconds, entry.lifetime_kilobytes);
        return Reading::mine;
    }
    if (what.empty()) return Reading::unread;
    entry.options.push_back((ikev2 ? "ikev2 " : "") + joined(words, at));
    return Reading::mine;
}

ConfigReader::Reading ConfigReader::read_isakmp(const Words& words, std::size_t at, std::string_view keyword) {
    const std::string_view what = word(words, at);
    if (what == "policy") {
        const auto priority = number32(word(words, at + 1));
        if (!priority) return Reading::other;  // IOS: named IKEv2 policies
        IkePolicy& policy = policy_of(keyword == "ikev2" ? 2 : 1, *priority);
        block_ = &ConfigReader::read_policy_block;
        return words.size() > at + 2 ? read_policy_setting(policy, words, at + 2) : Reading::mine;
    }
    if (what == "enable" && words.size() > at + 1) {
        config_.ike_enabled.emplace_back(kept(keyword), kept(words[at + 1]));
        return Reading::mine;
    }
    if (what == "identity" && words.size() > at + 1) {
        config_.ike_identity = kept(words[at + 1]);
        return Reading::mine;
    }
    if (what == "key") return read_isakmp_key(words, at + 1);
    return Reading::other;
}

IkePolicy& ConfigReader::policy_of(unsigned version, std::uint32_t priority) {
    auto& policies = config_.ike_policies;
    for (std::size_t i = policies.size(), tries = 0; i > 0 && tries < most_looked_back; --i, ++tries)
        if (policies[i - 1].version == version && policies[i - 1].priority == priority) {
            index_ = i - 1;
            return policies[i - 1];
        }
    index_ = policies.size();
    IkePolicy& policy = policies.emplace_back();
    policy.version = version;
    policy.priority = priority;
    policy.line = number_;
    return policy;
}

ConfigReader::Reading ConfigReader::read_policy_block(const Words& words) {
    return read_policy_setting(config_.ike_policies[index_], words, 0);
}

ConfigReader::Reading ConfigReader::read_policy_setting(IkePolicy& policy, const Words& words, std::size_t at) {
    const std::string_view key = word(words, at);
    const std::string value = joined(words, at + 1);
    if (key == "authentication")
        policy.authentication = value;
    else if (key == "encryption" || key == "encr")
        policy.encryption = value;
    else if (key == "hash" || key == "integrity")
        policy.hash = value;
    else if (key == "group")
        policy.group = value;
    else if (key == "lifetime")
        policy.lifetime = joined(words, word(words, at + 1) == "seconds" ? at + 2 : at + 1);
    else if (key == "prf")
        policy.prf = value;
    else
        return Reading::unread;
    return Reading::mine;
}

/// isakmp key K address A [netmask M] (PIX); crypto isakmp key [0|6] K address A [M] | hostname H
/// (IOS). The key may be any word, `address` as well, so it is passed over by its place.
ConfigReader::Reading ConfigReader::read_isakmp_key(const Words& words, std::size_t at) {
    const bool typed = words.size() > at + 2 && (words[at] == "0" || words[at] == "6" || words[at] == "7") &&
                       word(words, at + 1) != "address" && word(words, at + 1) != "hostname";
    std::size_t next = at + (typed ? 2 : 1);
    if (word(words, next) != "address" && word(words, next) != "hostname") return Reading::unread;
    if (words.size() <= next + 1) return Reading::unread;
    KeyPresence key{kept(words[next + 1]), "isakmp key", number_};
    std::size_t mask = next + 2;
    if (word(words, mask) == "netmask") ++mask;
    if (parse_ipv4(word(words, mask))) key.peer += " " + std::string(words[mask]);
    config_.keys.push_back(std::move(key));
    return Reading::mine;
}

/// tunnel-group NAME type T | NAME ipsec-attributes | NAME general-attributes
ConfigReader::Reading ConfigReader::begin_tunnel_group(const Words& words) {
    if (words.size() < 3) return Reading::unread;
    const auto [at, fresh] = tunnel_group_index_.try_emplace(kept(words[1]), config_.tunnel_groups.size());
    if (fresh) {
        TunnelGroup group;
        group.name = kept(words[1]);
        group.line = number_;
        config_.tunnel_groups.push_back(std::move(group));
    }
    index_ = at->second;
    block_ = &ConfigReader::read_tunnel_group;
    if (words[2] == "type") config_.tunnel_groups[index_].type = kept(word(words, 3));
    return Reading::mine;
}

ConfigReader::Reading ConfigReader::read_tunnel_group(const Words& words) {
    TunnelGroup& group = config_.tunnel_groups[index_];
    const auto note = [&](bool& presence, std::string kind) {
        presence = true;
        config_.keys.push_back({group.name, std::move(kind), number_});
        return Reading::mine;
    };
    if (words[0] == "pre-shared-key" || (words[0] == "ikev1" && word(words, 1) == "pre-shared-key"))
        return note(group.ikev1_key, "ikev1");
    if (words[0] == "ikev2" && word(words, 1) == "remote-authentication" && word(words, 2) == "pre-shared-key")
        return note(group.ikev2_remote_key, "ikev2 remote");
    if (words[0] == "ikev2" && word(words, 1) == "local-authentication" && word(words, 2) == "pre-shared-key")
        return note(group.ikev2_local_key, "ikev2 local");
    if (words[0] == "trust-point" || (words[0] == "ikev1" && word(words, 1) == "trust-point")) {
        group.trust_point = true;
        return Reading::mine;
    }
    return Reading::other;
}

}  // namespace formats
