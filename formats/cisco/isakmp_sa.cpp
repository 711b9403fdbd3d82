#include "formats/cisco/isakmp_sa.hpp"

#include <algorithm>
#include <array>

#include "formats/cisco/device_text.hpp"

namespace formats {

namespace {

constexpr std::size_t most_children = 4096;

bool is_state(std::string_view word) {
    return word.starts_with("MM_") || word.starts_with("AM_") || word.starts_with("AG_") || word.starts_with("QM_") ||
           word.starts_with("OAK_") || word.starts_with("XAUTH") || word.starts_with("CONF_");
}

IkeRole role_of(std::string_view word) {
    const std::string text = lowered(word);
    return text == "initiator" ? IkeRole::initiator : text == "responder" ? IkeRole::responder : IkeRole::unknown;
}

/// The word behind "KEY   :", wherever in the line it stands.
std::optional<std::string_view> field(std::string_view line, std::string_view key) {
    for (std::size_t at = line.find(key); at != std::string_view::npos; at = line.find(key, at + 1)) {
        if (at > 0 && line[at - 1] != ' ') continue;
        std::string_view rest = line.substr(at + key.size());
        rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
        if (!take(rest, ":")) continue;
        const auto words = words_of(rest, 2);
        return words.empty() ? std::string_view() : words[0];
    }
    return std::nullopt;
}

class IsakmpText {
 public:
    IsakmpTable read(std::string_view text) {
        DeviceLines lines(text);
        std::string_view line;
        while (lines.next(line)) {
            line = trimmed(line);
            if (!line.empty() && !known(line)) ++table_.unknown_lines;
        }
        if (table_.sas.empty() && table_.total == 0U) table_.says_none = true;
        return std::move(table_);
    }

 private:
    bool known(std::string_view line) {
        const auto words = words_of(line);
        return is_frame(line, words) || read_count(line) || read_peer_block(line, words) || read_table_row(words) ||
               read_ikev2_row(words) || read_child(line, words);
    }

    bool is_frame(std::string_view line, const std::vector<std::string_view>& words) {
        const std::string text = lowered(line);
        if (text.starts_with("there are no") && text.find(" sas") != std::string::npos) {
            // Of two headings on a newer device one may be empty while the other is not.
            table_.says_none = true;
            return true;
        }
        if (text.ends_with("crypto isakmp sa") || text == "ikev1 sas:" || text == "ikev2 sas:") return true;
        if (text.starts_with("tunnel-id ") || text.starts_with("session-id:")) return true;
        // dst src state pending created | dst src state conn-id [slot] [status]
        return words.size() >= 4 && lowered(words[0]) == "dst" && lowered(words[1]) == "src";
    }

    bool read_count(std::string_view line) {
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) return false;
        const std::string key = lowered(trimmed(line.substr(0, colon)));
        if (key != "total" && key != "embryonic" && key != "active sa" && key != "rekey sa" && key != "total ike sa")
            return false;
        std::string_view rest = trimmed(line.substr(colon + 1));
        const auto number = take_number(rest);
        if (!number) return false;
        if (key == "total" || key == "total ike sa") table_.total = table_.total.value_or(0) + *number;
        if (key == "embryonic") table_.embryonic = *number;
        return true;
    }

    IsakmpSa* add() {
        if (table_.sas.size() >= IsakmpTable::most_rows) {
            table_.cut = true;
            return nullptr;
        }
        table_.says_none = false;
        return &table_.sas.emplace_back();
    }

    /// "1   IKE Peer: 203.0.113.1" and the lines below it.
    bool read_peer_block(std::string_view line, const std::vector<std::string_view>& words) {
        if (const auto peer = field(line, "IKE Peer")) {
            in_block_ = false;
            if (IsakmpSa* sa = add()) {
                sa->peer = address_without_port(*peer);
                in_block_ = true;
            }
            return true;
        }
        if (!in_block_ || table_.sas.empty()) return false;
        IsakmpSa& sa = table_.sas.back();
        bool read = false;
        if (const auto type = field(line, "Type")) sa.type = kept(*type), read = true;
        if (const auto role = field(line, "Role")) sa.role = role_of(*role), read = true;
        if (const auto rekey = field(line, "Rekey")) sa.rekey = lowered(*rekey) == "yes", read = true;
        if (const auto state = field(line, "State")) sa.state = kept(*state), read = true;
        for (const std::string_view key :
             {"Encrypt", "Hash", "Auth", "Lifetime", "Lifetime Remaining", "D-H Group", "Fragmentation"})
            if (field(line, key)) read = true;
        return read && !words.empty();
    }

