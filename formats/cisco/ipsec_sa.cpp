#include "formats/cisco/ipsec_sa.hpp"

#include <algorithm>

namespace formats {

namespace {

/// Behind `key`, an optional dot or colon, and blanks.
std::optional<std::string_view> after(std::string_view line, std::string_view key) {
    const std::size_t at = line.find(key);
    if (at == std::string_view::npos) return std::nullopt;
    std::string_view rest = line.substr(at + key.size());
    while (!rest.empty() && (rest.front() == ' ' || rest.front() == '.' || rest.front() == ':')) rest.remove_prefix(1);
    return rest;
}

std::string_view up_to_comma(std::string_view text) { return trimmed(text.substr(0, text.find(','))); }

std::string first_word(std::string_view text) {
    const auto words = words_of(text, 2);
    return words.empty() ? std::string() : kept(words[0]);
}

ProxyIdentity identity_of(std::string_view text) {
    const std::size_t open = text.find_last_of('(');
    const std::size_t close = text.find(')', open == std::string_view::npos ? 0 : open);
    ProxyIdentity identity;
    if (open == std::string_view::npos || close == std::string_view::npos) return identity;
    std::string_view inner = text.substr(open + 1, close - open - 1);
    identity.text = kept(inner);
    std::vector<std::string_view> parts;
    while (parts.size() < 5) {
        const std::size_t slash = inner.find('/');
        parts.push_back(inner.substr(0, slash));
        if (slash == std::string_view::npos) break;
        inner.remove_prefix(slash + 1);
    }
    if (parts.size() != 4) return identity;
    identity.network = network_of(parts[0], parts[1]);
    identity.protocol = static_cast<unsigned>(number_of(parts[2]).value_or(0) & 0xFFU);
    identity.port = static_cast<unsigned>(number_of(parts[3]).value_or(0) & 0xFFFFU);
    return identity;
}

class IpsecText {
 public:
    IpsecTable read(std::string_view text) {
        DeviceLines lines(text);
        std::string_view line;
        while (lines.next(line)) {
            line = trimmed(line);
            if (!line.empty() && !known(line)) ++table_.unknown_lines;
        }
        return std::move(table_);
    }

 private:
    bool known(std::string_view line) {
        if (line.front() == '#') return read_counters(line);
        return read_frame(line) || read_identity(line) || read_section(line) || read_sa(line) || is_passed_over(line);
    }

    bool read_frame(std::string_view line) {
        if (lowered(line).starts_with("there are no ipsec sas")) {
            table_.says_none = true;
            return true;
        }
        if (const auto name = line.starts_with("interface:") ? after(line, "interface") : std::nullopt) {
            interface_ = first_word(*name);
            map_.clear();
            local_address_.clear();
            sequence_.reset();
            pair_ = nullptr;
            return true;
        }
        if (const auto map = after(line, "Crypto map tag")) {
            map_ = kept(up_to_comma(*map));
            const auto address = after(line, "local addr");
            local_address_ = address ? address_without_port(first_word(*address)) : std::string();
            const auto sequence = after(line, "seq num");
            sequence_ = sequence ? number_of(up_to_comma(*sequence)) : std::nullopt;
            pair_ = nullptr;
            return true;
        }
        return false;
    }

    bool read_identity(std::string_view line) {
        const bool local = line.starts_with("local") && line.find(" ident ") != std::string_view::npos;
        const bool remote = line.starts_with("remote") && line.find(" ident ") != std::string_view::npos;
        if (local) {
            begin_pair();
            if (pair_ != nullptr) pair_->local = identity_of(line);
            return true;
        }
        if (remote) {
            if (pair_ != nullptr) pair_->remote = identity_of(line);
            return true;
        }
        if (line.starts_with("current_peer")) {
            const auto peer = after(line, "current_peer");
            if (pair_ != nullptr && peer) pair_->peer = address_without_port(first_word(*peer));
            return true;
        }
        return false;
    }

    void begin_pair() {
        inbound_ = false;
        protocol_.clear();
        if (table_.pairs.size() >= IpsecTable::most_pairs) {
            table_.cut = true;
            pair_ = nullptr;
            return;
        }
        IpsecPair pair;
        pair.interface = interface_;
        pair.map = map_;
        pair.local_address = local_address_;
        pair.sequence = sequence_;
        table_.pairs.push_back(std::move(pair));
        pair_ = &table_.pairs.back();
    }