    /// PIX 6 and IOS: dst src state ...
    bool read_table_row(const std::vector<std::string_view>& words) {
        if (words.size() < 3 || !is_state(words[2])) return false;
        const std::string destination = address_without_port(words[0]);
        const std::string source = address_without_port(words[1]);
        // With `names` on, a PIX prints names here.
        IsakmpSa* sa = add();
        if (sa == nullptr) return true;
        sa->destination = destination;
        sa->source = source;
        sa->state = kept(words[2]);
        sa->deleted = std::any_of(words.begin() + 3, words.end(),
                                  [](std::string_view word) { return word.find("deleted") != std::string_view::npos; });
        in_block_ = false;
        return true;
    }

    /// ASA: tunnel-id local/port remote/port [fvrf/ivrf] status role
    bool read_ikev2_row(const std::vector<std::string_view>& words) {
        if (words.size() < 5 || !number_of(words[0]) || words[1].find('/') == std::string_view::npos ||
            words[2].find('/') == std::string_view::npos || role_of(words.back()) == IkeRole::unknown)
            return false;
        IsakmpSa* sa = add();
        if (sa == nullptr) return true;
        sa->version = 2;
        sa->source = address_without_port(words[1]);
        sa->peer = address_without_port(words[2]);
        sa->role = role_of(words.back());
        sa->state = kept(words[words.size() - 2]);
        in_block_ = false;
        return true;
    }

    bool read_child(std::string_view line, const std::vector<std::string_view>& words) {
        if (table_.sas.empty() || table_.sas.back().version != 2) return false;
        auto& children = table_.sas.back().children;
        const auto selector = [&](std::string_view key) -> std::optional<std::string_view> {
            const std::size_t at = line.find(key);
            if (at == std::string_view::npos) return std::nullopt;
            return trimmed(line.substr(at + key.size()));
        };
        if (const auto local = selector("local selector")) {
            if (children.size() < most_children) children.emplace_back();
            children.back().local_selector = kept(*local);
            return true;
        }
        if (const auto remote = selector("remote selector"); remote && !children.empty()) {
            children.back().remote_selector = kept(*remote);
            return true;
        }
        if (const auto spis = selector("spi in/out:"); spis && !children.empty()) {
            const std::size_t slash = spis->find('/');
            if (slash == std::string_view::npos) return false;
            children.back().inbound_spi = spi_of(spis->substr(0, slash)).value_or(0);
            children.back().outbound_spi = spi_of(spis->substr(slash + 1)).value_or(0);
            return true;
        }
        return !words.empty() && (words[0] == "Encr:" || words[0] == "Life/Active");
    }

    IsakmpTable table_;
    bool in_block_ = false;  ///< the last row was an "IKE Peer" block
};

}  // namespace

bool IsakmpSa::concerns(std::string_view address) const {
    return !address.empty() && (peer == address || destination == address || (version == 1 && source == address));
}

IkeRole IsakmpSa::role_towards(std::string_view address) const {
    if (role != IkeRole::unknown) return role;
    if (destination == address) return IkeRole::initiator;
    return source == address ? IkeRole::responder : IkeRole::unknown;
}

bool IsakmpSa::is_up() const {
    if (deleted) return false;
    constexpr std::array<std::string_view, 7> up{"QM_IDLE",   "MM_ACTIVE",        "AM_ACTIVE",       "READY",
                                                 "UP-ACTIVE", "MM_REKEY_DONE_H2", "AM_REKEY_DONE_H2"};
    return std::find(up.begin(), up.end(), state) != up.end();
}

IsakmpTable parse_isakmp_sa(std::string_view text) { return IsakmpText().read(text); }

}  // namespace formats