    /// "#pkts encaps: 4, #pkts encrypt: 4, #pkts digest 4"
    bool read_counters(std::string_view line) {
        bool all = true;
        while (!line.empty()) {
            std::string_view part = up_to_comma(line);
            line.remove_prefix(std::min(std::min(line.find(','), line.size()) + 1, line.size()));
            if (part.empty()) continue;
            take(part, "#");
            take(part, "pkts ");
            const std::size_t blank = part.find_last_of(" :");
            const auto number = blank == std::string_view::npos ? std::nullopt : number_of(part.substr(blank + 1));
            if (!number) {
                all = false;
                continue;
            }
            std::string_view name = part.substr(0, blank);
            while (!name.empty() && (name.back() == ' ' || name.back() == ':')) name.remove_suffix(1);
            if (pair_ != nullptr && pair_->counters.size() < IpsecTable::most_counters)
                pair_->counters[kept(name)] = *number;
        }
        return all;
    }

    /// "inbound esp sas:"
    bool read_section(std::string_view line) {
        const auto words = words_of(line, 4);
        if (words.size() != 3 || words[2] != "sas:" || (words[0] != "inbound" && words[0] != "outbound")) return false;
        inbound_ = words[0] == "inbound";
        protocol_ = kept(words[1]);
        return true;
    }

    bool read_sa(std::string_view line) {
        if (line.starts_with("spi:")) {
            const auto rest = after(line, "spi");
            const auto spi = rest ? spi_of(rest->substr(0, rest->find_first_of("( "))) : std::nullopt;
            if (!spi) return false;
            if (pair_ == nullptr || protocol_.empty()) return true;
            if (pair_->sas.size() >= IpsecTable::most_spis) {
                table_.cut = true;
                protocol_.clear();
                return true;
            }
            IpsecSa sa;
            sa.spi = *spi;
            sa.inbound = inbound_;
            sa.protocol = protocol_;
            pair_->sas.push_back(std::move(sa));
            return true;
        }
        if (pair_ == nullptr || pair_->sas.empty() || protocol_.empty()) return false;
        IpsecSa& sa = pair_->sas.back();
        if (line.starts_with("transform:")) {
            sa.transform = kept(up_to_comma(*after(line, "transform")));
            return true;
        }
        if (line.starts_with("SA State:") || line.starts_with("Status:")) {
            const std::string state =
                lowered(*after(line, line.front() == 'S' && line[1] == 'A' ? "SA State" : "Status"));
            sa.active = state.starts_with("active");
            return true;
        }
        if (line.starts_with("sa timing:")) return read_timing(line, sa);
        return false;
    }

    /// "sa timing: remaining key lifetime (k/sec): (4607999/28519)" or "(sec): 548"
    static bool read_timing(std::string_view line, IpsecSa& sa) {
        const std::size_t colon = line.rfind(':');
        if (colon == std::string_view::npos) return false;
        std::string_view value = trimmed(line.substr(colon + 1));
        take(value, "(");
        const auto first = take_number(value);
        if (!first) return false;
        if (take(value, "/")) {
            sa.kilobytes_left = first;
            sa.seconds_left = take_number(value);
        } else {
            sa.seconds_left = first;
        }
        return true;
    }

    /// Lines that carry nothing the collector needs.
    static bool is_passed_over(std::string_view line) {
        for (const std::string_view start : {"access-list ",
                                             "local crypto endpt",
                                             "path mtu",
                                             "plaintext mtu",
                                             "current outbound spi",
                                             "current inbound spi",
                                             "in use settings",
                                             "slot:",
                                             "conn id:",
                                             "conn_id:",
                                             "IV size:",
                                             "replay detection",
                                             "Anti replay",
                                             "0x",
                                             "PERMIT",
                                             "DENY",
                                             "PFS (Y/N)",
                                             "PMTU time",
                                             "ICMP error",
                                             "protected vrf",
                                             "Protected vrf",
                                             "dynamic allocated",
                                             "ike_cookies",
                                             "ike cookies",
                                             "transform:",
                                             "sa timing:",
                                             "SA State:",
                                             "Status:",
                                             "Kilobyte Volume",
                                             "send errors",
                                             "no sa",
                                             "No SAs"})
            if (line.starts_with(start)) return true;
        return false;
    }

    IpsecTable table_;
    IpsecPair* pair_ = nullptr;
    std::string interface_, map_, local_address_, protocol_;
    std::optional<std::uint64_t> sequence_;
    bool inbound_ = false;
};

}  // namespace

std::uint64_t IpsecPair::counter(std::string_view name) const {
    const auto at = counters.find(name);
    return at == counters.end() ? 0 : at->second;
}

bool IpsecPair::has_live(bool inbound) const {
    return std::any_of(sas.begin(), sas.end(),
                       [&](const IpsecSa& sa) { return sa.inbound == inbound && sa.active && sa.spi != 0; });
}

IpsecTable parse_ipsec_sa(std::string_view text) { return IpsecText().read(text); }

}  // namespace formats
